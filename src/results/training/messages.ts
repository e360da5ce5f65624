/**
 * The messages of a conversation, read from whatever a dataset holds: text, lists of messages in the form of OpenAI, of ShareGPT,
 * or of a trace column; as values or as their JSON text.
 *
 * Rules:
 *   1. A text that is no list of messages is one message of the given role. So is an object or list that holds none: its JSON text.
 *   2. A member that is null counts as absent. Parquet structs have every member in every row.
 *   3. Content made of text blocks alone is one text. Other blocks stay as they are; media of a trace become `image_url` blocks.
 *   4. What cannot be read is an `UnfitRow` with its reason: the row is skipped and counted, never changed to fit.
 */

import { formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, memberOf, type Value, type ValueObject } from '../../base/values/value.ts'

type Role = 'system' | 'user' | 'assistant' | 'tool'

export interface ToolCall {
  readonly id: string
  readonly name: string
  /** JSON text, or an object. */
  readonly arguments: Value
}

export interface Message {
  readonly role: Role
  /** Null next to tool calls only. */
  readonly content: string | readonly Value[] | null
  readonly toolCalls: readonly ToolCall[]
  /** Which call the message of a tool answers. */
  readonly toolCallId: string | null
}

/** Why a row cannot be written in a format. The reasons are few, so that they can be counted. */
export class UnfitRow extends Error {
  readonly reason: string

  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}

/** @throws UnfitRow */
export function messagesIn(value: Value, role: 'user' | 'assistant', what: string): Message[] {
  if (value === null) throw new UnfitRow(`${what} is null`)
  const found = listIn(value)
  if (found !== undefined) return withIds(found.map(messageOf))
  return [plainMessage(role, textOf(value))]
}

/** Only messages: text must be their JSON. @throws UnfitRow */
export function conversationIn(value: Value, what: string): Message[] {
  if (value === null) throw new UnfitRow(`${what} is null`)
  const found = listIn(value)
  if (found === undefined) throw new UnfitRow(`${what} is no list of messages`)
  return withIds(found.map(messageOf))
}

export function plainMessage(role: Role, content: string): Message {
  return { role, content, toolCalls: [], toolCallId: null }
}

/** A value as the text that a trainer gets: texts as they are, everything else as JSON. */
export function textOf(value: Value): string {
  return typeof value === 'string' ? value : formatJson(value)
}

/** A list that is given as a value or as its JSON text. */
export function listGiven(value: Value): readonly Value[] | undefined {
  const given = typeof value === 'string' && /^\s*\[/.test(value) ? parsed(value) : value
  return Array.isArray(given) ? (given as readonly Value[]) : undefined
}

function parsed(text: string): Value | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** The items of a list of messages; undefined where the value is none. */
function listIn(value: Value): readonly ValueObject[] | undefined {
  if (isMessage(value)) return [value]
  const list = listGiven(value)
  return list !== undefined && list.length > 0 && list.every(isMessage) ? list : undefined
}

function isMessage(value: Value): value is ValueObject {
  if (!isValueObject(value)) return false
  const named = memberOf(value, 'role') ?? memberOf(value, 'from')
  return typeof named === 'string' && ('content' in value || 'value' in value || 'tool_calls' in value)
}

const roles: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  model: 'assistant',
  function_call: 'assistant',
  tool: 'tool',
  ipython: 'tool',
  observation: 'tool',
}

function messageOf(item: ValueObject): Message {
  const named = String(memberOf(item, 'role') ?? memberOf(item, 'from'))
  const role = Object.hasOwn(roles, named) ? roles[named] : undefined
  if (role === undefined) throw new UnfitRow('a message has an unknown role')
  const content = memberOf(item, 'content') ?? memberOf(item, 'value') ?? null
  if (named === 'function_call') return calling(content)
  const calls = memberOf(item, 'tool_calls') ?? null
  const id = memberOf(item, 'tool_call_id') ?? null
  return {
    role,
    content: contentOf(content),
    toolCalls: calls === null ? [] : toolCallsOf(calls),
    toolCallId: id === null ? null : textOf(id),
  }
}

/** The `function_call` turn of ShareGPT: one call, or a list of calls. */
function calling(value: Value): Message {
  const given = typeof value === 'string' ? parsed(value) : value
  const calls = Array.isArray(given) ? given : [given ?? null]
  return { role: 'assistant', content: null, toolCalls: toolCallsOf(calls), toolCallId: null }
}

function contentOf(content: Value): Message['content'] {
  if (content === null || typeof content === 'string') return content
  if (!Array.isArray(content)) return textOf(content)
  const blocks = content.map(blockOf)
  if (blocks.every((block) => isValueObject(block) && block.type === 'text')) {
    return blocks.map((block) => String((block as ValueObject).text)).join('')
  }
  return blocks
}

/** A block without its null members (rule 2), in the form of OpenAI (rule 3). */
function blockOf(block: Value): Value {
  if (typeof block === 'string') return { type: 'text', text: block }
  if (!isValueObject(block)) throw new UnfitRow('a message has content of an unknown kind')
  const { type, text, source } = block
  if (type === 'text' || type === 'input_text' || type === 'output_text') {
    if (typeof text !== 'string') throw new UnfitRow('a message has content of an unknown kind')
    return { type: 'text', text }
  }
  if (isValueObject(source)) {
    if (type !== 'image' || typeof source.url !== 'string')
      throw new UnfitRow('a message has media without an address')
    return { type: 'image_url', image_url: { url: source.url } }
  }
  return withoutNulls(block)
}

export function withoutNulls(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isValueObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      member === null ? [] : [[name, withoutNulls(member)] as const],
    ),
  )
}

function toolCallsOf(given: Value): ToolCall[] {
  const calls = listGiven(given)
  if (calls === undefined) throw new UnfitRow('tool calls are no list')
  return calls.map((call) => {
    const named = isValueObject(call) ? (memberOf(call, 'function') ?? call) : null
    const name = isValueObject(named) ? memberOf(named, 'name') : undefined
    if (!isValueObject(named) || typeof name !== 'string' || name === '')
      throw new UnfitRow('a tool call has no name')
    const id = memberOf(call as ValueObject, 'id') ?? ''
    return { id: textOf(id), name, arguments: memberOf(named, 'arguments') ?? {} }
  })
}

/** Calls without an id get one by their place, and results without one take those of the calls before them, in order. */
function withIds(messages: readonly Message[]): Message[] {
  let open: string[] = []
  let calls = 0
  return messages.map((message) => {
    if (message.role === 'tool') {
      const next = message.toolCallId ?? open[0] ?? null
      open = open.filter((id) => id !== next)
      return { ...message, toolCallId: next }
    }
    const toolCalls = message.toolCalls.map((call) => ({
      ...call,
      id: call.id === '' ? `call_${calls++}` : call.id,
    }))
    open = toolCalls.map(({ id }) => id)
    return { ...message, toolCalls }
  })
}
