/**
 * The tools of one alias: what its models see, and what becomes of their calls.
 *
 * Rules:
 *   1. A call is an effect: its result is stored before a model sees it, and a resumed run does not call again.
 *   2. What the model did wrong, and what goes wrong in a tool, is reported to the model. A server that cannot be reached
 *      is no result: the call is tried again, and in the end the run stops, resumably.
 *   3. A call that takes longer than `timeout_sec` is given up, and the model sees that. A tool that reports its progress has
 *      that time again, ten times in all.
 *   4. A result longer than `max_result_bytes` is cut in the middle, and says so.
 *   5. Models see a name that their vendors take (`tool-names.ts`); all other code knows a tool by its own.
 */

import { present } from '../../base/errors/present.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Clock } from '../../base/work/clock.ts'
import { didYouMean } from '../../config/reading/suggest.ts'
import type { ToolConfig } from '../../config/schema/schema.ts'
import type { ToolCall, ToolDescription } from '../../models/contract/contract.ts'
import type { Effect, EffectEnd } from '../../models/contract/effect.ts'
import { type OfferedTool, type ToolSource, toolError } from '../call/contract.ts'
import { withinTime } from '../call/deadline.ts'
import { boundedResult } from '../call/result.ts'
import { shownNames } from './tool-names.ts'

/** As Data Designer's documentation has it. */
const DEFAULT_TIMEOUT_SECONDS = 60
/** Text of one result, which every following request of the cell repeats. */
const DEFAULT_RESULT_BYTES = 100_000
/** Times a tool may have its time-out again. */
const EXTENSIONS_MAX = 10

export class Toolbox {
  /** What the models see. */
  readonly tools: readonly ToolDescription[]
  /** Turns in which tools are called, for one cell. */
  readonly maxTurns: number
  readonly #offered: ReadonlyMap<string, OfferedTool>
  readonly #source: (provider: string) => ToolSource
  readonly #timeoutSeconds: number
  readonly #resultBytes: number
  /** By what models see. */
  readonly #ownNames: ReadonlyMap<string, string>
  readonly #clock: Clock

  constructor(
    config: ToolConfig,
    offered: readonly OfferedTool[],
    source: (provider: string) => ToolSource,
    clock: Clock,
  ) {
    const shown = shownNames(offered.map(({ name }) => name))
    this.tools = offered.map(({ name, description, parameters }) => ({
      name: present(shown.get(name), 'shown'),
      description,
      parameters,
    }))
    this.#ownNames = new Map([...shown].map(([name, shownName]) => [shownName, name]))
    this.#resultBytes =
      config.max_result_bytes === undefined ? DEFAULT_RESULT_BYTES : Number(config.max_result_bytes)
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

  /** What a tool that a model named is called by everybody else. */
  ownName(shown: string): string {
    return this.#ownNames.get(shown) ?? shown
  }

  /** What a call comes to: an effect whose value `contentOf` reads, or what is wrong with it, for the model. */
  effectOf(call: ToolCall): Effect | string {
    const tool = this.#offered.get(this.ownName(call.name))
    if (tool === undefined) {
      const names = [...this.#ownNames.keys()]
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
      callId: call.id,
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
    let extensions = 0
    const ended = await withinTime(this.#clock, 1000 * this.#timeoutSeconds, signal, (inner, again) =>
      source.call(tool, given, inner, () => {
        if (extensions++ < EXTENSIONS_MAX) again()
      }),
    )
    if (!ended.late) {
      const end = ended.value
      return end.kind === 'done' ? { kind: 'done', value: boundedResult(end.value, this.#resultBytes) } : end
    }
    const what = `"${tool}" gave no result within ${this.#timeoutSeconds} s, and was given up.`
    return toolError(once ? `${what} It may have done its work.` : what)
  }
}

/** The arguments of a call, or what is wrong with them. None at all are an empty object. */
function argumentsOf(text: string): ValueObject | string {
  if (text.trim() === '') return {}
  try {
    const value = parseJson(text)
    if (!holdsFinite(value)) return 'The arguments hold a number that is too large.'
    if (isValueObject(value)) return value
    return 'The arguments are no JSON object.'
  } catch {
    return 'The arguments are not valid JSON.'
  }
}

/** Whether JSON can hold it: `1e400` is read as Infinity. */
function holdsFinite(value: Value): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return (
    typeof value !== 'object' ||
    value === null ||
    Object.values(value).every((member: Value) => holdsFinite(member))
  )
}
