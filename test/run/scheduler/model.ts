/**
 * What a graph has to make, worked out without an engine: row group by row group, column after column, row by row.
 */

import { formatJson } from '../../../src/base/values/json.ts'
import type { Value } from '../../../src/base/values/value.ts'
import { checkIn } from '../../../src/validate/checking/check.ts'
import { unchecked } from '../../../src/validate/common/languages.ts'
import {
  copiesOf,
  fails,
  type Graph,
  type GraphColumn,
  isAsked,
  isSkippedBy,
  isWhole,
  made,
  numberOf,
  resizes,
  sampledNames,
  sideOf,
  textsOf,
} from './graph.ts'

/** Something that is paid for. */
interface ExpectedCall {
  /** Planned row: of a whole column, the first of its group. */
  readonly row: number
  readonly column: string
  /** A prompt, or what a function is given. */
  readonly given: string
  readonly fails: boolean
  /** A row that failed elsewhere may have come as far as this, or not. */
  readonly must: boolean
}

export interface Expected {
  readonly groups: readonly {
    readonly rows: readonly Cells[]
    readonly dropped: readonly { readonly row: number; readonly column: string }[]
  }[]
  readonly calls: readonly ExpectedCall[]
}

type Cells = Readonly<Record<string, Value>>

interface ModelRow {
  readonly row: number
  readonly cells: Record<string, Value>
  readonly skipped: Set<string>
  /** Its first failing column. */
  failed: string | null
}

/** Columns in making order: what needs no answer comes first; else config order, each after all it reads. */
function topologicalOrder(graph: Graph): readonly GraphColumn[] {
  const there = new Set(sampledNames)
  const sorted: GraphColumn[] = []
  while (sorted.length < graph.columns.length) {
    const next = graph.columns.find(
      (column) => !sorted.includes(column) && needs(column).every((name) => there.has(name)),
    )!
    sorted.push(next)
    there.add(next.name)
    if (next.kind === 'sided') there.add(sideOf(next))
  }
  const free = new Set(sampledNames)
  for (const column of sorted) {
    const computed = column.kind === 'expression' || column.kind === 'function'
    if (computed && needs(column).every((name) => free.has(name))) free.add(column.name)
  }
  return [...sorted.filter(({ name }) => free.has(name)), ...sorted.filter(({ name }) => !free.has(name))]
}

/** What has to be there before a cell is made or skipped. */
export const needs = ({ reads, skip }: GraphColumn): string[] =>
  skip === null ? [...reads] : [...reads, skip.by]

/** @param sampled the sampled columns of every planned row */
export async function expectedOf(graph: Graph, sampled: readonly Cells[]): Promise<Expected> {
  const order = topologicalOrder(graph)
  const calls: ExpectedCall[] = []
  const groups: Expected['groups'][number][] = []
  for (let first = 0; first < graph.rows; first += graph.bufferSize) {
    let rows = sampled.slice(first, Math.min(graph.rows, first + graph.bufferSize)).map(
      (cells, at): ModelRow => ({
        row: first + at,
        cells: { ...cells },
        skipped: new Set(),
        failed: null,
      }),
    )
    const gone: ModelRow[] = []
    for (const column of order) {
      if (resizes(column)) {
        const before = rows.filter(({ failed }) => failed === null)
        const after = resized(column, before)
        gone.push(...rows.filter(({ failed }) => failed !== null))
        rows = after
      } else if (isWhole(column)) makeWhole(column, rows, first, calls)
      else for (const row of rows) await makeCell(column, row, calls)
    }
    groups.push({
      rows: rows.filter(({ failed }) => failed === null).map(({ cells }) => cells),
      dropped: [...rows, ...gone].flatMap(({ row, failed }) =>
        failed === null ? [] : [{ row, column: failed }],
      ),
    })
  }
  return { groups, calls }
}

/** Makes a cell, also in a row that has failed: whether the engine comes to that depends on who was fast. */
async function makeCell(column: GraphColumn, row: ModelRow, calls: ExpectedCall[]): Promise<void> {
  const { name, reads } = column
  if (!needs(column).every((each) => each in row.cells) || skips(column, row)) return
  const given = column.kind === 'text' ? `${name}; ${textsOf(row.cells, reads)}` : textsOf(row.cells, reads)
  try {
    const value = await cellOf(column, row, given)
    row.cells[name] = value
    if (column.kind === 'sided') row.cells[sideOf(column)] = `${value}*`
  } catch {
    if (isAsked(column))
      calls.push({ row: row.row, column: name, given, fails: true, must: row.failed === null })
    row.failed ??= name
    return
  }
  if (isAsked(column))
    calls.push({ row: row.row, column: name, given, fails: false, must: row.failed === null })
}

async function cellOf(column: GraphColumn, { cells }: ModelRow, given: string): Promise<Value> {
  const { kind, name, reads, failsOneIn } = column
  if (kind === 'expression') {
    if (failsOneIn !== null && reads.length > 0 && fails(cells[reads[0]!]!)) throw new Error('blank')
    return `${name}(${given})`
  }
  if (kind !== 'check') return made(column, given)
  const json = await checkIn('json')
  const checked = await Promise.all(
    reads.map(async (target) => {
      const value = cells[target]!
      if (value === null) return [target, unchecked('json')] as const
      return [target, await json(typeof value === 'string' ? value : formatJson(value))] as const
    }),
  )
  return checked.length === 1 ? checked[0]![1] : Object.fromEntries(checked)
}

/** Leaves a cell out, if its rule says so. */
function skips(column: GraphColumn, { cells, skipped }: ModelRow): boolean {
  const { name, reads, skip, propagates } = column
  const along = propagates && reads.some((each) => skipped.has(each))
  if (!along && (skip === null || !isSkippedBy(cells[skip.by]!))) return false
  cells[name] = skip?.value ?? null
  skipped.add(name)
  if (column.kind === 'sided') {
    cells[sideOf(column)] = null
    skipped.add(sideOf(column))
  }
  return true
}

function makeWhole(
  column: GraphColumn,
  rows: readonly ModelRow[],
  first: number,
  calls: ExpectedCall[],
): void {
  const called = rows.filter((row) => row.failed === null && !skips(column, row))
  if (called.length === 0) return
  const all = called.map(({ cells }) => textsOf(cells, column.reads)).join('\n')
  const asks = column.kind === 'whole asking'
  const given = asks ? `${column.name}; ${numberOf(all)}` : all
  const call = { row: first, column: column.name, given, must: true }
  try {
    const value = made(column, given)
    if (asks) calls.push({ ...call, fails: false })
    for (const [at, { cells }] of called.entries()) cells[column.name] = `${value}/${at}`
  } catch {
    if (asks) calls.push({ ...call, fails: true })
    for (const row of called) row.failed = column.name
  }
}

/** The rows that a column makes of these; one that fails stays among them. */
function resized(column: GraphColumn, rows: readonly ModelRow[]): ModelRow[] {
  const given = (row: ModelRow): string => textsOf(row.cells, column.reads)
  const all = rows.map(given).join('\n')
  return rows.flatMap((row): ModelRow[] => {
    try {
      const value = made(column, column.kind === 'copied' ? all : given(row))
      return Array.from({ length: copiesOf(column, given(row)) }, (_, at) => {
        const cell = column.kind === 'copied' ? value : `${value}/${at}`
        return { ...row, cells: { ...row.cells, [column.name]: cell } }
      })
    } catch {
      return [{ ...row, failed: column.name }]
    }
  })
}
