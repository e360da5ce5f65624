/** Which tools a config uses, and what their providers answer. */
import { checkConfig } from '../config/check/check.ts'
import type { Config } from '../config/schema/schema.ts'
import { functionTools, usedToolAliases } from '../run/prepare/dataset-tools.ts'
import { type CreateOptions, type RunComponents, resolveComponents } from '../run/request/options.ts'
import { checkTools, type ToolCheck } from '../tools/toolbox/check-tools.ts'

/** Options of a check of tools. */
export type CheckToolsOptions = Pick<CreateOptions, 'mcpProviders' | 'env' | 'signal'>

/** See `checkTools` of the front door. */
export async function checkToolsOf(
  config: Config,
  options: CheckToolsOptions,
  components: RunComponents,
): Promise<ToolCheck[]> {
  checkConfig(config)
  return checkTools({
    aliases: usedToolAliases(config),
    functions: functionTools(config),
    providers: options.mcpProviders ?? [],
    env: options.env ?? process.env,
    clock: resolveComponents(components).clock,
    signal: options.signal ?? new AbortController().signal,
  })
}
