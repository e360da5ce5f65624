/**
 * How far a dataset is, looked at from outside: without the lock, changing nothing, also while a run is on.
 *
 * Rules:
 *   1. The journal is read before the commits: a group published in between is counted by its commit alone.
 *   2. Rows count when their group is published, by whichever tool, and its file is there: planned = written + dropped +
 *      open.
 *   3. Requests of open groups are counted from the journal, so the accounting is as true as the last write.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { isValueObject } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import { currentProcess, type ProcessIdentity } from '../../disk/process-identity.ts'
import type { SegmentContents } from '../../journal/replay.ts'
import { groupCount, groupOf, type PlanRange, rowCount } from '../../plan/row-groups.ts'
import { parseRecord } from '../../run/effects/journal-records.ts'
import { countFencedRecords, type ReplayState, replayRecords } from '../../run/effects/replay-state.ts'
import { metadataDefect, processorNames } from '../../run/execute/dataset-metadata.ts'
import { postProcessingSummary } from '../../run/execute/totals.ts'
import type { Recovered } from '../../run/open/recover.ts'
import { startDefects, storyDefect } from '../../run/open/small-files.ts'
import {
  FailureTally,
  type PostProcessingSummary,
  SkipTally,
  type Summary,
} from '../../run/report/summary.ts'
import { answersFileOf } from '../../run/seal/answers-file.ts'
import { batchLedger, withRequestsInBatches } from '../../run/usage/batch-usage.ts'
import { addLedger, type Ledger, ledgerFromValue, modelsIn, sumLedger } from '../../run/usage/ledger.ts'
import { noPrices, type Prices, storedPrices } from '../../run/usage/prices.ts'
import {
  type AliasesOf,
  aliasesByModel,
  type UnrecordedRequests,
  type UsageReport,
  usageReportOf,
} from '../../run/usage/usage-report.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { contentsOf } from '../../store/files/read-file.ts'
import { writingEpoch } from '../../store/lock/lock.ts'
import type { BatchRecord } from '../../store/logs/batches.ts'
import type { Commit } from '../../store/logs/commits.ts'
import { type Retries, reopenedRows } from '../../store/logs/retries.ts'
import { unrecordedMax } from '../../store/logs/writers.ts'
import { readAnswers } from '../../store/publishing/answers-file.ts'
import { lackingIn } from '../../store/reading/lacking.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import { factsOf } from '../../store/view/facts.ts'
import { type Lacking, lostIn, missingIn, repairStep } from '../../store/view/lacks.ts'
import { requireReadable } from '../rows/dataset-results.ts'
import type { UnfinishedCount } from '../rows/unfinished.ts'
import { type CachedColumn, cachedColumnsIn } from './cached-columns.ts'

/** What `rowsmith status --json` prints. Fields that `Summary` has too mean the same there. */
export interface DatasetStatus {
  readonly dataset_path: string
  /** Who writes now: "process 4711 on host mill"; null when surely no process does, or it is unknown. */
  readonly writer: string | null
  readonly rows_planned: number
  readonly rows_written: number
  readonly rows_dropped: number
  readonly rows_open: number
  readonly row_groups: { readonly total: number; readonly published: number }
  /** What is stored for groups that are not published yet: groups started, answers, rows given up. */
  readonly open_groups: {
    readonly begun: number
    readonly replies_kept: number
    readonly rows_dropped: number
  }
  /** Rows of those groups whose cells are all there; left out unless it was requested. */
  readonly unfinished?: UnfinishedCount
  /** All invocations. While a process writes, `in_flight` are the requests without an outcome of that process. */
  readonly total: UsageReport & UnrecordedRequests & { readonly in_flight: number }
  /** Columns whose input was cached, over the invocations that came to an end; left out where there are none. */
  readonly cached_columns?: readonly CachedColumn[]
  /** Cells of published rows that `skip` left out. */
  readonly cells_skipped: Summary['cells_skipped']
  /** Dropped rows of published groups, by column and code; of each the first row. */
  readonly failures: readonly (Summary['failures'][number] & { readonly example: FailureExample })[]
  /** What was handed over to be answered within a day, oldest first; left out where nothing ever was. */
  readonly batches?: readonly BatchStatus[]
  /** What processors make of the whole dataset once its rows are there; null when it has none of that kind. */
  readonly stage: Pick<PostProcessingSummary, 'state' | 'rows' | 'outputs'> | null
  /** Files that belong to published groups and are missing, main files not among them: paths below the directory. */
  readonly missing_files: readonly string[]
  /**
   * What else is missing, or is not what was written, and does not block a resume: files of published groups whose rows are whole, and
   * small files, such as builder_config.json. `rowsmith verify` says what a repair does.
   */
  readonly not_whole: readonly { readonly path: string; readonly what: string }[]
  /** Bytes of published files of which only the sizes were looked at, since there are many; 0 when all were read. */
  readonly bytes_unread: number
}

