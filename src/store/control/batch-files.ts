/** The files of batches that are not over: `.rowsmith/batches/<name>.jsonl` holds the requests of one, `<name>.items` whose they are. */
import { join } from 'node:path'
import type { DiskFile } from '../../disk/disk.ts'
import { storageError, wrapDiskError } from '../../disk/storage-error.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'

const endings = ['jsonl', 'items'] as const
const pieceBytes = 1024 * 1024

/** Both files, in this order; their folder is durable. @throws RowsmithError of class storage */
export async function createBatchFiles(directory: DatasetDirectory, name: string): Promise<DiskFile[]> {
  await directory.ensure(directory.layout.batches)
  const files: DiskFile[] = []
  for (const ending of endings) {
    const path = pathOf(directory, name, ending)
    files.push(await wrapDiskError('create', path, () => directory.disk.create(path)))
  }
  return files
}

/** Makes their data and names durable. @throws RowsmithError of class storage */
export async function syncBatchFiles(directory: DatasetDirectory, files: readonly DiskFile[]): Promise<void> {
  const { batches } = directory.layout
  for (const file of files) {
    await wrapDiskError('sync', batches, () => file.sync())
    await file.close()
  }
  await directory.sync(batches)
}

/** Whose the requests of a batch are. @throws RowsmithError io_error */
export function readBatchItems(directory: DatasetDirectory, name: string): Promise<Uint8Array> {
  return directory.read(pathOf(directory, name, 'items'))
}

/** The requests of a batch, read in pieces into memory that is given. @param into for so many bytes @throws RowsmithError io_error */
export async function readBatchLines(directory: DatasetDirectory, name: string, into: Buffer): Promise<void> {
  const path = pathOf(directory, name, 'jsonl')
  for (let at = 0; at < into.length; ) {
    const length = Math.min(pieceBytes, into.length - at)
    const piece = await wrapDiskError('read', path, () => directory.disk.readRange(path, at, length))
    if (piece.length === 0) throw storageError(new Error(`it ends at byte ${at}`), 'read', path)
    into.set(piece, at)
    at += piece.length
  }
}

/** Never rejects. */
export async function removeBatchFiles(directory: DatasetDirectory, name: string): Promise<void> {
  for (const ending of endings) await directory.disk.remove(pathOf(directory, name, ending)).catch(() => {})
}

function pathOf({ layout }: DatasetDirectory, name: string, ending: string): string {
  return join(layout.batches, `${name}.${ending}`)
}
