/**
 * What a tool is to a column: something that a model may call, and that gives a result. Where it runs stays below this line.
 */
import type { Value, ValueObject } from '../../base/values/value.ts'
import type { ToolDescription } from '../../models/contract/contract.ts'
import type { EffectEnd } from '../../models/contract/effect.ts'

/** A tool that a provider has. */
export interface Offer extends ToolDescription {
  /** Of a function: what it does, by its code. An edit of it runs it again. */
  readonly does?: string
}

/** A tool, and who has it. */
export interface OfferedTool extends Offer {
  readonly provider: string
}

/** The tools that each alias gives its models, in the order in which they are reported. */
export type ToolLists = ReadonlyMap<string, readonly OfferedTool[]>

/** A provider of tools: a server, or a function of the config. */
export interface ToolSource {
  readonly name: string
  /** Calls under way at once. */
  readonly limit: number
  /**
   * Every tool it has.
   *
   * @throws RowsmithError of class `models` when it cannot be reached; the signal's reason when it fires
   */
  list(signal: AbortSignal): Promise<readonly Offer[]>
  /** Why a tool of that name is not among them, in a sentence; undefined when it is unknown. */
  leftOut?(tool: string): string | undefined
  /** Whether a tool is never run twice for one call of a model. */
  isOnce(tool: string): boolean
  /**
   * Calls a tool, once. What goes wrong in the tool is a result; a failure says that there is none.
   *
   * @param progress to be called when the tool says that it goes on
   * @throws the signal's reason when it fires
   */
  call(tool: string, given: ValueObject, signal: AbortSignal, progress?: () => void): Promise<EffectEnd>
  /** Never rejects. */
  close(): Promise<void>
}

/** One piece of a result. */
export type ResultPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image' | 'audio' | 'video'; readonly media_type: string; readonly data: string }

/** A result as it is stored. */
export function toolResult(parts: readonly ResultPart[], isError = false): Value {
  return { is_error: isError, content: parts.map((part) => ({ ...part })) }
}

/** The end of a call whose tool said, or of which must be said, that it failed: the model sees that. */
export function toolError(message: string): EffectEnd {
  return { kind: 'done', value: toolResult([{ type: 'text', text: message }], true) }
}
