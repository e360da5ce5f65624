/**
 * Seed files as Data Designer reads them, and versions of Rowsmith before seed reading 2 did: with what DuckDB guesses of types and rows.
 *
 * Owns: the values of datasets that were created so. Nothing else reads this way, and nothing here changes.
 */

import { basename } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { type ConfinedDuckDB, sqlName, sqlPaths } from '../../base/libraries/confined-duckdb.ts'
import type { SeedFiles } from '../files/files.ts'
import type { LoadedFiles } from '../table/loaded.ts'
import { type SeedColumn, TABLE } from '../table/table.ts'
import { cellValue, type StoredType, storedType } from './types.ts'

/** @throws RowsmithError seed_unreadable, io_error */
export async function loadEarlier(duckdb: ConfinedDuckDB, files: SeedFiles): Promise<LoadedFiles> {
  const columns = await load(duckdb, files)
  const { library } = duckdb
  return {
    columns,
    files: [],
    warnings: [],
    decode: (cells) =>
      cells.map((cell, index) => cellValue(cell, present(columns[index], 'columns').type, library)),
  }
}

/** Reads the files into a table. @returns its columns */
async function load(duckdb: ConfinedDuckDB, files: SeedFiles): Promise<SeedColumn[]> {
  const source = sourceOf(files)
  const { connection, library } = duckdb
  try {
    const described = await connection.runAndReadAll(`SELECT * FROM ${source} LIMIT 0`)
    const names = described.columnNames()
    const types = described.columnTypes()
    const columns = names.map((name, index) => {
      const stored = storedType(present(types[index], 'types'), library, files.format === 'parquet')
      if (stored === undefined) {
        throw unreadable(
          files,
          `column ${JSON.stringify(name)} holds ${types[index]}, which no cell can hold`,
        )
      }
      return { name, stored, found: String(types[index]) }
    })
    await checkValues(duckdb, files, source, columns)
    // Names of our own, so that no column hides the table's row numbers.
    const casts = columns.map(
      ({ name, stored }, index) => `CAST(${sqlName(name)} AS ${stored.sql}) AS c${index}`,
    )
    await connection.run(`CREATE TEMP TABLE ${TABLE} AS SELECT ${casts.join(', ')} FROM ${source}`)
    return columns.map(({ name, stored }) => ({ name, type: stored.type }))
  } catch (error) {
    if (RowsmithError.isInstance(error)) throw error
    throw asUnreadable(error, await brokenOf(duckdb, files))
  }
}

/** Finds the first value that its column's type would change, or cannot have. */
async function checkValues(
  duckdb: ConfinedDuckDB,
  files: SeedFiles,
  source: string,
  columns: readonly { readonly name: string; readonly stored: StoredType; readonly found: string }[],
): Promise<void> {
  const { connection } = duckdb
  for (const { name, stored, found: type } of columns) {
    const value = sqlName(name)
    for (const [what, condition] of doubts(stored, type, value)) {
      const reader = await connection.runAndReadAll(
        `SELECT row, text FROM
          (SELECT row_number() OVER () AS row, CAST(${value} AS VARCHAR) AS text, ${condition} AS wrong FROM ${source})
          WHERE wrong LIMIT 1`,
      )
      const [wrong] = reader.getRows()
      if (wrong === undefined) continue
      const [row, text] = wrong
      const found = await placeOf(duckdb, files, Number(row))
      const place = `row ${found.row}, column ${JSON.stringify(name)}`
      throw unreadable(found.files, `${place}: ${String(text).slice(0, 60)} ${what}`)
    }
  }
}

/** The file that holds a row of all of them, and which row it is there, from 1. */
async function placeOf(
  { connection }: ConfinedDuckDB,
  files: SeedFiles,
  row: number,
): Promise<{ files: SeedFiles; row: number }> {
  let left = row
  for (const one of eachOf(files)) {
    const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${sourceOf(one)}`)
    const rows = Number(counted.getRows()[0]?.[0])
    if (left <= rows) return { files: one, row: left }
    left -= rows
  }
  return { files, row }
}

/** The first file that cannot be read even alone; all of them when each can. */
async function brokenOf({ connection }: ConfinedDuckDB, files: SeedFiles): Promise<SeedFiles> {
  if (files.paths.length === 1) return files
  for (const one of eachOf(files)) {
    try {
      await connection.run(`CREATE OR REPLACE TEMP TABLE ${TABLE} AS SELECT * FROM ${sourceOf(one)}`)
    } catch {
      return one
    }
  }
  return files
}

function eachOf(files: SeedFiles): SeedFiles[] {
  const labels = files.labels ?? files.paths
  return files.paths.map((path, index) => ({
    ...files,
    paths: [path],
    labels: [present(labels[index], 'labels')],
  }))
}

function sourceOf({ format, paths }: SeedFiles): string {
  return `read_${format}(${sqlPaths(paths)})`
}

/** What may be wrong with a value of that type, and the SQL condition for it. */
function doubts(
  { type, sql, lossy }: StoredType,
  found: string,
  value: string,
): [what: string, sql: string][] {
  const list: [string, string][] = []
  if (lossy) {
    const limit = { BIGINT: '64 bits', DOUBLE: 'a float', TIMESTAMP: 'microseconds' }[sql] ?? sql
    const back = `TRY_CAST(TRY_CAST(${value} AS ${sql}) AS ${found})`
    list.push([`does not fit ${limit}`, `${value} IS DISTINCT FROM ${back}`])
  }
  if (type.kind === 'date' || type.kind === 'timestamp' || type.kind === 'timestamp_utc') {
    const years = `NOT isfinite(${value}) OR year(${value}) NOT BETWEEN 1 AND 9999`
    list.push(['is not in the years 1 to 9999', years])
  }
  return list
}

function asUnreadable(error: unknown, files: SeedFiles): RowsmithError {
  if (RowsmithError.isInstance(error)) return error
  return unreadable(files, reasonOf(error instanceof Error ? error.message : String(error)), error)
}

/** DuckDB's message without the row's text and the list of its settings. */
function reasonOf(message: string): string {
  const lines = message.split('\n').map((line) => line.trim())
  const first = (lines[0] ?? '').replace(/^[A-Za-z ]+ Error: /, '')
  const converted = lines.find((line) => line.startsWith('Error when converting'))
  const more = converted ?? lines.find((line) => /^(Invalid unicode|Expected Number of Columns)/.test(line))
  return `${first}${more === undefined ? '' : `: ${more}`}`.slice(0, 300).replace(/[.!]+$/, '')
}

function unreadable(files: SeedFiles, why: string, cause?: unknown): RowsmithError {
  const names = files.labels ?? files.paths
  const more = names.length - 1
  const what = more === 0 ? names[0] : `${names[0]} and ${more} more ${more === 1 ? 'file' : 'files'}`
  return new RowsmithError('seed_unreadable', `The seed dataset ${what} cannot be used: ${why}`, {
    facts: { files: names.map((name) => basename(name)).slice(0, 20) },
    cause,
  })
}
