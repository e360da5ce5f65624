/**
 * Clears away what a workflow that was killed left between its stages. Datasets clear away their own.
 *
 * A process that works on a workflow holds its folder, but a process that lost its lock may still write: only files of processes go that are
 * surely dead.
 */
import { join } from 'node:path'
import { errnoOf } from '../base/errors/errors.ts'
import type { Disk } from '../disk/disk.ts'
import { currentProcess } from '../disk/process-identity.ts'
import { storageError, wrapDiskError } from '../disk/storage-error.ts'
import { outputsFolder } from './places.ts'

/** The record, or a file for the next stage, on its way: the number of the process that writes it. */
const temporary = /^(?:workflow-metadata\.json|stage-.+)\.tmp\.(\d+)\.[0-9a-f-]+$/

/** @returns how many files went. @throws RowsmithError io_error */
export async function collectWorkflowGarbage(disk: Disk, folder: string): Promise<number> {
  // Where a living process cannot be seen, a dead one cannot be distinguished from it.
  if ((await currentProcess(disk)).start === null) return 0
  let swept = 0
  for (const place of [folder, join(folder, outputsFolder)]) {
    const names = await wrapDiskError('list', place, () => disk.list(place))
    for (const name of names) {
      const pid = temporary.exec(name)?.[1]
      if (pid === undefined || (await currentProcess(disk, Number(pid))).start !== null) continue
      const path = join(place, name)
      await disk.remove(path).catch((error: unknown) => {
        if (errnoOf(error) !== 'ENOENT') throw storageError(error, 'remove', path)
      })
      swept++
    }
  }
  return swept
}
