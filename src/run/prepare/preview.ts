/**
 * A preview: a small dataset of its own, from which a later dataset of the same rows takes seed and answers.
 *
 * Owns: what is requested of a run so that it makes one. Rules:
 *   V1. A preview of the same rows is continued: what is there is not made again, more rows are added.
 *   V2. A new one reuses from the dataset it is a preview of, or else from the newest preview of that dataset: an edited
 *       prompt costs a preview that column.
 *   V3. Its row groups are small, so that a preview that is stopped, and one that requests fewer rows, makes few.
 */
import { join } from 'node:path'
import type { Disk } from '../../disk/disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { candidateNames } from '../../plan/candidates.ts'
import { rowCount } from '../../plan/row-groups.ts'
import { readRunFile } from '../../store/control/run-file.ts'
import { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import type { RunIntent } from '../request/intent.ts'
import type { ResolvedOptions } from '../request/options.ts'
import type { CompiledConfig } from './compiled-config.ts'
import { findPreview, newestPreviewOf, previewName, previewsFolder } from './preview-place.ts'

/** Rows in a preview's row groups. */
const previewBufferSize = 10

/** The run that makes the preview: what it intends, and where. @param options those for the dataset it is a preview of */
export async function previewRun(
  disk: Disk,
  options: ResolvedOptions,
  { rowsIdentity }: CompiledConfig,
): Promise<{ readonly intent: RunIntent; readonly place: Partial<ResolvedOptions> }> {
  const { artifactPath, datasetName: of, numRecords: rows, seed, reuse } = options
  const found = await findPreview(disk, artifactPath, rowsIdentity.hash, seed)
  const reusesAnswers = found === null && reuse === 'auto'
  const origin = reusesAnswers ? await originOf(disk, options, rowsIdentity.hash) : null
  return {
    intent: { kind: 'preview', of, rows, origin },
    place: {
      artifactPath: previewsFolder(artifactPath),
      datasetName: found?.name ?? previewName(rowsIdentity.hash, seed),
      numRecords: Math.max(rows, found === null ? 0 : rowCount(found.run.segments)),
    },
  }
}

/** Settings that have to be the same whenever a preview is continued. */
export function runConfigOfPreview(runConfig: ResolvedOptions['runConfig']): ResolvedOptions['runConfig'] {
  return { ...runConfig, buffer_size: previewBufferSize, preserve_dropped_columns: true }
}

/** The dataset that is previewed, the newest if there are several and none of the same rows; else its newest preview. */
async function originOf(disk: Disk, options: ResolvedOptions, identity: string): Promise<string | null> {
  const { artifactPath, datasetName } = options
  const names = await wrapDiskError('list', artifactPath, () => disk.list(artifactPath))
  const [plain, ...siblings] = candidateNames(datasetName, names)
  let newest: string | null = null
  for (const name of [...siblings, plain].filter((name) => name !== undefined)) {
    const directory = join(artifactPath, name)
    const run = await readRunFile(new DatasetDirectory(disk, directory))
    if (run.kind !== 'read') continue
    if (run.contents.rows_identity.hash === identity) return directory
    newest ??= directory
  }
  return newest ?? (await newestPreviewOf(disk, artifactPath, datasetName))
}
