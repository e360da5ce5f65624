/**
 * The row groups of an opened dataset that are not there yet: an engine, with everything that it needs.
 *
 * Owns: the life of the journal, the models, the tools and the checker of one process.
 * Never: makes a cell, or knows what comes after the last row group.
 * Rule C2 of `carry-out.ts` holds here too: what was opened is closed on every path, last first. So the journal is closed before the
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
import { groupCount, groupOf, type RowGroup, rowCount, type Segment } from '../../plan/row-groups.ts'
import { isStaged } from '../../store/logs/stage-commits.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import { MediaStore } from '../../store/publishing/media.ts'
import type { Publisher } from '../../store/publishing/publish.ts'
import { Checker } from '../../validate/checking/checker.ts'
import { Budget } from '../bill/budget.ts'
import { Engine } from '../engine/engine.ts'
import type { CellsToAskAgain } from '../engine/group/ask-again.ts'
import type { EngineParts } from '../engine/parts/engine-parts.ts'
import type { OpenDataset } from '../open/open-dataset.ts'
import type { Recovered } from '../open/recover.ts'
import type { Blueprint } from '../prepare/blueprint.ts'
import { openTools } from '../prepare/dataset-tools.ts'
import { namedFiles } from '../prepare/named-files.ts'
import { seedColumnsOf } from '../prepare/seed-columns.ts'
import type { RunEvent } from '../report/events.ts'
import { abortedError } from '../request/aborted.ts'
import { budgetLimits, type ResolvedOptions } from '../request/options.ts'
import { askAgain, withoutLostRows } from '../retry/retry.ts'
import { ReuseSources } from '../reuse/reuse.ts'
import { type SealSettings, sealGroup, sealMedia } from '../seal/seal-group.ts'
import { commitOf, orderFor, sealSettings } from '../seal/seal-settings.ts'
import { adoptAlong, readThrough } from './adopting.ts'
import type { Carrying, CarryOut } from './carrying.ts'
import { recallDimensions } from './earlier-dimensions.ts'
import { requireMediaFiles } from './media-at-hand.ts'
import type { Totals } from './totals.ts'

/** Makes what is missing; returns without an engine when nothing is. */
export async function generate(
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

async function generateWith(
  work: Carrying,
  recovered: Recovered,
  totals: Totals,
  begun: (engine: Engine) => void,
  closing: Closing,
): Promise<Engine> {
  const { blueprint, dataset, options, events } = work
  const { segments } = dataset.run
  const rows = rowSources(work)
  await requireMediaFiles({
    config: blueprint.config,
    columns: blueprint.columns,
    groups: openGroups(recovered, dataset, options),
    kept: recovered.kept,
    ...rows,
  })
  await recallDimensions(dataset.directory, blueprint.columns, recovered.published.values())
  // Of what was spent before: rows of other tools that are read through from now on bring their bills.
  const budget = new Budget(budgetLimits(options), blueprint.prices, totals.ledger())
  const asked = await openAsked(work, closing)
  const written = await openWritten(work, recovered, totals, closing)
  const engine = new Engine({
    ...fixedParts(work),
    ...partsOfRows(work, recovered, rows),
    ...partsOfAsked(asked),
    ...partsOfWritten(work, recovered, totals, { ...written, telemetry: asked.telemetry }),
    budget,
    rowsBefore: totals.rowsToBeginWith(),
    openRowsMax: openRowsMax(blueprint, segments, asked.models),
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
  return runObserved(engine, asked.telemetry)
}

async function runObserved(engine: Engine, telemetry: Telemetry): Promise<Engine> {
  try {
    await engine.run()
    await telemetry?.end(null)
  } catch (error) {
    await telemetry?.end(asRowsmithError(error).code)
    throw error
  }
  return engine
}

/** What rows begin with: the seed's part of them, and the files that they name. */
interface RowSources {
  readonly seedColumns: EngineParts['seedColumns']
  readonly files: ReturnType<typeof namedFiles>
}

function rowSources({ blueprint, dataset, options, seed }: Carrying): RowSources {
  return {
    files: namedFiles(dataset.directory, options.launch.seedFolder),
    seedColumns: seedColumnsOf(seed, blueprint.config, dataset.run.run_seed),
  }
}

type Telemetry = Awaited<ReturnType<typeof openTelemetry>>

/** Whom cells ask. */
interface Asked {
  readonly models: Models
  readonly telemetry: Telemetry
  readonly tools: ReturnType<Carrying['connectTools']>
  readonly checker: Checker
}

async function openAsked(work: Carrying, closing: Closing): Promise<Asked> {
  const { blueprint, dataset, options, components, providers } = work
  const { clock } = components
  const { directory, writer, run } = dataset
  const connected = work.connect()
  closing.defer(() => connected.close())
  const telemetry = await openTelemetry({
    dataset: basename(directory.path),
    rowsPlanned: rowCount(run.segments),
    clock,
    providers,
    env: options.env,
  })
  const tools = work.connectTools()
  closing.defer(() => tools.close())
  const at = { directory, writer }
  await untilStopped(work, (signal) => openTools(tools, blueprint.config, at, signal))
  const checker = new Checker()
  closing.defer(() => checker.close())
  return { models: telemetry?.observe(connected) ?? connected, telemetry, tools, checker }
}

/** Where what is made is kept. */
interface Written {
  readonly encoder: Encodes
  readonly publisher: Publisher
  readonly journal: Journal
  readonly late: EngineParts['late']
}

/** What others made is read through from now on. Before the journal is closed, that is given up. */
async function openWritten(
  work: Carrying,
  recovered: Recovered,
  totals: Totals,
  closing: Closing,
): Promise<Written> {
  const { directory, lock, writer, boot } = work.dataset
  const encoder = await work.encoder.open()
  const publisher = await work.publisher.open()
  const losses = { torn: [...recovered.torn], lost: recovered.lost?.files ?? [] }
  await publisher.writes(boot, recovered.segments, losses)
  const journal = await Journal.create({
    disk: directory.disk,
    directory: directory.layout.journal,
    epoch: lock.epoch,
    name: writer.nonce,
    earlier: recovered.segments,
    onMention: (group, segment) => publisher.mention({ group, segment }),
  })
  closing.defer(() => journal.close().catch(() => {}))
  const adopting = new AbortController()
  const late = adoptAlong({ work, encoder, publisher, totals }, journal, recovered, adopting.signal)
  closing.defer(async () => {
    adopting.abort()
    await late.catch(() => {})
  })
  return { encoder, publisher, journal, late }
}

/** What the config and the options say. */
function fixedParts({ blueprint, dataset, options, components, events }: Carrying) {
  const { runConfig } = blueprint
  return {
    order: orderFor(blueprint, dataset.run),
    runSeed: dataset.run.run_seed,
    today: dataset.run.today,
    clock: components.clock,
    emit: (event: RunEvent) => events.emit(event),
    watched: () => events.watched,
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
  } satisfies Partial<EngineParts>
}

function partsOfRows(work: Carrying, recovered: Recovered, { seedColumns, files }: RowSources) {
  const { dataset, options, components, events } = work
  const reuse = new ReuseSources(
    components.disk,
    dataset.directory.path,
    dataset.run.reuse_sources ?? [],
    dataset.run.rows_identity.document,
    (message) => events.emit({ type: 'warning', code: 'reuse_source', message }),
  )
  return {
    seedColumns,
    groups: openGroups(recovered, dataset, options),
    kept: recovered.kept,
    inherited: (group: RowGroup) => reuse.answersFor(group),
    file: (path: string) => files.read(path),
  } satisfies Partial<EngineParts>
}

function partsOfAsked({ models, telemetry, tools, checker }: Asked) {
  const observed: Pick<EngineParts, 'perform' | 'answer'> =
    telemetry === undefined
      ? {}
      : {
          perform: (effect, key, signal) => telemetry.run(effect, key, signal),
          answer: (key, ask) => telemetry.answer(key, ask),
        }
  return {
    models,
    toolbox: (alias: string) => tools.toolbox(alias),
    checks: checker,
    ...observed,
  } satisfies Partial<EngineParts>
}

function partsOfWritten(
  { blueprint, dataset, components }: Carrying,
  { retries }: Recovered,
  totals: Totals,
  { encoder, publisher, journal, late, telemetry }: Written & Pick<Asked, 'telemetry'>,
) {
  const media = new MediaStore(dataset.directory, dataset.lock.epoch)
  const seal = sealSettings(blueprint, dataset.run, components.clock, media)
  return {
    journal,
    late,
    media,
    confirm: () => dataset.lock.confirm(),
    askAgain: (lists: readonly CellsToAskAgain[]) => askAgain(lists, retries, publisher),
    publish: publishes({ encoder, publisher, media, seal, totals, telemetry }),
  } satisfies Partial<EngineParts>
}

/** How a sealed group becomes a file, and counts as one. */
function publishes({
  encoder,
  publisher,
  media,
  seal,
  totals,
  telemetry,
}: PublishingParts): EngineParts['publish'] {
  return async (rows, kept) => {
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

/** Open rows are bounded by what the plan's buffer, the endpoints and the window of an early shutdown need (promise P7). */
function openRowsMax(blueprint: Blueprint, segments: readonly Segment[], models: Models): number {
  const limited = new Map<Endpoint | string, number>()
  for (const column of blueprint.columns) {
    if (column.kind !== 'asked') continue
    for (const alias of column.aliases) limited.set(models.endpoint(alias), models.endpoint(alias).limit)
    if (column.queue.kind === 'gate') limited.set(column.queue.gate.name, column.queue.gate.limit)
  }
  const limits = [...limited.values()].reduce((sum, limit) => sum + (Number.isFinite(limit) ? limit : 0), 0)
  const bufferSize = Math.max(...segments.map(({ buffer_size: size }) => size))
  const { disable_early_shutdown: never, shutdown_error_window: window } = blueprint.runConfig
  return Math.max(2 * bufferSize, 4 * limits, never ? 0 : 2 * window)
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
