import { RowsmithError } from '../../base/errors/errors.ts'
import { rememberSource, sourceOf } from '../reading/source.ts'
import { didYouMean } from '../reading/suggest.ts'
import type { Config } from '../schema/schema.ts'

/** Another model for an alias: `--model writer=openai/gpt-4.1-mini`. */
export interface ModelChoice {
  readonly alias: string
  readonly provider: string
  readonly model: string
}

/**
 * The config with other models under its aliases; their parameters stay.
 *
 * @throws RowsmithError unknown_model_alias
 */
export function overrideModels(config: Config, choices: readonly ModelChoice[]): Config {
  const aliases = config.model_configs.map((model) => model.alias)
  for (const { alias } of choices) {
    if (aliases.includes(alias)) continue
    const known = aliases.length === 0 ? 'it defines none' : `it defines ${aliases.join(', ')}`
    throw new RowsmithError(
      'unknown_model_alias',
      `${sourceOf(config).name} has no model alias "${alias.slice(0, 60)}"; ${known}${didYouMean(alias, aliases)}`,
      { facts: { alias: alias.slice(0, 60), known: aliases } },
    )
  }
  const chosen = new Map(choices.map((choice) => [choice.alias, choice]))
  return withModels(config, (model) => {
    const choice = chosen.get(model.alias)
    return choice === undefined ? model : { ...model, provider: choice.provider, model: choice.model }
  })
}

/** The config with `limit` requests in flight at most for each of its models. */
export function limitParallelRequests(config: Config, limit: number): Config {
  return withModels(config, (model) => ({
    ...model,
    inference_parameters: { ...model.inference_parameters, max_parallel_requests: limit },
  }))
}

type Model = Config['model_configs'][number]

function withModels(config: Config, change: (model: Model) => Model): Config {
  return rememberSource({ ...config, model_configs: config.model_configs.map(change) }, sourceOf(config))
}
