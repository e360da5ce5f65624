import type { Found, MetadataFacts } from '../../plan/facts.ts'
import { groupCount } from '../../plan/row-groups.ts'
import { storedPlan } from '../../plan/stored-plan.ts'
import type { RunFile } from '../control/run-file.ts'
import type { ScanOptions } from '../publishing/scan-row-groups.ts'

/**
 * How the files of a run are known. Another tool's row groups count where it began the dataset, and where metadata.json,
 * which it replaces whole, still carries the hash of this run's config.
 */
export function scanOptions(run: RunFile, metadata: Found<MetadataFacts>): ScanOptions {
  const shared = run.file_schema !== null || (metadata.kind === 'read' && isHashOf(run, metadata.contents))
  return {
    rawFolder: run.raw_folder,
    run: { identity: run.rows_identity.hash, groups: groupCount(run.segments) },
    ...(shared ? { importing: storedPlan({ run: { kind: 'read', contents: run }, metadata }) } : {}),
  }
}

/** Whether metadata.json carries the hash of this run's config, or the one of several that a Data Designer would put there. */
function isHashOf(run: RunFile, { config_hash: found }: MetadataFacts): boolean {
  if (run.older_python_hash === undefined) return found === run.config_hash
  return found === null || found === run.config_hash || found === run.older_python_hash
}
