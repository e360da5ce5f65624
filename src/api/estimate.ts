/** What a run would request and what that would cost: nothing is sent, nothing is written. */
import { forecastRun } from '../preflight/dry-run.ts'
import type { Forecast } from '../preflight/forecast-summary.ts'
import type { Components, ResumeOptions } from '../run/request/options.ts'
import { runComponents } from './components.ts'
import { type AnyConfig, configOf } from './load.ts'
import { type RetryOptions, retryTarget } from './retry-options.ts'
import { type GenerateOptions, runOptions } from './run-options.ts'

/**
 * What `create` would request, and what that would cost. Tokens are estimated from answers to the same columns: make a preview first.
 *
 * @throws RowsmithError as `create` before its first byte
 */
export async function estimate(
  config: AnyConfig,
  options: GenerateOptions = {},
  components: Components = {},
): Promise<Forecast> {
  const target = { kind: 'create', config: () => configOf(config) } as const
  return forecastRun(target, runOptions(options), runComponents(components))
}

export function estimateResume(
  directory: string,
  { config, ...options }: ResumeOptions,
  components: Components,
): Promise<Forecast> {
  return forecastRun({ kind: 'resume', directory, config }, options, runComponents(components))
}

export async function estimateRetry(
  directory: string,
  options: RetryOptions,
  components: Components,
): Promise<Forecast> {
  const { target, run } = retryTarget(directory, options)
  return forecastRun(target, run, runComponents(components))
}
