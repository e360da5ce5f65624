/**
 * An opened dataset from where it stands to where it was asked to be, and what that amounted to.
 *
 * Owns: the life of the journal, the commits, the encoder and the models of one process.
 * Rules:
 *   C2. Everything that was opened is closed on every path; the first failure is the one that is told.
 *   C3. The lock is given back last.
 */
import { basename } from 'node:path'
import { onAbort } from '../base/abort.ts'
import { type Closing, closingAfter } from '../base/closing.ts'
import { type ErrorCode, errorCodes } from '../base/error-codes.ts'
import { asRowsmithError, RowsmithError } from '../base/errors.ts'
import { OpenedOnce } from '../base/opened-once.ts'
import { Journal } from '../journal/journal.ts'
import { admissionSettings } from '../models/admission/admissions.ts'
import type { Endpoint, Models } from '../models/contract.ts'
import { openTelemetry } from '../models/telemetry.ts'
import { groupCount, groupOf, type RowGroup, rowCount, type Segment } from '../plan/row-groups.ts'
import type { SeedDataset } from '../seed/dataset.ts'
import type { Encodes } from '../store/encoder.ts'
import { MediaStore } from '../store/media.ts'
import { Publisher } from '../store/publish.ts'
import { isStaged } from '../store/stage-commits.ts'
import { sweepTables } from '../store/stage-swap.ts'
import { sweep } from '../store/sweep.ts'
import type { ToolConnections } from '../tools/connect.ts'
import { Checker } from '../validate/checker.ts'
import { type AdoptParts, adoptGroups, followFiles } from './adopt.ts'
import type { TaskTrace } from './asked-cells.ts'
import { aliasesByModel } from './bill.ts'
import type { Blueprint } from './blueprint.ts'
import { Budget } from './budget.ts'
import { openTools } from './dataset-tools.ts'
import { Engine } from './engine.ts'
import type { EventStream } from './events.ts'
import { keepRaw } from './keep-raw.ts'
import { mediaNeeded } from './kept.ts'
import { mayHaveEffects } from './making-order.ts'
import { namedFiles } from './named-files.ts'
import type { OpenDataset } from './open-dataset.ts'
import { budgetLimits, type ResolvedComponents, type ResolvedOptions } from './options.ts'
import { lookAtStage, type Recovered, recover } from './recover.ts'
import { beginRetry, endRetries, withoutLostRows } from './retry.ts'
import { ReuseSources } from './reuse.ts'
import { RunHistory } from './run-history.ts'
import { sealGroup, sealMedia } from './seal-group.ts'
import { commitOf, orderFor, sealSettings } from './seal-settings.ts'
import { seedColumnsOf } from './seed-columns.ts'
import { makeTable, withChecksums } from './stage.ts'
import type { Summary } from './summary.ts'
import { Totals } from './totals.ts'

export interface RunOutcome {
  readonly summary: Summary
  /** What stopped the run; null when it ended by itself, or was salvaged after an early shutdown. */
  readonly error: RowsmithError | null
  readonly earlyShutdown: boolean
  readonly taskTraces: readonly TaskTrace[]
  readonly firstNonRetryableError: RowsmithError | null
}

export interface CarryOut {
  readonly blueprint: Blueprint
  readonly dataset: OpenDataset
  readonly options: ResolvedOptions
  readonly components: ResolvedComponents
  readonly events: EventStream
  /** The seed dataset, open; null when the config has none. */
  readonly seed: SeedDataset | null
  /** Connects the models; called only when cells are due. */
  readonly connect: () => Models
  /** Connects the tools; called only when cells are due. */
  readonly connectTools: () => ToolConnections
}

