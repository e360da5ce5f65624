/**
 * Clears away what dead writers left: temporary files and drafts. Whoever calls this holds the lock and has rolled
 * forward, so no draft that is left belongs to a commit.
 *
 * A temporary lock of a process that waits may go too: it notices and writes another.
 */
import { join } from 'node:path'
import { errnoOf } from '../base/errors.ts'
import type { Disk } from '../disk/disk.ts'
import { onDisk, storageError } from '../disk/storage-error.ts'
import type { Writer } from './atomic-file.ts'
import type { DatasetLayout } from './layout.ts'

/** `metadata.json.tmp.<pid>.<nonce>`, and Data Designer's own `metadata.json.tmp.<pid>`. */
export const temporaryFile =
  /^(metadata\.json|builder_config\.json|run\.json|launch\.json|tools\.json|events\.jsonl|lock|lock\.\d+)\.tmp\.\d+/

/**
 * @param self the writer that sweeps: its own files stay
 * @param epoch its epoch: drafts of this epoch stay
 * @returns how many files went
 * @throws RowsmithError io_error
 */
export async function sweep(disk: Disk, layout: DatasetLayout, self: Writer, epoch: number): Promise<number> {
  const stale = [
    ...(await filesIn(disk, layout.directory, (name) => isTemporaryOfOthers(name, self))),
    ...(await filesIn(disk, layout.own, (name) => isTemporaryOfOthers(name, self))),
    ...(await filesIn(disk, layout.drafts, (name) => !name.startsWith(`${epoch}-`))),
  ]
  for (const path of stale) {
    await disk.remove(path).catch((error) => {
      if (errnoOf(error) !== 'ENOENT') throw storageError(error, 'remove', path)
    })
  }
  return stale.length
}

function isTemporaryOfOthers(name: string, self: Writer): boolean {
  return temporaryFile.test(name) && !name.endsWith(`.${self.nonce}`)
}

async function filesIn(disk: Disk, folder: string, matches: (name: string) => boolean): Promise<string[]> {
  const names = await onDisk('list', folder, () => disk.list(folder))
  return names.filter(matches).map((name) => join(folder, name))
}
