/**
 * The row groups of an opened dataset that are not there yet: an engine, with everything that it needs.
 *
 * Owns: the life of the journal, the models, the tools and the checker of one process.
 * Never: makes a cell, or knows what comes after the last row group.
 * Rule C2 of `execute-run.ts` holds here too: what was opened is closed on every path, last first. So the journal is closed before the
 * models, and reading through what others made is given up before the journal is closed.
 */

import { basename } from 'node:path'
import { asRowsmithError } from '../../base/errors/errors.ts'
import { onAbort } from '../../base/work/abort.ts'
import { type Closing, closingAfter } from '../../base/work/closing.ts'
import { Journal } from '../../journal/journal.ts'
import { admissionSettings } from '../../models/admission/admissions.ts'
import type { Endpoint, Models } from '../../models/contract/contract.ts'
import { openTelemetry } from '../../models/telemetry/telemetry.ts'
import { groupCount, groupOf, type PlanRange, type RowGroup, rowCount } from '../../plan/row-groups.ts'
import { isPostProcessed } from '../../store/logs/post-processing-commits.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import { MediaStore } from '../../store/publishing/media.ts'
import type { Publisher } from '../../store/publishing/publish.ts'
import type { ToolConnections } from '../../tools/toolbox/connect.ts'
import { Checker } from '../../validate/checking/checker.ts'
import type { Recovered } from '../open/recover.ts'
import type { CompiledConfig } from '../prepare/compiled-config.ts'
import { openTools } from '../prepare/dataset-tools.ts'
import { referencedFiles } from '../prepare/referenced-files.ts'
import { seedColumnsOf } from '../prepare/seed-columns.ts'
import type { RunEvent } from '../report/events.ts'
import { abortedError } from '../request/aborted.ts'
import { budgetLimits } from '../request/options.ts'
import { requestAgain, withoutLostRows } from '../retry/retry.ts'
import { ReuseSources } from '../reuse/reuse.ts'
import type { CellsToRequestAgain } from '../scheduler/group/request-again.ts'
import { Claims } from '../scheduler/parts/claims.ts'
import type { SchedulerParts } from '../scheduler/parts/scheduler-parts.ts'
import { Scheduler } from '../scheduler/scheduler.ts'
import { recallDimensions } from '../seal/earlier-dimensions.ts'
import { type SealSettings, sealGroup, sealMedia } from '../seal/seal-group.ts'
import { commitOf, orderFor, sealSettings } from '../seal/seal-settings.ts'
import { Budget } from '../usage/budget.ts'
import { importInBackground, readThrough } from './background-import.ts'
import { requireMediaFiles } from './check-media-files.ts'
import { type OpenedRun, type RunContext, stopSignalOf } from './run-context.ts'
import type { Totals } from './totals.ts'

/** Makes what is missing, if anything is. */
export async function generate(work: RunContext, recovered: Recovered, totals: Totals): Promise<void> {
  const { run } = work.dataset
  const { retrying, imported } = recovered
  let found = recovered
  // A stage needs to know every byte of what it reads.
  if (recovered.published.size >= groupCount(run.segments) && imported.length > 0 && isPostProcessed(run)) {
    found = await readThrough(work, recovered, totals)
  }
  const isComplete = found.published.size >= groupCount(run.segments)
  if (retrying.size === 0 && (isComplete || work.intent.kind === 'retry')) return
  await closingAfter((closing) => generateWith(work, found, totals, closing))
}

async function generateWith(
  work: RunContext,
  recovered: Recovered,
  totals: Totals,
  closing: Closing,
): Promise<void> {
  const { compiled, dataset, options, events, passes } = work
  const { segments: ranges } = dataset.run
  const rows = rowSources(work)
  await requireMediaFiles({
    config: compiled.config,
    columns: compiled.columns,
    groups: openGroups(recovered, work),
    stored: recovered.stored,
    ...rows,
  })
  await recallDimensions(dataset.directory, compiled.columns, recovered.published.values())
  // Of what was spent before: rows of other tools that are read through from now on bring their usage.
  const budget = new Budget(budgetLimits(options), compiled.prices, totals.ledger())
  const requesting = await openRequesting(work, closing)
  const written = await openWritten(work, recovered, totals, closing)
  const scheduler = new Scheduler({
    ...fixedParts(work),
    ...partsOfRows(work, recovered, rows, written),
    ...partsOfRequesting(requesting),
    ...partsOfWritten(work, recovered, totals, { ...written, telemetry: requesting.telemetry }),
    budget,
    batches: passes.batches ?? undefined,
    countsReplays: passes.isFirst,
    counted: passes.counted,
    rowsBefore: totals.rowsToBeginWith(),
    openRowsMax: openRowsMax(compiled, ranges, requesting.models),
  })
  totals.open(recovered, scheduler)
  closing.defer(stopOn(options.signal, scheduler))
  closing.defer(stopOn(dataset.lockLost, scheduler))
  if (passes.isFirst)
    events.emit({
      type: 'started',
      rowsPlanned: rowCount(ranges),
      rowsWritten: totals.rowsWritten,
      groupsTotal: groupCount(ranges),
      groupsReused: recovered.published.size,
      columns: compiled.columns.map(({ name }) => name),
    })
  await runObserved(scheduler, requesting.telemetry)
}

