/** What reading files comes to, whatever their format: columns, and how a row of the table becomes cells. */
import type { DuckDBValue } from '@duckdb/node-api'
import type { Value } from '../../base/values/value.ts'
import type { SeedColumn, SeedFile } from './table.ts'

export interface LoadedFiles {
  readonly columns: readonly SeedColumn[]
  readonly files: readonly SeedFile[]
  readonly warnings: readonly string[]
  /** The SHA-256 of the bytes of the files, where reading them gave it (`contentsOf`). */
  readonly bytes?: string
  /** The cells of a row as the table holds it. */
  readonly decode: (stored: readonly DuckDBValue[]) => Value[]
}

/** The file that holds a row of all of them, and which row it is there, from 1. @param row from 0 */
export function placeOfRow(files: readonly SeedFile[], row: number): { label: string; row: number } {
  let left = row
  for (const { label, rows } of files) {
    if (left < rows) return { label, row: left + 1 }
    left -= rows
  }
  return { label: files.at(-1)?.label ?? '', row: left + 1 }
}
