/**
 * Where previews lie: `<artifact folder>/.rowsmith-previews/<rows identity>`, datasets like any other, in a folder that no
 * search for datasets looks into.
 */

import { join } from 'node:path'
import type { Disk } from '../../disk/disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { type RunFile, readRunFile } from '../../store/control/run-file.ts'
import { DatasetDirectory } from '../../store/files/dataset-directory.ts'

interface FoundPreview {
  readonly directory: string
  readonly name: string
  readonly run: RunFile
}

/** The folder of all previews. */
export function previewsFolder(artifactPath: string): string {
  return join(artifactPath, '.rowsmith-previews')
}

/** Digits of the rows identity in a preview's name: plenty for one folder, and run.json holds them all. */
const identityDigits = 32

/** The name of a new preview. One with a seed of its own gets a folder of its own. */
export function previewName(identity: string, seed: bigint | null): string {
  const name = identity.slice(0, identityDigits)
  return seed === null ? name : `${name}-${seed}`
}

/** The newest preview of the same rows, with that seed when one is given; null when there is none that can be read. */
export function findPreview(
  disk: Disk,
  artifactPath: string,
  identity: string,
  seed: bigint | null,
): Promise<FoundPreview | null> {
  const prefix = previewName(identity, null)
  return newestPreview(
    disk,
    artifactPath,
    (name) => name === prefix || name.startsWith(`${prefix}-`),
    (run) => run.rows_identity.hash === identity && (seed === null || run.run_seed === seed),
  )
}

/** The directory of the newest preview of a dataset, by its name, whatever its rows are; null when there is none. */
export async function newestPreviewOf(
  disk: Disk,
  artifactPath: string,
  datasetName: string,
): Promise<string | null> {
  const every = () => true
  const found = await newestPreview(disk, artifactPath, every, (run) => run.dataset_name === datasetName)
  return found?.directory ?? null
}

async function newestPreview(
  disk: Disk,
  artifactPath: string,
  isNamed: (name: string) => boolean,
  fits: (run: RunFile) => boolean,
): Promise<FoundPreview | null> {
  const folder = previewsFolder(artifactPath)
  let newest: (FoundPreview & { readonly modified: number }) | null = null
  for (const name of await wrapDiskError('list', folder, () => disk.list(folder))) {
    if (!isNamed(name)) continue
    const directory = join(folder, name)
    const dataset = new DatasetDirectory(disk, directory)
    const found = await readRunFile(dataset)
    if (found.kind !== 'read' || !fits(found.contents)) continue
    const modified = (await dataset.files.stat('.rowsmith/run.json'))?.modified ?? 0
    if (newest === null || modified > newest.modified) {
      newest = { directory, name, run: found.contents, modified }
    }
  }
  return newest
}
