/**
 * Where previews lie: `<artifact folder>/.rowsmith-previews/<rows identity>`, datasets like any other, in a folder that no
 * search for datasets looks into.
 */
import { join } from 'node:path'
import type { Disk } from '../disk/disk.ts'
import { onDisk } from '../disk/storage-error.ts'
import { datasetLayout } from '../store/layout.ts'
import { type RunFile, readRunFile } from '../store/run-file.ts'

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

/**
 * The newest preview of the same rows, with that seed when one is given.
 *
 * @returns null when there is none that can be read
 */
export async function findPreview(
  disk: Disk,
  artifactPath: string,
  identity: string,
  seed: bigint | null,
): Promise<{ readonly directory: string; readonly name: string; readonly run: RunFile } | null> {
  const folder = previewsFolder(artifactPath)
  const names = await onDisk('list', folder, () => disk.list(folder))
  const prefix = previewName(identity, null)
  let newest: { directory: string; name: string; run: RunFile; modified: number } | null = null
  for (const name of names) {
    if (name !== prefix && !name.startsWith(`${prefix}-`)) continue
    const directory = join(folder, name)
    const layout = datasetLayout(directory)
    const found = await readRunFile(disk, layout)
    if (found.kind !== 'read' || found.contents.rows_identity.hash !== identity) continue
    if (seed !== null && found.contents.run_seed !== seed) continue
    const modified = (await disk.stat(layout.run))?.modified ?? 0
    if (newest === null || modified > newest.modified)
      newest = { directory, name, run: found.contents, modified }
  }
  return newest
}
