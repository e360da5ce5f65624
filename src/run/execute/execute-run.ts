/**
 * An opened dataset from where it stands to where it should be, and what that amounted to.
 *
 * Owns: the order of a run's parts (recovering, `generate.ts`, `process-rows.ts`), the life of the commits and the encoder.
 * Rules:
 *   C2. Everything that was opened is closed on every path; the first failure is the one that is reported.
 *   C3. The lock is given back last.
 */
import { errorCodes } from '../../base/errors/error-codes.ts'
import { asRowsmithError, type RowsmithError } from '../../base/errors/errors.ts'
import { LazyResource } from '../../base/work/lazy-resource.ts'
import { mayHaveEffects } from '../../columns/column/topological-order.ts'
import { isPostProcessed } from '../../store/logs/post-processing-commits.ts'
import type { Retry } from '../../store/logs/retries.ts'
import { collectTables } from '../../store/publishing/table-swap.ts'
import { preserveRawRows } from '../../store/writing/preserve-raw-rows.ts'
import type { OpenDataset } from '../open/open-dataset.ts'
import { type Recovered, recover, requireAnswersFor } from '../open/recover.ts'
import { startDefects, storyDefect, toolsDefect } from '../open/small-files.ts'
import { eventsFile, recordEventLines } from '../report/event-lines.ts'
import type { EventStream } from '../report/events.ts'
import type { Summary } from '../report/summary.ts'
import { endRetries, startRetry } from '../retry/retry.ts'
import type { TaskTrace } from '../scheduler/cells/model-cells.ts'
import { aliasesByModel } from '../usage/usage-report.ts'
import { makeAll } from './passes.ts'
import { processRows } from './process-rows.ts'
import { type OpenedRun, type SharedRun, stopSignalOf } from './run-context.ts'
import { RunHistory } from './run-history.ts'
import { Totals } from './totals.ts'

export interface RunOutcome {
  readonly summary: Summary
  /** What stopped the run; null when it ended by itself, or was salvaged after an early shutdown. */
  readonly error: RowsmithError | null
  readonly earlyShutdown: boolean
  readonly taskTraces: readonly TaskTrace[]
  readonly firstNonRetryableError: RowsmithError | null
}

/** Never rejects: a run that stopped has an outcome too. Gives the lock back. */
export async function executeRun(work: OpenedRun): Promise<RunOutcome> {
  const { components, compiled, events, dataset } = work
  const { directory } = dataset
  const totals = totalsOf(work)
  const history = new RunHistory(components.clock, dataset)
  const shared = { ...work, encoder: new LazyResource(async () => components.encoder()) }
  const isWhole = dataset.block === undefined
  const stopEvents =
    compiled.runConfig.write_scheduler_events && isWhole
      ? await recordEventLines(components, directory.files.place(eventsFile), events)
      : async () => {}
  const stopped = await stepThrough(dataset, () => carryOn(shared, totals, history))
  const ended = await end(shared, totals, history, stopped)
  await stopEvents()
  return outcomeOf(work, totals, await releaseLock(dataset, ended))
}

/** @param work whose dataset is counted */
export function totalsOf({ components, dataset, compiled }: OpenedRun): Totals {
  return new Totals(components.clock, dataset, {
    processors: compiled.transforms.map(({ name }) => name),
    modelColumns: compiled.columns.filter(mayHaveEffects).map(({ name }) => name),
    prices: compiled.prices,
    aliases: aliasesByModel(compiled.config.model_configs),
  })
}

/** @returns what stopped it; null when nothing did */
async function stepThrough(
  { writer }: OpenDataset,
  step: () => Promise<void>,
): Promise<RowsmithError | null> {
  try {
    await step()
    return null
  } catch (cause) {
    return asRowsmithError(await writer.failure(cause))
  }
}

/** The parts of a run, in their order. */
async function carryOn(work: SharedRun, totals: Totals, history: RunHistory): Promise<void> {
  const { intent, events } = work
  const { directory } = work.dataset
  const { dataset, recovered, retrying, lost } = await recoverAll(work, totals)
  totals.start(recovered)
  warnOfMissing(recovered.missing, events)
  const isWhole = work.dataset.block === undefined
  if (isWhole) await warnOfSideFiles(work, recovered)
  if (lost !== null) events.emit({ type: 'warning', code: 'loss_accepted', message: lost.message })
  await totals.writeMetadata()
  await history.started(totals, retrying)
  // What is made of all rows is not the matter of a block.
  const hasPostProcessing = isWhole && isPostProcessed(dataset.run)
  if (hasPostProcessing) await collectTables(directory)
  const { acceptLoss } = work.options
  const reread = () => recover({ ...dataset, view: dataset.view.refresh() }, acceptLoss)
  const { now, isOver } = await makeAll({ ...work, dataset }, recovered, totals, reread)
  if (!isOver) return totals.leaveOpen(work.options.callBack ? 'cancel' : 'detach')
  await endRetries(recovered, totals.pending, dataset.run.segments, dataset.writer)
  if (hasPostProcessing && intent.kind !== 'preview') await processRows(now, totals)
  if (isWhole) await countColumns(now, totals)
}

/** A dataset as it is found, and as it is when nothing is left to be recovered. */
interface RecoveredDataset {
  readonly dataset: OpenDataset
  readonly recovered: Recovered
  readonly retrying: Awaited<ReturnType<typeof startRetry>>
  /** Answers that were lost, as it was found. */
  readonly lost: Recovered['lost']
}

