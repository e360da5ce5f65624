/**
 * Work that one process at a time does in a folder which is no dataset.
 *
 * Owns: the lock in the folder for as long as the work goes on, with the rules of `lock.ts`, so that the lock of a process that died
 * here is taken over. Nothing of it is left behind by work that ended.
 */
import { errnoOf, RowsmithError } from '../../base/errors/errors.ts'
import type { Disk } from '../../disk/disk.ts'
import { DatasetDirectory } from '../files/dataset-directory.ts'
import { acquireLock, type Lock, type LockOptions } from './lock.ts'

export interface Holding extends Omit<LockOptions, 'directory' | 'onLost'> {
  readonly disk: Disk
  /** Made when it is missing. */
  readonly folder: string
  /** Folders that are taken away after the work when nothing is left in them, the innermost first. @default none */
  readonly tidies?: readonly string[]
}

/**
 * Runs `work` while no other process holds the folder.
 *
 * @throws RowsmithError dataset_in_use when another holds it for longer than `waitMs`; storage errors; whatever `work` throws
 */
export async function whileHolding<T>(holding: Holding, work: () => Promise<T>): Promise<T> {
  const lock = await lockOf(holding)
  try {
    return await work()
  } finally {
    await lock.release().catch(() => {})
    await tidy(holding, lock)
  }
}

/** Its former holder may take the folder away just now: then it is made again. */
async function lockOf(holding: Holding): Promise<Lock> {
  const { folder, disk } = holding
  for (;;) {
    try {
      const directory = new DatasetDirectory(disk, folder)
      await directory.create()
      return await acquireLock({ ...holding, directory })
    } catch (error) {
      const cause = RowsmithError.isInstance(error) ? error.cause : error
      if (errnoOf(cause) !== 'ENOENT') throw error
    }
  }
}

/** Only tidiness: what is left does no harm. */
async function tidy({ disk, folder, tidies = [] }: Holding, lock: Lock): Promise<void> {
  const { layout } = new DatasetDirectory(disk, folder)
  try {
    await disk.remove(layout.lock(lock.epoch))
    for (const each of [layout.own, ...tidies]) await disk.removeDirectory(each)
  } catch {
    // Another process holds it by now.
  }
}
