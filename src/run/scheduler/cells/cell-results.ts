/**
 * What comes of cells and rows: values, row failures, row states.
 *
 * Owns:   the way of a made value or a failure into its group, and of a row's state to the journal, to progress and to listeners.
 * Never:  makes a cell, or chooses which one is next.
 * Rules:
 *   N12. A cause of a stop is never a row failure on a row: a row that it ends stays open.
 *   N14. Nor is a failure that may be one of those that stop the run early: while it is recent (`early-shutdown.ts`, rule H3), its row
 *       is open and no row failure is written. A run that is shut down early leaves such rows open, to be requested again.
 */

import { errorCodes } from '../../../base/errors/error-codes.ts'
import { asRowsmithError, RowsmithError } from '../../../base/errors/errors.ts'
import { present } from '../../../base/errors/present.ts'
import { conform } from '../../../base/values/column-type.ts'
import type { Value } from '../../../base/values/value.ts'
import type { CellResult, Column } from '../../../columns/column/column.ts'
import type { TopologicalOrder } from '../../../columns/column/topological-order.ts'
import { columnAt } from '../../../columns/column/topological-order.ts'
import type { CellEffects } from '../../effects/effects.ts'
import type { EffectsHost } from '../../effects/effects-host.ts'
import { formatRecord, type RowFailure } from '../../effects/journal-records.ts'
import type { CellEvent, CellWatchers } from '../../report/events.ts'
import {
  type ActiveRowGroup,
  type FailedCell,
  type ReadyCell,
  storeRecord,
} from '../group/active-row-group.ts'
import { EarlyShutdown } from '../parts/early-shutdown.ts'
import type { RowProgress } from '../parts/row-progress.ts'
import type { SchedulerParts } from '../parts/scheduler-parts.ts'

/** What a cell had from others. */
export type CellRequests = Pick<CellEffects, 'requestsSent' | 'repliesReplayed' | 'answers' | 'isBatched'>

const noRequests: CellRequests = {
  requestsSent: 0,
  repliesReplayed: 0,
  answers: 0,
  isBatched: false,
}

/** How a value came. */
interface MadeCell {
  /** Whether it stands in for one that was not made. */
  readonly isSkipped?: boolean
  readonly requests?: number
}

/** What is known of a row that a salvaged run gives up. */
const notAttempted = { message: 'Not made before the early shutdown', attempts: 0 }

/** Columns whose cells are made here, out of what is there. */
const computedHere: ReadonlySet<Column['kind']> = new Set(['computed', 'checked', 'grouped'])

/**
 * The value as its column holds it. One that the files that are followed cannot say is held as the column's own type has it, until it is
 * written; what stands in for a skipped cell is of any type.
 */
function fittingValue({ type, following }: Column, value: Value, isSkipped: boolean): Value | undefined {
  const fitting = conform(type, value)
  if (fitting !== undefined) return fitting
  if (isSkipped) return value
  return following === undefined ? undefined : conform(following.own, value)
}

export class CellResults {
  /** The first failure that cost a row, of this process. */
  firstNonRetryableError: RowsmithError | null = null
  readonly #order: TopologicalOrder
  readonly #host: Pick<EffectsHost, 'writer' | 'emit' | 'stop' | 'stopping'>
  readonly #progress: RowProgress
  readonly #earlyShutdown: EarlyShutdown<FailedCell>
  readonly #cells: CellWatchers | undefined
  readonly #settled: (open: ActiveRowGroup) => void
  /** Rows whose failure is recent: how many cells of each. */
  readonly #suspended = new Map<ActiveRowGroup, Map<number, number>>()
  /** Rows that another column makes are numbered again: nothing is stored of them. */
  readonly #suspends: boolean

  /** @param settled called when a row of a group was settled some time after its last cell */
  constructor(
    { order, shutdown, cells }: Pick<SchedulerParts, 'order' | 'shutdown' | 'cells'>,
    host: Pick<EffectsHost, 'writer' | 'emit' | 'stop' | 'stopping'>,
    progress: RowProgress,
    settled: (open: ActiveRowGroup) => void,
  ) {
    this.#order = order
    this.#cells = cells
    this.#host = host
    this.#progress = progress
    this.#settled = settled
    this.#suspends = !shutdown.disabled && order.columns.every(({ kind }) => kind !== 'resizing')
    this.#earlyShutdown = new EarlyShutdown(shutdown, host.stopping, (cell) => this.#release(cell))
  }

