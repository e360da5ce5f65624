/**
 * Who counts the columns of some files.
 *
 * Rules:
 *   1. Few values of files that Rowsmith wrote with equal columns are counted in this process: loading DuckDB takes more time than that.
 *   2. All else is for DuckDB, which reads types of other tools, unites columns of several types, and spills.
 *   3. A file is checked before anything of it is counted.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Value } from '../../base/values/value.ts'
import { foundColumns } from '../../store/parquet/file-schema.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import type { DatasetColumn } from '../rows/columns.ts'
import { publishedFooter } from '../rows/dataset-results.ts'
import type { Counts } from './counts.ts'
import { duckdbCounts } from './duckdb-counts.ts'
import { rowCounts } from './row-counts.ts'

/** What is still counted in this process (rule 1); values are numbers, texts and the like, also those within others. */
const few = { files: 64, values: 100_000, bytes: 32 * 2 ** 20 }

/** @throws RowsmithError file_damaged, duckdb_missing, io_error */
export async function countsOf(
  view: DatasetView,
  files: readonly string[],
  columns: readonly DatasetColumn[],
  signal?: AbortSignal,
): Promise<Counts> {
  const checked = new CheckedFiles(view)
  if (await areFew(view, files)) {
    const cells = new Map<string, Value[]>(columns.map(({ name }) => [name, []]))
    const names = new Set(cells.keys())
    for (const path of files) {
      signal?.throwIfAborted()
      for (const row of await checked.rows(path, names)) {
        for (const [name, values] of cells) values.push(row[name] ?? null)
      }
    }
    return rowCounts(cells)
  }
  await checked.require(files)
  return duckdbCounts(files, view.directory.path)
}

async function areFew({ directory }: DatasetView, files: readonly string[]): Promise<boolean> {
  if (files.length > few.files) return false
  let [values, bytes] = [0, 0]
  let columns: unknown
  for (const path of files) {
    const footer = await publishedFooter(directory.disk, path)
    values += footer.values
    bytes += footer.unpackedBytes
    const of = foundColumns(footer.fields)
    columns ??= of
    const isOwn = footer.keys['rowsmith.format'] === '1'
    if (!isOwn || values > few.values || bytes > few.bytes || !isDeepStrictEqual(of, columns)) return false
  }
  return true
}
