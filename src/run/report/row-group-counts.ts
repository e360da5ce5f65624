/**
 * The row groups of a dataset, counted: rows, failures, skipped cells and usage of those that are committed.
 *
 * Example: of two row groups of 10 rows, one committed with 9 rows, `rows()` is `{ done: 10, dropped: 1, planned: 20 }`.
 */
import { groupNumbers, groupOf, groupsIn, type PlanRange, rowsIn } from '../../plan/row-groups.ts'
import type { Commit, DroppedRow } from '../../store/logs/commits.ts'
import { namesAny, type Retries, reopenedRows } from '../../store/logs/retries.ts'
import type { Publication } from '../../store/publishing/publish.ts'
import { addLedger, type Ledger, ledgerFromValue } from '../usage/ledger.ts'
import { FailureTally, SkipTally } from './summary.ts'

type Counted = Omit<Publication, 'files'>

/** Rows that are settled, rows of these that are dropped, and rows of the plan. */
export interface RowCounts {
  readonly done: number
  readonly dropped: number
  readonly planned: number
}

/** A row group whose files are there and are to be replaced. */
interface RetryingGroup {
  readonly commit: Commit
  /** Its dropped rows that no retry names: the others are open. */
  readonly dropped: readonly DroppedRow[]
}

export class RowGroupCounts {
  readonly #ranges: readonly PlanRange[]
  readonly #failures = new FailureTally()
  readonly #skips = new SkipTally()
  readonly #ledger: Ledger = new Map()
  readonly #files = new Set<number>()
  readonly #retrying = new Map<number, RetryingGroup>()
  /** Row groups that retries name and that are not generated yet. */
  readonly pending = new Set<number>()
  #reused = 0
  #planned: number
  #written = 0
  #dropped = 0

  constructor(ranges: readonly PlanRange[]) {
    this.#ranges = ranges
    this.#planned = rowsIn(ranges)
  }

  /** What is there when a run starts. */
  start(
    published: ReadonlyMap<number, Commit>,
    retrying: ReadonlyMap<number, Commit>,
    retries: Retries,
  ): void {
    for (const [group, commit] of published) if (!retrying.has(group)) this.#add(commit)
    for (const [group, commit] of retrying) {
      const reopened = reopenedRows(retries, commit)
      const dropped = commit.dropped.filter(([row]) => !reopened.has(row))
      this.#retrying.set(group, { commit, dropped })
      this.pending.add(group)
    }
    for (const group of retries.all.length > 0 ? groupNumbers(this.#ranges) : []) {
      if (published.has(group)) continue
      if (retries.all.some((retry) => namesAny(retry, groupOf(this.#ranges, group)))) this.pending.add(group)
    }
    this.#reused = this.#files.size
  }

  published(commit: Counted): void {
    this.#retrying.delete(commit.group)
    this.pending.delete(commit.group)
    this.#add(commit)
  }

  /** An imported row group turned out not to be whole: it is open again. Its usage stays. */
  lost(commit: Commit): void {
    this.#files.delete(commit.group)
    this.#reused--
    this.#planned -= this.#rowsGained(commit)
    this.#written -= commit.rows
    this.#skips.remove(commit.skipped)
    this.#dropped -= commit.plannedRows - commit.rows
  }

  /** A row group whose rows a column replaced has as many as it generated, and not those of the plan. */
  #rowsGained({ group, plannedRows }: Counted): number {
    return plannedRows - groupOf(this.#ranges, group).rows
  }

  #add(commit: Counted): void {
    this.#files.add(commit.group)
    this.#planned += this.#rowsGained(commit)
    this.#written += commit.rows
    // Of a row group that another tool wrote, it is only known how many rows are missing.
    this.#dropped += commit.plannedRows - commit.rows
    for (const [, column, code] of commit.dropped) this.#failures.add(column, code)
    this.#skips.add(commit.skipped)
    addLedger(this.#ledger, ledgerFromValue(commit.ledger))
  }

  get rowsWritten(): number {
    return this.#written + this.#sumRetrying(({ commit }) => commit.rows)
  }

  rows(): RowCounts {
    const dropped = this.#dropped + this.#sumRetrying((group) => group.dropped.length)
    return { done: this.rowsWritten + dropped, dropped, planned: this.#planned }
  }

  /** The same without row groups that are replaced: where the progress of a run starts. */
  rowsToBeginWith(): RowCounts {
    return { done: this.#written + this.#dropped, dropped: this.#dropped, planned: this.#planned }
  }

  #sumRetrying(of: (group: RetryingGroup) => number): number {
    return [...this.#retrying.values()].reduce((sum, group) => sum + of(group), 0)
  }

  /** Row groups whose files are there, also those that are to be replaced. */
  get withFiles(): number[] {
    return [...this.#files, ...this.#retrying.keys()].sort((a, b) => a - b)
  }

  /** Row groups that are done with. */
  get committed(): { readonly total: number; readonly reused: number; readonly generated: number } {
    const total = groupsIn(this.#ranges)
    return { total, reused: this.#reused, generated: this.#files.size - this.#reused }
  }

  get isEmpty(): boolean {
    return this.#files.size === 0
  }

  get hasRetrying(): boolean {
    return this.#retrying.size > 0
  }

  /** Of the whole dataset, over all runs. @param open what row groups cost that are open, as far as known */
  ledger(open: Iterable<readonly [group: number, Ledger]>): Ledger {
    const total: Ledger = new Map()
    addLedger(total, this.#ledger)
    // A row group stays open in the scheduler when something fails after its commit.
    for (const [group, ledger] of open) if (!this.#files.has(group)) addLedger(total, ledger)
    return total
  }

  failures(): ReturnType<FailureTally['list']> {
    const tally = new FailureTally(this.#failures)
    for (const { dropped } of this.#retrying.values())
      for (const [, column, code] of dropped) tally.add(column, code)
    return tally.list()
  }

  skips(): ReturnType<SkipTally['list']> {
    const tally = new SkipTally(this.#skips)
    for (const { commit } of this.#retrying.values()) tally.add(commit.skipped)
    return tally.list()
  }
}
