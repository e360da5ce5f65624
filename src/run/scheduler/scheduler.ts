/**
 * The engine: from the first open row group to the last published one.
 *
 * Owns:   which row groups are open, when there is work to look for, when the run is over.
 * Never:  decides whether to resume, reads former journals, or knows how a cell is made.
 * Rules:
 *   N1. Groups open in plan order, as long as the open rows stay within `openRowsMax` (P7). Where all of them wait only to hear whether the
 *       run is shut down early, one more opens at a time.
 *   N5. Nothing polls. Work is looked for when something changed: a cell ended, a slot came free, a group was published.
 *   N16. A row group is closed from memory, as by a kill, once nothing of it can be made before a batch has been read; the next pass opens it.
 *   N6. No slice of work keeps the event loop longer than about five milliseconds.
 *   The others stand with the part that keeps them: N2 and N13 in `model-cells.ts`, N3 and N11 in `publishing.ts`, N4 in `run-stop.ts`,
 *   N7 and N10 in `cell-flow.ts`, N8 in `resizing.ts`, N9 in `skipping.ts`, N12 in `outcomes.ts`.
 */
import { asRowsmithError, RowsmithError } from '../../base/errors/errors.ts'
import { onAbort } from '../../base/work/abort.ts'
import type { ReplayState } from '../effects/replay-state.ts'
import type { RunEvent } from '../report/events.ts'
import { abortedError } from '../request/aborted.ts'
import type { Ledger } from '../usage/ledger.ts'
import { CellFlow } from './cells/cell-flow.ts'
import { CellResults } from './cells/cell-results.ts'
import type { TaskTrace } from './cells/model-cells.ts'
import { type ActiveRowGroup, activeRowGroup } from './group/active-row-group.ts'
import { cellsToRequestAgain } from './group/request-again.ts'
import { GroupOpener } from './group-opener.ts'
import { RowProgress } from './parts/row-progress.ts'
import { RunStop } from './parts/run-stop.ts'
import type { SchedulerParts } from './parts/scheduler-parts.ts'
import { SharedEffects } from './parts/shared-effects.ts'
import { Publishing } from './publishing.ts'

export class Scheduler {
  /** What this process requested, got and counted. */
  readonly effects: SharedEffects
  readonly #parts: SchedulerParts
  readonly #stop: RunStop
  readonly #progress: RowProgress
  readonly #results: CellResults
  readonly #cells: CellFlow
  readonly #opener: GroupOpener
  readonly #publishing: Publishing
  readonly #finished = Promise.withResolvers<void>()
  readonly #unwatch: () => void
  readonly #open = new Set<ActiveRowGroup>()
  /** The usage of groups that wait for batches: of each no more is in memory. */
  readonly #parked = new Map<number, Ledger>()
  #opening = false
  #openRows = 0
  #scheduling = false
  /** Whether it stands in the commit log what an early shutdown leaves to be requested again. */
  #isRecorded = false
  #recorded: Promise<void> | undefined

