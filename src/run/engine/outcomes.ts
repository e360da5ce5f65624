/**
 * What comes of cells and rows: values, verdicts, fates.
 *
 * Owns:   the way of a made value or a failure into its group, and of a row's fate to the journal, to progress and to whoever listens.
 * Never:  makes a cell, or chooses which one is next.
 * Rules:
 *   N12. A cause of a stop is never a verdict on a row: a row that it ends stays open.
 */
import { conform } from '../../base/column-type.ts'
import { errorCodes } from '../../base/error-codes.ts'
import { asRowsmithError, RowsmithError } from '../../base/errors.ts'
import type { Value } from '../../base/value.ts'
import type { Made } from '../../columns/column.ts'
import type { EffectsHost } from '../effects/effects-host.ts'
import { formatFrame, type Verdict } from '../effects/frames.ts'
import { EarlyShutdown, type ShutdownSettings } from './early-shutdown.ts'
import { type GroupInWork, keepFrame, type ReadyCell } from './group-in-work.ts'
import type { MakingOrder } from './open-group.ts'
import type { RowProgress } from './row-progress.ts'

/** What is known of a row that a salvaged run gives up. */
const notAttempted = { message: 'Not made before the early shutdown', attempts: 0 }

export class Outcomes {
  /** The first failure that cost a row, of this process. */
  firstNonRetryableError: RowsmithError | null = null
  readonly #order: MakingOrder
  readonly #host: Pick<EffectsHost, 'journal' | 'emit' | 'stop' | 'stopping'>
  readonly #progress: RowProgress
  readonly #earlyShutdown: EarlyShutdown

  constructor(
    order: MakingOrder,
    host: Pick<EffectsHost, 'journal' | 'emit' | 'stop' | 'stopping'>,
    progress: RowProgress,
    shutdown: ShutdownSettings,
  ) {
    this.#order = order
    this.#host = host
    this.#progress = progress
    this.#earlyShutdown = new EarlyShutdown(shutdown)
  }

  /**
   * Takes a cell's value. One that is not of its column's type is a failure of the cell.
   *
   * @param ready takes the cells that became ready by it
   * @param isSkipped whether the value stands in for one that was not made
   */
  put(
    open: GroupInWork,
    row: number,
    position: number,
    value: Value | undefined,
    ready: ReadyCell[],
    isSkipped = false,
  ): void {
    const column = this.#order.columns[position]!
    const fitting = value === undefined ? undefined : conform(column.type, value)
    if (fitting === undefined) {
      const error = new RowsmithError(
        'value_unfit',
        `A value of column "${column.name}" is not ${column.type.kind}`,
      )
      this.fail(open, row, position, error, 0)
      return
    }
    for (const reader of open.rows.put(row, position, fitting, isSkipped))
      ready.push({ open, row, position: reader })
  }

  /** The same for a value with which others came along: those go into the columns made for that. */
  putMade(open: GroupInWork, row: number, position: number, made: Made, ready: ReadyCell[]): void {
    this.put(open, row, position, made.value, ready)
    const { columns, readers } = this.#order
    for (const reader of readers[position]!) {
      const side = columns[reader]!
      if (side.kind !== 'side' || side.of !== columns[position]!.name) continue
      const value =
        made.sides !== undefined && Object.hasOwn(made.sides, side.name) ? made.sides[side.name] : null
      this.put(open, row, reader, value, ready)
    }
  }

  /**
   * Takes the failure of a cell.
   *
   * @param requestsSent for the cell, by this process
   * @returns true when it was a verdict on the row, false when the row stays open because the run stops (rule N12)
   */
  fail(open: GroupInWork, row: number, position: number, error: unknown, requestsSent: number): boolean {
    const { stopping } = this.#host
    // What ended a wait because the run stops is the run's failure, whatever its code.
    if (stopping.aborted && error === stopping.reason) return false
    if (!RowsmithError.isInstance(error) || errorCodes[error.code].class !== 'row') {
      this.#host.stop(asRowsmithError(error))
      return false
    }
    if (open.rows.wants(row, position)) {
      const { name } = this.#order.columns[position]!
      open.rows.fail(row, position, { row: open.rows.firstRow + row, column: name, code: error.code })
      open.failures.set(row, { message: error.message, attempts: requestsSent })
      this.firstNonRetryableError ??= error
    }
    if (requestsSent > 0) this.judge(false)
    return true
  }

  /** A cell that asked a model has ended: too many failures stop the run. */
  judge(succeeded: boolean): void {
    const error = this.#earlyShutdown.judge(succeeded)
    if (error !== undefined) this.#host.stop(error)
  }

  /** Gives the row its fate if it is due. */
  settle(open: GroupInWork, row: number): void {
    const fate = open.rows.settle(row)
    if (fate === 'open') return
    this.#progress.settled(fate !== 'written')
    if (fate !== 'written') this.#drop(open, fate)
  }

  /** Gives up every row of the group that has no fate. */
  abandon(open: GroupInWork): void {
    for (let row = 0; row < open.rows.rowCount; row++) {
      open.rows.abandon(row, 'not_attempted')
      this.settle(open, row)
    }
  }

  /** A final drop is a frame, honoured on resume (rule E4); it is told of once. */
  #drop(open: GroupInWork, verdict: Verdict): void {
    const { row, column, code } = verdict
    const { verdicts, rounds } = open.kept
    const round = rounds.ofRow(row)
    if (verdicts.get(row)?.round === round) return
    const { message, attempts } = open.failures.get(row - open.rows.firstRow) ?? notAttempted
    const frame = { kind: 'drop', group: open.rows.group, verdict, attempts, round, message } as const
    keepFrame(open, formatFrame(frame), this.#host)
    const type = rounds.mustStay(row) ? 'row-kept' : 'row-dropped'
    this.#host.emit({ type, row, column, code, message })
  }
}
