/**
 * Which rows an SQL condition holds for. DuckDB reads the published files and answers with row numbers; what is
 * exported is read by ourselves, so that a condition never changes a value.
 *
 * Rules:
 *   1. A condition is one expression; it cannot end the statement it stands in, nor add a clause to it.
 *   2. It reaches the files of the dataset, and nothing else of the machine (`confined-duckdb.ts`).
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { RowsmithError } from '../../base/errors/errors.ts'
import { openConfinedDuckDB, sqlTable } from '../../base/libraries/confined-duckdb.ts'

/** How conditions call the dataset as a whole, in a subquery. */
const TABLE = 'dataset'
const MESSAGE_LIMIT = 300

/** Which rows, and in which order. */
export interface RowQuery {
  /** An SQL condition, by the user. */
  readonly where?: string | undefined
  /** One more condition, which we wrote. */
  readonly also?: string | undefined
  /** What rows are ordered by, which we wrote. @default as they are in the files */
  readonly order?: string | undefined
}

/**
 * @param files Parquet files on this machine, in row order
 * @param columns every column of theirs
 * @param rows how many rows they hold together
 * @returns one byte per row, 1 where the condition is true
 * @throws RowsmithError where_invalid, duckdb_missing
 */
export async function matchingRows(
  files: readonly string[],
  columns: readonly string[],
  rows: number,
  where: string,
): Promise<Uint8Array> {
  const matching = new Uint8Array(rows)
  await findRows(files, columns, { where }, (found) => {
    for (const row of found) matching[row] = 1
  })
  return matching
}

/**
 * @param take gets row numbers over all files, some at a time
 * @param signal interrupts DuckDB; the promise then rejects with the signal's reason
 * @throws RowsmithError where_invalid, duckdb_missing
 */
export async function findRows(
  files: readonly string[],
  columns: readonly string[],
  { where = 'true', also = 'true', order }: RowQuery,
  take: (rows: readonly number[]) => void,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted()
  const { connection, close } = await openConfinedDuckDB(files)
  const interrupt = (): void => connection.interrupt()
  signal?.addEventListener('abort', interrupt)
  try {
    await checkExpression(connection, where)
    await connection.run(`CREATE TEMP VIEW ${TABLE} AS SELECT * FROM ${sqlTable(files)}`)
    const id = freeName(columns)
    const ordered = order === undefined ? '' : ` ORDER BY ${order}, ${id}`
    const result = await connection.stream(
      `SELECT ${id} FROM (SELECT *, row_number() OVER () - 1 AS ${id} FROM ${TABLE}) WHERE (${where}\n) AND (${also})${ordered}`,
    )
    for await (const found of result.yieldRows()) {
      signal?.throwIfAborted()
      take(found.map(([row]) => Number(row)))
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw asWhereError(error, where)
  } finally {
    signal?.removeEventListener('abort', interrupt)
    close()
  }
}

/** Parses the condition where it will stand: all but the condition itself must be as it is around `true`. */
async function checkExpression(connection: DuckDBConnection, where: string): Promise<void> {
  // One after the other: a connection that is closed while a query runs takes the process with it.
  const plain = await parsed(connection, 'true')
  const given = await parsed(connection, where)
  if (given !== plain) throw invalid(where, 'it is more than one expression')
}

/** The syntax tree of a statement with the condition in its place: of the condition only that it is one argument of a function. */
async function parsed(connection: DuckDBConnection, where: string): Promise<string> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [
    `SELECT 1 WHERE one_argument(${where}\n)`,
  ])
  const tree = JSON.parse(String(reader.getRows()[0]?.[0])) as {
    error: boolean
    error_message?: string
    statements?: { node: { where_clause?: { type?: string; children?: unknown[] } } }[]
  }
  if (tree.error) throw invalid(where, tree.error_message ?? 'it cannot be parsed')
  for (const { node } of tree.statements ?? []) {
    const { type = '', children = [] } = node.where_clause ?? {}
    node.where_clause = { type, children: [children.length] }
  }
  return JSON.stringify(tree)
}

function freeName(columns: readonly string[]): string {
  const taken = new Set(columns.map((name) => name.toLowerCase()))
  let name = 'rowsmith_row'
  while (taken.has(name)) name += '_'
  return name
}

function asWhereError(error: unknown, where: string): RowsmithError {
  if (RowsmithError.isInstance(error)) return error
  return invalid(where, error instanceof Error ? error.message : String(error), error)
}

function invalid(where: string, why: string, cause?: unknown): RowsmithError {
  // The lines that follow quote a statement that is Rowsmith's own.
  const reason = (why.split('\n')[0] ?? '').slice(0, MESSAGE_LIMIT).replace(/[.!]+$/, '')
  const shown = where.length > 80 ? `${where.slice(0, 79)}…` : where
  return new RowsmithError(
    'where_invalid',
    `The condition ${JSON.stringify(shown)} cannot be used: ${reason}.`,
    {
      ...(cause === undefined ? {} : { cause }),
    },
  )
}
