/**
 * The cells that a run would have to ask for, and what they take.
 *
 * Rule: a cell is not requested when its answer is stored, when its row came to a row failure, or when a dataset that the run takes answers
 * from has it and everything it is made from is the same there (`reusable-columns.ts`). A cell that a retry names is requested, and
 * so are those that depend on it; and in a row that was dropped, those without an answer.
 */

import { present } from '../base/errors/present.ts'
import type { Value } from '../base/values/value.ts'
import type { Clock } from '../base/work/clock.ts'
import { Slice } from '../base/work/slice.ts'
import type { Column, GroupedColumn, ModelColumn } from '../columns/column/column.ts'
import { groupCount, groupOf, type PlanRange, type RowGroup } from '../plan/row-groups.ts'
import { type CompiledConfig, requireBuilt } from '../run/prepare/compiled-config.ts'
import { SampledColumns } from '../run/scheduler/sampled-columns.ts'
import type { RunFile } from '../store/control/run-file.ts'
import { type Retry, rowsWithin } from '../store/logs/retries.ts'
import type { DatasetView } from '../store/view/dataset-view.ts'
import {
  type AnswerUsage,
  type Expectation,
  expectationOf,
  noAnswerUsage,
  type SeenCell,
  sumOf,
} from './forecast.ts'
import { drawnText, type StoredAnswers } from './stored-answers.ts'

export type PendingColumn = ModelColumn | GroupedColumn

/** A dataset with answers to some of the same columns. */
export interface Source {
  readonly directory: string
  /** Rows beyond are not looked for in it. */
  readonly rows: number
  /** Whether a run takes its answers; else it only shows how long they are. */
  readonly isReused: boolean
  readonly answers: StoredAnswers
  /** Columns whose answers match. */
  readonly reusable: ReadonlySet<string>
  /** Columns that are the same by themselves. */
  readonly same: ReadonlySet<string>
}

/** Cells that are requested again. @property retry its number; one that is not started has none: infinity */
export interface Cells {
  readonly retry: number
  readonly cells: Retry['cells']
}

interface Counting {
  readonly clock: Clock
  readonly view: DatasetView
  readonly compiled: CompiledConfig
  /** Those that ask models, in making order. */
  readonly columns: readonly PendingColumn[]
  readonly ranges: readonly PlanRange[]
  readonly run: RunFile | null
  /** Whether the dataset is there. */
  readonly isThere: boolean
  /** Null for a dataset that is not there. */
  readonly own: StoredAnswers | null
  readonly sources: readonly Source[]
  /** Null when the run seed would be drawn. */
  readonly draw: { readonly runSeed: bigint; readonly today: string } | null
  readonly retried: readonly Cells[]
  /** Nothing else is to be made. */
  readonly onlyRetries: boolean
}

export interface PendingCells {
  readonly column: PendingColumn
  /** Cells whose model is to be requested. */
  readonly pending: number
  /** Cells whose answer is stored here, of rows that are to be made. */
  readonly stored: number
  /** Cells whose answer another dataset has. */
  readonly reused: number
  /** What they take; undefined without any answer to estimate it from. */
  readonly usage: AnswerUsage | undefined
  /** Within what that lies in four cases of five; null where nothing shows. */
  readonly range: ReturnType<Expectation['range']>
  /** What it is estimated from. */
  readonly expectation: Expectation | undefined
}

/** More rows than this are not drawn to know their values: the mean over all will do. */
const rowsDrawnMax = 200_000

