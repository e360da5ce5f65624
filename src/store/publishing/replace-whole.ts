/**
 * A file replaced by another one, without a moment in which neither is there and without losing the old one: it stays in
 * the quarantine. Whoever calls this holds the lock.
 */
import { basename, dirname, join } from 'node:path'
import { errnoOf } from '../../base/errors/errors.ts'
import type { Disk } from '../../disk/disk.ts'
import { onDisk, storageError } from '../../disk/storage-error.ts'
import { NO_LINKS, writeSynced } from '../files/atomic-file.ts'
import { ensureDirectory, syncDirectory } from '../files/directories.ts'
import type { DatasetLayout } from '../files/layout.ts'
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
  disk: Disk,
  layout: DatasetLayout,
  relative: string,
  bytes: Uint8Array,
  draft: string,
): Promise<string | undefined> {
  const path = layout.file(relative)
  await ensureDirectory(disk, layout, layout.drafts)
  await ensureDirectory(disk, layout, dirname(path))
  const from = draftPath(layout, draft)
  await writeSynced(disk, from, bytes)
  const kept = await keepAside(disk, layout, relative)
  await onDisk('rename', path, () => disk.rename(from, path))
  await syncDirectory(disk, dirname(path))
  return kept
}

/**
 * Moves a file to the quarantine, durably.
 *
 * @returns where it is now, below the dataset directory; undefined when it is not there
 * @throws RowsmithError of class storage
 */
export async function setAside(
  disk: Disk,
  layout: DatasetLayout,
  relative: string,
): Promise<string | undefined> {
  const path = layout.file(relative)
  if ((await onDisk('read', path, () => disk.stat(path))) === undefined) return undefined
  const to = await freeName(disk, layout, basename(path))
  await onDisk('rename', to, () => disk.rename(path, to))
  await syncDirectory(disk, layout.quarantine)
  await syncDirectory(disk, dirname(path))
  return `.rowsmith/quarantine/${basename(to)}`
}

/** A second name for the file in the quarantine, or a copy where there are no links. */
async function keepAside(disk: Disk, layout: DatasetLayout, relative: string): Promise<string | undefined> {
  const path = layout.file(relative)
  if ((await onDisk('read', path, () => disk.stat(path))) === undefined) return undefined
  const to = await freeName(disk, layout, basename(path))
  try {
    await disk.link(path, to)
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error) ?? '')) throw storageError(error, 'link', to)
    await writeSynced(disk, to, await onDisk('read', path, () => disk.readFile(path)))
  }
  await syncDirectory(disk, layout.quarantine)
  return `.rowsmith/quarantine/${basename(to)}`
}

async function freeName(disk: Disk, layout: DatasetLayout, name: string): Promise<string> {
  await ensureDirectory(disk, layout, layout.quarantine)
  const taken = new Set(await onDisk('list', layout.quarantine, () => disk.list(layout.quarantine)))
  let free = name
  for (let count = 1; taken.has(free); count++) free = `${name}.${count}`
  return join(layout.quarantine, free)
}
