/** A streamed chat completion, put together: what the same server would have said in one piece. */
import { isObject, type JsonObject } from '../body.ts'
import { finishReasonOf } from '../finish-reasons.ts'
import { errorIn } from './openai-reply.ts'

interface Choice {
  /** Grows with each piece; some servers give all of it at the end. */
  message: Record<string, unknown>
  readonly calls: Map<number, ToolCall>
  readonly ends: { finish_reason: unknown; native_finish_reason?: unknown }
}

interface ToolCall {
  id: string
  name: string
  arguments: string
}

/**
 * Undefined when the stream ended before every choice gave its reason to stop. Some servers give none, but say `[DONE]`: that is
 * an end too, of which nobody knows the reason. A reason that is empty or "null" is none.
 */
export function assembleOpenAi(events: readonly JsonObject[], isDone: boolean): JsonObject | undefined {
  const [first] = events
  if (first === undefined) return undefined
  const { choices: _, ...envelope } = first
  const whole: Record<string, unknown> = { ...envelope, object: 'chat.completion' }
  const choices = new Map<number, Choice>()
  for (const event of events) {
    const error = errorIn(event.error) ?? errorEvent(event)
    if (error !== undefined) return { error }
    if (isObject(event.usage)) whole.usage = event.usage
    for (const piece of objects(event.choices)) {
      if (errorIn(piece.error) !== undefined) return { error: piece.error }
      const choice = at(choices, Number(piece.index ?? 0), newChoice)
      if (isObject(piece.delta)) addDelta(choice, piece.delta)
      else if (isObject(piece.message)) choice.message = { ...choice.message, ...piece.message }
      for (const name of ['finish_reason', 'native_finish_reason'] as const) {
        if (finishReasonOf(piece[name]) !== null) choice.ends[name] = piece[name]
      }
    }
  }
  const made = [...choices].map(([index, choice]) => wholeChoice(index, choice))
  const isWhole = made.length > 0 && (isDone || made.every(({ finish_reason }) => finish_reason != null))
  return isWhole ? { ...whole, choices: made } : undefined
}

/** An event that is an error itself: vLLM's `{object: "error", message}`, and `{code, message}` of others. */
function errorEvent(event: JsonObject): JsonObject | undefined {
  const isError =
    event.choices === undefined && (event.object === 'error' || typeof event.message === 'string')
  return isError ? event : undefined
}

function newChoice(): Choice {
  return { message: { role: 'assistant', content: null }, calls: new Map(), ends: { finish_reason: null } }
}

function wholeChoice(index: number, { message, calls, ends }: Choice) {
  const toolCalls = [...calls.values()].map(({ id, ...called }) => ({
    id,
    type: 'function',
    function: called,
  }))
  const whole = toolCalls.length === 0 ? message : { ...message, tool_calls: toolCalls }
  return { index, message: whole, ...ends }
}

/** Texts grow, tool calls grow by their index, lists are joined, and a text beside a list is an item; of all else the last word counts. */
function addDelta({ message, calls }: Choice, delta: JsonObject): void {
  for (const [name, piece] of Object.entries(delta)) {
    if (piece === null || name === 'role') continue
    const before = message[name]
    if (name === 'tool_calls') for (const call of objects(piece)) addToolCall(calls, call)
    else if (typeof piece === 'string' && !Array.isArray(before)) {
      message[name] = `${typeof before === 'string' ? before : ''}${piece}`
    } else if (Array.isArray(piece) || Array.isArray(before) || (name === 'content' && isObject(piece))) {
      message[name] = [...itemsOf(before), ...itemsOf(piece)]
    } else message[name] = piece
  }
}

/** What is said as text in one piece, and as a list of parts in another, is a list. */
function itemsOf(piece: unknown): readonly unknown[] {
  if (Array.isArray(piece)) return piece
  if (typeof piece === 'string') return piece === '' ? [] : [{ type: 'text', text: piece }]
  return piece === undefined || piece === null ? [] : [piece]
}

/** A piece without an index is a call of its own, unless it only goes on with the one before. */
function addToolCall(calls: Map<number, ToolCall>, piece: JsonObject): void {
  const called = isObject(piece.function) ? piece.function : {}
  const goesOn = piece.id === undefined && called.name === undefined
  const index = Number(piece.index ?? Math.max(0, goesOn ? calls.size - 1 : calls.size))
  const call = at(calls, index, () => ({ id: '', name: '', arguments: '' }))
  if (typeof piece.id === 'string' && piece.id !== '') call.id = piece.id
  if (typeof called.name === 'string' && called.name !== '') call.name = called.name
  if (typeof called.arguments === 'string') call.arguments += called.arguments
}

function at<Item>(items: Map<number, Item>, index: number, make: () => Item): Item {
  const found = items.get(index) ?? make()
  items.set(index, found)
  return found
}

function objects(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : []
}
