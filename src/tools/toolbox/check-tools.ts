/**
 * Looks at the tools of a config on purpose: every provider is connected to, or started, and lists its tools; nothing is called.
 * A run does the same, but gives up at the first thing that is wrong.
 */

import type { ErrorCode } from '../../base/errors/error-codes.ts'
import { asRowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { ToolConfig } from '../../config/schema/schema.ts'
import type { OfferedTool } from '../call/contract.ts'
import { type ConnectToolsOptions, ToolConnections } from './connect.ts'
import { chooseTools, isAllowed } from './listing.ts'

/** What came of looking at one alias. */
export interface ToolCheck {
  readonly alias: string
  /** `failed`: a run with it would be refused. */
  readonly status: 'ok' | 'failed'
  /** Every tool of every provider that could be reached, in the order of the providers. */
  readonly tools: readonly CheckedTool[]
  /** What is missing or does not fit, one entry each. */
  readonly problems: readonly ToolProblem[]
  /** What a run goes on without: tools that models cannot be shown, and noise; sentences. */
  readonly notes: readonly string[]
}

export interface CheckedTool {
  readonly provider: string
  readonly name: string
  readonly description: string
  /** Whether models see it. */
  readonly allowed: boolean
  /** Whether it is never run twice. */
  readonly once: boolean
}

export interface ToolProblem {
  /** Who has it; null where it is about the alias as a whole. */
  readonly provider: string | null
  readonly code: ErrorCode
  /** One sentence, without a key. */
  readonly message: string
  readonly next_step: string
}

export interface CheckToolsOptions extends Omit<ConnectToolsOptions, 'onChanged' | 'onNote' | 'clock'> {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** What a provider has, or what keeps it from saying so. */
type ProbeResult =
  | {
      readonly kind: 'has'
      readonly tools: readonly (OfferedTool & { readonly once: boolean })[]
      readonly notes: readonly string[]
    }
  | { readonly kind: 'failed'; readonly problem: ToolProblem }

/**
 * Resolves when every alias is checked; each provider is connected to once, all of them side by side. What was started is stopped again.
 *
 * @throws the signal's reason
 */
export async function checkTools(options: CheckToolsOptions): Promise<ToolCheck[]> {
  const users = new Map(
    options.aliases.flatMap((alias) => alias.providers.map((name) => [name, alias] as const)),
  )
  const probed = new Map(
    await Promise.all(
      [...users].map(async ([name, user]) => [name, await probe(name, user, options)] as const),
    ),
  )
  return options.aliases.map((alias) => checkOf(alias, probed))
}

async function probe(name: string, user: ToolConfig, options: CheckToolsOptions): Promise<ProbeResult> {
  let connections: ToolConnections | undefined
  try {
    const alone = { ...user, providers: [name], allow_tools: null }
    const notes: string[] = []
    connections = new ToolConnections({
      ...options,
      aliases: [alone],
      onNote: (message) => notes.push(message),
    })
    const lists = await connections.open(null, options.signal)
    const box = connections.toolbox(user.tool_alias)
    const tools = (lists.get(user.tool_alias) ?? []).map((tool) => ({ ...tool, once: box.isOnce(tool.name) }))
    return { kind: 'has', tools, notes }
  } catch (error) {
    options.signal.throwIfAborted()
    return { kind: 'failed', problem: problemOf(error, name) }
  } finally {
    await connections?.close()
  }
}

function checkOf(alias: ToolConfig, probed: ReadonlyMap<string, ProbeResult>): ToolCheck {
  const answers = alias.providers.map((name) => [name, present(probed.get(name), 'probed')] as const)
  const has = answers.flatMap(([name, answer]) =>
    answer.kind === 'has' ? [[name, answer.tools] as const] : [],
  )
  const problems = answers.flatMap(([, answer]) => (answer.kind === 'failed' ? [answer.problem] : []))
  // That no provider has a tool is known only when all were listed.
  if (problems.length === 0) {
    try {
      chooseTools(alias, new Map(has), (provider, tool) => {
        const answer = probed.get(provider)
        const said = `${JSON.stringify(tool)} is left out`
        return answer?.kind === 'has' ? answer.notes.find((note) => note.includes(said)) : undefined
      })
    } catch (error) {
      problems.push(problemOf(error, null))
    }
  }
  const tools = has.flatMap(([, found]) =>
    found.map(({ provider, name, description, once }) => ({
      provider,
      name,
      description,
      allowed: isAllowed(name, alias.allow_tools),
      once,
    })),
  )
  const notes = answers.flatMap(([, answer]) => (answer.kind === 'has' ? answer.notes : []))
  return { alias: alias.tool_alias, status: problems.length === 0 ? 'ok' : 'failed', tools, problems, notes }
}

function problemOf(error: unknown, provider: string | null): ToolProblem {
  const { code, message, nextStep } = asRowsmithError(error)
  return { provider, code, message, next_step: nextStep }
}
