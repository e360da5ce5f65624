/**
 * What a config or a run config may say that changes nothing here. It is read, since other tools' files say it, and reported: nothing is
 * ignored without a word.
 */

import { sourceOf } from '../reading/source.ts'
import type { Config } from '../schema/schema.ts'
import { defaultRunConfig, type RunConfig } from './run-config.ts'

/** Settings of the reference that nothing here depends on, and why. */
export const settingsWithoutEffect: { readonly [K in keyof RunConfig]?: string } = {
  max_concurrent_row_groups: 'open rows are bounded by the buffer size and the limits of the models',
  max_in_flight_tasks:
    'a cell waits as a number, not as a task; requests are bounded by max_parallel_requests',
  non_inference_max_parallel_workers: 'columns without a model are made column by column',
  display_tui: 'the command draws its own progress',
  progress_interval: 'progress is drawn as it happens',
  otel_metrics_port:
    'no port is opened; measurements go through the OpenTelemetry API, where a program registers it',
}

/** One sentence for each thing that was said and has no effect. */
export function withoutEffect(config: Config, runConfig: Partial<RunConfig>): string[] {
  const said: string[] = []
  if (config.profilers.length > 0) {
    said.push(
      `${sourceOf(config).name}: profilers are not run: they describe a dataset, and change no row of it; rowsmith profile counts scores`,
    )
  }
  for (const [name, why] of Object.entries(settingsWithoutEffect)) {
    const key = name as keyof RunConfig
    const given = runConfig[key]
    if (given !== undefined && given !== defaultRunConfig[key])
      said.push(`run config: ${key} has no effect: ${why}`)
  }
  return said
}
