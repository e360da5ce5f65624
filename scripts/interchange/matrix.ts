/**
 * The matrix: one tool begins, is killed (SIGKILL) at a random moment, the other goes on to the end and then extends the dataset by rows that
 * are no multiple of the buffer size.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Checks } from './checks.ts'
import { duckdb, hashGroupFiles, metadataOf, tableOf } from './dataset.ts'
import type { Cell } from './matrix-configs.ts'
import type { ArrowFields, Tool, Tools } from './tools.ts'

const started = 46
const extended = 51

/** What a cell of the matrix came to: its columns, and what did not hold. */
export interface Filled {
  readonly columns: readonly string[]
  readonly checks: Checks
}

export const columnNames = [
  'rows',
  'distinct ids',
  'bytes unchanged',
  'schemas',
  'pyarrow',
  'DuckDB',
  'hash',
  'requests',
]

/** @param artifacts an empty folder of its own */
export async function fill(
  tools: Tools,
  cell: Cell,
  [first, second]: readonly [Tool, Tool],
  artifacts: string,
): Promise<Filled> {
  const { wanted } = cell
  const dataset = join(artifacts, 'dataset')
  const checks = new Checks()
  const ask = (records: number, resume: 'never' | 'always') => ({ artifacts, wanted, records, resume })

  const delay = Math.floor(Math.random() * 400)
  const notKilled = await tools.makeAndKill(first, ask(started, 'never'), () => sleep(delay))
  if (notKilled !== null) checks.subjects.add(`not killed: ${notKilled}`)
  const before = hashGroupFiles(dataset)
  const hash = metadataOf(dataset).config_hash
  const found = await count(dataset)

  const ended = await tools.make(second, ask(started, 'always'))
  checks.equal('goes on', `${second} goes on`, ended.error, null)
  const longer = await tools.make(second, ask(extended, 'always'))
  checks.equal('extends', `${second} extends`, longer.error, null)

  const { rows, ids } = await counted(dataset)
  checks.equal('rows', 'rows', rows, extended)
  checks.equal('ids', 'distinct ids', ids, extended)
  const now = hashGroupFiles(dataset)
  const changed = [...before].filter(([path, digest]) => now.get(path) !== digest).map(([path]) => path)
  checks.equal('bytes', 'changed files of finished groups', changed, [])
  const laterHash = metadataOf(dataset).config_hash
  if (hash !== undefined || cell.weighted !== true) checks.equal('hash', 'config_hash', laterHash, hash)
  const requests = ended.requests + longer.requests
  checks.equal('requests', 'requests', requests, (extended - found) * wanted.requestsPerRow)
  const read = await reading(tools, cell, dataset, checks)
  const columns = [
    String(rows),
    String(ids),
    changed.length === 0 ? 'yes' : 'NO',
    ...read,
    hash === undefined ? 'by builder_config.json' : laterHash === hash ? 'equal' : 'NOT EQUAL',
    String(requests),
  ]
  return { columns, checks }
}

/** How pyarrow and DuckDB read all files with the first one's schema. */
async function reading(tools: Tools, cell: Cell, dataset: string, checks: Checks): Promise<string[]> {
  const folder = join(dataset, 'parquet-files')
  const arrow = await tools.pyarrow(folder, []).catch((error: Error) => error)
  const duck = await duckdb(
    `SELECT count(*) FROM (SELECT DISTINCT * FROM ${tableOf(dataset, 'parquet-files')})`,
  ).catch((error: Error) => error)
  if (cell.unread !== undefined)
    return [cell.unread, arrow instanceof Error ? 'no' : 'yes', duck instanceof Error ? 'no' : 'yes']
  const seen = arrow instanceof Error ? arrow.message : arrow.rows
  checks.equal('pyarrow', 'rows in pyarrow', seen, extended)
  checks.equal(
    'DuckDB',
    'rows in DuckDB',
    duck instanceof Error ? duck.message : Number(duck[0]?.[0]),
    extended,
  )
  const schemas = arrow instanceof Error ? 0 : new Set(Object.values(arrow.files).map(spelled)).size
  if (cell.drift === undefined) checks.equal('schema', 'schemas', schemas, 1)
  const drift = schemas > 1 ? `${schemas}: ${cell.drift}` : String(schemas)
  return [drift, arrow instanceof Error ? 'NO' : 'yes', duck instanceof Error ? 'NO' : 'yes']
}

/** A schema without the order of columns, and without how long texts may be. */
function spelled(fields: ArrowFields): string {
  return fields
    .map(([name, type]) => `${name}: ${type.replaceAll('large_', '')}`)
    .sort()
    .join(', ')
}

async function count(dataset: string): Promise<number> {
  return (await counted(dataset)).rows
}

/** By column names, since files that began without values have another type. */
async function counted(dataset: string): Promise<{ rows: number; ids: number }> {
  const files = `read_parquet('${join(dataset, 'parquet-files')}/*.parquet', union_by_name = true)`
  const [row = []] = await duckdb(`SELECT count(*), count(DISTINCT id) FROM ${files}`)
  return { rows: Number(row[0]), ids: Number(row[1]) }
}