/** @throws RowsmithError not_built_yet for columns that this version cannot make; of class storage */
export async function pendingCells(
  counting: Counting,
): Promise<{ readonly rows: number; readonly columns: readonly PendingCells[] }> {
  const { compiled, ranges, onlyRetries } = counting
  const open = await openGroups(counting)
  const upstream = upstreamOf(compiled.columns)
  const tallies = counting.columns.map(
    (column) =>
      new Tally(
        column,
        present(upstream.get(column.name), 'upstream'),
        expectationOf(seenCells(counting, column)),
      ),
  )
  const again = cellsAgain(counting.retried, tallies)
  const rowsAgain = [...new Set([...again.values()].flatMap((ofColumn) => [...ofColumn.keys()]))]
  const groups = groupsOf(ranges).flatMap((group) => {
    const isOpen = open.has(group.group)
    // A retry replaces files; what has none yet is made by the run that makes the others.
    if (isOpen && onlyRetries) return []
    const rows = isOpen ? rowsIn(group) : rowsAgain.filter((row) => holds(group, row))
    return rows.length === 0 ? [] : [{ group, isOpen, rows }]
  })
  const rows = groups.reduce((sum, group) => sum + group.rows.length, 0)
  if (rows > 0) requireBuilt(compiled)
  const draw = drawing(counting, tallies, rows)
  for (const { group, isOpen, rows } of groups) {
    const values = await draw(group)
    for (const row of rows) {
      const requestedColumns = new Set<string>()
      for (const tally of tallies) {
        const { column, by } = tally
        const retry = again.get(column.name)?.get(row)
        let state: State = 'none'
        if (retry !== undefined) state = stateAgain(counting, tally, row, retry, requestedColumns)
        else if (isOpen) state = stateOf(counting, tally, group, row, requestedColumns)
        else if (isMissing(counting, tally, row)) state = 'due'
        if (state === 'due') requestedColumns.add(column.name)
        const value = by === null ? undefined : values?.get(by)?.[row - group.firstRow]
        tally.add(state, value, retry !== undefined && !isSkipped(counting, tally, row))
      }
    }
  }
  return { rows, columns: tallies.map((tally) => tally.result()) }
}

/** A row that was dropped, and that a retry requests again, may have cells that were not reached, or that were refused too. */
function isMissing({ own }: Counting, { column }: Tally, row: number): boolean {
  return column.kind === 'model' && own?.hasDropped(row) === true && !own.has(column.name, row)
}

/** A row that is in the dataset, and whose cell needed no request. */
function isSkipped({ own }: Counting, { column }: Tally, row: number): boolean {
  return column.kind === 'model' && own?.holdsRow(row) === true && !own.has(column.name, row)
}

/** Of a cell that a retry names, or that depends on one. What was skipped is skipped again, unless what it is made from changes. */
function stateAgain(
  counting: Counting,
  tally: Tally,
  row: number,
  retry: number,
  requestedColumns: ReadonlySet<string>,
): State {
  if (counting.own?.hasRetried(tally.column.name, row, retry)) return 'stored'
  const isSame = !tally.upstream.some((name) => requestedColumns.has(name))
  return isSame && isSkipped(counting, tally, row) ? 'none' : 'due'
}

type State = 'due' | 'stored' | 'reused' | 'none'

/** @param requestedColumns columns of the row that are to be requested */
function stateOf(
  { own, sources }: Counting,
  { column, upstream }: Tally,
  group: RowGroup,
  row: number,
  requestedColumns: ReadonlySet<string>,
): State {
  if (own?.hasDropped(row)) return 'none'
  // The effects of a column that is made for a whole group are those of its first row.
  const at = column.kind === 'grouped' ? group.firstRow : row
  if (own?.has(column.name, at)) return 'stored'
  for (const { answers, reusable, rows } of sources) {
    if (row >= rows || !reusable.has(column.name)) continue
    // What comes before is made again, and the prompt may be another.
    if (!answers.holdsRow(row) && upstream.some((name) => requestedColumns.has(name))) continue
    if (answers.has(column.name, at)) return 'reused'
    if (answers.holdsRow(row) && column.kind === 'model') return 'none'
  }
  return 'due'
}

/** Counts the cells of a column. */
class Tally {
  readonly column: PendingColumn
  /** Columns that ask, and that this one is made from, nearest ones only. */
  readonly upstream: readonly string[]
  readonly #expectation: Expectation | undefined
  readonly #counts: Record<State, number> = { due: 0, stored: 0, reused: 0, none: 0 }
  #usage: AnswerUsage = noAnswerUsage
  /** Cells that are due, by the kind of their row. */
  readonly #kinds = new Map<string, number>()

  constructor(column: PendingColumn, upstream: readonly string[], expectation: Expectation | undefined) {
    this.column = column
    this.upstream = upstream
    this.#expectation = expectation
  }

  /** The sampled column whose values matter. */
  get by(): string | null {
    return this.#expectation?.by ?? null
  }

