/**
 * Small files that are replaced whole: a reader, and a run after a power loss, finds the old or the new one.
 */
import { dirname } from 'node:path'
import type { Disk } from '../../disk/disk.ts'
import { type DiskAction, storageError } from '../../disk/storage-error.ts'

/** What file systems say to `link` that have no links, or none from here to there. */
export const NO_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EXDEV',
  'EMLINK',
])

/** Who writes: makes the names of temporary files its own, and shows later whose they were. */
export interface FileOwner {
  readonly pid: number
  /** Different for every run, also within one process. */
  readonly nonce: string
  /**
   * Looks whether the writer still holds the lock; left out by one that needs none. Called when the temporary file is durable:
   * a new writer sweeps such files first, so a writer that was stopped here finds nothing to rename.
   *
   * @throws RowsmithError lock_lost
   */
  readonly check?: () => Promise<void>
}

/** The temporary name under which a file is written before it gets its own. */
export function temporaryName(path: string, writer: FileOwner): string {
  return `${path}.tmp.${writer.pid}.${writer.nonce}`
}

/**
 * Replaces a file, or makes it: temporary file, sync, rename, sync of the folder.
 * A writer replaces one file at most once at a time.
 *
 * @throws RowsmithError disk_full, folder_unwritable, sync_failed or io_error: the old file, or the new one, is there whole;
 *   lock_lost
 */
export async function replaceFile(
  disk: Disk,
  path: string,
  contents: string | Uint8Array,
  writer: FileOwner,
): Promise<void> {
  const temporary = temporaryName(path, writer)
  let action: DiskAction = 'rename'
  try {
    await writeSynced(disk, temporary, contents)
    await writer.check?.()
    await disk.rename(temporary, path)
    action = 'sync'
    await disk.syncDirectory(dirname(path))
  } catch (error) {
    // Only tidiness: whatever failed is what matters, and the next run sweeps.
    await disk.remove(temporary).catch(() => {})
    throw storageError(error, action, path)
  }
}

/** Creates a file that must not exist, with its data durable but not yet its name. @throws RowsmithError; EEXIST as io_error */
export async function writeSynced(disk: Disk, path: string, contents: string | Uint8Array): Promise<void> {
  let action: DiskAction = 'create'
  try {
    const file = await disk.create(path)
    try {
      action = 'write'
      await file.append(typeof contents === 'string' ? Buffer.from(contents) : contents)
      action = 'sync'
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    throw storageError(error, action, path)
  }
}
