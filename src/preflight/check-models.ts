/** Which models a config uses, and the result of one request to each. */
import { usedAliases } from '../config/check/aliases.ts'
import { checkConfig } from '../config/check/check.ts'
import { allProviders } from '../config/files/providers.ts'
import { overrideModels } from '../config/form/override.ts'
import type { Config, ModelConfig } from '../config/schema/schema.ts'
import { checkModels, type ModelCheck } from '../models/connect/check-models.ts'
import { readTlsFiles } from '../models/http/tls.ts'
import { type CreateOptions, type RunComponents, resolveComponents } from '../run/request/options.ts'

/** Options of a check of models. */
export type CheckModelsOptions = Pick<CreateOptions, 'providers' | 'models' | 'env' | 'signal'>

/** See `checkModels` of the front door. */
export async function checkModelsOf(
  config: Config | readonly ModelConfig[],
  options: CheckModelsOptions,
  components: RunComponents,
): Promise<ModelCheck[]> {
  const { disk, clock, transport, languageModels } = resolveComponents(components)
  const models = isConfig(config) ? usedModels(overrideModels(config, [...(options.models ?? [])])) : config
  const providers = allProviders(options.providers ?? [])
  const inUse = providers.filter(({ name }) => models.some(({ provider }) => provider === name))
  return checkModels({
    models,
    providers,
    env: options.env ?? process.env,
    tls: await readTlsFiles(disk, inUse),
    transport,
    languageModels,
    clock,
    signal: options.signal ?? new AbortController().signal,
  })
}

function isConfig(config: Config | readonly ModelConfig[]): config is Config {
  return !Array.isArray(config)
}

/** Those that a column, a profiler or a function calls. */
function usedModels(config: Config): readonly ModelConfig[] {
  checkConfig(config)
  const used = new Set(usedAliases(config).map(({ name }) => name))
  return config.model_configs.filter(({ alias }) => used.has(alias))
}
