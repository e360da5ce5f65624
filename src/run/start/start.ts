/**
 * The run as its user holds it: events while it goes on, results when it is done.
 *
 * A command is a line: a target (`request/intent.ts`) is prepared (`open/prepare-run.ts`), opened (`open/open-dataset.ts`), and carried
 * out (`execute/execute-run.ts`).
 */
import { asRowsmithError } from '../../base/errors/errors.ts'
import { closingAfter } from '../../base/work/closing.ts'
import { rowCount } from '../../plan/row-groups.ts'
import { executeRun, type RunOutcome } from '../execute/execute-run.ts'
import { type ForeignComplete, openDataset } from '../open/open-dataset.ts'
import { prepareRun, type RunTarget } from '../open/prepare-run.ts'
import { isDeprecation } from '../prepare/deprecation.ts'
import { type EventOptions, EventStream, type RunEvent } from '../report/events.ts'
import { abortedError } from '../request/aborted.ts'
import { type CreateOptions, type RunComponents, resolveComponents } from '../request/options.ts'
import { noPrices } from '../usage/prices.ts'
import { usageReportOf } from '../usage/usage-report.ts'
import { executeBlocks } from './execute-blocks.ts'

/** A run under way. */
export interface RunHandle {
  /** Everything that happens from now on; ends with the run. */
  events(options?: EventOptions): AsyncIterableIterator<RunEvent>
  /**
   * Resolves when the run is done; rejects with a RowsmithError, whose `summary` says how far it came. Under
   * `--throw-deprecation` a run that uses `allow_resize` rejects with the DeprecationWarning itself.
   */
  readonly outcome: Promise<RunOutcome>
}

/** Starts a run. Nothing happens before the next turn of the event loop, so no event is missed. */
export function startRun(target: RunTarget, options: CreateOptions, components: RunComponents): RunHandle {
  const events = new EventStream()
  const outcome = (async () => {
    try {
      await new Promise(setImmediate)
      const done = await runTarget(target, options, components, events)
      events.emit({ type: 'finished', summary: done.summary })
      if (done.error !== null) throw Object.assign(done.error, { summary: done.summary })
      return done
    } catch (error) {
      throw isDeprecation(error) ? error : asRowsmithError(error)
    } finally {
      events.end()
    }
  })()
  outcome.catch(() => {})
  return { events: (options) => events.watch(options), outcome }
}

function runTarget(
  target: RunTarget,
  options: CreateOptions,
  components: RunComponents,
  events: EventStream,
): Promise<RunOutcome> {
  const emit = (event: RunEvent) => events.emit(event)
  return closingAfter(async (closing) => {
    const prepared = await prepareRun(target, options, resolveComponents(components), emit, closing)
    const opened = await openDataset(prepared, emit).catch((error: unknown) => {
      const { signal } = prepared.options
      // A wait for the lock ends with the bare reason of the signal.
      throw signal?.aborted && error === signal.reason ? abortedError(signal) : error
    })
    if (opened.kind === 'foreign-complete') return foreignOutcome(opened.dataset)
    const work = { ...prepared, dataset: opened.dataset, events }
    return opened.dataset.run.blocks === undefined ? executeRun(work) : executeBlocks(work)
  })
}

function foreignOutcome(dataset: ForeignComplete): RunOutcome {
  const planned = rowCount(dataset.ranges)
  const nothing = usageReportOf(new Map(), noPrices)
  return {
    error: null,
    earlyShutdown: false,
    taskTraces: [],
    firstNonRetryableError: null,
    summary: {
      dataset_path: dataset.directory.path,
      decision: 'already_complete',
      rows_planned: planned,
      rows_written: dataset.rows,
      // What another tool lost is not recorded anywhere: it is what is missing.
      rows_dropped: Math.max(0, planned - dataset.rows),
      rows_open: 0,
      row_groups: { total: dataset.groups, reused: dataset.groups, generated: 0 },
      this_run: {
        requests_sent: 0,
        replies_replayed: 0,
        replies_reused: 0,
        usage: nothing.usage,
        cost: null,
        cost_complete: true,
        models: [],
        seconds: 0,
        columns: [],
      },
      total: { ...nothing, unrecorded_at_most: 0 },
      replies_unused: 0,
      reuse_sources: [],
      cells_skipped: [],
      failures: [],
      stage: null,
      resume_command: null,
    },
  }
}