  /**
   * Takes a cell's value. One that is not of its column's type is a failure of the cell.
   *
   * @param ready takes the cells that became ready by it
   * @returns whether it is one of its column's type
   */
  put(
    open: ActiveRowGroup,
    row: number,
    position: number,
    value: Value | undefined,
    ready: ReadyCell[],
    { isSkipped = false, requests = 0 }: MadeCell = {},
  ): boolean {
    const column = columnAt(this.#order, position)
    const fitting = value === undefined ? undefined : fittingValue(column, value, isSkipped)
    if (fitting === undefined) {
      const error = new RowsmithError(
        'value_unfit',
        `A value of column "${column.name}" is not ${column.type.kind}`,
      )
      this.fail(open, row, position, error)
      return false
    }
    if (computedHere.has(column.kind)) this.#earlyShutdown.succeeded(column.name, false)
    for (const reader of open.rows.put(row, position, fitting, isSkipped))
      ready.push({ open, row, position: reader })
    if (this.#cells?.watchesCells === true) {
      const state = isSkipped ? 'skipped' : 'made'
      this.#report({ row: open.rows.firstRow + row, column: column.name, state, value: fitting, requests })
    }
    return true
  }

  /** The same for a value with which others came along: those go into the columns made for that. */
  putResult(
    open: ActiveRowGroup,
    row: number,
    position: number,
    result: CellResult,
    ready: ReadyCell[],
    requests = 0,
  ): boolean {
    const isFitting = this.put(open, row, position, result.value, ready, { requests })
    const { name } = columnAt(this.#order, position)
    for (const reader of present(this.#order.readers[position], 'readers of columns')) {
      const side = columnAt(this.#order, reader)
      if (side.kind !== 'side' || side.of !== name) continue
      const value =
        result.sides !== undefined && Object.hasOwn(result.sides, side.name) ? result.sides[side.name] : null
      this.put(open, row, reader, value, ready)
    }
    return isFitting
  }

  /**
   * Takes the failure of a cell.
   *
   * @param requests what the cell had from others
   * @returns true when it was a row failure on the row, false when the row stays open because the run stops (rule N12)
   */
  fail(open: ActiveRowGroup, row: number, position: number, error: unknown, requests = noRequests): boolean {
    const { stopping } = this.#host
    // What ended a wait because the run stops is the run's failure, whatever its code.
    if (stopping.aborted && error === stopping.reason) return false
    if (!RowsmithError.isInstance(error) || errorCodes[error.code].class !== 'row') {
      this.#host.stop(asRowsmithError(error))
      return false
    }
    const { name, kind } = columnAt(this.#order, position)
    if (open.rows.wants(row, position)) {
      open.rows.fail(row, position, { row: open.rows.firstRow + row, column: name, code: error.code })
      open.failures.set(row, { message: error.message, attempts: requests.requestsSent })
      const { code, message } = error
      const sent = requests.requestsSent
      const cell = { row: open.rows.firstRow + row, column: name, state: 'failed', requests: sent } as const
      this.#report({ ...cell, value: null, code, message })
      this.firstNonRetryableError ??= error
    }
    if (kind !== 'model' && !computedHere.has(kind)) return true
    const hasRequested = requests.requestsSent + requests.repliesReplayed > 0
    const cell = { open, row, column: name, answered: requests.answers > 0 }
    if (this.#suspends) this.#suspend(cell)
    // Of a batch, those that failed come together, after all others: the latest cells show no rate.
    const showsRate = hasRequested && !requests.isBatched
    const stop = this.#earlyShutdown.failed(name, cell, showsRate, error.message)
    if (stop !== undefined) this.#host.stop(stop)
    return true
  }

  #report(cell: Omit<CellEvent, 'type' | 'code' | 'message'> & Partial<CellEvent>): void {
    this.#cells?.emitCell({ type: 'cell', code: null, message: null, ...cell })
  }

  /** A model cell was made. */
  modelCellDone(position: number, requests: CellRequests): void {
    const hasRequested = requests.requestsSent + requests.repliesReplayed > 0
    this.#earlyShutdown.succeeded(columnAt(this.#order, position).name, hasRequested)
  }

  /** Settles the row if it is due. */
  settle(open: ActiveRowGroup, row: number): void {
    if (this.#suspended.get(open)?.has(row) === true) return
    const state = open.rows.settle(row)
    if (state === 'open') return
    this.#progress.settled(state !== 'written')
    if (state !== 'written') this.#drop(open, state)
  }

  #suspend({ open, row }: FailedCell): void {
    const rows = this.#suspended.get(open) ?? new Map<number, number>()
    this.#suspended.set(open, rows.set(row, 1 + (rows.get(row) ?? 0)))
  }

  /** A failure is its row's own (rule N14). */
  #release({ open, row }: FailedCell): void {
    const rows = this.#suspended.get(open)
    const cells = rows?.get(row)
    if (rows === undefined || cells === undefined) return
    if (cells > 1) {
      rows.set(row, cells - 1)
      return
    }
    rows.delete(row)
    if (rows.size === 0) this.#suspended.delete(open)
    this.settle(open, row)
    this.#settled(open)
  }

  /** Whether any row waits to hear whether the run is shut down early. */
  get suspends(): boolean {
    return this.#suspended.size > 0
  }

  /** Whether any row of a group waits for that. */
  isSuspended(open: ActiveRowGroup): boolean {
    return this.#suspended.has(open)
  }

  /** Whether the open rows of a group wait for that alone. */
  onlySuspended(open: ActiveRowGroup): boolean {
    return open.rows.rowsOpen === (this.#suspended.get(open)?.size ?? 0)
  }

  /** Nothing comes any more that could know: every failure is its row's own. */
  releaseAll(): void {
    const recent = [...this.#earlyShutdown.recent()]
    this.#earlyShutdown.forget()
    for (const cell of recent) this.#release(cell)
  }

  /** The cells of recent failures: those that an early shutdown leaves open. */
  recentFailures(): FailedCell[] {
    return [...this.#earlyShutdown.recent()]
  }

  /** Gives up every open row of the group. */
  abandon(open: ActiveRowGroup): void {
    this.#suspended.delete(open)
    for (let row = 0; row < open.rows.rowCount; row++) {
      open.rows.abandon(row, 'not_attempted')
      this.settle(open, row)
    }
  }

  /** A final drop is a frame, honoured on resume (rule E4); it is reported once. */
  #drop(open: ActiveRowGroup, failure: RowFailure): void {
    const { row, column, code } = failure
    const { rowFailures, retryNumbers } = open.stored
    const retry = retryNumbers.ofRow(row)
    if (rowFailures.get(row)?.retry === retry) return
    const { message, attempts } = open.failures.get(row - open.rows.firstRow) ?? notAttempted
    const record = { kind: 'drop', group: open.rows.group, failure, attempts, retry, message } as const
    storeRecord(open, formatRecord(record), this.#host)
    const type = retryNumbers.mustStay(row) ? 'row-kept' : 'row-dropped'
    this.#host.emit({ type, row, column, code, message })
  }
}
