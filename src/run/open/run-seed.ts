/**
 * The seed of a run, read as the dataset in the directory was created with.
 *
 * Rule: a dataset that Data Designer or an earlier version began keeps the values it has. Its seed is read the earlier way, as long as the
 * dataset is the one that is requested; any other is read exactly.
 * Rule: a file that Rowsmith wrote is a seed only as it was written: it is held against its commit, or its own footer, first.
 */

import { basename, dirname, join } from 'node:path'
import { isValueObject } from '../../base/values/value.ts'
import { seedContents } from '../../config/identity/identity.ts'
import type { Config } from '../../config/schema/schema.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import { compareIdentity } from '../../plan/compare-identity.ts'
import type { DatasetFacts } from '../../plan/facts.ts'
import { openSeed, type SeedDataset } from '../../seed/dataset/dataset.ts'
import { describeSeed } from '../../seed/dataset/describe.ts'
import type { StoredSeed } from '../../seed/dataset/local.ts'
import { findSeedFiles, pathIssue } from '../../seed/files/files.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import { DatasetView, type DatasetViews } from '../../store/view/dataset-view.ts'
import { holdsDataset } from '../../store/view/facts.ts'
import { type CompiledConfig, requestOf } from '../prepare/compiled-config.ts'
import { seedContext } from '../prepare/seed-columns.ts'
import type { RunEvent } from '../report/events.ts'
import type { ResolvedOptions } from '../request/options.ts'

/** @param compile what the run would be with a seed */
export async function openRunSeed(
  config: Config,
  options: ResolvedOptions,
  views: DatasetViews,
  compile: (seed: SeedDataset) => CompiledConfig,
): Promise<SeedDataset | null> {
  if (config.seed_config === null) return null
  const around = seedContext(config, options)
  await requireWholeFiles(config, around.folders)
  const view = views.at(join(options.artifactPath, options.datasetName))
  if (options.resume === 'never' || !(await holdsDataset(view))) return openSeed(config, around)
  const description = {
    run: await view.run(),
    metadata: await view.metadata(),
    builderConfig: await view.builderConfig(),
  }
  const storedSeed = description.run.kind === 'read' ? seedOfRun(description.run.contents) : 'any'
  const seed = await openSeed(config, { ...around, storedSeed })
  if (seed?.earlier !== true) return seed
  const requested = {
    mode: options.resume,
    numRecords: options.numRecords,
    bufferSize: null,
    seed: null,
    acceptLoss: false,
  }
  try {
    const request = requestOf(compile(seed), requested)
    if (compareIdentity(description as DatasetFacts, request).identity === 'same') return seed
  } catch (error) {
    await seed.close()
    throw error
  }
  await seed.close()
  return openSeed(config, around)
}

/** Seeds lie on this machine, whatever the disk of the dataset is. @throws RowsmithError file_damaged, journal_damaged, io_error */
async function requireWholeFiles({ seed_config: seed }: Config, folders: readonly string[]): Promise<void> {
  if (seed?.source.seed_type !== 'local' || pathIssue(seed.source.path) !== undefined) return
  const files = await findSeedFiles(seed.source.path, folders)
  if (files.format !== 'parquet') return
  for (const path of files.paths)
    await new CheckedFiles(DatasetView.at(nodeDisk, datasetOf(path))).require([path])
}

/** The dataset directory that a file of rows lies in, if it lies in one. */
function datasetOf(path: string): string {
  const folder = dirname(path)
  return basename(dirname(folder)) === 'processors-files' ? dirname(dirname(folder)) : dirname(folder)
}

/** What a dataset of Rowsmith was started with. */
export function seedOfRun({ rows_identity: { document } }: RunFile): StoredSeed {
  const hash = isValueObject(document) ? document[seedContents] : undefined
  return typeof hash === 'string' ? hash : null
}

/** What passed over is a warning; what is known of table files stands next to their columns. */
export function seedEvents(seed: SeedDataset): RunEvent[] {
  const warning = (code: 'seed_read_earlier' | 'seed_passed_over', message: string): RunEvent => ({
    type: 'warning',
    code,
    message,
  })
  return [
    ...(seed.earlier ? [warning('seed_read_earlier', readEarlier)] : []),
    ...(seed.files.length > 0
      ? [{ type: 'seed', seed: describeSeed(seed) } as const]
      : seed.warnings.map((message) => warning('seed_passed_over', message))),
  ]
}

const readEarlier =
  'The seed dataset is read as at the start of this dataset, with the types that DuckDB guesses; a new one (--resume never) reads it exactly'
