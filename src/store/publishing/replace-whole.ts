/**
 * A file replaced by another one, without a moment in which neither is there and without losing the old one: it stays in
 * the quarantine. The caller holds the lock.
 */

import { basename, dirname, join } from 'node:path'
import { errnoOf } from '../../base/errors/errors.ts'
import { storageError, wrapDiskError } from '../../disk/storage-error.ts'
import { NO_LINKS, writeSynced } from '../files/atomic-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { draftPath } from './publish.ts'

/**
 * Puts `bytes` under a name, durably.
 *
 * @param relative below the dataset directory
 * @param draft a name in the drafts folder that is free
 * @returns where the old file is now, below the dataset directory; undefined when there was none
 * @throws RowsmithError of class storage: the old file, or the new one, is there whole
 */
export async function replaceWhole(
  directory: DatasetDirectory,
  relative: string,
  bytes: Uint8Array,
  draft: string,
): Promise<string | undefined> {
  const { layout, disk } = directory
  const path = directory.file(relative)
  await directory.ensure(layout.drafts)
  await directory.ensure(dirname(path))
  const from = draftPath(layout, draft)
  await writeSynced(disk, from, bytes)
  const stored = await preserveOld(directory, relative)
  await wrapDiskError('rename', path, () => disk.rename(from, path))
  await directory.sync(dirname(path))
  return stored
}

/**
 * Moves a file to the quarantine, durably.
 *
 * @returns where it is now, below the dataset directory; undefined when it is not there
 * @throws RowsmithError of class storage
 */
export async function quarantineFile(
  directory: DatasetDirectory,
  relative: string,
): Promise<string | undefined> {
  const { layout, disk } = directory
  const path = directory.file(relative)
  if ((await directory.stat(path)) === undefined) return undefined
  const to = await freeName(directory, basename(path))
  await wrapDiskError('rename', to, () => disk.rename(path, to))
  await directory.sync(layout.quarantine)
  await directory.sync(dirname(path))
  return `.rowsmith/quarantine/${basename(to)}`
}

/** A second name for the file in the quarantine, or a copy where there are no links. */
async function preserveOld(directory: DatasetDirectory, relative: string): Promise<string | undefined> {
  const { layout, disk } = directory
  const path = directory.file(relative)
  if ((await directory.stat(path)) === undefined) return undefined
  const to = await freeName(directory, basename(path))
  try {
    await disk.link(path, to)
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error) ?? '')) throw storageError(error, 'link', to)
    await writeSynced(disk, to, await directory.read(path))
  }
  await directory.sync(layout.quarantine)
  return `.rowsmith/quarantine/${basename(to)}`
}

async function freeName(directory: DatasetDirectory, name: string): Promise<string> {
  const { layout } = directory
  await directory.ensure(layout.quarantine)
  const taken = new Set(await directory.list(layout.quarantine))
  let free = name
  for (let count = 1; taken.has(free); count++) free = `${name}.${count}`
  return join(layout.quarantine, free)
}
