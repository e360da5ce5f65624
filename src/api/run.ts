/** Runs as their user holds them: `create`, `resume`, `retry`, and what they end with. */
import type { RowsmithError } from '../base/errors/errors.ts'
import type { ConfigInput } from '../code/from-code.ts'
import type { Config } from '../config/schema/schema.ts'
import type { RunOutcome } from '../run/execute/execute-run.ts'
import type { EventOptions, RunEvent } from '../run/report/events.ts'
import type { DecisionKind, Summary } from '../run/report/summary.ts'
import type { Components, ResumeOptions } from '../run/request/options.ts'
import type { TaskTrace } from '../run/scheduler/cells/model-cells.ts'
import { startRun } from '../run/start/start.ts'
import type { Row } from '../store/parquet/parquet-rows.ts'
import type { TypedDataset } from '../typed/dataset.ts'
import { withTypedRows } from '../typed/rows.ts'
import { runComponents } from './components.ts'
import { type Dataset, open } from './dataset.ts'
import { type AnyConfig, configOf } from './load.ts'
import { type RetryOptions, retryTarget } from './retry-options.ts'
import { type GenerateOptions, runOptions } from './run-options.ts'

/** A finished run, and the dataset it belongs to. */
export interface Results<R = Row> extends Dataset<R> {
  /** What this run did with the directory that it found. */
  readonly decision: DecisionKind
  /** The object that `--json` prints; each field says whether it is about the whole dataset or this run. */
  readonly summary: Summary
  /**
   * True when this run stopped because answers failed again and again and the run config has `salvage`, so that the
   * surviving rows are published. Without `salvage` such a run rejects with the code `early_shutdown`.
   */
  readonly earlyShutdown: boolean
  /** The first failure of this run that cost a row, or null. */
  readonly firstNonRetryableError: RowsmithError | null
  /** One entry per model cell of this run, when the run config has `async_trace`; else empty. */
  readonly taskTraces: readonly TaskTrace[]
}

/**
 * A run under way: the promise of its results, which rejects with a RowsmithError that says what stopped it and what to do;
 * `summary` on that error says how far it came.
 *
 *     const run = create('reviews.yaml', { numRecords: 100 })
 *     for await (const event of run.events()) console.log(event.type)
 *     const results = await run
 */
export interface Run<R = Results, E = RunEvent> extends Promise<R> {
  /** Everything that happens from now on, until the run ends. May be watched several times, or not at all. */
  events(options?: EventOptions): AsyncIterable<E>
}

/**
 * Generates a dataset, or continues it: the same call after a stop of any kind continues where it was.
 *
 * @param config a dataset of `dataset()`, a config as `defineConfig` or `loadConfig` gives it, or the path of a file
 * @throws RowsmithError what stopped the run. Under `--throw-deprecation`, for a config with `allow_resize`: the
 *   DeprecationWarning itself, before anything is written
 */
export function create<R extends object>(
  dataset: TypedDataset<R>,
  options?: GenerateOptions,
  components?: Components,
): Run<Results<R>>
export function create<R extends object = Row>(
  config: Config | ConfigInput | string,
  options?: GenerateOptions,
  components?: Components,
): Run<Results<R>>
export function create(
  config: Config | ConfigInput | string,
  options?: GenerateOptions,
  components?: Components,
): Run<Results>
export function create(
  config: AnyConfig,
  options: GenerateOptions = {},
  components: Components = {},
): Run<Results> {
  return runOf(
    startRun(
      { kind: 'create', config: () => configOf(config) },
      runOptions(options),
      runComponents(components),
    ),
    (outcome) => withTypedRows(resultsOf(outcome, components), config),
  )
}

/** Continues a dataset. What is not given is taken from the dataset, as it was last started. */
export function resume(
  directory: string,
  { config, ...options }: ResumeOptions = {},
  components: Components = {},
): Run {
  return runOf(
    startRun({ kind: 'resume', directory, config }, options, runComponents(components)),
    (outcome) => resultsOf(outcome, components),
  )
}

/**
 * Generates cells of a dataset again: those that failed, or those that `options` name, and what depends on them. Row groups are
 * replaced whole, by ones that hold every row there was; a row that cannot be generated again stays as it is. Stopped anywhere,
 * the same call or `resume` continues.
 */
export function retry(directory: string, options: RetryOptions = {}, components: Components = {}): Run {
  const { target, run } = retryTarget(directory, options)
  return runOf(startRun(target, run, runComponents(components)), (outcome) => resultsOf(outcome, components))
}

/** A run and the promise of what `finish` makes of its end. Who watches events learns of a failure there, or by awaiting. */
export function runOf<O, R, E>(
  handle: { events(options?: EventOptions): AsyncIterable<E>; readonly outcome: Promise<O> },
  finish: (outcome: O) => R | Promise<R>,
): Run<R, E> {
  const result = handle.outcome.then(finish)
  const events = (options?: EventOptions): AsyncIterable<E> => {
    result.catch(() => {})
    return handle.events(options)
  }
  return Object.assign(result, { events })
}

export function resultsOf(outcome: RunOutcome, components: Components): Results {
  const { summary, taskTraces, firstNonRetryableError, earlyShutdown } = outcome
  return {
    ...open(summary.dataset_path, components),
    decision: summary.decision,
    summary,
    earlyShutdown,
    firstNonRetryableError,
    taskTraces,
  }
}
