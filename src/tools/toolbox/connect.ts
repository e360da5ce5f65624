/**
 * From the tool aliases of a config to toolboxes: secrets resolved, tools listed. No server is called before `open`, and with
 * the tools known from before, none before the first call.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { type Clock, systemClock } from '../../base/work/clock.ts'
import type { McpProviderConfig } from '../../config/files/mcp-providers.ts'
import { didYouMean } from '../../config/reading/suggest.ts'
import type { ToolConfig } from '../../config/schema/schema.ts'
import { resolveApiKey } from '../../models/contract/api-key.ts'
import type { Offer, ToolLists, ToolSource } from '../call/contract.ts'
import type { McpServer } from '../mcp/mcp-session.ts'
import { McpSource } from '../mcp/mcp-source.ts'
import { type DeclaredTool, FunctionSource } from './function-tool.ts'
import { changesOf, chooseTools } from './listing.ts'
import { Toolbox } from './toolbox.ts'

export interface ConnectToolsOptions {
  /** The aliases in use, and no others: each of their providers needs a secret. */
  readonly aliases: readonly ToolConfig[]
  readonly providers: readonly McpProviderConfig[]
  /** Functions of the config that are tools, by name. */
  readonly functions: ReadonlyMap<string, DeclaredTool>
  /** Where secrets are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  /** Called when a provider has other tools than the dataset was created with. */
  readonly onChanged?: (message: string) => void
  /** Called with tools that are left out, and about a server that prints what is no message. */
  readonly onNote?: (message: string) => void
}

/** The tools of a run. */
export class ToolConnections {
  readonly #options: ConnectToolsOptions
  readonly #clock: Clock
  readonly #sources: ReadonlyMap<string, ToolSource>
  #before: ToolLists | null = null
  #boxes: ReadonlyMap<string, Toolbox> = new Map()

  /** @throws RowsmithError unknown_provider, missing_api_key, config_invalid */
  constructor(options: ConnectToolsOptions) {
    requireProviders(options)
    this.#options = options
    this.#clock = options.clock ?? systemClock
    const names = new Set(options.aliases.flatMap(({ providers }) => providers))
    this.#sources = new Map([...names].map((name) => [name, this.#sourceOf(name)]))
  }

  /**
   * Makes the toolboxes.
   *
   * @param before the tools that the dataset was created with: its models still see those. Null when it is new
   * @returns the tools that models see
   * @throws RowsmithError tools_unreachable, config_invalid; the signal's reason when it fires
   */
  async open(before: ToolLists | null, signal: AbortSignal): Promise<ToolLists> {
    this.#before = before
    const lists = before ?? (await this.#list(signal))
    this.#boxes = new Map(
      this.#options.aliases.map((config) => {
        const offered = lists.get(config.tool_alias) ?? []
        return [
          config.tool_alias,
          new Toolbox(config, offered, (name) => present(this.#sources.get(name), 'sources'), this.#clock),
        ]
      }),
    )
    return lists
  }

  /** The tools of an alias. */
  toolbox(alias: string): Toolbox {
    const box = this.#boxes.get(alias)
    if (box === undefined) throw new RowsmithError('internal', `No toolbox was opened for "${alias}".`)
    return box
  }

  /** Ends every session, and every program that was started. Never rejects. */
  async close(): Promise<void> {
    await Promise.all([...this.#sources.values()].map((source) => source.close()))
  }

  async #list(signal: AbortSignal): Promise<ToolLists> {
    const sources = [...this.#sources.values()]
    const offers = new Map(
      await Promise.all(sources.map(async (source) => [source.name, await source.list(signal)] as const)),
    )
    return new Map(
      this.#options.aliases.map(
        (config) => [config.tool_alias, chooseTools(config, offers, this.#leftOut)] as const,
      ),
    )
  }

  readonly #leftOut = (provider: string, tool: string): string | undefined =>
    this.#sources.get(provider)?.leftOut?.(tool)

  #sourceOf(name: string): ToolSource {
    const { providers, functions, env } = this.#options
    const declared = functions.get(name)
    if (declared !== undefined) return new FunctionSource(declared)
    const config = present(
      providers.find((provider) => provider.name === name),
      'providers',
    )
    const note = (message: string): void => this.#options.onNote?.(message)
    const onListed = (tools: readonly Offer[]): void => {
      this.#check(
        config,
        tools.map(({ name: tool }) => tool),
      )
      for (const alias of this.#options.aliases) {
        const before = this.#before?.get(alias.tool_alias)
        if (before === undefined || !alias.providers.includes(name)) continue
        const changes = changesOf(alias, name, before, tools)
        if (changes === undefined) continue
        const message = `Tools of "${name}" are not those that the dataset was created with (${changes}); models see the former ones`
        this.#options.onChanged?.(message)
      }
    }
    return new McpSource(serverOf(config, env), this.#clock, onListed, note)
  }

  /** A misspelt `once` would let a tool run twice. */
  #check({ name, once }: McpProviderConfig, tools: readonly string[]): void {
    const missing = typeof once === 'object' ? once.find((tool) => !tools.includes(tool)) : undefined
    if (missing === undefined) return
    const message = `MCP provider "${name}" marks "${missing}" as once, and has no such tool${didYouMean(missing, tools)}`
    throw new RowsmithError('config_invalid', message, { facts: { provider: name, tool: missing } })
  }
}

/**
 * Every provider that an alias names is there, once. No request is sent, and no secret is looked up.
 *
 * @throws RowsmithError unknown_provider, config_invalid
 */
export function requireProviders({
  aliases,
  providers,
  functions,
}: Pick<ConnectToolsOptions, 'aliases' | 'providers' | 'functions'>): void {
  const known = [...providers.map(({ name }) => name), ...functions.keys()]
  for (const { tool_alias: alias, providers: named } of aliases) {
    for (const name of named) {
      const owners = known.filter((each) => each === name).length
      if (owners > 1) {
        const message = `"${name}" is a function of the config and an MCP provider: rename one of them`
        throw new RowsmithError('config_invalid', message, { facts: { provider: name } })
      }
      if (owners === 1) continue
      const message = `Tool alias "${alias}" names provider "${name}", which is not defined${didYouMean(name, known)}`
      throw new RowsmithError('unknown_provider', message, {
        facts: { alias, provider: name, known },
        nextStep:
          'Define it in a file given with --mcp-providers; a function stands in a config that is a module.',
      })
    }
  }
}

function serverOf(config: McpProviderConfig, env: ConnectToolsOptions['env']): McpServer {
  if (config.provider_type !== 'stdio') {
    return { config, apiKey: resolveApiKey(config.name, config.api_key, env), env: {} }
  }
  // A value that names a variable of Rowsmith stands for what that holds; any other is meant as it is.
  const own = Object.entries(config.env).map(([name, value]) => [name, env[value] ?? value] as const)
  return { config, apiKey: null, env: Object.fromEntries(own) }
}
