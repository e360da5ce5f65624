import type { EffectCounts } from '../../effects/counted.ts'
import type { Ledger } from '../../usage/ledger.ts'
import type { SchedulerParts } from './scheduler-parts.ts'

const progressEveryMs = 200

/** How far the dataset is, in rows, and the event that reports it: to watchers, at most five times a second. */
export class RowProgress {
  readonly #parts: Pick<SchedulerParts, 'clock' | 'watched' | 'emit' | 'budget'>
  #planned: number
  #done: number
  #dropped: number
  #reportedAt = 0

  constructor(parts: Pick<SchedulerParts, 'clock' | 'watched' | 'emit' | 'budget' | 'rowsBefore'>) {
    this.#parts = parts
    this.#planned = parts.rowsBefore.planned
    this.#done = parts.rowsBefore.done
    this.#dropped = parts.rowsBefore.dropped
  }

  /** A row is settled. */
  settled(isDropped: boolean): void {
    this.#done++
    if (isDropped) this.#dropped++
  }

  /** Settled rows are made again. */
  reopened(rows: number, dropped: number): void {
    this.#done -= rows
    this.#dropped -= dropped
  }

  /** A group has so many rows more than planned; fewer when negative. */
  grew(rows: number): void {
    this.#planned += rows
  }

  /**
   * @param down models that are, by name
   * @param last whether it is reported in any case
   */
  report(
    { counts, ledger, down }: { counts: EffectCounts; ledger: Ledger; down: Iterable<string> },
    last: boolean,
  ): void {
    const { clock, watched, emit, budget } = this.#parts
    if (!watched()) return
    const now = clock.monotonic()
    if (!last && now - this.#reportedAt < progressEveryMs) return
    this.#reportedAt = now
    emit({
      type: 'progress',
      rowsDone: this.#done,
      rowsPlanned: this.#planned,
      rowsDropped: this.#dropped,
      ...counts,
      cost: budget.cost(ledger),
      budgetLeft: budget.left(),
      waitingFor: [...down],
    })
  }
}
