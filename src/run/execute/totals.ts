/**
 * The dataset in numbers: what its commits and this process add up to, for `metadata.json` and the summary.
 *
 * Rule C1: metadata.json is written at the start, after the first group of a process, then at most every ten
 * seconds, and at the end. It is never needed to go on.
 */
import { join } from 'node:path'
import type { RowsmithError } from '../../base/errors/errors.ts'
import { shellWord } from '../../base/text/shell-word.ts'
import type { ValueObject } from '../../base/values/value.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { BatchRecord } from '../../store/logs/batches.ts'
import type { Commit } from '../../store/logs/commits.ts'
import type { PostProcessingCommit } from '../../store/logs/post-processing-commits.ts'
import type { Publication } from '../../store/publishing/publish.ts'
import type { CellTokens } from '../effects/cell-tokens.ts'
import type { OpenDataset } from '../open/open-dataset.ts'
import type { Recovered } from '../open/recover.ts'
import { type RowCounts, RowGroupCounts } from '../report/row-group-counts.ts'
import type { LeftOpen, Summary } from '../report/summary.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { batchLedger, withRequestsInBatches } from '../usage/batch-usage.ts'
import { columnAnswers, noAnswers } from '../usage/column-answers.ts'
import { ColumnTokens } from '../usage/column-tokens.ts'
import { addLedger, type Ledger } from '../usage/ledger.ts'
import type { Prices } from '../usage/prices.ts'
import { type AliasesOf, usageReportOf } from '../usage/usage-report.ts'
import { metadataOf } from './dataset-metadata.ts'

const metadataEveryMs = 10_000

/** What the compiled config says that a summary needs. */
export interface TotalsNames {
  /** Processors that have files of their own, in config order. */
  readonly processors: readonly string[]
  /** Columns that ask models, in config order. */
  readonly modelColumns: readonly string[]
  readonly prices: Prices
  readonly aliases: AliasesOf
}

/** What is known of the dataset as a whole, from its commits and this process. */
export class Totals {
  readonly #clock: Clock
  #dataset: OpenDataset
  readonly #began: number
  readonly #names: TotalsNames
  readonly #counts: RowGroupCounts
  #postProcessing: Recovered['postProcessing'] = { last: undefined, state: 'none' }
  #postProcessed = false
  #missing: ReadonlySet<string> = new Set()
  #unrecordedMax = 0
  #scheduler: Scheduler | undefined
  #batches: readonly BatchRecord[] = []
  #leftOpen: LeftOpen | undefined
  #openLedgers: () => Iterable<readonly [group: number, Ledger]> = () => []
  #hasCard = false
  #metadataAt: number | undefined
  /** Null once rows changed; undefined while those that are stored hold. */
  /** Of row groups that this process published, of all of them or of some. */
  tokens = new ColumnTokens()
  #statistics: readonly ValueObject[] | null | undefined

  constructor(clock: Clock, dataset: OpenDataset, names: TotalsNames) {
    this.#names = names
    this.#clock = clock
    this.#dataset = dataset
    this.#began = this.#clock.monotonic()
    this.#counts = new RowGroupCounts(dataset.run.segments)
  }

  /** What makes the row groups that were missing; undefined while nothing does. */
  get engine(): Scheduler | undefined {
    return this.#scheduler
  }

  get rowsWritten(): number {
    return this.#counts.rowsWritten
  }

  /** Row groups that retries name and that are not generated yet. */
  get pending(): ReadonlySet<number> {
    return this.#counts.pending
  }

  /** The dataset's run.json was changed. */
  follow(dataset: OpenDataset): void {
    this.#dataset = dataset
  }