async function runObserved(scheduler: Scheduler, telemetry: Telemetry): Promise<void> {
  try {
    await scheduler.run()
    await telemetry?.end(null)
  } catch (error) {
    await telemetry?.end(asRowsmithError(error).code)
    throw error
  }
}

/** What rows begin with: the seed's part of them, and the files that they name. */
interface RowSources {
  readonly seedColumns: SchedulerParts['seedColumns']
  readonly files: ReturnType<typeof referencedFiles>
}

function rowSources({ compiled, dataset, options, seed }: RunContext): RowSources {
  return {
    files: referencedFiles(dataset.directory, options.launch.seedFolder),
    seedColumns: seedColumnsOf(seed, compiled.config, dataset.run.run_seed),
  }
}

type Telemetry = Awaited<ReturnType<typeof openTelemetry>>

/** Whom cells ask. */
interface Requesting {
  readonly models: Models
  readonly telemetry: Telemetry
  readonly tools: ToolConnections
  readonly checker: Checker
}

async function openRequesting(work: RunContext, closing: Closing): Promise<Requesting> {
  const { compiled, dataset, options, components, providers } = work
  const { clock } = components
  const { directory, writer, run } = dataset
  const { models, tools } = await work.connections.open()
  closing.defer(() => work.connections.close())
  const telemetry = await openTelemetry({
    dataset: basename(directory.path),
    rowsPlanned: rowCount(run.segments),
    clock,
    providers,
    env: options.env,
  })
  const at = { view: dataset.view, writer }
  await untilStopped(work, (signal) => openTools(tools, compiled.config, at, signal))
  const checker = new Checker()
  closing.defer(() => checker.close())
  return { models: telemetry?.observe(models) ?? models, telemetry, tools, checker }
}

/** Where what is made is stored. */
interface Written {
  readonly encoder: Encodes
  readonly publisher: Publisher
  readonly journal: Journal
  /** Row groups of another tool that turn out not to be whole. */
  readonly reopened: Promise<readonly RowGroup[]>
}

/** What others made is read through from now on. Before the journal is closed, that is given up. */
async function openWritten(
  work: RunContext,
  recovered: Recovered,
  totals: Totals,
  closing: Closing,
): Promise<Written> {
  const { directory, lock, writer, boot } = work.dataset
  const encoder = await work.encoder.open()
  const publisher = await work.publisher.open()
  const losses = { torn: [...recovered.torn], lost: recovered.lost?.files ?? [] }
  if (work.passes.isFirst) await publisher.writes(boot, recovered.segments, losses)
  const journal = await Journal.create({
    disk: directory.disk,
    directory: directory.layout.journal,
    epoch: lock.epoch,
    name: writer.nonce,
    earlier: recovered.segments,
    numbers: work.passes.segments,
    onMention: (group, segment) => publisher.mention({ group, segment }),
  })
  closing.defer(() => journal.close().catch(() => {}))
  const importing = new AbortController()
  const reopened = importInBackground(
    { work, encoder, publisher, totals },
    journal,
    recovered,
    importing.signal,
  )
  closing.defer(async () => {
    importing.abort()
    await reopened.catch(() => {})
  })
  return { encoder, publisher, journal, reopened }
}

/** What the config and the options say. */
function fixedParts({ compiled, dataset, options, components, events }: RunContext) {
  const { runConfig } = compiled
  return {
    order: orderFor(compiled, dataset.run),
    runSeed: dataset.run.run_seed,
    today: dataset.run.today,
    clock: components.clock,
    emit: (event: RunEvent) => events.emit(event),
    watched: () => events.watched,
    sequential: compiled.engine === 'sequential',
    graceMs: options.graceMs,
    admission: admissionSettings(runConfig),
    attemptsMax: runConfig.max_request_attempts,
    endpointWaitMs: 1000 * runConfig.wait_for_endpoint_seconds,
    shutdown: {
      disabled: runConfig.disable_early_shutdown,
      errorRate: runConfig.shutdown_error_rate,
      window: runConfig.shutdown_error_window,
    },
    salvage: runConfig.salvage,
    traceTasks: runConfig.async_trace,
  } satisfies Partial<SchedulerParts>
}

