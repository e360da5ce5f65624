/**
 * The engine: from the first open row group to the last published one.
 *
 * Owns:   which row groups are open, when there is work to look for, when the run is over.
 * Never:  decides whether to resume, reads former journals, or knows how a cell is made.
 * Rules:
 *   N1. Groups open in plan order, as long as the open rows stay within `openRowsMax` (P7). Where all of them wait only to hear whether the
 *       run is shut down early, one more opens at a time.
 *   N5. Nothing polls. Work is looked for when something changed: a cell ended, a slot came free, a group was published.
 *   N6. No slice of work keeps the event loop longer than about five milliseconds.
 *   The others stand with the part that keeps them: N2 and N13 in `asked-cells.ts`, N3 and N11 in `publishing.ts`, N4 in `run-stop.ts`,
 *   N7 and N10 in `cell-flow.ts`, N8 in `resizing.ts`, N9 in `skipping.ts`, N12 in `outcomes.ts`.
 */
import { asRowsmithError, RowsmithError } from '../../base/errors/errors.ts'
import type { RowGroup } from '../../plan/row-groups.ts'
import type { Ledger } from '../bill/ledger.ts'
import { emptyKeptGroup, type KeptGroup } from '../effects/kept.ts'
import type { RunEvent } from '../report/events.ts'
import type { TaskTrace } from './cells/asked-cells.ts'
import { CellFlow } from './cells/cell-flow.ts'
import { Outcomes } from './cells/outcomes.ts'
import { cellsToAskAgain } from './group/ask-again.ts'
import { type GroupInWork, groupInWork } from './group/group-in-work.ts'
import { GroupOpener } from './group-opener.ts'
import type { EngineParts } from './parts/engine-parts.ts'
import { RowProgress } from './parts/row-progress.ts'
import { RunStop } from './parts/run-stop.ts'
import { SharedEffects } from './parts/shared-effects.ts'
import { Publishing } from './publishing.ts'

