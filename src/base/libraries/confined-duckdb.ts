/**
 * DuckDB for one piece of work: it reaches the files it is given and nothing else of the machine.
 *
 * Rules:
 *   1. It is loaded only here, when it is needed.
 *   2. No other file, no network, no extension, and no setting that would allow it; once confined, for good.
 *   3. One query at a time on a connection: one that is closed while a query runs takes the process with it.
 */
import { resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { RowsmithError } from '../errors/errors.ts'

type DuckDB = typeof import('@duckdb/node-api')

export interface ConfinedDuckDB {
  readonly connection: DuckDBConnection
  /** The library, for the names of its types. */
  readonly library: DuckDB
  /** Only when no query runs. */
  close(): void
}

/**
 * @param files paths it may read
 * @param settings DuckDB's own, next to those that confine it
 * @throws RowsmithError duckdb_missing
 */
export async function openConfinedDuckDB(
  files: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<ConfinedDuckDB> {
  const library = await loadDuckDB()
  const instance = await library.DuckDBInstance.create(':memory:', {
    // Rows are numbered as they are read: by one thread, in order.
    threads: '1',
    temp_directory: '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...settings,
  })
  const connection = await instance.connect()
  const close = (): void => {
    connection.closeSync()
    instance.closeSync()
  }
  try {
    const paths = [...new Set(files.flatMap((path) => [resolve(path), literalPath(path)]))]
    await connection.run(`SET allowed_paths = [${paths.map(sqlText).join(', ')}]`)
    await connection.run("SET TimeZone = 'UTC'")
    await connection.run('SET enable_external_access = false')
    await connection.run('SET lock_configuration = true')
  } catch (error) {
    close()
    throw error
  }
  return { connection, library, close }
}

async function loadDuckDB(): Promise<DuckDB> {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    throw new RowsmithError('duckdb_missing', 'DuckDB is needed for this, and cannot be loaded here.', {
      cause,
    })
  }
}

/** A list of paths as an argument of DuckDB's readers, each standing for itself alone. */
export function sqlPaths(files: readonly string[]): string {
  return `[${files.map((path) => sqlText(literalPath(path))).join(', ')}]`
}

/** Parquet files as one table with the columns of all of them. */
export function sqlTable(files: readonly string[]): string {
  return `read_parquet(${sqlPaths(files)}, union_by_name = true)`
}

/** An SQL string. */
export function sqlText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** An SQL name. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A field of a value, through the objects it lies in; the value itself without names. */
export function sqlField(value: string, names: readonly string[]): string {
  return names.reduce((outer, name) => `(${outer})[${sqlText(name)}]`, value)
}

/** DuckDB takes `*`, `?` and `[` in a path for a pattern. */
function literalPath(path: string): string {
  return resolve(path).replaceAll(/[*?[]/g, '[$&]')
}