function partsOfRows(
  work: RunContext,
  recovered: Recovered,
  { seedColumns, files }: RowSources,
  { reopened }: Pick<Written, 'reopened'>,
) {
  const { dataset, components, events } = work
  const reuse = new ReuseSources(
    components.disk,
    dataset.directory.path,
    dataset.run.reuse_sources ?? [],
    dataset.run.rows_identity.document,
    (message) => events.emit({ type: 'warning', code: 'reuse_source', message }),
  )
  return {
    seedColumns,
    claims: new Claims({
      groups: openGroups(recovered, work),
      stored: recovered.stored,
      reopened,
      reused: (group) => reuse.answersFor(group),
    }),
    file: (path: string) => files.read(path),
  } satisfies Partial<SchedulerParts>
}

function partsOfRequesting({ models, telemetry, tools, checker }: Requesting) {
  const observed: Pick<SchedulerParts, 'perform' | 'answer'> =
    telemetry === undefined
      ? {}
      : {
          perform: (effect, key, signal) => telemetry.run(effect, key, signal),
          answer: (key, request) => telemetry.answer(key, request),
        }
  return {
    models,
    toolbox: (alias: string) => tools.toolbox(alias),
    checks: checker,
    ...observed,
  } satisfies Partial<SchedulerParts>
}

function partsOfWritten(
  { compiled, dataset, components }: RunContext,
  { retries }: Recovered,
  totals: Totals,
  { encoder, publisher, journal, telemetry }: Written & Pick<Requesting, 'telemetry'>,
) {
  const media = new MediaStore(dataset.directory, dataset.lock.epoch)
  const seal = sealSettings(compiled, dataset.run, components.clock, media)
  return {
    journal,
    media,
    confirm: () => dataset.lock.confirm(),
    requestAgain: (lists: readonly CellsToRequestAgain[]) => requestAgain(lists, retries, publisher),
    publish: publishes({ encoder, publisher, media, seal, totals, telemetry }),
  } satisfies Partial<SchedulerParts>
}

/** How a sealed group becomes a file, and counts as one. */
function publishes({
  encoder,
  publisher,
  media,
  seal,
  totals,
  telemetry,
}: PublishingParts): SchedulerParts['publish'] {
  return async (rows, stored) => {
    const again = withoutLostRows(rows, stored)
    if (again !== undefined) return again
    const commit = commitOf(rows, stored)
    const files = await sealGroup(encoder, seal, rows, stored)
    const ofRows = sealMedia(seal, rows)
    await publisher.publish({ ...commit, files, media: ofRows })
    await media.release(
      rows.group,
      ofRows.map(({ sha256 }) => sha256),
    )
    totals.published(commit, stored.tokens)
    telemetry?.rows('written', commit.rows)
    telemetry?.rows('dropped', commit.dropped.length)
    await totals.writeMetadataWhenDue()
    return undefined
  }
}

interface PublishingParts {
  readonly encoder: Encodes
  readonly publisher: Publisher
  readonly media: MediaStore
  readonly seal: SealSettings
  readonly totals: Totals
  readonly telemetry: Telemetry
}

/** Does what must be done before the engine runs, and gives it up when the run is stopped or the lock is lost. */
async function untilStopped(work: OpenedRun, step: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { signal } = work.options
  try {
    await step(stopSignalOf(work))
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw abortedError(signal)
    throw error
  }
}

/** Open rows are bounded by what the plan's buffer, the endpoints and the window of an early shutdown need (promise P7). */
function openRowsMax(compiled: CompiledConfig, ranges: readonly PlanRange[], models: Models): number {
  const limited = new Map<Endpoint | string, number>()
  for (const column of compiled.columns) {
    if (column.kind !== 'model') continue
    for (const alias of column.aliases) limited.set(models.endpoint(alias), models.endpoint(alias).limit)
    if (column.queue.kind === 'gate') limited.set(column.queue.gate.name, column.queue.gate.limit)
  }
  const limits = [...limited.values()].reduce((sum, limit) => sum + (Number.isFinite(limit) ? limit : 0), 0)
  const bufferSize = Math.max(...ranges.map(({ buffer_size: size }) => size))
  const { disable_early_shutdown: never, shutdown_error_window: window } = compiled.runConfig
  return Math.max(2 * bufferSize, 4 * limits, never ? 0 : 2 * window)
}

/** A preview wants only groups of its first rows, a retry only those whose files it replaces. */
function* openGroups(
  { published, retrying }: Recovered,
  { intent, dataset }: OpenedRun,
): Generator<RowGroup> {
  const { segments: ranges } = dataset.run
  const groups = groupCount(ranges)
  for (let group = 0; group < groups; group++) {
    if (intent.kind === 'retry' ? !retrying.has(group) : published.has(group) && !retrying.has(group))
      continue
    const next = groupOf(ranges, group)
    if (intent.kind !== 'preview' || next.firstRow < intent.rows) yield next
  }
}

/** Stops the run in good order when the signal fires. @returns what takes the listener away again */
function stopOn(signal: AbortSignal | null, scheduler: Scheduler): () => void {
  if (signal === null) return () => {}
  if (signal.aborted) scheduler.stop(abortedError(signal))
  return onAbort(signal, () => scheduler.stop(abortedError(signal)))
}
