/**
 * What comes along with a column that calls a chat model: what was said, and what the model thought.
 *
 * `<column>__trace` is a list of messages, as Data Designer has them: content in blocks, thoughts next to them. Media are
 * named by their type and address; bytes stay in the column they came from. `<column>__reasoning_content` is a text.
 */
import type { ColumnType } from '../../base/values/column-type.ts'
import type { Value, ValueObject } from '../../base/values/value.ts'
import type { ColumnOf } from '../../config/schema/schema.ts'
import type { ChatMessage, Content, ContentPart } from '../../models/contract/contract.ts'
import type { SideColumn } from '../column/column.ts'
import type { Conversation, Turn } from './conversation.ts'

type Config = Pick<ColumnOf<'llm-text'>, 'name' | 'drop' | 'with_trace' | 'extract_reasoning_content'>

const string: ColumnType = { kind: 'string' }

const traceType: ColumnType = listOf(
  struct({
    role: string,
    content: listOf(
      struct({
        type: string,
        text: string,
        source: struct({ type: string, media_type: string, url: string }),
      }),
    ),
    reasoning_content: string,
    tool_calls: listOf(
      struct({ id: string, type: string, function: struct({ name: string, arguments: string }) }),
    ),
    tool_call_id: string,
  }),
)

function listOf(element: ColumnType): ColumnType {
  return { kind: 'list', element }
}

function struct(fields: Readonly<Record<string, ColumnType>>): ColumnType {
  return { kind: 'struct', fields: Object.entries(fields).map(([name, type]) => ({ name, type })) }
}

/** The columns that come along. A column that is dropped leaves them in the dataset. */
export function sideColumns(config: Config): SideColumn[] {
  const sides: SideColumn[] = []
  const side = (name: string, type: ColumnType): void => {
    sides.push({ kind: 'side', name, type, drop: false, reads: [config.name], of: config.name })
  }
  if (config.with_trace !== 'none') side(traceName(config), traceType)
  if (config.extract_reasoning_content) side(reasoningName(config), string)
  return sides
}

/** Their values. @param ownName what a tool is called that a model named */
export function sideValues(
  config: Config,
  { turns, reply }: Conversation,
  ownName: (name: string) => string = (name) => name,
): ValueObject {
  const sides: Record<string, Value> = {}
  if (config.with_trace !== 'none') {
    const shown = config.with_trace === 'last_message' ? turns.slice(-1) : turns
    sides[traceName(config)] = shown.map((turn) => tracedTurn(turn, ownName))
  }
  if (config.extract_reasoning_content) {
    const reasoning = reply.reasoning?.trim() ?? ''
    sides[reasoningName(config)] = reasoning === '' ? null : reasoning
  }
  return sides
}

function traceName({ name }: Config): string {
  return `${name}__trace`
}

function reasoningName({ name }: Config): string {
  return `${name}__reasoning_content`
}

function tracedTurn({ message, reasoning, shown }: Turn, ownName: (name: string) => string): ValueObject {
  return {
    role: message.role,
    content: blocksOf(shown ?? message.content),
    reasoning_content: reasoning,
    tool_calls: toolCallsOf(message, ownName),
    tool_call_id: message.role === 'tool' ? message.toolCallId : null,
  }
}

function toolCallsOf(message: ChatMessage, ownName: (name: string) => string): Value {
  if (message.role !== 'assistant' || message.toolCalls === undefined) return null
  return message.toolCalls.map(({ id, name, arguments: text }) => ({
    id,
    type: 'function',
    function: { name: ownName(name), arguments: text },
  }))
}

function blocksOf(content: Content): Value {
  const parts: readonly ContentPart[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : content
  return parts.map((part) => {
    if (part.type === 'text') return { type: 'text', text: part.text, source: null }
    const { type, source } = part
    return {
      type,
      text: null,
      source:
        source.kind === 'url'
          ? { type: 'url', media_type: null, url: source.url }
          : { type: 'base64', media_type: source.mediaType, url: null },
    }
  })
}
