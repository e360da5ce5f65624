/**
 * One process at a time chooses the name of a new dataset beside another one.
 *
 * Owns: the folder `.rowsmith-naming` of an artifact folder, for as long as somebody chooses. Its lock follows the rules of `lock.ts`,
 * so that of a process that died here is taken over.
 * Rule: a choice is made, looked at again, and made durable (run.json) while the lock is held. So of several equal commands that
 * start at once, one makes a dataset, and the others find it.
 */
import { join } from 'node:path'
import { errnoOf, RowsmithError } from '../base/errors.ts'
import type { Disk } from '../disk/disk.ts'
import { createDatasetDirectory } from './directories.ts'
import { datasetLayout } from './layout.ts'
import { acquireLock, type Lock, type LockOptions } from './lock.ts'

/** How long a name may take others: they sample nothing and send nothing meanwhile. */
const waitMs = 60_000

export interface NamingOptions extends Pick<LockOptions, 'disk' | 'clock' | 'self' | 'nonce'> {
  readonly signal?: AbortSignal | undefined
  readonly artifactPath: string
  readonly datasetName: string
}

/**
 * Runs `choose` while no other process chooses a name beside the same dataset.
 *
 * @throws RowsmithError dataset_in_use when another takes over a minute; storage errors; whatever `choose` throws
 */
export async function whileNaming<T>(options: NamingOptions, choose: () => Promise<T>): Promise<T> {
  const { artifactPath, datasetName, disk } = options
  const all = join(artifactPath, '.rowsmith-naming')
  const folder = join(all, datasetName)
  const lock = await lockOf(options, folder)
  try {
    return await choose()
  } finally {
    await lock.release().catch(() => {})
    await tidy(disk, all, folder, lock)
  }
}

/** Whoever chose before may take the folder away just now: then it is made again. */
async function lockOf(options: NamingOptions, folder: string): Promise<Lock> {
  const { disk, clock, self, nonce, signal } = options
  const layout = datasetLayout(folder)
  for (;;) {
    try {
      await createDatasetDirectory(disk, folder)
      const asked = { disk, clock, layout, self, nonce, waitMs, ...(signal === undefined ? {} : { signal }) }
      return await acquireLock(asked)
    } catch (error) {
      const cause = RowsmithError.isInstance(error) ? error.cause : error
      if (errnoOf(cause) !== 'ENOENT') throw error
    }
  }
}

/** Takes the folder away if nobody else is in it. Only tidiness: what is left harms nobody. */
async function tidy(disk: Disk, all: string, folder: string, lock: Lock): Promise<void> {
  const layout = datasetLayout(folder)
  try {
    await disk.remove(layout.lock(lock.epoch))
    for (const each of [layout.own, folder, all]) await disk.removeDirectory(each)
  } catch {
    // Somebody else is choosing.
  }
}
