import { errnoOf, RowsmithError } from '../base/errors/errors.ts'
import type { Disk } from './disk.ts'

/** What was being done to the disk, as the error's sentence says it. */
export type DiskAction =
  | 'create'
  | 'read'
  | 'write'
  | 'sync'
  | 'remove'
  | 'list'
  | 'link'
  | 'rename'
  | 'create the folder'

/**
 * The meaning of a failed disk operation: `disk_full` when there is no room, `folder_unwritable` when the system
 * allows nothing to be created, `sync_failed` when durability is unknown, else `io_error`. An error that has a
 * meaning already stays as it is.
 */
export function storageError(error: unknown, action: DiskAction, path: string): RowsmithError {
  if (error instanceof RowsmithError) return error
  const errno = errnoOf(error)
  const full = errno === 'ENOSPC' || errno === 'EDQUOT'
  const reason = full ? 'the disk is full' : (errno ?? wordsOf(error))
  return new RowsmithError(codeOf(errno, full, action), `Could not ${action} ${path}: ${reason}.`, {
    facts: { path, action, errno: errno ?? null },
    cause: error,
  })
}

/** Something in between, such as a file system that a package manager puts before the real one. */
function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message.split('\n')[0]?.slice(0, 200) : undefined
  return words === undefined || words === '' ? 'the system gave no reason' : words
}

/** Runs one disk operation; when it fails, its error gets its meaning. @throws RowsmithError as `storageError` gives */
export async function wrapDiskError<T>(
  action: DiskAction,
  path: string,
  operation: () => Promise<T>,
): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw storageError(error, action, path)
  }
}

/** A whole file; undefined when there is none. @throws RowsmithError io_error when it is there and cannot be read: it is not missing */
export async function readIfThere(
  disk: Pick<Disk, 'readFile'>,
  path: string,
): Promise<Uint8Array | undefined> {
  try {
    return await disk.readFile(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw storageError(error, 'read', path)
  }
}

function codeOf(errno: string | undefined, full: boolean, action: DiskAction) {
  if (full) return 'disk_full'
  // A file where a folder should be: nothing can be created below it.
  if (errno === 'ENOTDIR') return 'folder_unwritable'
  const forbidden = errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS'
  if (forbidden && (action === 'create' || action === 'create the folder')) return 'folder_unwritable'
  return action === 'sync' ? 'sync_failed' : 'io_error'
}