  constructor(parts: SchedulerParts) {
    this.#parts = parts
    this.#stop = new RunStop(parts)
    this.#progress = new RowProgress(parts)
    this.effects = new SharedEffects(parts, {
      stopping: this.#stop.stopping,
      abortInFlight: this.#stop.abortInFlight,
      stop: (error) => this.stop(error),
      scheduleNext: () => this.#scheduleNext(),
    })
    this.#results = new CellResults(parts, this.effects, this.#progress, (open) =>
      this.#publishing.sealIfReady(open),
    )
    this.#cells = new CellFlow(parts, this.effects, this.#results, {
      ended: (open) => {
        this.#publishing.sealIfReady(open)
        this.#closeIfParked(open)
        this.#scheduleNext()
      },
      grew: (rows) => {
        this.#openRows += rows
        this.#progress.grew(rows)
      },
      scheduleNext: () => this.#scheduleNext(),
    })
    this.#opener = new GroupOpener(parts, this.#cells)
    this.#publishing = new Publishing(parts.writer, this.effects, {
      left: (open, again) => {
        this.#open.delete(open)
        if (again !== undefined) this.#regenerate(open, again)
      },
      ended: ({ rows }) => {
        this.#openRows -= rows.rowCount
        this.#scheduleNext()
      },
    })
    this.#unwatch = onAbort(parts.writer.lost, () => this.stop(abortedError(parts.writer.lost)))
    void parts.writer.claims.watch({
      came: ({ rows }) => this.#progress.reopened(rows, 0),
      over: () => this.#scheduleNext(),
      failed: (error) => this.stop(asRowsmithError(error)),
    })
  }

  /** True when the run was stopped because its answers failed again and again. */
  get earlyShutdown(): boolean {
    const reason: unknown = this.#stop.stopping.reason
    return RowsmithError.isInstance(reason) && reason.code === 'early_shutdown'
  }

  /** The first failure that cost a row, of this process. */
  get firstNonRetryableError(): RowsmithError | null {
    return this.#results.firstNonRetryableError
  }

  /** Stored answers that no cell of a sealed group requested. */
  get answersUnused(): number {
    return this.#publishing.answersUnused
  }

  get taskTraces(): readonly TaskTrace[] {
    return this.#cells.taskTraces
  }

  /** The usage of groups that are open. */
  *openLedgers(): Generator<readonly [group: number, Ledger]> {
    yield* this.#parked
    for (const { rows, stored } of this.#open) yield [rows.group, stored.ledger]
  }

  /**
   * Makes and publishes every group.
   *
   * @throws RowsmithError what stopped the run, once nothing is in flight any more
   */
  async run(): Promise<void> {
    const { lost } = this.#parts.writer
    if (lost.aborted) this.stop(abortedError(lost))
    this.#scheduleNext()
    return this.#finished.promise
  }

  /** Ends the run (rules N4 and N15 of `run-stop.ts`). */
  stop(error: RowsmithError): void {
    const isFirst = !this.#stop.stopping.aborted
    if (isFirst) {
      const { inFlight, others } = this.effects.counts
      const { code, message } = error
      this.#parts.emit({ type: 'stopping', code, message, inFlight, others: Object.fromEntries(others) })
    }
    this.#stop.stop(error)
    if (isFirst) this.#scheduleNext()
  }

  /** Looks for work (rule N5). Safe to call at any time. */
  #scheduleNext(): void {
    if (this.#scheduling) return
    this.#scheduling = true
    try {
      this.#reportProgress(false)
      this.#openNext()
      if (!this.#stop.stopping.aborted) this.#cells.dispatch()
      this.#finishIfDone()
    } finally {
      this.#scheduling = false
    }
  }

  /** Opens the next group, if it may open (rules N1, N7). */
  #openNext(): void {
    const { openRowsMax, sequential, writer } = this.#parts
    const more = this.#openRows + (writer.claims.next?.rows ?? 0)
    if (sequential ? this.#open.size === 0 : this.#openRows === 0 || more <= openRowsMax) this.#openOneMore()
  }

  /** Opens the next group, however many are open. @returns whether there is one */
  #openOneMore(): boolean {
    const { next } = this.#parts.writer.claims
    if (next === undefined || this.#opening || this.#stop.stopping.aborted) return false
    this.#opening = true
    this.#openRows += next.rows
    this.#claimNext()
      .catch((error: unknown) => this.stop(asRowsmithError(error)))
      .finally(() => {
        this.#opening = false
        this.#scheduleNext()
      })
    return true
  }

  async #claimNext(): Promise<void> {
    const { order, sequential, writer } = this.#parts
    // From here on the group's usage is with the open groups.
    const { group, stored } = await writer.claims.take()
    const open = activeRowGroup(group, stored, order, sequential)
    this.#open.add(open)
    await this.#opener.fill(open, group)
    open.isFilled = true
    this.#cells.startReady(open)
    this.#publishing.sealIfReady(open)
    this.#closeIfParked(open)
  }

  /** A group all of whose cells wait for batches, or for such, is closed from memory (rule N16). */
  #closeIfParked(open: ActiveRowGroup): void {
    const { cellsParked, cellsInFlight: cellsInWork, cellsWaiting, isFilled, sealed } = open
    if (cellsParked === 0 || cellsInWork + cellsWaiting > 0 || !isFilled || sealed) return
    if (!this.#results.isSuspended(open)) this.#park(open)
  }

  #park(open: ActiveRowGroup): void {
    if (!this.#open.delete(open)) return
    this.#parked.set(open.rows.group, open.stored.ledger)
    this.#openRows -= open.rows.rowCount
  }

  /**
   * The last groups that are open wait to hear whether the run is shut down early, and others for batches: the next pass decides.
   *
   * @returns whether they were closed by it
   */
  #parkRest(): boolean {
    const isLast = this.#parts.writer.claims.isOver && !this.#cells.waiting
    const isParked = this.#parked.size > 0 || [...this.#open].some(({ cellsParked }) => cellsParked > 0)
    if (!isLast || !isParked || this.#stop.stopping.aborted || this.#publishing.broken) return false
    for (const open of [...this.#open]) this.#park(open)
    return true
  }

  /** A group is made once more (rule N11 of `publishing.ts`). */
  #regenerate(
    { rows: { group, firstRow, rowCount, rowsDropped } }: ActiveRowGroup,
    stored: ReplayState,
  ): void {
    this.#parts.writer.claims.giveBack({ group: { group, firstRow, rows: rowCount }, stored })
    this.#progress.reopened(rowCount, rowsDropped)
  }

  #finishIfDone(): void {
    if (this.#opening || this.#cells.busy || this.#publishing.busy) return
    if (this.#salvageOpen() || (!this.#parkRest() && this.#settleRecent()) || this.#requestAgain()) return
    // A stop of a run with nothing left to do finds it done.
    const nothingLeft = this.#parts.writer.claims.isOver && this.#open.size === 0
    const { stopping } = this.#stop
    if (nothingLeft && !this.#publishing.broken) this.#end(() => this.#finished.resolve())
    else if (stopping.aborted) this.#end(() => this.#finished.reject(this.#stop.cause))
  }

  /** @returns true when groups were sealed by it, so that there is something to wait for */
  #salvageOpen(): boolean {
    if (!this.#parts.salvage || !this.earlyShutdown || this.#publishing.broken) return false
    const unsealed = [...this.#open].filter(({ sealed }) => !sealed)
    for (const open of unsealed) {
      this.#results.abandon(open)
      this.#publishing.sealIfReady(open)
    }
    return unsealed.length > 0
  }

  /**
   * Rows whose failures could be those of an early shutdown, and are not, since no cell comes any more that could decide (rule N14). Where open
   * rows wait for nothing else, the next group decides. @returns whether there is something to wait for
   */
  #settleRecent(): boolean {
    if (this.earlyShutdown || this.#publishing.broken || !this.#results.suspends) return false
    if (this.#stop.stopping.aborted) {
      if (
        !this.#parts.writer.claims.isOver ||
        ![...this.#open].every((open) => this.#results.onlySuspended(open))
      )
        return false
    } else if (this.#cells.waiting || this.#openOneMore()) return this.#opening
    this.#results.releaseAll()
    return this.#publishing.busy
  }

  /**
   * Answers that led to an early shutdown are not used again: the next process requests others. @returns whether that is still being
   * recorded
   */
  #requestAgain(): boolean {
    if (!this.earlyShutdown || this.#parts.salvage || this.#publishing.broken) return false
    this.#recorded ??= this.#parts.writer
      .requestAgain(cellsToRequestAgain(this.#results.recentFailures()))
      .catch((error: unknown) => {
        this.#stop.fail(asRowsmithError(error))
        this.effects.emit(notRecorded(asRowsmithError(error)))
      })
      .then(() => {
        this.#isRecorded = true
        this.#scheduleNext()
      })
    return !this.#isRecorded
  }

  #end(finish: () => void): void {
    this.#unwatch()
    this.#stop.ended()
    this.effects.close()
    this.#reportProgress(true)
    finish()
  }

  #reportProgress(last: boolean): void {
    this.#progress.report(this.effects, last)
  }
}

function notRecorded({ code, message }: RowsmithError): RunEvent {
  const what = 'The record that failed cells are requested again could not be written'
  return { type: 'warning', code, message: `${what}: their answers are used once more. ${message}` }
}