export class Engine {
  /** What this process asked, got and counted. */
  readonly effects: SharedEffects
  readonly #parts: EngineParts
  readonly #stop: RunStop
  readonly #progress: RowProgress
  readonly #outcomes: Outcomes
  readonly #cells: CellFlow
  readonly #opener: GroupOpener
  readonly #publishing: Publishing
  readonly #groups: Iterator<RowGroup>
  readonly #finished = Promise.withResolvers<void>()
  readonly #open = new Set<GroupInWork>()
  #next: RowGroup | undefined
  #late: RowGroup[] = []
  #lateKnown = false
  #opening = false
  #openRows = 0
  #pumping = false
  /** Whether it stands in the commit log what an early shutdown leaves to be asked for again. */
  #isRecorded = false
  #recorded: Promise<void> | undefined

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.#stop = new RunStop(parts)
    this.#progress = new RowProgress(parts)
    this.effects = new SharedEffects(parts, {
      stopping: this.#stop.stopping,
      giveUp: this.#stop.giveUp,
      stop: (error) => this.stop(error),
      pump: () => this.#pump(),
    })
    this.#outcomes = new Outcomes(parts.order, this.effects, this.#progress, parts.shutdown, (open) =>
      this.#publishing.sealIfDue(open),
    )
    this.#cells = new CellFlow(parts, this.effects, this.#outcomes, {
      ended: (open) => {
        this.#publishing.sealIfDue(open)
        this.#pump()
      },
      grew: (rows) => {
        this.#openRows += rows
        this.#progress.grew(rows)
      },
      pump: () => this.#pump(),
    })
    this.#opener = new GroupOpener(parts, this.#cells)
    this.#publishing = new Publishing(parts.publish, this.effects, {
      left: (open, again) => {
        this.#open.delete(open)
        if (again !== undefined) this.#makeAgain(open, again)
      },
      ended: ({ rows }) => {
        this.#openRows -= rows.rowCount
        this.#pump()
      },
    })
    this.#groups = parts.groups[Symbol.iterator]()
    this.#next = this.#takeNext()
    void this.#awaitLate(parts.late)
  }

  /** True when the run was stopped because its answers kept failing. */
  get earlyShutdown(): boolean {
    const reason: unknown = this.#stop.stopping.reason
    return RowsmithError.isInstance(reason) && reason.code === 'early_shutdown'
  }

  /** The first failure that cost a row, of this process. */
  get firstNonRetryableError(): RowsmithError | null {
    return this.#outcomes.firstNonRetryableError
  }

  /** Kept answers that no cell of a sealed group asked for. */
  get repliesUnused(): number {
    return this.#publishing.repliesUnused
  }

  get taskTraces(): readonly TaskTrace[] {
    return this.#cells.taskTraces
  }

  /** The bills of groups that are open. */
  *openLedgers(): Generator<readonly [group: number, Ledger]> {
    for (const { rows, kept } of this.#open) yield [rows.group, kept.ledger]
  }

  /**
   * Makes and publishes every group.
   *
   * @throws RowsmithError what stopped the run, once nothing is in flight any more
   */
  async run(): Promise<void> {
    this.#pump()
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
    if (isFirst) this.#pump()
  }

  #takeNext(): RowGroup | undefined {
    const { done, value } = this.#groups.next()
    return done ? this.#late.shift() : value
  }

  /** Groups that turn out to be open while the run goes on. Never rejects. */
  async #awaitLate(late: EngineParts['late']): Promise<void> {
    try {
      for (const group of await late) {
        this.#late.push(group)
        this.#progress.reopened(group.rows, 0)
      }
    } catch (error) {
      this.stop(asRowsmithError(error))
    }
    this.#lateKnown = true
    this.#next ??= this.#takeNext()
    this.#pump()
  }

  /** Looks for work (rule N5). Safe to call at any time. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    try {
      this.#tellProgress(false)
      this.#openNext()
      if (!this.#stop.stopping.aborted) this.#cells.dispatch()
      this.#finishIfDone()
    } finally {
      this.#pumping = false
    }
  }

  /** Opens the next group, if it may open (rules N1, N7). */
  #openNext(): void {
    const { openRowsMax, sequential } = this.#parts
    const more = this.#openRows + (this.#next?.rows ?? 0)
    if (sequential ? this.#open.size === 0 : this.#openRows === 0 || more <= openRowsMax) this.#openOneMore()
  }

  /** Opens the next group, however many are open. @returns whether there is one */
  #openOneMore(): boolean {
    const next = this.#next
    if (next === undefined || this.#opening || this.#stop.stopping.aborted) return false
    this.#next = this.#takeNext()
    this.#opening = true
    this.#openRows += next.rows
    this.#openGroup(next)
      .catch((error: unknown) => this.stop(asRowsmithError(error)))
      .finally(() => {
        this.#opening = false
        this.#pump()
      })
    return true
  }

  async #openGroup(group: RowGroup): Promise<void> {
    const { order, sequential } = this.#parts
    // First, because from here on the group's bill is either with the parts or with the open groups.
    const inherited = await this.#parts.inherited(group)
    const kept = this.#parts.kept.get(group.group) ?? emptyKeptGroup()
    this.#parts.kept.delete(group.group)
    kept.inherited = inherited
    const open = groupInWork(group, kept, order, sequential)
    this.#open.add(open)
    await this.#opener.fill(open, group)
    this.#cells.beginDue(open)
    this.#publishing.sealIfDue(open)
  }

  /** A group is made once more (rule N11 of `publishing.ts`). */
  #makeAgain({ rows: { group, firstRow, rowCount, rowsDropped } }: GroupInWork, kept: KeptGroup): void {
    this.#parts.kept.set(group, kept)
    this.#late.push({ group, firstRow, rows: rowCount })
    this.#next ??= this.#takeNext()
    this.#progress.reopened(rowCount, rowsDropped)
  }

  #finishIfDone(): void {
    if (this.#opening || this.#cells.busy || this.#publishing.busy) return
    if (this.#salvageOpen() || this.#settleRecent() || this.#askAgain()) return
    // Whoever stops a run that has nothing left to do finds it done.
    const nothingLeft = this.#next === undefined && this.#lateKnown && this.#open.size === 0
    const { stopping } = this.#stop
    if (nothingLeft && !this.#publishing.broken) this.#end(() => this.#finished.resolve())
    else if (stopping.aborted) this.#end(() => this.#finished.reject(this.#stop.cause))
  }

  /** @returns true when groups were sealed by it, so that there is something to wait for */
  #salvageOpen(): boolean {
    if (!this.#parts.salvage || !this.earlyShutdown || this.#publishing.broken) return false
    const unsealed = [...this.#open].filter(({ sealed }) => !sealed)
    for (const open of unsealed) {
      this.#outcomes.abandon(open)
      this.#publishing.sealIfDue(open)
    }
    return unsealed.length > 0
  }

  /**
   * Rows whose failures could be those of an early shutdown, and are not, since no cell comes any more that could tell (rule N14). Where open
   * rows wait for nothing else, the next group tells. @returns whether there is something to wait for
   */
  #settleRecent(): boolean {
    if (this.earlyShutdown || this.#publishing.broken || !this.#outcomes.suspends) return false
    if (this.#stop.stopping.aborted) {
      const isLast = this.#next === undefined && this.#lateKnown
      if (!isLast || ![...this.#open].every((open) => this.#outcomes.onlySuspended(open))) return false
    } else if (this.#cells.waiting || this.#openOneMore()) return this.#opening
    this.#outcomes.releaseAll()
    return this.#publishing.busy
  }

  /**
   * Answers that led to an early shutdown are not used again: the next process buys others. @returns whether that is still being
   * recorded
   */
  #askAgain(): boolean {
    if (!this.earlyShutdown || this.#parts.salvage || this.#publishing.broken) return false
    this.#recorded ??= this.#parts
      .askAgain(cellsToAskAgain(this.#outcomes.recentFailures()))
      .catch((error: unknown) => {
        this.#stop.fail(asRowsmithError(error))
        this.effects.emit(unrecorded(asRowsmithError(error)))
      })
      .then(() => {
        this.#isRecorded = true
        this.#pump()
      })
    return !this.#isRecorded
  }

  #end(finish: () => void): void {
    this.#stop.ended()
    this.effects.close()
    this.#tellProgress(true)
    finish()
  }

  #tellProgress(last: boolean): void {
    this.#progress.tell(this.effects, last)
  }
}

function unrecorded({ code, message }: RowsmithError): RunEvent {
  const what = 'That the failed cells are asked for again could not be written'
  return { type: 'warning', code, message: `${what}: their answers are used once more. ${message}` }
}
