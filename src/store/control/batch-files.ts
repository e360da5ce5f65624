/** The files of batches that are not over: `.rowsmith/batches/<name>.jsonl` holds the requests of one, `<name>.items` whose they are. */
import { join } from 'node:path'
import type { DiskFile } from '../../disk/disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'

const endings = ['jsonl', 'items'] as const

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

/** @throws RowsmithError io_error */
export function readBatchFile(
  directory: DatasetDirectory,
  name: string,
  ending: (typeof endings)[number],
): Promise<Uint8Array> {
  return directory.read(pathOf(directory, name, ending))
}

/** Never rejects. */
export async function removeBatchFiles(directory: DatasetDirectory, name: string): Promise<void> {
  for (const ending of endings) await directory.disk.remove(pathOf(directory, name, ending)).catch(() => {})
}

function pathOf({ layout }: DatasetDirectory, name: string, ending: string): string {
  return join(layout.batches, `${name}.${ending}`)
}