/** Never rejects: a run that stopped has an outcome too. Gives the lock back. */
export async function carryOut(work: CarryOut): Promise<RunOutcome> {
  const totals = new Totals(work.components, work.dataset, {
    processors: work.blueprint.transforms.map(({ name }) => name),
    askedColumns: work.blueprint.columns.filter(mayHaveEffects).map(({ name }) => name),
    prices: work.blueprint.prices,
    aliases: aliasesByModel(work.blueprint.config.model_configs),
  })
  const { lock, layout } = work.dataset
  const history = new RunHistory(work.components, work.dataset)
  const publisher = new OpenedOnce(() =>
    Publisher.open({ disk: work.components.disk, layout, epoch: lock.epoch }),
  )
  const encoder = new OpenedOnce(async () => work.components.encoder())
  let engine: Engine | undefined
  let error: RowsmithError | null = null
  try {
    const { disk } = work.components
    let { dataset } = work
    let recovered = await recover(disk, layout, dataset.run)
    await sweep(disk, layout, dataset.writer, lock.epoch)
    await new MediaStore(disk, layout).sweep(mediaNeeded(recovered.kept))
    const staged = isStaged(dataset.run)
    if (staged && dataset.run.raw_folder === 'parquet-files') {
      dataset = { ...dataset, run: await keepRaw(disk, dataset, recovered, publisher) }
      totals.follow(dataset)
      recovered = await recover(disk, layout, dataset.run)
    }
    let retrying: Awaited<ReturnType<typeof beginRetry>>
    if (work.options.retry !== null) {
      retrying = await beginRetry(work.options.retry, recovered.retries, publisher, work.events)
      recovered = await recover(disk, layout, dataset.run)
    }
    totals.start(recovered)
    warnOfMissing(recovered.missing, work.events)
    await totals.writeMetadata()
    await history.begun(totals, retrying)
    if (staged) await sweepTables(disk, layout)
    const now: Carrying = { ...work, dataset, publisher, encoder }
    engine = await generate(now, recovered, totals, (begun) => {
      engine = begun
    })
    await endRetries(recovered, totals.due, dataset.run.segments, publisher)
    if (staged && work.options.preview === null) await processRows(now, totals)
  } catch (cause) {
    error = asRowsmithError(cause)
  }
  // What was published is durable already: a failed end mark costs nothing.
  await publisher.close().catch(() => {})
  await encoder.close().catch(() => {})
  // A disk that failed is left alone, and so is a dataset that belongs to another process now.
  if (error === null || (error.code !== 'lock_lost' && errorCodes[error.code].class !== 'storage')) {
    await totals.writeMetadata().catch((cause: unknown) => {
      error ??= asRowsmithError(cause)
    })
    await history.ended(totals.summary(engine, error), error).catch((cause: unknown) => {
      error ??= asRowsmithError(cause)
    })
  }
  await lock.release().catch((cause: unknown) => {
    error ??= asRowsmithError(cause)
  })
  const summary = totals.summary(engine, error)
  return {
    summary: work.blueprint.resizing.length > 0 ? { ...summary, resume_command: null } : summary,
    error: work.blueprint.runConfig.salvage && error?.code === 'early_shutdown' ? null : error,
    earlyShutdown: engine?.earlyShutdown ?? false,
    taskTraces: engine?.taskTraces ?? [],
    firstNonRetryableError: engine?.firstNonRetryableError ?? null,
  }
}

/** A run that is being carried out, with what its parts share. */
interface Carrying extends CarryOut {
  readonly publisher: OpenedOnce<Publisher>
  readonly encoder: OpenedOnce<Encodes>
}

/** Runs the stage, if all rows are there and it has something to do. @throws RowsmithError stage_failed, or of class storage */
async function processRows(work: Carrying, totals: Totals): Promise<void> {
  const { blueprint, dataset, components, events, options } = work
  const { disk } = components
  const { layout, run, lockLost } = dataset
  const { commits, state } = await lookAtStage(disk, layout, run)
  if (state !== 'pending' || commits.length < groupCount(run.segments)) return
  const processors = blueprint.stage?.processors.map(({ name }) => name) ?? []
  const tell = (now: 'started' | 'writing' | 'finished', rows: number): void =>
    events.emit({ type: 'stage', state: now, processors, rows })
  const checkStopped = (): void => {
    if (options.signal?.aborted) throw abortedError(options.signal)
    lockLost.throwIfAborted()
  }
  checkStopped()
  tell('started', 0)
  const publisher = await work.publisher.open()
  const common = { dataset, components, publisher }
  try {
    const made = await makeTable({
      ...common,
      stage: blueprint.stage,
      commits: await withChecksums(common, commits),
      encoder: await work.encoder.open(),
      checkStopped,
      onProgress: (rows) => tell('writing', rows),
    })
    totals.staged(made)
    await totals.writeMetadata()
    tell('finished', made.rows)
  } catch (error) {
    // What is not committed is of no use to anybody.
    if (neverCommitted.has(asRowsmithError(error).code)) await sweepTables(disk, layout).catch(() => {})
    throw error
  }
  await sweepTables(disk, layout)
}

/** What ends a stage before its commit. */
const neverCommitted: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'stage_failed',
  'function_missing',
  'aborted',
])

/** A published group stays published, whatever goes missing beside it (W13): it is told at every start. */
function warnOfMissing(missing: readonly string[], events: EventStream): void {
  if (missing.length === 0) return
  const shown = `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}`
  const message = `Files of published row groups are missing: ${shown}. ${errorCodes.companion_missing.nextStep}`
  events.emit({ type: 'warning', code: 'companion_missing', message })
}

