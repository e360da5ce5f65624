/**
 * DuckDB over one table: queries read it as `dataset`, and may put their result in its place.
 *
 * Rules:
 *   1. One thread, insertion order preserved, a fixed memory limit; what does not fit goes to a temporary folder.
 *   2. It reads the files it is given, and nothing else of the machine (`confined-duckdb.ts`).
 *   3. `_row` numbers the rows of `dataset` from 0. It is in no result, unless under another name.
 *   4. One query at a time: a result is read to its end, or let go, before the next.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBResult } from '@duckdb/node-api'
import { RowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'
import {
  type ConfinedDuckDB,
  openConfinedDuckDB,
  sqlName,
  sqlTable,
} from '../base/libraries/confined-duckdb.ts'
import { rowColumn } from '../config/check/check-post-processors.ts'
import { orderIssues, type ParsedSql } from './sql-order.ts'
import { duckdbType, type ResultColumn, resultColumn } from './sql-values.ts'
import type { SchemaField, Table, TablePart } from './table.ts'

const memoryLimit = '400MB'

/** Something a query's result can be called in a sentence: the processor, and the output if it is one. */
type Named = string

export class SqlSession {
  readonly #duckdb: ConfinedDuckDB
  #fields: readonly SchemaField[]
  #tables = 0

  private constructor(duckdb: ConfinedDuckDB, fields: readonly SchemaField[]) {
    this.#duckdb = duckdb
    this.#fields = fields
  }

  /**
   * @param files Parquet files on this machine, in row order; without any the table has no rows
   * @param fields of the table, which the files have
   * @throws RowsmithError duckdb_missing, post_processing_failed
   */
  static async open(files: readonly string[], fields: readonly SchemaField[]): Promise<SqlSession> {
    const duckdb = await openConfinedDuckDB(files, {
      memory_limit: memoryLimit,
      // Made only when it is needed, and removed with the last file in it.
      temp_directory: join(tmpdir(), `rowsmith-stage-${crypto.randomUUID()}`),
    })
    const session = new SqlSession(duckdb, fields)
    try {
      await session.#show(files.length === 0 ? emptyTable(fields) : sqlTable(files))
      return session
    } catch (error) {
      duckdb.close()
      throw failed('the raw row groups', error)
    }
  }

  /** The columns of `dataset` now. */
  get fields(): readonly SchemaField[] {
    return this.#fields
  }

  /** What is wrong with a query, whatever the rows (`sql-order.ts`). */
  async issues(sql: string): Promise<string[]> {
    const reader = await this.#duckdb.connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [
      sql,
    ])
    return orderIssues(JSON.parse(String(reader.getRows()[0]?.[0])) as ParsedSql)
  }

  /** Puts a query's result in the place of `dataset`. @throws RowsmithError post_processing_failed */
  async replace(sql: string, name: Named): Promise<void> {
    const table = `step_${++this.#tables}`
    try {
      const { connection } = this.#duckdb
      await connection.run(`CREATE TEMP TABLE ${table} AS ${plain(sql)}`)
      const result = await connection.run(`SELECT * FROM ${table} LIMIT 0`)
      this.#fields = this.#columnsOf(result).map(({ name, type }) => ({ name, type }))
      await this.#show(table)
    } catch (error) {
      throw failed(name, error)
    }
  }

  /** The result of a query, or `dataset` itself. @throws RowsmithError post_processing_failed, also while it is read */
  async query(sql: string | null, name: Named): Promise<Table> {
    try {
      const columns = this.#fields.map((field) => sqlName(field.name)).join(', ')
      const text = sql === null ? `SELECT ${columns} FROM dataset` : plain(sql)
      const result = await this.#duckdb.connection.stream(text)
      const found = this.#columnsOf(result)
      return {
        fields: found.map(({ name, type }) => ({ name, type })),
        parts: partsOf(result, found, name),
      }
    } catch (error) {
      throw failed(name, error)
    }
  }

  /** Only when no query runs. */
  close(): void {
    this.#duckdb.close()
  }

  async #show(source: string): Promise<void> {
    const columns = this.#fields.map((field) => sqlName(field.name)).join(', ')
    await this.#duckdb.connection.run(
      `CREATE OR REPLACE TEMP VIEW dataset AS SELECT ${columns}, row_number() OVER () - 1 AS ${rowColumn} FROM ${source}`,
    )
  }

  #columnsOf(result: DuckDBResult): FoundColumn[] {
    const types = result.columnTypes()
    const columns = result.columnNames().flatMap((name, index): FoundColumn[] => {
      if (name === rowColumn) return []
      const column = resultColumn(present(types[index], 'types'), this.#duckdb.library)
      if (column === undefined) {
        throw new Error(`column ${JSON.stringify(name)} holds ${types[index]}, which no cell can hold`)
      }
      return [{ name, index, ...column }]
    })
    if (columns.length === 0) throw new Error('it has no columns')
    const names = columns.map(({ name }) => name)
    const twice = names.find((name, index) => names.indexOf(name) < index)
    if (twice !== undefined) throw new Error(`two columns are called ${JSON.stringify(twice)}`)
    return columns
  }
}

interface FoundColumn extends ResultColumn {
  readonly name: string
  /** Its place in the result. */
  readonly index: number
}

async function* partsOf(
  result: DuckDBResult,
  columns: readonly FoundColumn[],
  name: Named,
): AsyncGenerator<TablePart> {
  try {
    for (;;) {
      const chunk = await result.fetchChunk()
      if (chunk === null || chunk.rowCount === 0) return
      yield {
        rowCount: chunk.rowCount,
        columns: columns.map(({ index, cell }) => chunk.getColumnValues(index).map(cell)),
      }
    }
  } catch (error) {
    throw failed(name, error)
  }
}

/** A query without the semicolon that may end it. */
function plain(sql: string): string {
  return sql.trim().replace(/;\s*$/, '')
}

function emptyTable(fields: readonly SchemaField[]): string {
  const columns = fields.map(({ name, type }) => `NULL::${duckdbType(type)} AS ${sqlName(name)}`)
  return `(SELECT ${columns.join(', ')} LIMIT 0)`
}

/** The error of a step of the stage. */
export function failed(name: Named, error: unknown): RowsmithError {
  if (RowsmithError.isInstance(error)) return error
  const message = error instanceof Error ? error.message : String(error)
  // The lines that follow quote the query.
  const why = (message.split('\n')[0] ?? '').replace(/[.!]+$/, '').slice(0, 300)
  return new RowsmithError('post_processing_failed', `Processor ${name} failed: ${why}.`, { cause: error })
}
