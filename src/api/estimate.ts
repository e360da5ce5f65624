/** What a run would request and what that would cost: nothing is sent, nothing is written. */
import type { ConfigInput } from '../code/from-code.ts'
import type { Config } from '../config/schema/schema.ts'
import { forecastCreate, forecastResume, forecastRetry } from '../preflight/dry-run.ts'
import type { Forecast } from '../preflight/forecast-summary.ts'
import type { Components, CreateOptions } from '../run/request/options.ts'
import type { ResumeOptions } from '../run/start.ts'
import { runComponents } from './components.ts'
import { configOf } from './load.ts'
import { type RetryOptions, retryIntent } from './retry-options.ts'

/**
 * What `create` would request, and what that would cost. Tokens are estimated from answers to the same columns: make a preview first.
 *
 * @throws RowsmithError as `create` before its first byte
 */
export async function estimate(
  config: Config | ConfigInput | string,
  options: CreateOptions = {},
  components: Components = {},
): Promise<Forecast> {
  return forecastCreate(await configOf(config), options, runComponents(components))
}

export function estimateResume(
  directory: string,
  options: ResumeOptions,
  components: Components,
): Promise<Forecast> {
  return forecastResume(directory, options, runComponents(components))
}

export async function estimateRetry(
  directory: string,
  options: RetryOptions,
  components: Components,
): Promise<Forecast> {
  const { request, run } = retryIntent(options)
  return forecastRetry(directory, request, run, runComponents(components))
}