/** Raw rows that a stage needs apart, and the cells of a retry, change what is there: it is looked at again. */
async function recoverAll(work: SharedRun, totals: Totals): Promise<RecoveredDataset> {
  const { dataset: found, intent, compiled, events } = work
  const { acceptLoss } = work.options
  const { writer } = found
  const first = await recover(found, acceptLoss)
  const neededMedia = () => first.stored.mediaNeeded()
  await writer.collectGarbage(neededMedia, async () => {
    const { commits } = await found.view.logs()
    return commits
  })
  const isApart = !isPostProcessed(found.run) || found.run.raw_folder !== 'parquet-files'
  const dataset = isApart ? found : { ...found, run: await preserveRawRows(writer, found.run, first) }
  totals.follow(dataset)
  const again = isApart ? first : await recover({ ...dataset, view: found.view.refresh() }, acceptLoss)
  if (intent.kind !== 'retry') return { dataset, recovered: again, retrying: undefined, lost: first.lost }
  const { request } = intent
  const looks = {
    choose: () => request.choose(found.view.refresh(), dataset.run, compiled.columns),
    requireAnswers: (retry: Retry) =>
      requireAnswersFor(retry, { ...dataset, view: found.view.refresh() }, acceptLoss),
  }
  const retrying = await startRetry(request, looks, again.retries, writer, events)
  const recovered = await recover({ ...dataset, view: found.view.refresh() }, acceptLoss)
  return { dataset, recovered, retrying, lost: recovered.lost ?? first.lost }
}

/** Closes what was opened, and writes down how it ended. @returns what the run ends with */
async function end(
  { dataset, encoder }: SharedRun,
  totals: Totals,
  history: RunHistory,
  stopped: RowsmithError | null,
): Promise<RowsmithError | null> {
  // What was published is durable already: a failed end mark costs nothing.
  await dataset.writer.endCommits().catch(() => {})
  await encoder.close().catch(() => {})
  // A disk that failed is left alone, and so is a dataset that belongs to another process now.
  if (stopped?.code === 'lock_lost' || (stopped !== null && isStorage(stopped))) return stopped
  const written = worse(stopped, await stepThrough(dataset, () => totals.writeMetadata()))
  return worse(written, await stepThrough(dataset, () => history.ended(totals.summary(written), written)))
}

async function releaseLock(
  { writer }: OpenDataset,
  ended: RowsmithError | null,
): Promise<RowsmithError | null> {
  return writer.release().then(
    () => ended,
    (cause: unknown) => worse(ended, asRowsmithError(cause)),
  )
}

function outcomeOf({ compiled }: OpenedRun, totals: Totals, error: RowsmithError | null): RunOutcome {
  const summary = totals.summary(error)
  const { engine: scheduler } = totals
  return {
    summary: compiled.resizing.length > 0 ? { ...summary, resume_command: null } : summary,
    error: compiled.runConfig.salvage && error?.code === 'early_shutdown' ? null : error,
    earlyShutdown: scheduler?.earlyShutdown ?? false,
    taskTraces: scheduler?.taskTraces ?? [],
    firstNonRetryableError: scheduler?.firstNonRetryableError ?? null,
  }
}

/** Small files that a run does not write again: damage to them costs no row, and `rowsmith verify --repair` fixes it. */
async function warnOfSideFiles({ dataset, events }: SharedRun, found: Recovered): Promise<void> {
  const { view, run, decision } = dataset
  const started =
    found.published.size > found.imported.length || found.segments.some(({ groups }) => groups.size > 0)
  const story = await storyDefect(view, started)
  // A run that has something to do has written the others again.
  const isLeft = decision === 'already_complete'
  const start = isLeft ? await startDefects(view, run, started) : [await toolsDefect(view)]
  for (const { path, what } of [...start, story].filter((each) => each !== undefined)) {
    const message = `${path}: ${what}. No row depends on it; \`rowsmith verify DATASET_DIR --repair\` repairs what can be repaired`
    events.emit({ type: 'warning', code: 'not_whole', message })
  }
}

/** What a run ends with: of a stop and a disk that fails after it, the disk (rule N15 of `run-stop.ts`). */
function worse(first: RowsmithError | null, next: RowsmithError | null): RowsmithError | null {
  if (first === null || next === null) return first ?? next
  return isStorage(next) && !isStorage(first) ? next : first
}

function isStorage({ code }: RowsmithError): boolean {
  return errorCodes[code].class === 'storage'
}

/** Statistics of what was made, for metadata.json. They are worth no run: where they cannot be counted, it is reported. */
async function countColumns(work: OpenedRun, totals: Totals): Promise<void> {
  const { intent, components, dataset, events } = work
  if (components.statistics === null || intent.kind === 'preview' || !totals.uncounted) return
  const signal = stopSignalOf(work)
  try {
    totals.counted(await components.statistics(dataset.directory.path, signal, totals.tokens))
  } catch (cause) {
    if (signal.aborted) return
    const message = `The columns of the dataset could not be counted: ${asRowsmithError(cause).message}`
    events.emit({ type: 'warning', code: 'not_counted', message })
  }
}

/** A published group stays published, whatever goes missing next to it (W13): it is reported at every start. */
function warnOfMissing(missing: readonly string[], events: EventStream): void {
  if (missing.length === 0) return
  const shown = `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}`
  const message = `Files of published row groups are missing: ${shown}. ${errorCodes.sidecar_missing.nextStep}`
  events.emit({ type: 'warning', code: 'sidecar_missing', message })
}