/** One batch, as far as the dataset knows of it. */
interface BatchStatus {
  readonly number: number
  /** `provider/model` */
  readonly model: string
  /** The provider's name of it; null while it is not known. */
  readonly id: string | null
  /** `gathered`: not handed over yet. `uncertain`: it was, and the result is unknown. `out`; `read`; `failed`; `'gone'`: deleted. */
  readonly state: 'gathered' | 'uncertain' | 'out' | 'read' | 'failed' | 'gone'
  readonly requests: number
  /** That came, of those that are read. */
  readonly answers: number
  /** When it was first handed over, in milliseconds since 1970. */
  readonly at: number | null
  /** Other batches of the same requests, which may have been paid for. */
  readonly strayed: number
}

function batchStatus({
  number,
  model,
  id,
  done,
  count,
  answers,
  creatingAt,
  firstAt,
  strayed,
}: BatchRecord): BatchStatus {
  const state = done ?? (id !== null ? 'out' : creatingAt === null ? 'gathered' : 'uncertain')
  return { number, model, id, state, requests: count, answers, at: firstAt, strayed: strayed.length }
}

/** One of several rows that failed in the same way. */
interface FailureExample {
  readonly row: number
  /** What was said when it failed; null when that is not stored. */
  readonly message: string | null
}

/**
 * @throws RowsmithError dataset_not_found; run_json_damaged, journal_damaged or another defect of the files that count
 */
export function readStatus(disk: Disk, directory: string): Promise<DatasetStatus> {
  return statusOf(DatasetView.at(disk, directory))
}

/**
 * What a dataset has cost, whether or not a run could go on with it.
 *
 * @returns null where there is no dataset
 * @throws RowsmithError run_json_damaged, journal_damaged or another defect of what its usage stands in
 */
export async function readUsage(disk: Disk, directory: string): Promise<DatasetStatus['total'] | null> {
  try {
    return (await statusOf(DatasetView.at(disk, directory), 'the usage')).total
  } catch (error) {
    if (RowsmithError.isInstance(error) && error.code === 'dataset_not_found') return null
    throw error
  }
}

/**
 * @param view one that has not read the commits yet (rule 1)
 * @param needed what is refused where it is not whole
 * @throws RowsmithError as `readStatus`
 */
