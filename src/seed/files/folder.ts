/** Files as seed rows: one row each, with its place, and for `file_contents` with its text. */
import { nodeDisk } from '../../disk/node-disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import type { GeneratedRows, SeedColumn } from '../table/table.ts'
import { type FilePattern, findFiles } from './found.ts'
import { decodeText } from './text.ts'

const text = { kind: 'string' } as const

const places: readonly SeedColumn[] = [
  { name: 'source_kind', type: text },
  { name: 'source_path', type: text },
  { name: 'relative_path', type: text },
  { name: 'file_name', type: text },
]

/** @throws RowsmithError seed_not_found, io_error */
export async function folderRows(folder: string, pattern: FilePattern): Promise<GeneratedRows> {
  const files = await findFiles(folder, pattern)
  return {
    columns: places,
    places: ['source_path'],
    async *rows() {
      for (const { path, relative, name } of files) {
        yield {
          source_kind: 'directory_file',
          source_path: path,
          relative_path: relative,
          file_name: name,
        }
      }
    },
  }
}

/** @throws RowsmithError seed_not_found, io_error; while rows are read, seed_unreadable for a file in another encoding */
export async function fileContentsRows(
  folder: string,
  pattern: FilePattern & { readonly encoding: string },
): Promise<GeneratedRows> {
  const files = await findFiles(folder, pattern)
  return {
    columns: [...places, { name: 'content', type: text }],
    places: ['source_path'],
    async *rows() {
      for (const { path, relative, name } of files) {
        const bytes = await wrapDiskError('read', path, () => nodeDisk.readFile(path))
        yield {
          source_kind: 'file_contents',
          source_path: path,
          relative_path: relative,
          file_name: name,
          content: decodeText(bytes, pattern.encoding, path),
        }
      }
    },
  }
}
