/** The rows of a dataset as a table of DuckDB, for reports that need more than one column at a time. */
import { sqlField, sqlName } from '../../base/libraries/confined-duckdb.ts'
import { type ColumnType, fieldType } from '../../base/values/column-type.ts'
import type { ValueObject } from '../../base/values/value.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { type DatasetColumn, unknownColumn } from '../rows/columns.ts'
import { FilesTable } from '../rows/files-table.ts'

/** A column, or a field of one. */
export interface Cell {
  /** As the user names it: `judged.score`. */
  readonly name: string
  readonly sql: string
  readonly type: ColumnType
}

/** What a table is of. */
export interface Profiled {
  readonly view: DatasetView
  readonly files: readonly string[]
  readonly columns: readonly DatasetColumn[]
  /** Columns as the stored config has them, by name. */
  readonly configured: ReadonlyMap<string, ValueObject>
}

export class ProfiledTable implements Profiled {
  readonly view: DatasetView
  readonly files: readonly string[]
  readonly columns: readonly DatasetColumn[]
  readonly configured: ReadonlyMap<string, ValueObject>
  readonly #table: FilesTable

  private constructor(table: FilesTable, of: Profiled) {
    this.#table = table
    this.view = of.view
    this.files = of.files
    this.columns = of.columns
    this.configured = of.configured
  }

  /** @param of with at least one file, each checked. @throws RowsmithError duckdb_missing */
  static async open(of: Profiled): Promise<ProfiledTable> {
    return new ProfiledTable(await FilesTable.open(of.files, of.view.directory.path), of)
  }

  close(): void {
    this.#table.close()
  }

  /** @param path a column, or with dots a field of one. @throws RowsmithError unknown_column */
  cell(path: string): Cell {
    const whole = this.columns.find(({ name }) => name === path)
    if (whole !== undefined) return { name: path, sql: sqlName(path), type: whole.type }
    const [first = '', ...fields] = path.split('.')
    let type = this.columns.find(({ name }) => name === first)?.type
    for (const field of fields) type = fieldType(type, field)
    if (type !== undefined) return { name: path, sql: sqlField(sqlName(first), fields), type }
    throw unknownColumn(
      path,
      this.columns.map(({ name }) => name),
    )
  }

  /** @param rest what stands behind the table. @throws RowsmithError io_error */
  rows(select: string, rest = ''): Promise<readonly (readonly unknown[])[]> {
    return this.#table.rows(select, rest)
  }

  /** Values of cells, row after row, in order; one chunk in memory. */
  stream(cells: readonly Cell[], signal?: AbortSignal): ReturnType<FilesTable['stream']> {
    return this.#table.stream(cells.map(({ sql }) => sql).join(', '), signal)
  }
}
