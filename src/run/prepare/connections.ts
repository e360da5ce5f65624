/**
 * Whom the cells of a run ask: its models and its tools.
 *
 * Owns: what a run must have before cells are made, each reported before the first byte is written.
 */
import type { ProviderConfig } from '../../config/files/providers.ts'
import { connectModels } from '../../models/connect/connect.ts'
import type { BatchingModels } from '../../models/contract/batch.ts'
import { assumedMaxTokens, maxOutputTokens } from '../../models/contract/request-size.ts'
import { readTlsFiles } from '../../models/http/tls.ts'
import type { ToolConnections } from '../../tools/toolbox/connect.ts'
import type { RunEvent } from '../report/events.ts'
import type { ResolvedComponents, ResolvedOptions } from '../request/options.ts'
import { priceMissing } from '../usage/budget.ts'
import { type CompiledConfig, requireBuilt, usedModels } from './compiled-config.ts'
import { toolsOf } from './dataset-tools.ts'
import { warnOfResizing } from './deprecation.ts'

export interface Connections {
  readonly models: BatchingModels
  readonly tools: ToolConnections
  close(): Promise<void>
}

interface Parts {
  readonly compiled: CompiledConfig
  readonly options: ResolvedOptions
  readonly components: ResolvedComponents
  readonly providers: readonly ProviderConfig[]
}

/**
 * Reads what connecting needs, and connects to nothing yet.
 *
 * @returns connects, and warns of what cells can cost. Throws RowsmithError not_built_yet, price_missing, unknown_provider,
 *   missing_api_key; under `--throw-deprecation` the warning of `allow_resize`
 * @throws RowsmithError config_not_found for a TLS file
 */
export async function connectRun(
  { compiled, options, components, providers }: Parts,
  emit: (event: RunEvent) => void,
): Promise<() => Promise<Connections>> {
  const used = usedModels(compiled)
  const inUse = new Set(used.map(({ provider }) => provider))
  const tls = await readTlsFiles(
    components.disk,
    providers.filter(({ name }) => inUse.has(name)),
  )
  const { env, mcpProviders, numRecords } = options
  const { transport, languageModels, clock } = components
  return async () => {
    requireBuilt(compiled)
    requirePrices(compiled, options)
    const models = connectModels({ models: used, providers, env, tls, transport, languageModels, clock })
    const tools = toolsOf(compiled.config, {
      providers: mcpProviders,
      env,
      clock,
      onChanged: (message) => emit({ type: 'warning', code: 'tools_changed', message }),
      onNote: (message) => emit({ type: 'warning', code: 'tools_odd', message }),
    })
    warnOfUnbounded(used, options, emit)
    warnOfResizing(compiled, numRecords)
    const close = async (): Promise<void> => {
      await tools.close()
      await models.close()
    }
    return { models, tools, close }
  }
}

/** @throws RowsmithError price_missing when money is limited, and a model that will be called has no price */
export function requirePrices(compiled: CompiledConfig, { maxCost }: Pick<ResolvedOptions, 'maxCost'>): void {
  if (maxCost === null) return
  const models = usedModels(compiled).map(({ provider, model }) => `${provider}/${model}`)
  const missing = models.find((model) => !compiled.prices.has(model))
  if (missing !== undefined) throw priceMissing(missing)
}

/** Without `max_tokens` it is unknown how long an answer can be: a budget holds but for what is in flight. */
function warnOfUnbounded(
  models: ReturnType<typeof usedModels>,
  { maxCost, maxTokens }: ResolvedOptions,
  emit: (event: RunEvent) => void,
): void {
  if (maxCost === null && maxTokens === null) return
  const unbounded = models.filter(({ inference_parameters: parameters }) => {
    const own = parameters.generation_type === 'chat-completion' ? parameters.max_tokens : null
    return maxOutputTokens(own, parameters.extra_body) === undefined
  })
  if (unbounded.length === 0) return
  const names = unbounded.map(({ alias }) => `"${alias}"`).join(', ')
  const message = `The model ${names} has no max_tokens: the budget counts ${assumedMaxTokens} for an answer in flight, and a longer one may pass it`
  emit({ type: 'warning', code: 'budget_unbounded', message })
}
