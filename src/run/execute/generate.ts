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
import { admissionSettings } from '../../models/admission/admissions.ts'
import type { Endpoint, Models } from '../../models/contract/contract.ts'
import { openTelemetry } from '../../models/telemetry/telemetry.ts'
import {
  groupNumbers,
  groupOf,
  groupsIn,
  type PlanRange,
  type RowGroup,
  rowsIn,
} from '../../plan/row-groups.ts'
import { isPostProcessed } from '../../store/logs/post-processing-commits.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import type { RowGroupWriter } from '../../store/writing/dataset-store.ts'
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
import { ReuseSources } from '../reuse/reuse.ts'
import { Claims } from '../scheduler/parts/claims.ts'
import type { SchedulerParts } from '../scheduler/parts/scheduler-parts.ts'
import { Scheduler } from '../scheduler/scheduler.ts'
import { recallDimensions } from '../seal/earlier-dimensions.ts'
import { orderFor, sealSettings } from '../seal/seal-settings.ts'
import { Budget, limitsOfBlock } from '../usage/budget.ts'
import { importInBackground, readThrough } from './background-import.ts'
import { requireMediaFiles } from './check-media-files.ts'
import { DatasetWriting } from './dataset-writing.ts'
import { type OpenedRun, type RunContext, stopSignalOf } from './run-context.ts'
import type { Totals } from './totals.ts'

/** Makes what is missing, if anything is. */
export async function generate(work: RunContext, recovered: Recovered, totals: Totals): Promise<void> {
  const { run } = work.dataset
  const { retrying, imported } = recovered
  let found = recovered
  // A stage needs to know every byte of what it reads.
  if (recovered.published.size >= groupsIn(run.segments) && imported.length > 0 && isPostProcessed(run)) {
    found = await readThrough(work, recovered, totals)
  }
  const isComplete = found.published.size >= groupsIn(run.segments)
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
  // It counts what was spent before; row groups of another tool add theirs as they are checked.
  const limits = limitsOfBlock(budgetLimits(options), dataset.block?.count)
  const budget = new Budget(limits, compiled.prices, totals.ledger())
  const requesting = await openRequesting(work, closing)
  const written = await openWritten(work, recovered, totals, closing)
  const scheduler = new Scheduler({
    ...fixedParts(work),
    file: (path) => rows.files.read(path),
    seedColumns: rows.seedColumns,
    ...partsOfRequesting(requesting),
    writer: datasetWriting(work, recovered, totals, { ...written, telemetry: requesting.telemetry }),
    budget,
    batches: passes.batches,
    countsReplays: passes.isFirst,
    counted: passes.counted,
    rowsBefore: totals.rowsToBeginWith(),
    openRowsMax: openRowsMax(compiled, ranges, requesting.models),
  })
  totals.open(recovered, scheduler)
  closing.defer(stopOn(options.signal, scheduler))
  if (passes.isFirst)
    events.emit({
      type: 'started',
      rowsPlanned: rowsIn(ranges),
      rowsWritten: totals.rowsWritten,
      groupsTotal: groupsIn(ranges),
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
  const { directory, run } = dataset
  const { models, tools } = await work.connections.open()
  closing.defer(() => work.connections.close())
  const telemetry = await openTelemetry({
    dataset: basename(directory.path),
    rowsPlanned: rowsIn(run.segments),
    clock,
    providers,
    env: options.env,
  })
  await untilStopped(work, (signal) => openTools(tools, compiled.config, dataset, signal))
  const checker = new Checker()
  closing.defer(() => checker.close())
  return { models: telemetry?.observe(models) ?? models, telemetry, tools, checker }
}

/** Where what is made is stored. */
interface Written {
  readonly encoder: Encodes
  readonly groups: RowGroupWriter
  /** Row groups of another tool that turn out not to be whole. */
  readonly reopened: Promise<readonly RowGroup[]>
}

/** Starts to check the row groups that another tool made. The check is given up before the journal is closed. */
async function openWritten(
  work: RunContext,
  recovered: Recovered,
  totals: Totals,
  closing: Closing,
): Promise<Written> {
  const encoder = await work.encoder.open()
  const losses = { torn: [...recovered.torn], lost: recovered.lost?.files ?? [] }
  const groups = await work.dataset.writer.rowGroups({ segments: recovered.segments, losses })
  closing.defer(() => groups.close().catch(() => {}))
  const importing = new AbortController()
  const reopened = importInBackground(
    { work, encoder, totals, release: (group) => groups.release(group) },
    recovered,
    importing.signal,
  )
  closing.defer(async () => {
    importing.abort()
    await reopened.catch(() => {})
  })
  return { encoder, groups, reopened }
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
    cells: events,
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

/** Row groups that are to be made, with answers to them that other datasets hold. */
function claimsOf(work: RunContext, recovered: Recovered, reopened: Written['reopened']): Claims {
  const { dataset, components, events } = work
  const reuse = new ReuseSources(
    components.disk,
    dataset.directory.path,
    dataset.run.reuse_sources ?? [],
    dataset.run.rows_identity.document,
    (message) => events.emit({ type: 'warning', code: 'reuse_source', message }),
  )
  return new Claims({
    groups: openGroups(recovered, work),
    stored: recovered.stored,
    reopened,
    reused: (group) => reuse.answersFor(group),
  })
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

function datasetWriting(
  work: RunContext,
  recovered: Recovered,
  totals: Totals,
  { encoder, groups, reopened, telemetry }: Written & Pick<Requesting, 'telemetry'>,
): DatasetWriting {
  const { compiled, dataset, components } = work
  return new DatasetWriting({
    groups,
    encoder,
    dataset,
    claims: claimsOf(work, recovered, reopened),
    retries: recovered.retries,
    seal: sealSettings(compiled, dataset.run, components.clock, groups.media),
    published: async (commit, { tokens }) => {
      totals.published(commit, tokens)
      telemetry?.rows('written', commit.rows)
      telemetry?.rows('dropped', commit.dropped.length)
      await totals.writeMetadataWhenDue()
    },
  })
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
  for (const group of groupNumbers(ranges)) {
    if (intent.kind === 'retry' ? !retrying.has(group) : published.has(group) && !retrying.has(group))
      continue
    const next = groupOf(ranges, group)
    if (intent.kind !== 'preview' || next.firstRow < intent.rows) yield next
  }
}

/** Stops the run in good order when the signal fires. @returns what takes the listener away again */
function stopOn(signal: AbortSignal | undefined, scheduler: Scheduler): () => void {
  if (signal === undefined) return () => {}
  if (signal.aborted) scheduler.stop(abortedError(signal))
  return onAbort(signal, () => scheduler.stop(abortedError(signal)))
}