  start(recovered: Recovered): void {
    this.#counts.start(recovered.published, recovered.retrying, recovered.retries)
    this.#missing = new Set(recovered.missing)
    this.#unrecordedMax = recovered.unrecordedMax
    this.#postProcessing = recovered.postProcessing
    this.#batches = recovered.batches
    // Said before the first file is replaced: a table of what was is not complete any more.
    if (this.#counts.hasRetrying) this.#postProcessingPending()
    this.#openLedgers = () => recovered.stored.ledgers()
  }

  /** What is there was read again, between two passes. */
  again(recovered: Recovered): void {
    this.#batches = recovered.batches
    this.#openLedgers = () => recovered.stored.ledgers()
  }

  /** Batches as they stand. */
  follows(batches: readonly BatchRecord[]): void {
    this.#batches = batches
  }

  /** The run ends here, and rows stay open. */
  leaveOpen(leftOpen: LeftOpen): void {
    this.#leftOpen = leftOpen
  }

  /** From now on the engine knows the usage of open groups. */
  open(recovered: Recovered, scheduler: Scheduler): void {
    this.#scheduler = scheduler
    this.#openLedgers = () => [...recovered.stored.ledgers(), ...scheduler.openLedgers()]
  }

  /** @param tokens that its cells took, where all of its answers came in this process */
  published(commit: Omit<Publication, 'files'>, tokens?: CellTokens): void {
    if (this.tokens.groups.has(commit.group)) this.tokens = new ColumnTokens()
    const dropped = new Set(commit.dropped.map(([row]) => row))
    if (tokens !== undefined) this.tokens.add(commit.group, tokens.written(dropped))
    this.#counts.published(commit)
    this.#statistics = null
    this.#postProcessingPending()
  }

  #postProcessingPending(): void {
    if (this.#postProcessing.state === 'complete')
      this.#postProcessing = { ...this.#postProcessing, state: 'pending' }
  }

  /** The stage has made its table, and it is in place. */
  isPostProcessed(last: PostProcessingCommit): void {
    this.#postProcessing = { last, state: 'complete' }
    this.#postProcessed = true
    this.#statistics = null
  }

  /** Whether there are rows that no statistics are of. */
  get uncounted(): boolean {
    return this.#statistics === null && !this.#counts.isEmpty
  }

  counted(statistics: readonly ValueObject[]): void {
    this.#statistics = statistics
  }

  /** Nothing has changed what the stage made: its table is that of the row groups that are there now. */
  postProcessingHolds(): void {
    this.#postProcessing = { ...this.#postProcessing, state: 'complete' }
  }

  /** An imported row group turned out not to be whole: it is open again. */
  lost(commit: Commit): void {
    this.#counts.lost(commit)
  }

  rows(): RowCounts {
    return this.#counts.rows()
  }

  /** The same without row groups that are replaced: where the progress of a run starts. */
  rowsToBeginWith(): RowCounts {
    return this.#counts.rowsToBeginWith()
  }

  async writeMetadataWhenDue(): Promise<void> {
    const now = this.#clock.monotonic()
    const first = this.#counts.committed.generated === 1
    if (first || this.#metadataAt === undefined || now - this.#metadataAt >= metadataEveryMs)
      await this.writeMetadata()
  }

  async writeMetadata(): Promise<void> {
    const { run, view, writer } = this.#dataset
    this.#metadataAt = this.#clock.monotonic()
    const metadata = metadataOf(run, {
      groups: this.#counts.withFiles,
      rowsWritten: this.rowsWritten,
      processors: this.#names.processors,
      missing: this.#missing,
      postProcessing: this.#postProcessing,
    })
    const counted = this.#statistics === undefined ? {} : { column_statistics: this.#statistics }
    await writer.writeMetadata({ ...metadata, ...counted }, view)
    if (!this.#counts.isEmpty && !this.#hasCard) {
      await writer.writeCard()
      this.#hasCard = true
    }
  }

  /** Of the whole dataset, over all processes. */
  ledger(): Ledger {
    const total: Ledger = new Map()
    addLedger(total, this.#counts.ledger(this.#openLedgers()))
    addLedger(total, batchLedger(this.#batches))
    return total
  }

  summary(error: RowsmithError | null): Summary {
    const dataset = this.#dataset
    const scheduler = this.#scheduler
    const { done, dropped, planned } = this.rows()
    const { prices, aliases, modelColumns } = this.#names
    const counts = scheduler?.effects.counts
    const now = usageReportOf(scheduler?.effects.ledger ?? new Map(), prices, aliases)
    return {
      dataset_path: dataset.directory.path,
      decision: dataset.decision,
      rows_planned: planned,
      rows_written: this.rowsWritten,
      rows_dropped: dropped,
      rows_open: planned - done,
      ...(this.#leftOpen === undefined || planned === done ? {} : { left_open: this.#leftOpen }),
      row_groups: this.#counts.committed,
      this_run: {
        requests_sent: counts?.requestsSent ?? 0,
        replies_replayed: counts?.repliesReplayed ?? 0,
        replies_reused: counts?.repliesReused ?? 0,
        usage: now.usage,
        cost: now.cost,
        cost_complete: now.cost_complete,
        models: now.models,
        seconds: Math.round(this.#clock.monotonic() - this.#began) / 1000,
        columns: modelColumns.map((column) =>
          columnAnswers(column, scheduler?.effects.answersOf(column) ?? noAnswers(), prices),
        ),
      },
      total: {
        ...withRequestsInBatches(usageReportOf(this.ledger(), prices, aliases), this.#batches),
        unrecorded_at_most: this.#unrecordedMax,
      },
      replies_unused: scheduler?.answersUnused ?? 0,
      reuse_sources: (dataset.run.reuse_sources ?? []).map(({ path }) => join(dataset.directory.path, path)),
      cells_skipped: this.#counts.skips(),
      failures: this.#counts.failures(),
      stage: postProcessingSummary(this.#postProcessing, this.#postProcessed),
      resume_command:
        error === null && planned === done ? null : resumeCommand(dataset.directory.path, error),
    }
  }
}

/** What is there of the work of a stage; null when the dataset has none. */
export function postProcessingSummary(
  { last, state }: Recovered['postProcessing'],
  isNew: boolean,
): Summary['stage'] {
  if (state === 'none') return null
  return {
    state,
    made: isNew,
    rows: last?.rows ?? null,
    outputs: last?.outputs ?? [],
  }
}

/** Can be pasted into a POSIX shell. After a budget's stop it raises the budget: else it would stop at once. */
function resumeCommand(directory: string, error: RowsmithError | null): string {
  const options = ['cost', 'tokens', 'requests'].flatMap((name) => {
    const raised = error?.code === 'budget_reached' ? error.facts[`raised_max_${name}`] : undefined
    return typeof raised === 'number' ? [` --max-${name} ${decimal(raised)}`] : []
  })
  return `rowsmith resume ${shellWord(directory)}${options.join('')}`
}

/** Without an exponent. */
function decimal(amount: number): string {
  return Number.isInteger(amount) ? String(amount) : amount.toFixed(9).replace(/\.?0+$/, '')
}