/** Makes what is missing; returns without an engine when nothing is. */
async function generate(
  work: Carrying,
  recovered: Recovered,
  totals: Totals,
  begun: (engine: Engine) => void,
): Promise<Engine | undefined> {
  const { run } = work.dataset
  const { retrying, adopted } = recovered
  let found = recovered
  // A stage needs to know every byte of what it reads.
  if (recovered.published.size >= groupCount(run.segments) && adopted.length > 0 && isStaged(run)) {
    found = await readThrough(work, recovered, totals)
  }
  const isComplete = found.published.size >= groupCount(run.segments)
  if (retrying.size === 0 && (isComplete || work.options.retry !== null)) return undefined
  return closingAfter((closing) => generateWith(work, found, totals, begun, closing))
}

/** Reads through what another tool made, without anything to make: where all of it is whole, no model is ever connected. */
async function readThrough(work: Carrying, recovered: Recovered, totals: Totals): Promise<Recovered> {
  const journal = { published: async () => {} }
  const parts = adoptParts(work, await work.publisher.open(), await work.encoder.open(), journal)
  const signal = work.options.signal ?? new AbortController().signal
  const lost = await adoptGroups({ ...parts, signal }, recovered.adopted)
  const published = new Map(recovered.published)
  for (const { group } of lost) {
    totals.lost(published.get(group)!)
    published.delete(group)
  }
  return { ...recovered, published, adopted: [] }
}

function adoptParts(
  { blueprint, dataset, components, events }: CarryOut,
  publisher: Publisher,
  encoder: Encodes,
  journal: AdoptParts['journal'],
): Omit<AdoptParts, 'signal'> {
  const { layout, run } = dataset
  return {
    disk: components.disk,
    layout,
    encoder,
    publisher,
    journal,
    rawFolder: run.raw_folder,
    columns: followFiles(blueprint.columns, run.file_schema),
    segments: run.segments,
    emit: (event) => events.emit(event),
  }
}

async function generateWith(
  work: Carrying,
  recovered: Recovered,
  totals: Totals,
  begun: (engine: Engine) => void,
  closing: Closing,
): Promise<Engine> {
  const { blueprint, dataset, options, components, events } = work
  const { disk, clock } = components
  const { segments } = dataset.run
  const budget = new Budget(budgetLimits(options), blueprint.prices, totals.ledger())
  const connected = work.connect()
  closing.defer(() => connected.close())
  const { layout } = dataset
  const telemetry = await openTelemetry(basename(layout.directory), rowCount(segments), clock)
  const models = telemetry?.observe(connected) ?? connected
  const tools = work.connectTools()
  closing.defer(() => tools.close())
  const at = { disk, layout: dataset.layout, writer: dataset.writer }
  await untilStopped(work, (signal) => openTools(tools, blueprint.config, at, signal))
  const epoch = dataset.lock.epoch
  const encoder = await work.encoder.open()
  const checker = new Checker()
  closing.defer(() => checker.close())
  const publisher = await work.publisher.open()
  const journal = await Journal.create({
    disk,
    directory: dataset.layout.journal,
    epoch,
    name: dataset.writer.nonce,
    earlier: recovered.segments,
    onMention: (group, segment) => publisher.mention({ group, segment }),
  })
  closing.defer(() => journal.close().catch(() => {}))
  const { runConfig } = blueprint
  const adopting = new AbortController()
  const late = adoptGroups(
    { ...adoptParts(work, publisher, encoder, journal), signal: adopting.signal },
    recovered.adopted,
  ).then((groups) => {
    for (const { group } of groups) totals.lost(recovered.published.get(group)!)
    return groups
  })
  closing.defer(async () => {
    adopting.abort()
    await late.catch(() => {})
  })
  const files = namedFiles(disk, dataset.layout, options.launch.seedFolder)
  const media = new MediaStore(disk, dataset.layout, epoch)
  const seal = sealSettings(blueprint, dataset.run, clock, media)
  const reuse = new ReuseSources(
    disk,
    dataset.layout.directory,
    dataset.run.reuse_sources ?? [],
    dataset.run.rows_identity.document,
    (message) => events.emit({ type: 'warning', code: 'reuse_source', message }),
  )
  const engine = new Engine({
    order: orderFor(blueprint, dataset.run),
    runSeed: dataset.run.run_seed,
    today: dataset.run.today,
    seedColumns: seedColumnsOf(work.seed, blueprint.config, dataset.run.run_seed),
    groups: openGroups(recovered, dataset, options),
    late,
    kept: recovered.kept,
    inherited: (group) => reuse.answersFor(group),
    models,
    media,
    file: (path) => files.read(path),
    toolbox: (alias) => tools.toolbox(alias),
    checks: checker,
    budget,
    journal,
    clock,
    ...(telemetry === undefined
      ? {}
      : { perform: (effect, key, signal) => telemetry.run(effect, key, signal) }),
    emit: (event) => events.emit(event),
    watched: () => events.watched,
    rowsBefore: totals.rowsToBeginWith(),
    openRowsMax: openRowsMax(blueprint, segments, models),
    sequential: blueprint.engine === 'sequential',
    graceMs: options.graceMs,
    admission: admissionSettings(runConfig),
    attemptsMax: runConfig.max_request_attempts,
    patienceMs: 1000 * runConfig.wait_for_endpoint_seconds,
    shutdown: {
      disabled: runConfig.disable_early_shutdown,
      errorRate: runConfig.shutdown_error_rate,
      window: runConfig.shutdown_error_window,
    },
    salvage: runConfig.salvage,
    traceTasks: runConfig.async_trace,
    publish: async (rows, kept) => {
      await dataset.lock.check()
      const again = withoutLostRows(rows, kept)
      if (again !== undefined) return again
      const commit = commitOf(rows, kept)
      const files = await sealGroup(encoder, seal, rows, kept)
      const ofRows = sealMedia(seal, rows)
      await publisher.publish({ ...commit, files, media: ofRows })
      await media.release(
        rows.group,
        ofRows.map(({ sha256 }) => sha256),
      )
      totals.published(commit)
      telemetry?.rows('written', commit.rows)
      telemetry?.rows('dropped', commit.dropped.length)
      await totals.writeMetadataWhenDue()
      return undefined
    },
  })
  begun(engine)
  totals.open(recovered, engine)
  closing.defer(stopOn(options.signal, engine))
  closing.defer(stopOn(dataset.lockLost, engine))
  events.emit({
    type: 'started',
    rowsPlanned: rowCount(segments),
    rowsWritten: totals.rowsWritten,
    groupsTotal: groupCount(segments),
    groupsReused: recovered.published.size,
    columns: blueprint.columns.map(({ name }) => name),
  })
  try {
    await engine.run()
    await telemetry?.end(null)
  } catch (error) {
    await telemetry?.end(asRowsmithError(error).code)
    throw error
  }
  return engine
}

