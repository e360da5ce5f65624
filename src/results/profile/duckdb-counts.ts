/** Counts of columns of any size, made by DuckDB. Never: checks the files, or gives a result a name: a column may have it. */
import { RowsmithError } from '../../base/errors/errors.ts'
import { sqlName } from '../../base/libraries/confined-duckdb.ts'
import type { Value } from '../../base/values/value.ts'
import type { DatasetColumn } from '../rows/columns.ts'
import { FilesTable } from '../rows/files-table.ts'
import type {
  CellCounts,
  CellPath,
  ColumnCounts,
  Counts,
  Histogram,
  NumericalDistribution,
} from './counts.ts'

/** @param place of the files, for messages. @throws RowsmithError duckdb_missing; from its counts io_error */
export async function duckdbCounts(files: readonly string[], place: string): Promise<Counts> {
  const table = await FilesTable.open(files, place)
  return {
    of: (column) => new ColumnQueries(table, column),
    close: () => table.close(),
  }
}

class ColumnQueries implements ColumnCounts {
  readonly #column: DatasetColumn
  readonly #cell: string
  readonly #table: FilesTable

  constructor(table: FilesTable, column: DatasetColumn) {
    this.#table = table
    this.#column = column
    this.#cell = sqlName(column.name)
  }

  async cells(): Promise<CellCounts> {
    const [row = []] = await this.#table.rows(`count(*), count(${this.#cell}), ${this.#distinct()}`)
    const [records = 0, values = 0, unique = 0] = row.map(Number)
    return { num_records: records, num_null: records - values, num_unique: unique }
  }

  /** Texts are counted by their hashes of 64 bits: memory follows their number and not their length. Equal lists may have two hashes. */
  #distinct(): string {
    const { kind } = this.#column.type
    if (kind !== 'string') return `count(DISTINCT ${this.#cell})`
    return `count(DISTINCT hash(${this.#cell})) FILTER (WHERE ${this.#cell} IS NOT NULL)`
  }

  async allTrue(parts: readonly CellPath[]): Promise<number> {
    if (parts.length === 0) return 0
    const condition = parts.map((part) => this.#isTrue(part)).join(' AND ')
    const [[count] = [0]] = await this.#table.rows(`count(*) FILTER (WHERE ${condition})`)
    return Number(count)
  }

  #isTrue(part: CellPath): string {
    if (this.#column.type.kind === 'struct') return this.#part(part)
    return `json_extract_string(${this.#cell}::JSON, '$.${part.join('.')}') = 'true'`
  }

  async numbers(): Promise<NumericalDistribution | null> {
    const value = `${this.#cell}::DOUBLE`
    const [row = [0]] = await this.#table
      .rows(
        `count(${this.#cell}), min(${value}), max(${value}), avg(${value}), stddev_samp(${value}), median(${value})`,
      )
      .catch((error) => {
        if (isOutOfRange(error)) return []
        throw error
      })
    const [count, min, max, mean, stddev, median] = row
    if (Number(count) === 0 || !Number.isFinite(mean)) return null
    return {
      min: Number(min) + 0,
      max: Number(max) + 0,
      mean: Number(mean) + 0,
      stddev: stddev === null ? null : Number(stddev),
      median: Number(median) + 0,
    }
  }

  async histogram(part: CellPath): Promise<Histogram> {
    const value = this.#part(part)
    const found = await this.#table.rows(
      `to_json(${value})::VARCHAR, count(*)`,
      `WHERE ${value} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1`,
    )
    return {
      categories: found.map(([category]) => JSON.parse(String(category)) as Value),
      counts: found.map(([, times]) => Number(times)),
    }
  }

  #part(part: CellPath): string {
    return [this.#cell, ...part.map(sqlName)].join('.')
  }
}

/** What DuckDB says of a deviation that is too large, or of numbers that are not finite. */
function isOutOfRange(error: unknown): boolean {
  return RowsmithError.isInstance(error) && error.message.includes('is out of range')
}
