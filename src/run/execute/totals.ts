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
import type { Disk } from '../../disk/disk.ts'
import { groupCount, groupOf, rowCount } from '../../plan/row-groups.ts'
import { writeCard } from '../../store/control/card.ts'
import { MetadataFile } from '../../store/control/metadata.ts'
import type { Commit, DroppedRow } from '../../store/logs/commits.ts'
import type { PostProcessingCommit } from '../../store/logs/post-processing-commits.ts'
import { namesAny, reopenedRows } from '../../store/logs/retries.ts'
import type { Publication } from '../../store/publishing/publish.ts'
import type { OpenDataset } from '../open/open-dataset.ts'
import type { Recovered } from '../open/recover.ts'
import { FailureTally, SkipTally, type Summary } from '../report/summary.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { columnAnswers, noAnswers } from '../usage/column-answers.ts'
import { addLedger, type Ledger, ledgerFromValue } from '../usage/ledger.ts'
import type { Prices } from '../usage/prices.ts'
import { type AliasesOf, usageReportOf } from '../usage/usage-report.ts'
import { metadataOf } from './dataset-metadata.ts'

const metadataEveryMs = 10_000

/** What the blueprint says that a summary needs. */
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
  readonly #disk: Disk
  readonly #clock: Clock
  #dataset: OpenDataset
  readonly #began: number
  readonly #names: TotalsNames
  readonly #failures = new FailureTally()
  readonly #skips = new SkipTally()
  readonly #ledger: Ledger = new Map()
  readonly #files = new Set<number>()
  /** Groups whose files are there and are to be replaced, by what is in them. */
  readonly #retrying = new Map<number, RetryingGroup>()
  /** Groups that retries name and that are not made yet. */
  readonly pending = new Set<number>()
  #postProcessing: Recovered['postProcessing'] = { last: undefined, state: 'none' }
  #postProcessed = false
  #missing: ReadonlySet<string> = new Set()
  #unrecordedMax = 0
  #scheduler: Scheduler | undefined
  #openLedgers: () => Iterable<readonly [group: number, Ledger]> = () => []
  #reused = 0
  #rowsPlanned: number
  #rowsWritten = 0
  #rowsDropped = 0
  #hasCard = false
  #metadata: MetadataFile | undefined
  #metadataAt: number | undefined
  /** Null once rows changed; undefined while those that are stored hold. */
  #statistics: readonly ValueObject[] | null | undefined

  constructor(
    components: { readonly disk: Disk; readonly clock: Clock },
    dataset: OpenDataset,
    names: TotalsNames,
  ) {
    this.#names = names
    this.#disk = components.disk
    this.#clock = components.clock
    this.#dataset = dataset
    this.#began = this.#clock.monotonic()
    this.#rowsPlanned = rowCount(dataset.run.segments)
  }

  /** What makes the row groups that were missing; undefined while nothing does. */
  get engine(): Scheduler | undefined {
    return this.#scheduler
  }

  get rowsWritten(): number {
    return this.#rowsWritten + this.#sumRetrying(({ commit }) => commit.rows)
  }

  get #rowsDroppedNow(): number {
    return this.#rowsDropped + this.#sumRetrying(({ dropped }) => dropped.length)
  }

  /** The dataset's run.json was changed. */
  follow(dataset: OpenDataset): void {
    this.#dataset = dataset
  }

  start(recovered: Recovered): void {
    const { published, retrying, retries } = recovered
    for (const [group, commit] of published) if (!retrying.has(group)) this.#add(commit)
    for (const [group, commit] of retrying) {
      const reopened = reopenedRows(retries, commit)
      const dropped = commit.dropped.filter(([row]) => !reopened.has(row))
      this.#retrying.set(group, { commit, dropped })
      this.pending.add(group)
    }
    const { segments: ranges } = this.#dataset.run
    for (let group = 0; retries.all.length > 0 && group < groupCount(ranges); group++) {
      if (published.has(group)) continue
      if (retries.all.some((retry) => namesAny(retry, groupOf(ranges, group)))) this.pending.add(group)
    }
    this.#reused = this.#files.size
    this.#missing = new Set(recovered.missing)
    this.#unrecordedMax = recovered.unrecordedMax
    this.#postProcessing = recovered.postProcessing
    // Said before the first file is replaced: a table of what was is not complete any more.
    if (this.#retrying.size > 0) this.#postProcessingPending()
    this.#openLedgers = () => ledgersOf(recovered)
  }

  /** From now on the engine knows the bills of open groups. */
  open(recovered: Recovered, scheduler: Scheduler): void {
    this.#scheduler = scheduler
    this.#openLedgers = () => [...ledgersOf(recovered), ...scheduler.openLedgers()]
  }

  published(commit: Omit<Publication, 'files'>): void {
    this.#retrying.delete(commit.group)
    this.pending.delete(commit.group)
    this.#add(commit)
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
    return this.#statistics === null && this.#files.size > 0
  }

  counted(statistics: readonly ValueObject[]): void {
    this.#statistics = statistics
  }

  /** Nothing has changed what the stage made: its table is that of the row groups that are there now. */
  postProcessingHolds(): void {
    this.#postProcessing = { ...this.#postProcessing, state: 'complete' }
  }

  #sumRetrying(of: (group: RetryingGroup) => number): number {
    return [...this.#retrying.values()].reduce((sum, group) => sum + of(group), 0)
  }

  /** An adopted group turned out not to be whole: it is open again. Its bill stays. */
  lost(commit: Commit): void {
    this.#files.delete(commit.group)
    this.#reused--
    this.#rowsPlanned -= this.#rowsGained(commit)
    this.#rowsWritten -= commit.rows
    this.#skips.remove(commit.skipped)
    this.#rowsDropped -= commit.plannedRows - commit.rows
  }

  /** A group whose rows a column replaced has as many as it made, and not those of the plan. */
  #rowsGained({ group, plannedRows }: Omit<Publication, 'files'>): number {
    return plannedRows - groupOf(this.#dataset.run.segments, group).rows
  }

  #add(commit: Omit<Publication, 'files'>): void {
    this.#files.add(commit.group)
    this.#rowsPlanned += this.#rowsGained(commit)
    this.#rowsWritten += commit.rows
    // Of a row group that another tool made, it is only known how many rows are missing.
    this.#rowsDropped += commit.plannedRows - commit.rows
    for (const [, column, code] of commit.dropped) this.#failures.add(column, code)
    this.#skips.add(commit.skipped)
    addLedger(this.#ledger, ledgerFromValue(commit.ledger))
  }

  rows(): { done: number; dropped: number; planned: number } {
    const dropped = this.#rowsDroppedNow
    return { done: this.rowsWritten + dropped, dropped, planned: this.#rowsPlanned }
  }

  /** The same without groups that are made again: what a run begins its progress with. */
  rowsToBeginWith(): { done: number; dropped: number; planned: number } {
    return {
      done: this.#rowsWritten + this.#rowsDropped,
      dropped: this.#rowsDropped,
      planned: this.#rowsPlanned,
    }
  }

  async writeMetadataWhenDue(): Promise<void> {
    const now = this.#clock.monotonic()
    const first = this.#files.size === this.#reused + 1
    if (first || this.#metadataAt === undefined || now - this.#metadataAt >= metadataEveryMs)
      await this.writeMetadata()
  }

  async writeMetadata(): Promise<void> {
    const { run, directory, view, writer } = this.#dataset
    this.#metadataAt = this.#clock.monotonic()
    const metadata = metadataOf(run, {
      groups: [...this.#files, ...this.#retrying.keys()].sort((a, b) => a - b),
      rowsWritten: this.rowsWritten,
      processors: this.#names.processors,
      missing: this.#missing,
      postProcessing: this.#postProcessing,
    })
    const counted = this.#statistics === undefined ? {} : { column_statistics: this.#statistics }
    this.#metadata ??= new MetadataFile(directory, writer, await view.metadataFile())
    await this.#metadata.write({ ...metadata, ...counted })
    if (this.#files.size > 0 && !this.#hasCard) {
      await writeCard(directory, writer)
      this.#hasCard = true
    }
  }

  /** Of the whole dataset, over all processes. */
  ledger(): Ledger {
    const total: Ledger = new Map()
    addLedger(total, this.#ledger)
    // A group stays open in the engine when something fails after its publishing.
    for (const [group, ledger] of this.#openLedgers()) if (!this.#files.has(group)) addLedger(total, ledger)
    return total
  }

  #failureTally(): FailureTally {
    const tally = new FailureTally(this.#failures)
    for (const { dropped } of this.#retrying.values())
      for (const [, column, code] of dropped) tally.add(column, code)
    return tally
  }

  #skipTally(): SkipTally {
    const tally = new SkipTally(this.#skips)
    for (const { commit } of this.#retrying.values()) tally.add(commit.skipped)
    return tally
  }

  summary(error: RowsmithError | null): Summary {
    const dataset = this.#dataset
    const scheduler = this.#scheduler
    const { done, planned } = this.rows()
    const { prices, aliases, modelColumns } = this.#names
    const counts = scheduler?.effects.counts
    const now = usageReportOf(scheduler?.effects.ledger ?? new Map(), prices, aliases)
    return {
      dataset_path: dataset.directory.path,
      decision: dataset.decision,
      rows_planned: planned,
      rows_written: this.rowsWritten,
      rows_dropped: this.#rowsDroppedNow,
      rows_open: planned - done,
      row_groups: {
        total: groupCount(dataset.run.segments),
        reused: this.#reused,
        generated: this.#files.size - this.#reused,
      },
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
        ...usageReportOf(this.ledger(), prices, aliases),
        unrecorded_at_most: this.#unrecordedMax,
      },
      replies_unused: scheduler?.answersUnused ?? 0,
      reuse_sources: (dataset.run.reuse_sources ?? []).map(({ path }) => join(dataset.directory.path, path)),
      cells_skipped: this.#skipTally().list(),
      failures: this.#failureTally().list(),
      stage: postProcessingSummary(this.#postProcessing, this.#postProcessed),
      resume_command:
        error === null && planned === done ? null : resumeCommand(dataset.directory.path, error),
    }
  }
}

/** A group whose files are there and are to be replaced. */
interface RetryingGroup {
  readonly commit: Commit
  /** Its dropped rows that no retry names: the others have no fate now. */
  readonly dropped: readonly DroppedRow[]
}

function ledgersOf({ stored }: Recovered): (readonly [group: number, Ledger])[] {
  return [...stored].map(([group, { ledger }]) => [group, ledger])
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