export async function statusOf(
  view: DatasetView,
  needed: 'everything' | 'the usage' = 'everything',
): Promise<DatasetStatus> {
  await requireReadable(view)
  const { directory } = view
  const self = await currentProcess(directory.disk)
  const lock = await view.lock(self)
  const holder = lock.kind === 'held' ? lock.holder : null
  const run = await view.plannedRun()
  if (run === undefined) return foreignStatus(view, holder)

  const parts = await partsOf(view, self)
  const working = parts.flatMap((part) => part.writer ?? [])
  const writer = working.length === 0 ? null : working.join(', ')
  const logs = await view.logs()
  const { commits: all, retries, batches } = logs
  const commits = new Map(all.map((commit) => [commit.group, commit]))
  const scanned = await view.scan()
  const plan = await view.plan()
  const published = await view.published()
  const lacking =
    writer === null
      ? await notWholeIn(
          view,
          run,
          parts.some(({ journal }) => journal.length > 0),
          needed,
        )
      : { notWhole: [], unread: 0 }
  const open = addedUp(parts.map((part) => openGroups(part.journal, commits, part.living)))

  const { planned, written, dropped, failures, skips } = rowsOf(published, plan, retries)
  const total = await totalOf(view, run, [...commits.values()], open)
  return {
    dataset_path: directory.path,
    writer,
    rows_planned: planned,
    rows_written: written,
    rows_dropped: dropped,
    rows_open: planned - written - dropped,
    row_groups: { total: groupCount(plan), published: published.length },
    open_groups: open.counts,
    total: {
      ...total,
      unknown: total.unknown - open.inFlight,
      in_flight: open.inFlight,
      unrecorded_at_most: parts.reduce((sum, { unrecorded }) => sum + unrecorded, 0),
    },
    ...cachedColumnsIn((await view.history())?.events ?? []),
    cells_skipped: skips.list(),
    failures: await withExamples(directory, failures.list(), published, retries),
    ...(batches.length === 0 ? {} : { batches: batches.map(batchStatus) }),
    stage: postProcessingOf(await view.stage()),
    missing_files: missingIn(scanned),
    not_whole: lacking.notWhole,
    bytes_unread: lacking.unread,
  }
}

async function totalOf(
  view: DatasetView,
  run: RunFile,
  commits: readonly Commit[],
  open: OpenGroups,
): Promise<UsageReport> {
  const { batches } = await view.logs()
  const usage: Ledger = new Map()
  for (const { ledger } of commits) addLedger(usage, ledgerFromValue(ledger))
  addLedger(usage, open.ledger)
  addLedger(usage, batchLedger(batches))
  const report = usageReportOf(usage, await pricesOfLastStart(view), aliasesOf(run))
  return withRequestsInBatches(report, batches)
}

/** What has a journal of its own: the dataset itself, or one of its blocks. */
interface Part {
  /** Who writes now; null when surely no process does. */
  readonly writer: string | null
  readonly living: number | undefined
  readonly journal: readonly SegmentContents[]
  readonly unrecorded: number
}

async function partsOf(view: DatasetView, self: ProcessIdentity): Promise<Part[]> {
  const parts: Part[] = []
  // The dataset itself last: its logs are those of all.
  for (const each of [...(await view.blocks()), view]) {
    const lock = await each.lock(self)
    const writer = lock.kind === 'held' ? lock.holder : null
    const living = writer === null ? undefined : await writingEpoch(each.directory)
    const journal = await each.wholeJournal()
    const { writers, torn: known, unrecordedOfBlocks } = await each.logs()
    const unwhole = journal.filter(({ epoch, tornBytes }) => tornBytes > 0 && epoch !== living)
    const torn = new Set([...known, ...unwhole.map(({ name }) => name)])
    // One that lives has lost nothing yet, in whichever boot of whichever machine.
    const boot = writer === null ? self.boot : (writers.at(-1)?.boot ?? null)
    parts.push({
      writer,
      living,
      journal,
      unrecorded: unrecordedMax(writers, boot, torn) + unrecordedOfBlocks,
    })
  }
  return parts
}

/**
 * What the directory lacks, while no other process writes.
 *
 * @param hasJournal whether there is a journal
 * @returns what does not block a resume
 * @throws RowsmithError journal_damaged, file_damaged, answers_lost: what keeps the next run from going on
 */
