/** What a run amounted to, as programs read it: the object that `--json` prints. */

import type { SkippedCells } from '../../store/logs/commits.ts'
import type { PostProcessingOutput } from '../../store/logs/post-processing-commits.ts'
import type { ColumnAnswers } from '../usage/column-answers.ts'
import type {
  CostTotals,
  ModelUsageReport,
  UnrecordedRequests,
  UsageReport,
  UsageTotals,
} from '../usage/usage-report.ts'

/** What was done with the directory that was found. */
export type DecisionKind = 'fresh' | 'fresh_beside' | 'resume' | 'reprocess' | 'retry' | 'already_complete'

/** What a run that leaves rows open was requested. `shard`: others make them. */
export type LeftOpen = 'detach' | 'cancel' | 'shard'

export interface Summary {
  readonly dataset_path: string
  readonly decision: DecisionKind
  /** Whole dataset: `rows_planned` = `rows_written` + `rows_dropped` + `rows_open`. */
  readonly rows_planned: number
  readonly rows_written: number
  readonly rows_dropped: number
  readonly rows_open: number
  /** Set where rows are open because that was requested: batches were handed over and not waited for, or called back; others make them. */
  readonly left_open?: LeftOpen
  /** `reused` were published by earlier invocations, `generated` by this one. */
  readonly row_groups: { readonly total: number; readonly reused: number; readonly generated: number }
  /** This invocation alone. */
  readonly this_run: {
    readonly requests_sent: number
    readonly replies_replayed: number
    /** Answers taken over from other datasets: neither a request nor tokens of this one. */
    readonly replies_reused: number
    readonly usage: UsageTotals
    readonly cost: CostTotals['cost']
    readonly cost_complete: CostTotals['cost_complete']
    readonly models: readonly ModelUsageReport[]
    readonly seconds: number
    /** Where the answers to each model column came from. */
    readonly columns: readonly ColumnAnswers[]
  }
  /** All invocations, HTTP retries and answers that could not be used included. */
  readonly total: UsageReport & UnrecordedRequests
  /** Stored replies that no cell requested. */
  readonly replies_unused: number
  /** Other datasets whose answers this one takes over where they match, nearest first. */
  readonly reuse_sources: readonly string[]
  /** Cells of written rows that `skip` left out, of the whole dataset; those of row groups that another tool made are not known. */
  readonly cells_skipped: readonly { readonly column: string; readonly cells: number }[]
  /** Dropped rows of the whole dataset. */
  readonly failures: readonly { readonly column: string; readonly code: string; readonly rows: number }[]
  /** What processors made of the whole dataset once its rows were there; null when it has none of that kind. */
  readonly stage: PostProcessingSummary | null
  /** A command that can be pasted to go on; null when there is nothing left to do, or the run cannot be continued. */
  readonly resume_command: string | null
}

export interface PostProcessingSummary {
  /** `pending`: there are rows, or processors, that it has not seen. What is in `parquet-files` is then of before, or nothing. */
  readonly state: 'pending' | 'complete'
  /** Whether this invocation did the work. */
  readonly made: boolean
  /** Rows that the last work left in the dataset; null before the first. */
  readonly rows: number | null
  /** Further tables it made. */
  readonly outputs: readonly PostProcessingOutput[]
}

/** Counts dropped rows by column and code, most first. */
export class FailureTally {
  readonly #rows = new Map<string, { column: string; code: string; rows: number }>()

  /** @param initial what was counted before */
  constructor(initial?: FailureTally) {
    if (initial === undefined) return
    for (const [key, entry] of initial.#rows) this.#rows.set(key, { ...entry })
  }

  add(column: string, code: string): void {
    const key = `${code} ${column}`
    const entry = this.#rows.get(key)
    if (entry === undefined) this.#rows.set(key, { column, code, rows: 1 })
    else entry.rows++
  }

  list(): Summary['failures'] {
    return [...this.#rows.values()].sort((a, b) => b.rows - a.rows || (a.column < b.column ? -1 : 1))
  }
}

/** Counts skipped cells by column, most first. */
export class SkipTally {
  readonly #cells = new Map<string, number>()

  /** @param initial what was counted before */
  constructor(initial?: SkipTally) {
    if (initial === undefined) return
    for (const [column, cells] of initial.#cells) this.#cells.set(column, cells)
  }

  add(skipped: readonly SkippedCells[] = []): void {
    for (const [column, cells] of skipped) this.#cells.set(column, (this.#cells.get(column) ?? 0) + cells)
  }

  remove(skipped: readonly SkippedCells[] = []): void {
    this.add(skipped.map(([column, cells]) => [column, -cells]))
  }

  list(): Summary['cells_skipped'] {
    return [...this.#cells]
      .map(([column, cells]) => ({ column, cells }))
      .filter(({ cells }) => cells > 0)
      .sort((a, b) => b.cells - a.cells || (a.column < b.column ? -1 : 1))
  }
}
