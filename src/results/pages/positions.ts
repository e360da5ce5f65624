/**
 * Which rows a reader looks for: a condition, a text, an order. DuckDB answers with positions; `pages.ts` reads their rows.
 *
 * Rules:
 *   1. Published rows alone are searched: rows of open row groups have no file.
 *   2. A file is checked before DuckDB reads it, once as long as it does not change.
 *   3. The condition is the user's (`where.ts`); the rest of the statement is written here, with names quoted.
 */
import { sqlField, sqlName, sqlText } from '../../base/libraries/confined-duckdb.ts'
import { scanColumns, unknownColumn } from '../rows/columns.ts'
import { findRows } from '../rows/where.ts'
import type { DatasetPages } from './pages.ts'
import { type IndexedGroup, positionsIn, type RowIndex } from './row-index.ts'

export interface PositionQuery {
  /** An SQL condition on the columns. */
  readonly where?: string
  /** Rows that contain this text, in any column or in those named; capital letters do not matter. */
  readonly search?: { readonly text: string; readonly columns?: readonly string[] }
  /** Rows of one state. Those that are not written have no values that a condition could hold for. */
  readonly state?: 'written' | 'dropped' | 'open'
  /** Nulls last. A field of a structured column is named with a dot: `judged.score`. @default row order */
  readonly sort?: readonly { readonly column: string; readonly descending?: boolean }[]
}

export interface PositionOptions {
  /** Rows before post-processing. @default false */
  readonly raw?: boolean
  /** Called with how many positions are found so far. */
  readonly onProgress?: (found: number) => void
  readonly signal?: AbortSignal
}

/** @throws RowsmithError where_invalid, unknown_column, duckdb_missing, file_damaged */
export async function findPositions(
  pages: DatasetPages,
  { where, search, state, sort = [] }: PositionQuery,
  { raw = false, onProgress = () => {}, signal }: PositionOptions = {},
): Promise<Uint32Array> {
  const { view, index } = await pages.index(raw)
  if (state === 'dropped' || state === 'open') {
    return where === undefined && search === undefined ? inState(index, state) : new Uint32Array()
  }
  const groups = index.groups.filter(({ path }) => path !== undefined)
  const files = groups.flatMap(({ path }) => path ?? [])
  if (files.length === 0) return new Uint32Array()
  await pages.check(files)
  const columns = (await scanColumns(view, files, !index.isTable)).columns.map(({ name }) => name)
  const positions = rowPositions(groups)
  const found: number[] = []
  const query = {
    where,
    also: search === undefined ? undefined : searchCondition(search, columns),
    order: sort.length === 0 ? undefined : sort.map((each) => orderOf(each, columns)).join(', '),
  }
  const take = (rows: readonly number[]): void => {
    for (const row of rows) found.push(positions[row] ?? 0)
    onProgress(found.length)
  }
  await findRows(files, columns, query, take, signal)
  return Uint32Array.from(found)
}

function inState({ groups }: RowIndex, state: 'dropped' | 'open'): Uint32Array {
  const positions: number[] = []
  for (const { at, length, path, dropped, reopened } of groups) {
    for (let offset = 0; offset < length; offset++) {
      const isOpen = path === undefined || reopened.has(offset)
      if (state === 'open' ? isOpen : !isOpen && dropped.has(offset)) positions.push(at + offset)
    }
  }
  return Uint32Array.from(positions)
}

/** The position of each row of all files together. */
function rowPositions(groups: readonly IndexedGroup[]): Uint32Array {
  const positions = new Uint32Array(groups.reduce((sum, { length }) => sum + length, 0))
  let row = 0
  for (const group of groups) {
    for (const position of positionsIn(group)) positions[row++] = position
  }
  return positions
}

function searchCondition(
  { text, columns: named }: NonNullable<PositionQuery['search']>,
  columns: readonly string[],
): string {
  const searched = (named ?? columns).map((name) => requireColumn(name, columns))
  const wanted = sqlText(text.toLowerCase())
  return searched.map((name) => `contains(lower(CAST(${sqlName(name)} AS VARCHAR)), ${wanted})`).join(' OR ')
}

function orderOf(
  { column, descending = false }: NonNullable<PositionQuery['sort']>[number],
  columns: readonly string[],
): string {
  const dot = column.indexOf('.')
  const isField = !columns.includes(column) && dot !== -1
  const name = requireColumn(isField ? column.slice(0, dot) : column, columns)
  const fields = isField ? column.slice(dot + 1).split('.') : []
  return `${sqlField(sqlName(name), fields)} ${descending ? 'DESC' : 'ASC'} NULLS LAST`
}

function requireColumn(name: string, columns: readonly string[]): string {
  if (columns.includes(name)) return name
  throw unknownColumn(name, columns)
}
