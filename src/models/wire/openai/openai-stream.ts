/** A streamed chat completion, put together: what the same server would have said in one piece. */
import { isObject, type JsonObject, usageGiven } from '../../body/body.ts'
import { finishReasonOf } from '../../body/finish-reasons.ts'
import { errorIn } from './openai-reply.ts'

interface Choice {
  /** Grows with each piece; some servers give all of it at the end. */
  message: Record<string, unknown>
  readonly calls: ToolCall[]
  readonly ends: { finish_reason: unknown; native_finish_reason?: unknown }
}

interface ToolCall {
  readonly index: number | undefined
  id: string
  name: string
  arguments: string
}

/**
 * Undefined when the stream ended before every choice gave its reason to stop. Some servers give none, but say `[DONE]`: that is
 * an end too, for an unknown reason. A reason that is empty or "null" is none.
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
    const usage = usageGiven(event)
    if (usage !== undefined) whole.usage = usage
    for (const piece of objects(event.choices)) {
      if (errorIn(piece.error) !== undefined) return { error: piece.error }
      const choice = at(choices, Number(piece.index ?? 0), newChoice)
      if (isObject(piece.delta)) addDelta(choice, piece.delta)
      else if (isObject(piece.message)) choice.message = { ...choice.message, ...piece.message }
      else if (typeof piece.text === 'string') addDelta(choice, { content: piece.text })
      for (const name of ['finish_reason', 'native_finish_reason'] as const) {
        if (finishReasonOf(piece[name]) !== null) choice.ends[name] = piece[name]
      }
    }
  }
  const wholeChoices = [...choices].map(([index, choice]) => wholeChoice(index, choice))
  const isWhole =
    wholeChoices.length > 0 && (isDone || wholeChoices.every(({ finish_reason }) => finish_reason != null))
  return isWhole ? { ...whole, choices: wholeChoices } : undefined
}

/** An event that is an error itself: vLLM's `{object: "error", message}`, and `{code, message}` of others. */
function errorEvent(event: JsonObject): JsonObject | undefined {
  const isError =
    event.choices === undefined && (event.object === 'error' || typeof event.message === 'string')
  return isError ? event : undefined
}

function newChoice(): Choice {
  return { message: { role: 'assistant', content: null }, calls: [], ends: { finish_reason: null } }
}

function wholeChoice(index: number, { message, calls, ends }: Choice) {
  const toolCalls = calls.map(({ id, name, arguments: given }) => ({
    id,
    type: 'function',
    function: { name, arguments: given },
  }))
  const whole = toolCalls.length === 0 ? message : { ...message, tool_calls: toolCalls }
  return { index, message: whole, ...ends }
}

/** Texts grow, tool calls grow by their index, lists are joined, and a text next to a list is an item; of all else the last word counts. */
function addDelta({ message, calls }: Choice, delta: JsonObject): void {
  for (const [name, piece] of Object.entries(delta)) {
    if (piece === null || name === 'role') continue
    const before = message[name]
    if (name === 'tool_calls') for (const call of objects(piece)) addToolCall(calls, call)
    else if (name === 'function_call' && isObject(piece)) addToolCall(calls, { index: 0, function: piece })
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

/** Arguments grow; a name that comes again whole is the same, and one that comes in pieces grows. */
function addToolCall(calls: ToolCall[], piece: JsonObject): void {
  const { name, arguments: given }: JsonObject = isObject(piece.function) ? piece.function : piece
  const call = callOf(calls, piece, typeof name === 'string' && name !== '')
  if (typeof piece.id === 'string' && piece.id !== '') call.id = piece.id
  if (typeof name === 'string' && name !== call.name) call.name += name
  if (typeof given === 'string') call.arguments += given
  else if (isObject(given) && call.arguments === '') call.arguments = JSON.stringify(given)
}

/**
 * The call that a piece belongs to: that of its index, else of its id. Without either, a name begins a new one. Servers that number every
 * call 0 are distinguished by their ids.
 */
function callOf(calls: ToolCall[], { index: given, id }: JsonObject, isNamed: boolean): ToolCall {
  const index = given === undefined || given === null ? undefined : Number(given)
  const hasId = typeof id === 'string' && id !== ''
  const found =
    index === undefined
      ? hasId
        ? calls.findLast((call) => call.id === id)
        : isNamed
          ? undefined
          : calls.at(-1)
      : calls.findLast((call) => call.index === index)
  const isOther = found !== undefined && isNamed && hasId && found.id !== '' && found.id !== id
  if (found !== undefined && !isOther) return found
  const call = { index, id: '', name: '', arguments: '' }
  calls.push(call)
  return call
}

function at<Item>(items: Map<number, Item>, index: number, make: () => Item): Item {
  const found = items.get(index) ?? make()
  items.set(index, found)
  return found
}

function objects(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : []
}
