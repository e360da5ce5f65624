/**
 * An opened dataset from where it stands to where it was asked to be, and what that amounted to.
 *
 * Owns: the order of a run's parts (recovering, `generate.ts`, `process-rows.ts`), the life of the commits and the encoder.
 * Rules:
 *   C2. Everything that was opened is closed on every path; the first failure is the one that is told.
 *   C3. The lock is given back last.
 */
import { errorCodes } from '../../base/errors/error-codes.ts'
import { asRowsmithError, type RowsmithError } from '../../base/errors/errors.ts'
import { LazyResource } from '../../base/work/lazy-resource.ts'
import { mayHaveEffects } from '../../columns/column/topological-order.ts'
import { isPostProcessed } from '../../store/logs/post-processing-commits.ts'
import { collectDrafts } from '../../store/publishing/collect-garbage.ts'
import { MediaStore } from '../../store/publishing/media.ts'
import { Publisher } from '../../store/publishing/publish.ts'
import { collectTables } from '../../store/publishing/table-swap.ts'
import { mediaNeeded } from '../effects/replay-state.ts'
import { recover } from '../open/recover.ts'
import { eventsFile, recordEventLines } from '../report/event-lines.ts'
import type { EventStream } from '../report/events.ts'
import type { Summary } from '../report/summary.ts'
import { endRetries, startRetry } from '../retry/retry.ts'
import type { TaskTrace } from '../scheduler/cells/model-cells.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { aliasesByModel } from '../usage/usage-report.ts'
import { generate } from './generate.ts'
import { preserveRawRows } from './preserve-raw-rows.ts'
import { processRows } from './process-rows.ts'
import type { PreparedRun, RunContext } from './run-context.ts'
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
export async function executeRun(work: PreparedRun): Promise<RunOutcome> {
  const totals = new Totals(work.components, work.dataset, {
    processors: work.compiled.transforms.map(({ name }) => name),
    modelColumns: work.compiled.columns.filter(mayHaveEffects).map(({ name }) => name),
    prices: work.compiled.prices,
    aliases: aliasesByModel(work.compiled.config.model_configs),
  })
  const { lock, directory } = work.dataset
  const history = new RunHistory(work.components, work.dataset)
  const publisher = new LazyResource(() =>
    Publisher.open({ directory, epoch: lock.epoch, check: () => lock.check() }),
  )
  const encoder = new LazyResource(async () => work.components.encoder())
  const { write_scheduler_events: writesEvents } = work.compiled.runConfig
  const stopEvents = writesEvents
    ? await recordEventLines(work.components, directory.file(eventsFile), work.events)
    : async () => {}
  const errorOf = async (cause: unknown): Promise<RowsmithError> => asRowsmithError(await lock.failure(cause))
  let scheduler: Scheduler | undefined
  let error: RowsmithError | null = null
  try {
    let { dataset } = work
    const { acceptLoss } = work.options
    const holder = { boot: dataset.boot, epoch: lock.epoch, acceptLoss }
    let recovered = await recover(directory, dataset.run, holder)
    const { lost } = recovered
    await collectDrafts(directory, lock.epoch)
    await new MediaStore(directory).collectGarbage(mediaNeeded(recovered.stored))
    const hasPostProcessing = isPostProcessed(dataset.run)
    if (hasPostProcessing && dataset.run.raw_folder === 'parquet-files') {
      dataset = { ...dataset, run: await preserveRawRows(dataset, recovered, publisher) }
      totals.follow(dataset)
      recovered = await recover(directory, dataset.run, holder)
    }
    let retrying: Awaited<ReturnType<typeof startRetry>>
    if (work.options.retry !== null) {
      retrying = await startRetry(work.options.retry, recovered.retries, publisher, work.events)
      recovered = await recover(directory, dataset.run, holder)
    }
    totals.start(recovered)
    warnOfMissing(recovered.missing, work.events)
    if (lost !== null) work.events.emit({ type: 'warning', code: 'loss_accepted', message: lost.message })
    await totals.writeMetadata()
    await history.started(totals, retrying)
    if (hasPostProcessing) await collectTables(directory)
    const now: RunContext = { ...work, dataset, publisher, encoder }
    scheduler = await generate(now, recovered, totals, (started) => {
      scheduler = started
    })
    await endRetries(recovered, totals.pending, dataset.run.segments, publisher)
    if (hasPostProcessing && work.options.preview === null) await processRows(now, totals)
    await countColumns(now, totals)
  } catch (cause) {
    error = await errorOf(cause)
  }
  // What was published is durable already: a failed end mark costs nothing.
  await publisher.close().catch(() => {})
  await encoder.close().catch(() => {})
  // A disk that failed is left alone, and so is a dataset that belongs to another process now.
  if (error === null || (error.code !== 'lock_lost' && errorCodes[error.code].class !== 'storage')) {
    await totals.writeMetadata().catch(async (cause: unknown) => {
      error = worse(error, await errorOf(cause))
    })
    await history.ended(totals.summary(scheduler, error), error).catch(async (cause: unknown) => {
      error = worse(error, await errorOf(cause))
    })
  }
  await stopEvents()
  await lock.release().catch((cause: unknown) => {
    error = worse(error, asRowsmithError(cause))
  })
  const summary = totals.summary(scheduler, error)
  return {
    summary: work.compiled.resizing.length > 0 ? { ...summary, resume_command: null } : summary,
    error: work.compiled.runConfig.salvage && error?.code === 'early_shutdown' ? null : error,
    earlyShutdown: scheduler?.earlyShutdown ?? false,
    taskTraces: scheduler?.taskTraces ?? [],
    firstNonRetryableError: scheduler?.firstNonRetryableError ?? null,
  }
}

/** What a run ends with: of a stop and a disk that fails after it, the disk (rule N15 of `run-stop.ts`). */
function worse(first: RowsmithError | null, next: RowsmithError): RowsmithError {
  const isDisk = (error: RowsmithError): boolean => errorCodes[error.code].class === 'storage'
  return first === null || (isDisk(next) && !isDisk(first)) ? next : first
}

/** Statistics of what was made, for metadata.json. They are worth no run: where they cannot be counted, it is told. */
async function countColumns(
  { components, dataset, options, events }: PreparedRun,
  totals: Totals,
): Promise<void> {
  if (components.statistics === null || options.preview !== null || !totals.uncounted) return
  const given = [options.signal, dataset.lockLost].filter((signal) => signal !== null)
  const signal = AbortSignal.any(given)
  try {
    totals.counted(await components.statistics(dataset.directory.path, signal))
  } catch (cause) {
    if (signal.aborted) return
    const message = `The columns of the dataset could not be counted: ${asRowsmithError(cause).message}`
    events.emit({ type: 'warning', code: 'not_counted', message })
  }
}

/** A published group stays published, whatever goes missing beside it (W13): it is told at every start. */
function warnOfMissing(missing: readonly string[], events: EventStream): void {
  if (missing.length === 0) return
  const shown = `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}`
  const message = `Files of published row groups are missing: ${shown}. ${errorCodes.companion_missing.nextStep}`
  events.emit({ type: 'warning', code: 'companion_missing', message })
}
