/**
 * The rows of a seed dataset, in a table of DuckDB's, whatever they were read from.
 *
 * Rules:
 *   1. Everything is read once, when the table is made, and what is wrong is reported then: a file that is edited while a
 *      run is on changes nothing.
 *   2. Rows stay in DuckDB, outside the JavaScript heap; over a fixed size it moves them to a temporary folder.
 *   3. One query at a time, and the last one ends before the table is closed.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBValue } from '@duckdb/node-api'
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { type ConfinedDuckDB, openConfinedDuckDB } from '../../base/libraries/confined-duckdb.ts'
import { runningSha256 } from '../../base/numbers/hash.ts'
import type { ColumnType, FoundType } from '../../base/values/column-type.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import { memberOf, type Value, type ValueObject } from '../../base/values/value.ts'

export interface SeedColumn {
  readonly name: string
  readonly type: ColumnType
  /** What the dataset's files have where the reference stores it otherwise. */
  readonly stored?: FoundType
  /** Why it is of that type, where one would expect another. */
  readonly note?: string
}

/** A file, as messages call it, and its rows. */
export interface SeedFile {
  readonly label: string
  readonly rows: number
}

export interface SeedTable {
  readonly columns: readonly SeedColumn[]
  readonly rowCount: number
  /** 64 hex digits: SHA-256 of what the dataset holds. */
  readonly contents: string
  /** The files it was read from, in order; empty for other seeds, and for those that are read the earlier way. */
  readonly files: readonly SeedFile[]
  /** Whether it is read as Data Designer does, for a dataset that was created so. */
  readonly earlier: boolean
  /** What was passed over or taken otherwise than one may think, one sentence each. */
  readonly warnings: readonly string[]
  /** Rows by index, in the order requested, each in the order of `columns`. */
  rows(indices: readonly number[]): Promise<Value[][]>
  close(): Promise<void>
}

/** The name of the table, in a database of its own. */
export const TABLE = 'seed'

/** How much of the rows DuckDB holds in memory. */
export type SeedMemory = '128MB' | '512MB' | '2GB'

/** @param files that it may read */
export function openSeedDatabase(
  files: readonly string[],
  memory: SeedMemory = '512MB',
): Promise<ConfinedDuckDB> {
  return openConfinedDuckDB(files, {
    memory_limit: memory,
    // Made only when it is needed, and removed with the last file in it.
    temp_directory: join(tmpdir(), `rowsmith-seed-${crypto.randomUUID()}`),
  })
}

/**
 * The table, once it is filled.
 *
 * @param decode the values of a row as the table holds it
 */
export function seedTable(
  duckdb: ConfinedDuckDB,
  facts: Omit<SeedTable, 'rows' | 'close'>,
  decode: (stored: readonly DuckDBValue[]) => Value[],
): SeedTable {
  let last: Promise<unknown> = Promise.resolve()
  const next = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }
  return {
    ...facts,
    rows: (indices) => next(() => readRows(duckdb, decode, indices)),
    close: () => next(async () => duckdb.close()),
  }
}

async function readRows(
  { connection }: ConfinedDuckDB,
  decode: (stored: readonly DuckDBValue[]) => Value[],
  indices: readonly number[],
): Promise<Value[][]> {
  const wanted = [...new Set(indices)].sort((a, b) => a - b)
  const first = wanted[0] ?? 0
  const last = wanted.at(-1) ?? -1
  // A range is found at once; a list has DuckDB look at every row number.
  const condition =
    last - first < wanted.length
      ? `BETWEEN ${first} AND ${last}`
      : `BETWEEN ${first} AND ${last} AND rowid IN (${wanted.join(', ')})`
  const reader = await connection.runAndReadAll(`SELECT rowid, * FROM ${TABLE} WHERE rowid ${condition}`)
  const found = new Map<number, Value[]>()
  for (const [id, ...cells] of reader.getRows()) found.set(Number(id), decode(cells))
  return indices.map((index) => {
    const row = found.get(index)
    if (row === undefined) throw new RowsmithError('internal', `The seed dataset has no row ${index}`)
    return row
  })
}

/** Rows that we read ourselves, one after the other. */
export interface GeneratedRows {
  readonly columns: readonly SeedColumn[]
  /** Columns that say where something lies, not what it holds: they are no part of the contents. */
  readonly places: readonly string[]
  /** In order. A member that a row lacks is null; every value fits its column. */
  rows(warn: (sentence: string) => void): AsyncIterable<ValueObject>
}

/** A table of such rows: each is one text there, since nothing is ever looked for in it. */
export async function tableOfRows(rows: GeneratedRows): Promise<SeedTable> {
  const { columns } = rows
  const duckdb = await openSeedDatabase([])
  const warnings: string[] = []
  const hash = runningSha256()
  let rowCount = 0
  try {
    await duckdb.connection.run(`CREATE TEMP TABLE ${TABLE} (c0 VARCHAR)`)
    const appender = await duckdb.connection.createAppender(TABLE)
    try {
      for await (const row of rows.rows((sentence) => warnings.push(sentence))) {
        const cells = columns.map(({ name }) => memberOf(row, name) ?? null)
        const counted = cells.filter(
          (_, index) => !rows.places.includes(present(columns[index], 'columns').name),
        )
        hash.update(`${formatJson(counted)}\n`)
        appender.appendVarchar(formatJson(cells))
        appender.endRow()
        rowCount++
      }
      appender.flushSync()
    } finally {
      appender.closeSync()
    }
  } catch (error) {
    duckdb.close()
    throw error
  }
  const names = columns.map(({ name, type }) => `${name} ${type.kind}`)
  const contents = hash.update(names.join('\n')).digest()
  return seedTable(
    duckdb,
    { columns, rowCount, contents, warnings, files: [], earlier: false },
    ([text]) => parseJson(String(text)) as Value[],
  )
}
