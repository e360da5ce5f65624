/**
 * The tools of one alias: what its models are told of, and what becomes of their calls.
 *
 * Rules:
 *   1. A call is an effect: its result is kept before a model sees it, and a resumed run does not call again.
 *   2. What the model did wrong, and what goes wrong in a tool, is told to the model. A server that cannot be reached
 *      is no result: the call is tried again, and in the end the run stops, resumably.
 *   3. A call that takes longer than `timeout_sec` is given up, and the model is told.
 */
import type { Clock } from '../base/clock.ts'
import { formatJson, parseJson } from '../base/json.ts'
import { isValueObject, type ValueObject } from '../base/value.ts'
import type { ToolConfig } from '../config/schema.ts'
import { didYouMean } from '../config/suggest.ts'
import type { ToolCall, ToolDescription } from '../models/contract.ts'
import type { Effect, EffectEnd } from '../models/effect.ts'
import { type OfferedTool, type ToolSource, toolError } from './contract.ts'
import { withinTime } from './deadline.ts'

/** As Data Designer's documentation has it. */
const DEFAULT_TIMEOUT_SECONDS = 60

export class Toolbox {
  /** What the models are told. */
  readonly tools: readonly ToolDescription[]
  /** Turns in which tools are called, for one cell. */
  readonly maxTurns: number
  readonly #offered: ReadonlyMap<string, OfferedTool>
  readonly #source: (provider: string) => ToolSource
  readonly #timeoutSeconds: number
  readonly #clock: Clock

  constructor(
    config: ToolConfig,
    offered: readonly OfferedTool[],
    source: (provider: string) => ToolSource,
    clock: Clock,
  ) {
    this.tools = offered.map(({ name, description, parameters }) => ({ name, description, parameters }))
    this.maxTurns = config.max_tool_call_turns
    this.#offered = new Map(offered.map((tool) => [tool.name, tool]))
    this.#source = source
    this.#timeoutSeconds = config.timeout_sec ?? DEFAULT_TIMEOUT_SECONDS
    this.#clock = clock
  }

  /** Whether one of its tools is never run twice. */
  isOnce(name: string): boolean {
    const tool = this.#offered.get(name)
    return tool !== undefined && this.#source(tool.provider).isOnce(name)
  }

  /** What a call comes to: an effect whose value `contentOf` reads, or what is wrong with it, for the model. */
  effectOf(call: ToolCall): Effect | string {
    const tool = this.#offered.get(call.name)
    if (tool === undefined) {
      const names = [...this.#offered.keys()]
      const named = call.name.slice(0, 100)
      return `There is no tool ${formatJson(named)}${didYouMean(named, names)}; there are ${names.join(', ')}.`
    }
    const given = argumentsOf(call.arguments)
    if (typeof given === 'string') return given
    const { name, provider, does } = tool
    const source = this.#source(provider)
    const once = source.isOnce(name)
    return {
      kind: 'tool',
      name,
      request: { provider, arguments: given, ...(does === undefined ? {} : { does }) },
      once,
      gate: { name: `tools:${provider}`, limit: source.limit },
      run: (signal) => this.#run(source, name, given, once, signal),
    }
  }

  async #run(
    source: ToolSource,
    tool: string,
    given: ValueObject,
    once: boolean,
    signal: AbortSignal,
  ): Promise<EffectEnd> {
    const ended = await withinTime(this.#clock, 1000 * this.#timeoutSeconds, signal, (inner) =>
      source.call(tool, given, inner),
    )
    if (!ended.late) return ended.value
    const what = `"${tool}" gave no result within ${this.#timeoutSeconds} s, and was given up.`
    return toolError(once ? `${what} It may have done its work.` : what)
  }
}

/** The arguments of a call, or what is wrong with them. None at all are an empty object. */
function argumentsOf(text: string): ValueObject | string {
  if (text.trim() === '') return {}
  try {
    const value = parseJson(text)
    if (isValueObject(value)) return value
    return 'The arguments are no JSON object.'
  } catch {
    return 'The arguments are not valid JSON.'
  }
}
