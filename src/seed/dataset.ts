/**
 * A seed dataset, opened: its columns, what it holds, and any of its rows.
 *
 * Owns: the reading of local files. DuckDB reads them, as Data Designer does, and so finds the same columns and types.
 * Rules:
 *   1. Everything is read once, when it is opened, and what is wrong with it is told then: a file that is edited
 *      while a run is on changes nothing.
 *   2. Rows stay in DuckDB, outside the JavaScript heap; over a fixed size it moves them to a temporary folder.
 *   3. One query at a time, and the last one ends before the dataset is closed.
 */
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { ColumnType } from '../base/column-type.ts'
import { RowsmithError } from '../base/errors.ts'
import type { Value } from '../base/value.ts'
import { issuesError } from '../config/issues.ts'
import type { Config } from '../config/schema.ts'
import { sourceOf } from '../config/source.ts'
import { type ConfinedDuckDB, openConfinedDuckDB, sqlName, sqlPaths } from '../disk/confined-duckdb.ts'
import { contentsOf, findSeedFiles, pathIssue, type SeedFiles, stampOf } from './files.ts'
import { type SeedConfig, type Selection, selectRows } from './order.ts'
import { cellValue, type StoredType, storedType } from './types.ts'

/** What of a seed decides what rows are made from it. */
export interface SeedFacts {
  readonly columns: readonly SeedColumn[]
  /** 64 hex digits: SHA-256 of what the files hold. */
  readonly contents: string
}

export interface SeedColumn {
  readonly name: string
  readonly type: ColumnType
}

export interface SeedDataset extends SeedFacts {
  /** Rows of the files. */
  readonly rowCount: number
  /** The rows that the config takes from it. */
  readonly selection: Selection
  /** The folder in which a relative path was found, absolute; null for an absolute path. */
  readonly folder: string | null
  /** Rows by index, in the order asked for, each in the order of `columns`. */
  rows(indices: readonly number[]): Promise<Value[][]>
  close(): Promise<void>
}

const MEMORY = '512MB'
const TABLE = 'seed'

/** Whether this version can read such a seed. */
export function seedBuilt(seed: SeedConfig): boolean {
  return seed.source.seed_type === 'local'
}

/**
 * Opens the seed of a config.
 *
 * @param folders where a relative path is looked for, in order
 * @returns null when the config has none, or one that cannot be read yet
 * @throws RowsmithError config_invalid, seed_not_found, seed_unreadable
 */
export async function openSeed(config: Config, folders: readonly string[]): Promise<SeedDataset | null> {
  const seed = config.seed_config
  if (seed === null || seed.source.seed_type !== 'local') return null
  const { path } = seed.source
  const issue = pathIssue(path)
  if (issue !== undefined) {
    const what = `${issue} (seen ${JSON.stringify(path)})`
    throw issuesError([{ path: ['seed_config', 'source', 'path'], what }], sourceOf(config))
  }
  const files = await findSeedFiles(path, folders)
  const stamp = await stampOf(files)
  const contents = await contentsOf(files)
  const duckdb = await openConfinedDuckDB(files.paths, {
    memory_limit: MEMORY,
    // Made only when it is needed, and removed with the last file in it.
    temp_directory: join(tmpdir(), `rowsmith-seed-${crypto.randomUUID()}`),
  })
  try {
    const columns = await load(duckdb, files)
    const rowCount = await countRows(duckdb, files)
    if ((await stampOf(files)) !== stamp) throw unreadable(files, 'it changed while it was being read')
    const selection = selectionOf(config, seed, rowCount)
    return opened(duckdb, { columns, contents, rowCount, selection, folder: files.folder })
  } catch (error) {
    duckdb.close()
    throw error
  }
}

function opened(duckdb: ConfinedDuckDB, facts: Omit<SeedDataset, 'rows' | 'close'>): SeedDataset {
  let last: Promise<unknown> = Promise.resolve()
  const next = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }
  return {
    ...facts,
    rows: (indices) => next(() => readRows(duckdb, facts.columns, indices)),
    close: () => next(async () => duckdb.close()),
  }
}

/** Reads the files into a table. @returns its columns */
async function load(duckdb: ConfinedDuckDB, files: SeedFiles): Promise<SeedColumn[]> {
  const source = `read_${files.format}(${sqlPaths(files.paths)})`
  const { connection, library } = duckdb
  try {
    const described = await connection.runAndReadAll(`SELECT * FROM ${source} LIMIT 0`)
    const names = described.columnNames()
    const types = described.columnTypes()
    const columns = names.map((name, index) => {
      const stored = storedType(types[index]!, library)
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
    throw asUnreadable(error, files)
  }
}

/** Finds the first value that its column's type would change, or cannot have. */
async function checkValues(
  { connection }: ConfinedDuckDB,
  files: SeedFiles,
  source: string,
  columns: readonly { readonly name: string; readonly stored: StoredType; readonly found: string }[],
): Promise<void> {
  for (const { name, stored, found } of columns) {
    const value = sqlName(name)
    for (const [what, condition] of doubts(stored, found, value)) {
      const reader = await connection.runAndReadAll(
        `SELECT row, text FROM
          (SELECT row_number() OVER () AS row, CAST(${value} AS VARCHAR) AS text, ${condition} AS wrong FROM ${source})
          WHERE wrong LIMIT 1`,
      )
      const [wrong] = reader.getRows()
      if (wrong === undefined) continue
      const [row, text] = wrong
      const place = `row ${row}, column ${JSON.stringify(name)}`
      throw unreadable(files, `${place}: ${String(text).slice(0, 60)} ${what}`)
    }
  }
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

async function countRows({ connection }: ConfinedDuckDB, files: SeedFiles): Promise<number> {
  const reader = await connection.runAndReadAll(`SELECT count(*) FROM ${TABLE}`)
  const count = Number(reader.getRows()[0]?.[0])
  if (count === 0) throw unreadable(files, 'it has no rows')
  return count
}

function selectionOf(config: Config, seed: SeedConfig, rowCount: number): Selection {
  const selection = selectRows(seed.selection_strategy, rowCount)
  if ('size' in selection) return selection
  const path = ['seed_config', 'selection_strategy', selection.key]
  throw issuesError([{ path, what: selection.what }], sourceOf(config))
}

async function readRows(
  { connection, library }: ConfinedDuckDB,
  columns: readonly SeedColumn[],
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
  for (const [id, ...cells] of reader.getRows()) {
    found.set(
      Number(id),
      cells.map((cell, index) => cellValue(cell, columns[index]!.type, library)),
    )
  }
  return indices.map((index) => {
    const row = found.get(index)
    if (row === undefined) throw new RowsmithError('internal', `The seed dataset has no row ${index}`)
    return row
  })
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
  const [first] = files.paths
  const more = files.paths.length - 1
  const what = more === 0 ? first : `${first} and ${more} more ${more === 1 ? 'file' : 'files'}`
  return new RowsmithError('seed_unreadable', `The seed dataset ${what} cannot be used: ${why}`, {
    facts: { files: files.paths.map((path) => basename(path)).slice(0, 20) },
    cause,
  })
}
