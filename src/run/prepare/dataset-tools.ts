/**
 * The tools of a dataset: those of its config, sent to models as they were when it was created.
 *
 * What is reported is durable before the first request, since it is part of every one.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { toolAliasesOf } from '../../config/check/aliases.ts'
import { sourceOf } from '../../config/reading/source.ts'
import type { Config, ToolConfig } from '../../config/schema/schema.ts'
import { contentsOf } from '../../store/files/read-file.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import type { DatasetWriter } from '../../store/writing/dataset-store.ts'
import { type ConnectToolsOptions, ToolConnections } from '../../tools/toolbox/connect.ts'
import type { DeclaredTool } from '../../tools/toolbox/function-tool.ts'

/** The tool aliases that columns have. */
export function usedToolAliases(config: Config): readonly ToolConfig[] {
  const { columns, tool_configs: configs } = config
  const used = new Set(columns.flatMap((column) => toolAliasesOf(column, sourceOf(config).code?.functions)))
  return configs.filter(({ tool_alias: alias }) => used.has(alias))
}

/**
 * The tools of a config, not opened yet. No request is sent.
 *
 * @throws RowsmithError unknown_provider, missing_api_key, config_invalid
 */
export function toolsOf(
  config: Config,
  options: Omit<ConnectToolsOptions, 'aliases' | 'functions'>,
): ToolConnections {
  return new ToolConnections({
    ...options,
    aliases: usedToolAliases(config),
    functions: functionTools(config),
  })
}

/** Functions of a config that are tools. Only `code/` puts them there. */
export function functionTools(config: Config): ReadonlyMap<string, DeclaredTool> {
  return (sourceOf(config).code?.tools ?? new Map()) as ReadonlyMap<string, DeclaredTool>
}

/**
 * Opens the tools of a dataset, and writes down what models see when it is new.
 *
 * @throws RowsmithError tools_unreachable, config_invalid, run_json_damaged for a tools.json that cannot be read, of class storage
 */
export async function openTools(
  tools: ToolConnections,
  config: Config,
  at: { readonly view: DatasetView; readonly writer: DatasetWriter },
  signal: AbortSignal,
): Promise<void> {
  const aliases = usedToolAliases(config)
  if (aliases.length === 0) return
  const found = await at.view.tools()
  if (found.kind === 'defect') {
    throw new RowsmithError(found.defect.code, found.defect.message, {
      nextStep:
        'Restore the file. Or remove it: tools are listed again, and answers of a changed tool are requested again.',
    })
  }
  const before = found.kind === 'read' ? found.contents : null
  const lists = await tools.open(before, signal)
  if (before === null) await at.writer.writeTools(lists)
}

/**
 * The tools that models saw. None of them is called, so their places are not needed.
 *
 * @throws RowsmithError answers_missing when it is not known what they saw
 */
export async function knownTools(view: DatasetView, config: Config): Promise<ToolConnections> {
  const aliases = usedToolAliases(config)
  const names = new Set(aliases.flatMap(({ providers }) => providers))
  const tools = new ToolConnections({
    aliases,
    providers: [...names].map((name) => ({
      name,
      provider_type: 'streamable_http',
      endpoint: 'http://unknown.invalid',
      api_key: null,
    })),
    functions: new Map(),
    env: {},
  })
  if (aliases.length > 0) {
    const before = contentsOf(await view.tools())
    if (before === undefined)
      throw new RowsmithError(
        'answers_missing',
        'tools.json, which lists the tools that models were offered, is missing',
      )
    await tools.open(before, new AbortController().signal)
  }
  return tools
}
