/** Which tools an alias has, and how they compare with those that a dataset was created with. Pure. */
import { RowsmithError } from '../../base/errors/errors.ts'
import { canonicalJson } from '../../base/values/json.ts'
import { didYouMean } from '../../config/reading/suggest.ts'
import type { ToolConfig } from '../../config/schema/schema.ts'
import type { ToolDescription } from '../../models/contract/contract.ts'
import type { Offer, OfferedTool } from '../call/contract.ts'

/** What every provider of an alias has. */
export type Offers = ReadonlyMap<string, readonly Offer[]>

/**
 * The tools of an alias, provider after provider: all, or those that it allows.
 *
 * @param leftOut why a provider has a tool that models cannot be shown
 * @throws RowsmithError config_invalid when two providers have a tool of one name, or none has one that is allowed
 */
export function chooseTools(
  { tool_alias: alias, providers, allow_tools: allowed }: ToolConfig,
  offers: Offers,
  leftOut: (provider: string, tool: string) => string | undefined = () => undefined,
) {
  const chosen = new Map<string, OfferedTool>()
  const names: string[] = []
  for (const provider of providers) {
    for (const tool of offers.get(provider) ?? []) {
      names.push(tool.name)
      if (!isAllowed(tool.name, allowed)) continue
      const other = chosen.get(tool.name)
      if (other !== undefined) {
        const message = `Tool alias "${alias}": "${other.provider}" and "${provider}" both have a tool "${tool.name}"`
        throw new RowsmithError('config_invalid', message, {
          facts: { alias, tool: tool.name, providers: [other.provider, provider] },
          nextStep: 'Leave one of the providers out, or give each an alias with its own allow_tools.',
        })
      }
      chosen.set(tool.name, { ...tool, provider })
    }
  }
  const missing = (allowed ?? []).find((name) => !chosen.has(name))
  if (missing !== undefined) {
    const why = providers.map((provider) => leftOut(provider, missing)).find((each) => each !== undefined)
    const message =
      why === undefined
        ? `Tool alias "${alias}" allows "${missing}", which none of its providers has${didYouMean(missing, names)}`
        : `Tool alias "${alias}" allows "${missing}", which cannot be sent to a model: ${why}`
    throw new RowsmithError('config_invalid', message, { facts: { alias, tool: missing, known: names } })
  }
  return [...chosen.values()]
}

/** Whether an alias gives its models a tool. An empty list allows all, as none does. */
export function isAllowed(name: string, allowed: readonly string[] | null): boolean {
  return allowed === null || allowed.length === 0 || allowed.includes(name)
}

/**
 * How a provider's tools of today differ from those that an alias began with, in words; undefined when they do not.
 */
export function changesOf(
  { allow_tools: allowed }: ToolConfig,
  provider: string,
  before: readonly OfferedTool[],
  now: readonly ToolDescription[],
): string | undefined {
  const old = new Map(before.flatMap((tool) => (tool.provider === provider ? [[tool.name, tool]] : [])))
  const today = new Map(now.map((tool) => [tool.name, tool]))
  const removed = [...old.keys()].filter((name) => !today.has(name))
  const added = [...today.keys()].filter((name) => !old.has(name) && isAllowed(name, allowed))
  const changed = [...old].flatMap(([name, tool]) => {
    const other = today.get(name)
    return other === undefined || textOf(other) === textOf(tool) ? [] : [name]
  })
  const said = [
    ['removed', removed],
    ['changed', changed],
    ['new', added],
  ] as const
  const words = said.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what}: ${names.join(', ')}`]))
  return words.length === 0 ? undefined : words.join('; ')
}

function textOf({ name, description, parameters }: ToolDescription): string {
  return canonicalJson({ name, description, parameters })
}