  /** @param surely whether it is a model cell: a retry names no cell that does not */
  add(state: State, value: Value | undefined, surely: boolean): void {
    this.#counts[state]++
    const expectation = this.#expectation
    if (state !== 'due' || expectation === undefined) return
    const text = value === undefined ? undefined : drawnText(value)
    const share = surely ? expectation.requestShareOf(text) : 1
    const cells = share > 0 ? 1 / share : 1
    this.#usage = sumOf(this.#usage, expectation.of(text), cells)
    const kind = expectation.kindOf(text)
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + cells)
  }

  result(): PendingCells {
    const { due: pending, stored, reused } = this.#counts
    const expectation = this.#expectation
    const usage = expectation === undefined && pending > 0 ? undefined : this.#usage
    const range = expectation?.range(this.#kinds) ?? null
    return { column: this.column, pending, stored, reused, usage, range, expectation }
  }
}

/** Cells of the same column, in datasets where it is the same if there are any; those whose rows are known, if there are any. */
function seenCells({ own, sources }: Counting, { name }: PendingColumn): readonly SeenCell[] {
  const ofSame = sources.flatMap(({ answers, same }) => (same.has(name) ? answers.seen(name) : []))
  const near = [...(own?.seen(name) ?? []), ...ofSame]
  const cells = near.length > 0 ? near : sources.flatMap(({ answers }) => answers.seen(name))
  const known = cells.filter(({ drawn }) => drawn.size > 0)
  return known.length > 0 ? known : cells
}

/** Per column, the columns that call a model and that it is made from, directly or through others that ask nothing. */
function upstreamOf(columns: readonly Column[]): ReadonlyMap<string, readonly string[]> {
  const byName = new Map(columns.map((column) => [column.name, column]))
  const modelSources = (name: string, passed: Set<string>): string[] => {
    const column = byName.get(name)
    if (column === undefined || passed.has(name)) return []
    passed.add(name)
    return 'aliases' in column ? [name] : column.reads.flatMap((read) => modelSources(read, passed))
  }
  return new Map(
    columns.map(({ name, reads }) => {
      const passed = new Set<string>()
      return [name, reads.flatMap((read) => modelSources(read, passed))]
    }),
  )
}

/** By column and row: the retry that requests the cell again, or for one that it depends on. */
function cellsAgain(
  retried: readonly Cells[],
  tallies: readonly Tally[],
): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const again = new Map<string, Map<number, number>>()
  for (const { column, upstream } of tallies) {
    const rows = new Map<number, number>()
    for (const { retry, cells } of retried) {
      for (const row of rowsWithin(cells.get(column.name) ?? [], 0, Number.POSITIVE_INFINITY))
        rows.set(row, retry)
    }
    for (const name of upstream) {
      for (const row of again.get(name)?.keys() ?? [])
        if (!rows.has(row)) rows.set(row, Number.POSITIVE_INFINITY)
    }
    again.set(column.name, rows)
  }
  return again
}

/** Numbers of the row groups whose files are still to be made. */
async function openGroups({ view, ranges, isThere }: Counting): Promise<Set<number>> {
  const open = new Set(groupsOf(ranges).map(({ group }) => group))
  if (!isThere) return open
  const { groups } = await view.progress()
  for (const [group, state] of groups) if (state.kind !== 'open') open.delete(group)
  return open
}

/** What the sampled columns of a group draw, where that makes a difference and takes no time. */
function drawing(
  { draw, compiled, clock }: Counting,
  tallies: readonly Tally[],
  rows: number,
): (group: RowGroup) => Promise<ReadonlyMap<string, readonly Value[]> | null> {
  const matters = tallies.some(({ by }) => by !== null)
  if (draw === null || !matters || rows > rowsDrawnMax) return async () => null
  const sampled = new SampledColumns(compiled.order, draw.runSeed, draw.today)
  const slice = new Slice(clock)
  return async (group) => {
    const values = new Map<string, readonly Value[]>()
    await sampled.addTo(values, group, slice)
    return values
  }
}

function groupsOf(ranges: readonly PlanRange[]): RowGroup[] {
  return Array.from({ length: groupCount(ranges) }, (_, number) => groupOf(ranges, number))
}

function rowsIn({ firstRow, rows }: RowGroup): number[] {
  return Array.from({ length: rows }, (_, index) => firstRow + index)
}

function holds({ firstRow, rows }: RowGroup, row: number): boolean {
  return row >= firstRow && row < firstRow + rows
}
