/**
 * Folders that stay. A name counts once the folder that holds it is synced, and who made a folder may have died
 * before that: so the first use of a folder in a run always syncs the way to it.
 */
import { dirname, relative, sep } from 'node:path'
import { errnoOf } from '../../base/errors/errors.ts'
import type { Disk } from '../../disk/disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'

/**
 * Makes the directory of a new dataset, and the folders above it that are missing. Of several who try, one succeeds.
 *
 * @returns false when the name is taken
 * @throws RowsmithError folder_unwritable, disk_full, sync_failed or io_error
 */
export async function createDatasetDirectory(disk: Disk, directory: string): Promise<boolean> {
  const parent = dirname(directory)
  const missing: string[] = []
  for (let folder = parent; folder !== dirname(folder); folder = dirname(folder)) {
    const found = await wrapDiskError('read', folder, () => disk.stat(folder))
    if (found !== undefined) break
    missing.unshift(folder)
  }
  for (const folder of missing) {
    await makeDirectory(disk, folder)
    await syncDirectory(disk, dirname(folder))
  }
  const created = await makeDirectory(disk, directory)
  await syncDirectory(disk, parent)
  return created
}

/**
 * Makes sure that a folder of a dataset is there, durable with every folder between it and the dataset directory.
 *
 * @throws RowsmithError folder_unwritable, disk_full, sync_failed or io_error
 */
export async function ensureFolder(disk: Disk, directory: string, path: string): Promise<void> {
  const steps = relative(directory, path).split(sep)
  let parent = directory
  for (const step of steps) {
    const folder = `${parent}${sep}${step}`
    await makeDirectory(disk, folder)
    await syncDirectory(disk, parent)
    parent = folder
  }
}

/** @throws RowsmithError sync_failed */
export async function syncDirectory(disk: Disk, folder: string): Promise<void> {
  await wrapDiskError('sync', folder, () => disk.syncDirectory(folder))
}

/** @returns false when it is there */
async function makeDirectory(disk: Disk, path: string): Promise<boolean> {
  return wrapDiskError('create the folder', path, async () => {
    try {
      await disk.makeDirectory(path)
      return true
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
      return false
    }
  })
}
