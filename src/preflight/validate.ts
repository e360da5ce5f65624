import { RowsmithError } from '../base/errors/errors.ts'
import { closingAfter } from '../base/work/closing.ts'
import type { NotBuilt } from '../columns/compile.ts'
import type { McpProviderConfig } from '../config/files/mcp-providers.ts'
import { allProviders, type ProviderConfig } from '../config/files/providers.ts'
import { completeRunConfig, type RunConfig } from '../config/files/run-config.ts'
import { withoutEffect } from '../config/files/without-effect.ts'
import type { Config } from '../config/schema/schema.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { checkPostProcessors } from '../post/check-post-processors.ts'
import { type CompiledConfig, postProcessingFields } from '../run/prepare/compiled-config.ts'
import { requireConnectable } from '../run/prepare/connectable.ts'
import { functionTools, usedToolAliases } from '../run/prepare/dataset-tools.ts'
import { prepareConfig } from '../run/prepare/prepare-config.ts'
import { seedContext } from '../run/prepare/seed-columns.ts'
import { given } from '../run/request/options.ts'
import type { ModelOverride } from '../run/request/setting-kinds.ts'
import { checkRemote, isRemote, openSeed, type SeedDataset } from '../seed/dataset/dataset.ts'
import { describeSeed, type SeedSummary } from '../seed/dataset/describe.ts'
import { managedAssetsFolder, missingPersons } from '../seed/dataset/persons.ts'
import { requireProviders } from '../tools/toolbox/connect.ts'

/** What a check of a config found, when nothing is wrong with it. */
export interface Validation {
  /** The columns it makes, those of its seed dataset first, when that could be read. */
  readonly columns: readonly string[]
  /** What its seed dataset holds; null when it has none, or it could not be read. */
  readonly seed: SeedSummary | null
  /** What is in it that cannot be made yet. */
  readonly notBuilt: readonly NotBuilt[]
  /** Why less was checked than could be: one sentence each. */
  readonly warnings: readonly string[]
}

export interface ProvidersKnown {
  /** Providers in addition to the built-in ones. @default not known: neither providers nor their keys are checked */
  readonly providers?: readonly ProviderConfig[]
  /** Where keys are looked up, and the home of Data Designer. @default empty: `~/.data-designer`, and no key */
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface ValidateOptions extends ProvidersKnown {
  /** MCP providers that its tool configs may name. @default not known: names of providers are not checked */
  readonly mcpProviders?: readonly McpProviderConfig[]
  /** The managed assets folder of Data Designer, which holds person datasets. @default where `env` has it */
  readonly managedAssets?: string
  /** Other models for aliases, as for `create`. @default those of the config */
  readonly models?: readonly ModelOverride[]
  /** Run settings, as for `create`. @default Data Designer's */
  readonly runConfig?: Partial<RunConfig>
}

/**
 * Checks a config as far as it can be without a network or a dataset. A seed dataset that is there is read through;
 * without it, names in templates are not checked against its columns.
 *
 * @throws RowsmithError config_invalid, template_invalid, unknown_model_alias, unknown_provider, seed_unreadable, persons_unreadable
 */
export async function validateConfig(config: Config, options: ValidateOptions = {}): Promise<Validation> {
  const { models = [], runConfig = {} } = options
  const settings = {
    config,
    runConfig: completeRunConfig(runConfig),
    changes: { models, maxParallelRequests: null },
    providers: allProviders(options.providers ?? []),
  }
  const warnings: string[] = []
  return closingAfter(async (closing) => {
    const { compiled, seed } = await prepareConfig<SeedDataset>(settings, {
      check: async (unread) => {
        await checkProviders(unread, options)
        warnings.push(...withoutEffect(config, runConfig), ...checkToolProviders(config, options))
      },
      seed: async () => {
        const opened = await openLocalSeed(config, warnings)
        if (opened !== null) closing.defer(() => opened.close())
        return opened
      },
      persons: async () => null,
    })
    if (seed?.files.length === 0) warnings.push(...seed.warnings)
    warnings.push(...(await checkPersons(config, options)))
    await checkPostProcessors(compiled.config, postProcessingFields(compiled))
    const ofSeed = seed?.columns.map(({ name }) => name) ?? []
    const columns = [...new Set([...ofSeed, ...config.columns.map(({ name }) => name)])]
    warnings.push(...compiled.warnings)
    const described = seed === null ? null : describeSeed(seed)
    return { columns, seed: described, notBuilt: compiled.notBuilt, warnings }
  })
}

/** Whether its models could be called, where providers are known. */
export async function checkProviders(
  compiled: CompiledConfig,
  { providers, env }: ProvidersKnown,
): Promise<void> {
  if (providers === undefined) return
  await requireConnectable(compiled, { providers: allProviders(providers), env: env ?? {}, disk: nodeDisk })
}

/** Whether person datasets can be read. Returns those that are not there: a run is refused without them. */
async function checkPersons(config: Config, { managedAssets, env }: ValidateOptions): Promise<string[]> {
  const folder = managedAssetsFolder({
    ...given('given', managedAssets),
    env: env ?? process.env,
  })
  return missingPersons(config, folder)
}

/** What of tools can be determined without a server. Returns why less was checked. */
function checkToolProviders(config: Config, { mcpProviders }: ValidateOptions): string[] {
  const aliases = usedToolAliases(config)
  const functions = functionTools(config)
  if (mcpProviders !== undefined) {
    requireProviders({ aliases, providers: mcpProviders, functions })
    return []
  }
  const unknown = aliases.flatMap(({ providers }) => providers.filter((name) => !functions.has(name)))
  if (unknown.length === 0) return []
  const named = [...new Set(unknown)].map((name) => JSON.stringify(name)).join(', ')
  return [`No MCP providers are given: whether there is ${named} was not checked (--mcp-providers)`]
}

async function openLocalSeed(config: Config, warnings: string[]): Promise<SeedDataset | null> {
  const unchecked = 'names in templates were not checked against its columns'
  if (isRemote(config.seed_config)) {
    checkRemote(config)
    warnings.push(`The seed dataset is on the hub, which is not contacted here; ${unchecked}`)
    return null
  }
  try {
    const options = { launch: {}, seedRows: undefined, env: process.env, signal: undefined }
    return await openSeed(config, seedContext(config, options))
  } catch (error) {
    if (!RowsmithError.isInstance(error) || error.code !== 'seed_not_found') throw error
    warnings.push(`${error.message}; ${unchecked}`)
    return null
  }
}