async function notWholeIn(
  view: DatasetView,
  run: RunFile,
  hasJournal: boolean,
  needed: 'everything' | 'the usage',
): Promise<{ readonly notWhole: readonly Lacking[]; readonly unread: number }> {
  const lacking = await lackingIn(view, run)
  const {
    answers,
    logs: [log],
    damaged: [file],
  } = lacking
  if (answers !== null && needed === 'everything') throw new RowsmithError('answers_lost', answers.message)
  if (log !== undefined) throw new RowsmithError('journal_damaged', `${log.path}: ${log.what}.`)
  if (needed === 'the usage') return { notWhole: [], unread: lacking.unread }
  if (file !== undefined) {
    const nextStep = repairStep(view.directory.path)
    throw new RowsmithError('file_damaged', `${file.path}: ${file.what}.`, { nextStep })
  }
  const published = await view.published()
  const missing = new Set(missingIn(await view.scan()))
  const worked = hasJournal || published.length > 0
  const started = worked || (await view.logs()).bytes > 0
  const progress = {
    groups: published.map(({ group }) => group).sort((a, b) => a - b),
    rowsWritten: published.reduce((sum, { rows }) => sum + rows, 0),
    processors: processorNames(run),
    missing,
    postProcessing: await view.stage(),
  }
  const whole = { ...progress, missing: new Set<string>() }
  const metadata = await metadataDefect(view, run, [progress, whole], started)
  const story = await storyDefect(view, worked)
  const notWhole = [
    ...lostIn(await view.scan(), (await view.logs()).commits),
    ...lacking.sidecars.filter(({ path }) => !missing.has(path)),
    ...lacking.unclear,
    ...(await startDefects(view, run, started)),
    ...(metadata === undefined || metadata.severity === 'leftover'
      ? []
      : [{ path: 'metadata.json', ...metadata }]),
    ...(story === undefined ? [] : [story]),
  ]
  return { notWhole: notWhole.map(({ path, what }) => ({ path, what })), unread: lacking.unread }
}

/** What is counted of published row groups (rule 2). */
interface PublishedRows {
  readonly planned: number
  readonly written: number
  readonly dropped: number
  readonly failures: FailureTally
  readonly skips: SkipTally
}

function rowsOf(published: readonly Commit[], plan: readonly PlanRange[], retries: Retries): PublishedRows {
  const failures = new FailureTally()
  const skips = new SkipTally()
  let [planned, written, dropped] = [rowCount(plan), 0, 0]
  for (const commit of published) {
    const { group, rows, plannedRows } = commit
    // A group whose rows a column replaced has as many as it made.
    planned += plannedRows - groupOf(plan, group).rows
    written += rows
    const reopened = reopenedRows(retries, commit)
    dropped += plannedRows - rows - reopened.size
    for (const [row, column, code] of commit.dropped) if (!reopened.has(row)) failures.add(column, code)
    skips.add(commit.skipped)
  }
  return { planned, written, dropped, failures, skips }
}

/** Reads a replies file per way to fail, for the words of its first row. */
async function withExamples(
  directory: DatasetDirectory,
  failures: Summary['failures'],
  published: readonly Commit[],
  retries: Retries,
): Promise<DatasetStatus['failures']> {
  const examples: DatasetStatus['failures'][number][] = []
  const inOrder = [...published].sort((a, b) => a.group - b.group)
  for (const failure of failures) {
    for (const commit of inOrder) {
      const reopened = reopenedRows(retries, commit)
      const found = commit.dropped.find(
        ([row, column, code]) => column === failure.column && code === failure.code && !reopened.has(row),
      )
      if (found === undefined) continue
      const [row] = found
      examples.push({ ...failure, example: { row, message: await messageOf(directory, commit, row) } })
      break
    }
  }
  return examples
}

async function messageOf(directory: DatasetDirectory, commit: Commit, row: number): Promise<string | null> {
  const file = answersFileOf(commit)
  const lines = file === undefined ? undefined : await readAnswers(directory, file)
  const drops = (lines ?? []).filter((line) => line.startsWith('{"t":"drop"')).map(parseRecord)
  const last = drops.findLast((record) => record.kind === 'drop' && record.failure.row === row)
  return last?.kind === 'drop' && last.message !== '' ? last.message : null
}

interface OpenGroups {
  readonly counts: DatasetStatus['open_groups']
  readonly ledger: Ledger
  /** Requests without an outcome of the process that writes now. */
  readonly inFlight: number
}