/** Does what must be done before the engine runs, and gives it up when the run is stopped or the lock is lost. */
async function untilStopped(
  { options, dataset }: CarryOut,
  step: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const given = [options.signal, dataset.lockLost].filter((signal) => signal !== null)
  try {
    await step(AbortSignal.any(given))
  } catch (error) {
    if (options.signal?.aborted && error === options.signal.reason) throw abortedError(options.signal)
    throw error
  }
}

/** Open rows are bounded by what the plan's buffer and the endpoints need (promise P7). */
function openRowsMax(blueprint: Blueprint, segments: readonly Segment[], models: Models): number {
  const limited = new Map<Endpoint | string, number>()
  for (const column of blueprint.columns) {
    if (column.kind !== 'asked') continue
    for (const alias of column.aliases) limited.set(models.endpoint(alias), models.endpoint(alias).limit)
    if (column.queue.kind === 'gate') limited.set(column.queue.gate.name, column.queue.gate.limit)
  }
  const limits = [...limited.values()].reduce((sum, limit) => sum + (Number.isFinite(limit) ? limit : 0), 0)
  const bufferSize = Math.max(...segments.map(({ buffer_size: size }) => size))
  return Math.max(2 * bufferSize, 4 * limits)
}

/** A preview wants only groups of its first rows, a retry only those whose files it replaces. */
function* openGroups(
  { published, retrying }: Recovered,
  dataset: OpenDataset,
  { preview, retry }: ResolvedOptions,
): Generator<RowGroup> {
  const { segments } = dataset.run
  const groups = groupCount(segments)
  for (let group = 0; group < groups; group++) {
    if (retry !== null ? !retrying.has(group) : published.has(group) && !retrying.has(group)) continue
    const next = groupOf(segments, group)
    if (preview === null || next.firstRow < preview.rows) yield next
  }
}

/** Stops the run in good order when the signal fires. @returns what takes the listener away again */
function stopOn(signal: AbortSignal | null, engine: Engine): () => void {
  if (signal === null) return () => {}
  if (signal.aborted) engine.stop(abortedError(signal))
  return onAbort(signal, () => engine.stop(abortedError(signal)))
}

/** The error of a run that its user stopped. */
export function abortedError(signal: AbortSignal): RowsmithError {
  const reason: unknown = signal.reason
  if (RowsmithError.isInstance(reason)) return reason
  const by =
    typeof reason === 'object' && reason !== null && 'name' in reason && 'kind' in reason
      ? ` by ${reason.name}`
      : ''
  return new RowsmithError('aborted', `Stopped${by} before it was done`, { cause: reason })
}
