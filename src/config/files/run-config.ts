/**
 * How to run a config: how many rows at a time, how many requests, when to give up. Never part of a config or of
 * its fingerprint.
 *
 * `engine`, `salvage`, `max_request_attempts`, `wait_for_endpoint_seconds`, `prices` and `inference` are Rowsmith's own; everything else has the reference's names and defaults.
 */
import { z } from 'zod'
import { isValueObject, type Value } from '../../base/values/value.ts'
import { issuesError, readBy } from '../reading/issues.ts'
import { byName, flag, float, int, strict } from '../reading/lax.ts'
import { namedSource, type Source } from '../reading/source.ts'
import { parseYaml } from '../reading/yaml.ts'
import { inference } from './inference.ts'
import { price } from './prices.ts'

const requestAdmission = strict({
  multiplicative_decrease_factor: float(z.number().gt(0).lt(1)).default(0.75),
  additive_increase_step: int(z.int().min(1)).default(1),
  successes_until_increase: int(z.int().min(1)).default(25),
  cooldown_seconds: float(z.number().gt(0)).default(2),
  startup_ramp_seconds: float(z.number().min(0)).default(0),
})

export const runConfigSchema = strict({
  /** Never stop early, however many requests fail. */
  disable_early_shutdown: flag.default(false),
  shutdown_error_rate: float(z.number().min(0).max(1)).default(0.5),
  shutdown_error_window: int(z.int().min(1)).default(10),
  /** Rows per row group, which is one Parquet file. */
  buffer_size: int(z.int().min(1)).default(1000),
  max_concurrent_row_groups: int(z.int().min(1)).default(3),
  max_in_flight_tasks: int(z.int().min(1)).default(1024),
  non_inference_max_parallel_workers: int(z.int().min(1)).default(4),
  max_conversation_restarts: int(z.int().min(0)).default(5),
  max_conversation_correction_steps: int(z.int().min(0)).default(0),
  async_trace: flag.default(false),
  write_scheduler_events: flag.default(false),
  display_tui: flag.default(false),
  /** Seconds. */
  progress_interval: float(z.number().gt(0)).default(5),
  otel_metrics_port: int(z.int().min(1).max(65535)).nullable().default(9464),
  preserve_dropped_columns: flag.default(true),
  jinja_rendering_engine: z.enum(['secure', 'native']).default('secure'),
  request_admission: requestAdmission.nullable().default(null),
  /** Both engines make the same bytes. */
  engine: z.enum(['concurrent', 'sequential']).default('concurrent'),
  /** After an early shutdown, publish the surviving rows of unfinished row groups, as the reference does. */
  salvage: flag.default(false),
  /** Requests that one answer may take when they fail for a transient cause, before its row is dropped. */
  max_request_attempts: int(z.int().min(1)).default(5),
  /** How long a run waits for an endpoint that answers no request. 0: it stops after a few tries. */
  wait_for_endpoint_seconds: float(z.number().min(0)).default(0),
  /** What models cost, by alias; wins over the prices of a providers file. Decides nothing but the accounting and its budgets. */
  prices: byName(price).default({}),
  /** How models are called, by alias: `batch` for half the price, a day later; wins over what a providers file says. */
  inference: byName(inference).default({}),
})

export type RunConfig = z.output<typeof runConfigSchema>

export const defaultRunConfig: RunConfig = runConfigSchema.parse({})

/**
 * Reads a run config file: only the keys it gives, since a resumed run takes what is not given from the dataset.
 *
 * @throws RowsmithError config_unreadable, config_invalid
 */
export function parseRunConfig(text: string, name: string): Partial<RunConfig> {
  const { value, source } = parseYaml(text, name)
  return readGiven(value ?? {}, source)
}

/**
 * The whole run config: defaults under what is given, and what one setting means for another.
 *
 * @throws RowsmithError config_invalid for settings made in code that are out of range
 */
export function completeRunConfig(given: Partial<RunConfig>): RunConfig {
  const complete = readBy(runConfigSchema, given as unknown as Value, namedSource('run config'))
  return complete.disable_early_shutdown ? { ...complete, shutdown_error_rate: 1 } : complete
}

function readGiven(value: Value, source: Source): Partial<RunConfig> {
  const named = withTodaysNames(value, source)
  const complete = readBy(runConfigSchema, named, source)
  const given = isValueObject(named) ? Object.keys(named) : []
  return Object.fromEntries(given.map((key) => [key, complete[key as keyof RunConfig]]))
}

/** What the keys of the former `throttle` are called now; its `ceiling_overshoot` means nothing any more. */
const throttleNames = new Map([
  ['reduce_factor', 'multiplicative_decrease_factor'],
  ['additive_increase', 'additive_increase_step'],
  ['success_window', 'successes_until_increase'],
  ['cooldown_seconds', 'cooldown_seconds'],
  ['rampup_seconds', 'startup_ramp_seconds'],
])

/** Spellings that the reference has given up, but still reads. */
function withTodaysNames(value: Value, source: Source): Value {
  if (!isValueObject(value)) return value
  const { throttle, progress_bar: progressBar, ...rest } = value
  const named: Record<string, Value> = { ...rest }
  if (progressBar !== undefined) named.display_tui ??= progressBar
  if (throttle === undefined) return named
  if ('request_admission' in rest) {
    const what = 'cannot stand next to request_admission, which replaces it'
    throw issuesError([{ path: ['throttle'], what }], source)
  }
  const entries = isValueObject(throttle) ? Object.entries(throttle) : undefined
  named.request_admission =
    entries === undefined
      ? throttle
      : Object.fromEntries(
          entries
            .filter(([key]) => key !== 'ceiling_overshoot')
            .map(([key, setting]) => [throttleNames.get(key) ?? key, setting]),
        )
  return named
}
