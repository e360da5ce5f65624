/**
 * Puts the table that a stage made in the place of the one that is there.
 *
 * Owns: the folders of `.rowsmith/stage`: `new-*` holds a table on its way, `old-*` one that was replaced.
 * Never: touches raw row groups.
 * Rules:
 *   T1. Nothing is moved before the commit of the new table is durable. From there recovery finishes; before it the new
 *       table is forgotten.
 *   T2. The old table goes aside as a whole, then the new one comes in as a whole: folder by folder, the dataset's own last,
 *       each step synced before the next. At any moment one of them is whole, in its place or in `.rowsmith/stage`.
 *   T3. The old table is removed only when the new one is in place and metadata.json mentions it. What is no file of a
 *       dataset is a user's: it goes to the quarantine.
 *   T4. Done twice, it does nothing the second time.
 */

import { join } from 'node:path'
import { errnoOf } from '../../base/errors/errors.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { type DatasetLayout, looksLikeBatch } from '../files/layout.ts'
import type { PostProcessingCommit } from '../logs/post-processing-commits.ts'
import { quarantineFile } from './replace-whole.ts'

/** The folders that a table may have, the dataset's own last. */
const tableFolders = ['dropped-columns-parquet-files', 'processors-files', 'parquet-files'] as const

/** Where a table on its way lies. @param draft as in its commit */
export function newTable(layout: DatasetLayout, draft: string): string {
  return join(layout.postProcessing, `new-${draft}`)
}

function oldTable(layout: DatasetLayout, draft: string): string {
  return join(layout.postProcessing, `old-${draft}`)
}

/** Puts a committed table in place (T2, T4). @throws RowsmithError of class storage */
export async function swapTable(directory: DatasetDirectory, commit: PostProcessingCommit): Promise<void> {
  const { layout } = directory
  const coming = newTable(layout, commit.draft)
  const going = oldTable(layout, commit.draft)
  if (!(await directory.has(coming))) return
  await directory.ensure(going)
  for (const name of tableFolders) {
    const isNew = commit.files.some(({ path }) => path.startsWith(`${name}/`))
    const here = join(directory.path, name)
    const next = join(coming, name)
    if (isNew && !(await directory.has(next))) continue
    const quarantined = join(going, name)
    // A table that is no part of the new one may have moved aside already.
    if ((await directory.has(here)) && !(await directory.has(quarantined))) {
      await move(directory, here, quarantined, [directory.path, going])
    }
    if (isNew) await move(directory, next, here, [directory.path, coming])
  }
}

async function move(
  directory: DatasetDirectory,
  from: string,
  to: string,
  folders: readonly string[],
): Promise<void> {
  await wrapDiskError('rename', to, () => directory.disk.rename(from, to))
  for (const folder of folders) await directory.sync(folder)
}

/**
 * Clears away tables that were replaced, and those that were never committed (T3). The caller holds the lock, and
 * has put in place what was committed.
 *
 * @throws RowsmithError of class storage
 */
export async function collectTables(directory: DatasetDirectory): Promise<void> {
  const { layout } = directory
  for (const name of await directory.list(layout.postProcessing)) {
    await removeTree(directory, `.rowsmith/stage/${name}`)
  }
}

async function removeTree(directory: DatasetDirectory, relative: string): Promise<void> {
  const { disk } = directory
  const folder = directory.file(relative)
  for (const name of await directory.list(folder)) {
    const inside = `${relative}/${name}`
    const path = directory.file(inside)
    const found = await directory.stat(path)
    if (found?.kind === 'directory') await removeTree(directory, inside)
    else if (looksLikeBatch(name)) await wrapDiskError('remove', path, () => disk.remove(path))
    else await quarantineFile(directory, inside)
  }
  await wrapDiskError('remove', folder, () => disk.removeDirectory(folder)).catch((error: unknown) => {
    if (errnoOf(error instanceof Error ? error.cause : undefined) !== 'ENOENT') throw error
  })
}
