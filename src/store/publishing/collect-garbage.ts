/**
 * Clears away what dead writers left: temporary files and drafts. The caller holds the lock.
 *
 * It is also the fence against a writer that was taken over from and wakes later. Such a one looked at the lock when its draft or
 * temporary file was durable, and found it its own. So that file was there before the takeover, and goes in the sweep that
 * follows: what it links or renames then is not there.
 *
 * Nothing of a higher epoch, and nothing that was not there before the lock was last found held, is ever removed: a process that sweeps
 * may have been taken over from, too. A temporary lock of a process that waits may go: it notices and writes another.
 */

import { join } from 'node:path'
import { errnoOf } from '../../base/errors/errors.ts'
import { storageError } from '../../disk/storage-error.ts'
import type { FileOwner } from '../files/atomic-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'

/** `metadata.json.tmp.<pid>.<nonce>`, and Data Designer's own `metadata.json.tmp.<pid>`. */
export const temporaryFile =
  /^(README\.md|metadata\.json|builder_config\.json|run\.json|launch\.json|tools\.json|events\.jsonl|lock|lock\.\d+)\.tmp\.\d+/

/**
 * Removes the drafts of former writers that no commit names, before commits are read to be acted upon. A writer that was
 * taken over from and wakes later finds nothing to place: its drafts were durable before it last held the lock.
 *
 * @param epoch of the lock that is held: drafts of lower ones go
 * @param named drafts of commits
 * @throws RowsmithError io_error
 */
export async function collectUncommitted(
  directory: DatasetDirectory,
  epoch: number,
  named: ReadonlySet<string>,
): Promise<void> {
  const { layout } = directory
  const isLost = (name: string): boolean => !named.has(name) && isEarlierDraft(name, epoch)
  await removeAll(directory, await filesIn(directory, layout.drafts, isLost))
}

/**
 * Removes the temporary files of other writers.
 *
 * @param self the writer that sweeps: its own files stay
 * @throws RowsmithError lock_lost, io_error
 */
export async function collectTemporaries(directory: DatasetDirectory, self: FileOwner): Promise<void> {
  const { layout } = directory
  // The small files of the dataset are written under its own lock, and not by the writer of a block.
  const folders = layout.block === undefined ? [directory.path, layout.own] : [layout.own]
  const stale: string[] = []
  for (const folder of folders)
    stale.push(...(await filesIn(directory, folder, (name) => isTemporaryOfOthers(name, self))))
  if (stale.length === 0) return
  await self.check?.()
  await removeAll(directory, stale)
}

/**
 * Removes every draft of former writers, once everything that is committed is in place.
 *
 * @param epoch of the lock that is held: drafts of lower ones go
 * @throws RowsmithError io_error
 */
export async function collectDrafts(directory: DatasetDirectory, epoch: number): Promise<void> {
  const { layout } = directory
  await removeAll(directory, await filesIn(directory, layout.drafts, (name) => isEarlierDraft(name, epoch)))
}

/**
 * Removes the folders of blocks, once run.json names none. A process that was late finds that it has no lock, and ends.
 *
 * @throws RowsmithError io_error
 */
export async function collectBlocks(directory: DatasetDirectory): Promise<void> {
  const { layout } = directory
  if (!(await directory.has(layout.blocks))) return
  await removeFolder(directory, layout.blocks)
  await directory.sync(layout.own)
}

/** With all that is in it. One that is written to meanwhile stays, for the next time. */
async function removeFolder(directory: DatasetDirectory, folder: string): Promise<void> {
  for (const name of await directory.list(folder)) {
    const path = join(folder, name)
    if ((await directory.stat(path))?.kind === 'directory') await removeFolder(directory, path)
    else await directory.remove(path)
  }
  await directory.disk.removeDirectory(folder).catch((error) => {
    if (!stays.has(errnoOf(error) ?? '')) throw storageError(error, 'remove', folder)
  })
}

const stays: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT'])

/** `<epoch>-<number>`. What is named in another way is a user's file, and no draft. */
function isEarlierDraft(name: string, epoch: number): boolean {
  const of = Number.parseInt(name, 10)
  return Number.isNaN(of) || of < epoch
}

async function removeAll(directory: DatasetDirectory, paths: readonly string[]): Promise<void> {
  for (const path of paths) await directory.remove(path)
}

function isTemporaryOfOthers(name: string, self: FileOwner): boolean {
  return temporaryFile.test(name) && !name.endsWith(`.${self.nonce}`)
}

async function filesIn(
  directory: DatasetDirectory,
  folder: string,
  matches: (name: string) => boolean,
): Promise<string[]> {
  const names = await directory.list(folder)
  return names.filter(matches).map((name) => join(folder, name))
}