function openGroups(
  journal: readonly Pick<SegmentContents, 'epoch' | 'records' | 'fenced'>[],
  commits: ReadonlyMap<number, Commit>,
  epochOfNow: number | undefined,
): OpenGroups {
  const stored = new Map<number, ReplayState>()
  const ledger: Ledger = new Map()
  let inFlight = 0
  for (const live of [false, true]) {
    // Counted apart, so that what the living process still waits for is not taken for lost.
    const before = unansweredOf(stored)
    for (const { epoch, records, fenced } of journal) {
      if ((epoch === epochOfNow) !== live) continue
      // What was requested for a group after its commit is in no usage yet: it was lost, or is retried.
      const wanted = (group: number): boolean => epoch > (commits.get(group)?.epoch ?? 0)
      replayRecords(stored, records, { wanted, counted: wanted })
      countFencedRecords(stored, fenced, { wanted, counted: wanted })
    }
    if (live) inFlight = unansweredOf(stored) - before
  }
  let [replies, dropped] = [0, 0]
  for (const [number, group] of stored) {
    addLedger(ledger, group.ledger)
    replies += group.answers.size
    if (!commits.has(number)) dropped += group.rowFailures.size
  }
  return { counts: { begun: stored.size, replies_kept: replies, rows_dropped: dropped }, ledger, inFlight }
}

function addedUp(all: readonly OpenGroups[]): OpenGroups {
  const ledger: Ledger = new Map()
  for (const each of all) addLedger(ledger, each.ledger)
  const sum = (of: (groups: OpenGroups) => number) => all.reduce((total, each) => total + of(each), 0)
  const counts = {
    begun: sum((each) => each.counts.begun),
    replies_kept: sum((each) => each.counts.replies_kept),
    rows_dropped: sum((each) => each.counts.rows_dropped),
  }
  return { counts, ledger, inFlight: sum((each) => each.inFlight) }
}

function unansweredOf(stored: ReadonlyMap<number, ReplayState>): number {
  let unanswered = 0
  for (const group of stored.values()) unanswered += sumLedger(modelsIn(group.ledger)).unknown
  return unanswered
}

/** What the models cost, as the last start of the dataset said. */
export async function pricesOfLastStart(view: DatasetView): Promise<Prices> {
  const launch = await view.launch()
  return launch.kind === 'read' ? storedPrices(launch.contents.prices) : noPrices
}

function aliasesOf({ rows_identity: { document } }: RunFile): AliasesOf {
  const config = isValueObject(document) ? (document.config ?? null) : null
  const models = isValueObject(config) ? config.model_configs : undefined
  if (!Array.isArray(models)) return new Map()
  return aliasesByModel(
    models.flatMap((entry) => {
      const { alias, provider, model } = isValueObject(entry) ? entry : {}
      const named = typeof alias === 'string' && typeof provider === 'string' && typeof model === 'string'
      return named ? [{ alias, provider, model }] : []
    }),
  )
}

function postProcessingOf(postProcessing: Recovered['postProcessing']): DatasetStatus['stage'] {
  const summary = postProcessingSummary(postProcessing, false)
  if (summary === null) return null
  const { made: _, ...rest } = summary
  return rest
}

/** Of another tool's stage nothing is known but its marker. */
function foreignPostProcessing(marker: 'started' | 'complete' | null): DatasetStatus['stage'] {
  if (marker === null) return null
  return { state: marker === 'complete' ? 'complete' : 'pending', rows: null, outputs: [] }
}

/** A directory that another tool began: its metadata and its files are all there is. */
async function foreignStatus(view: DatasetView, writer: string | null): Promise<DatasetStatus> {
  const metadata = contentsOf(await view.metadata())
  const facts = await factsOf(view)
  const found = facts.kind === 'dataset' ? facts.groups : { complete: 0, rows: 0 }
  const planned = metadata?.target_num_records ?? found.rows
  const size = metadata?.buffer_size
  return {
    dataset_path: view.directory.path,
    writer,
    rows_planned: planned,
    rows_written: found.rows,
    rows_dropped: 0,
    rows_open: Math.max(planned - found.rows, 0),
    row_groups: {
      total: size === undefined ? found.complete : Math.ceil(planned / size),
      published: found.complete,
    },
    open_groups: { begun: 0, replies_kept: 0, rows_dropped: 0 },
    total: { ...usageReportOf(new Map(), noPrices), in_flight: 0, unrecorded_at_most: 0 },
    cells_skipped: [],
    failures: [],
    stage: foreignPostProcessing(metadata?.post_generation_state ?? null),
    missing_files: [],
    not_whole: facts.kind === 'dataset' ? facts.notWhole : [],
    bytes_unread: 0,
  }
}
