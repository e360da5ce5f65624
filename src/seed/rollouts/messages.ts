/**
 * Messages of agents in one form, no matter which tool wrote them.
 *
 * Rules:
 *   1. A role is system, user, assistant or tool; `developer` is system.
 *   2. Content is a list of typed blocks; text without a character is none.
 *   3. A call's arguments are JSON text, whatever they were written as.
 */
import { formatJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'

export type Role = 'system' | 'user' | 'assistant' | 'tool'

export interface Message {
  readonly role: Role
  readonly content: readonly ValueObject[]
  readonly reasoning_content?: string
  readonly tool_calls?: readonly ToolCall[]
  readonly tool_call_id?: string
  /** The tool failed. */
  readonly is_error?: true
}

export interface ToolCall {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

const roles: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
}

/** Undefined for what is no role. */
export function roleOf(name: Value | undefined): Role | undefined {
  return typeof name === 'string' && Object.hasOwn(roles, name) ? roles[name] : undefined
}

/** @param parts what is empty in them is left out */
export function message(
  role: Role,
  content: readonly ValueObject[],
  parts: {
    reasoning?: readonly string[]
    calls?: readonly ToolCall[]
    answers?: string
    failed?: boolean
  } = {},
): Message {
  const reasoning = (parts.reasoning ?? []).filter((text) => text !== '').join('\n\n')
  return {
    role,
    content,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(parts.calls === undefined || parts.calls.length === 0 ? {} : { tool_calls: parts.calls }),
    ...(parts.answers === undefined ? {} : { tool_call_id: parts.answers }),
    ...(parts.failed === true ? { is_error: true } : {}),
  }
}

export function toolCall(id: string, name: string, args: Value | undefined): ToolCall {
  const text = typeof args === 'string' ? args : formatJson(args ?? {})
  return { id, type: 'function', function: { name, arguments: text } }
}

/** Text, or a list of texts and blocks, as blocks. Blocks of text are `{ type: text, text }`; others stay as they are. */
export function blocksOf(content: Value | undefined): ValueObject[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return content === '' ? [] : [textBlock(content)]
  if (!Array.isArray(content))
    return [isValueObject(content) ? blockOf(content) : textBlock(formatJson(content))]
  return (content as Value[]).flatMap((item) =>
    isValueObject(item) ? (item.text === '' ? [] : [blockOf(item)]) : blocksOf(item),
  )
}

export function textBlock(text: string): ValueObject {
  return { type: 'text', text }
}

const textTypes = new Set<Value | undefined>(['text', 'input_text', 'output_text', 'summary_text'])

function blockOf(block: ValueObject): ValueObject {
  return typeof block.text === 'string' && textTypes.has(block.type ?? 'text') ? textBlock(block.text) : block
}

/** The texts of a message, a blank line between them. */
export function textIn({ content }: Message): string {
  return content
    .flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : []))
    .join('\n\n')
}
