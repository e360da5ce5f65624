/**
 * The OpenAI API: `/responses`.
 *
 * 1. Nothing is stored. The id of a response holds what a later request needs to know of it: how much was said, and how often
 *    tools were called. An id of another service is refused, as OpenAI refuses one that it does not find.
 * 2. An item that is only named (`item_reference`) is taken for one of an earlier response.
 * 3. Tools of the vendor's own are never called; a request that demands one is refused.
 */
import {
  type ChatAnswer,
  type ChatFormat,
  type Choice,
  created,
  isObject,
  type JsonObject,
  namedEvent,
  type OfferedTool,
  objectsIn,
  plainChat,
  Refused,
  type RequestedChat,
  type StreamPart,
  type ToolChoice,
  textParts,
  wholeNumber,
} from '../requested/requested.ts'
import { Conversation } from '../texts/conversation.ts'
import { impossibleChoice, outOfBounds } from './checks.ts'
import { logprobsOf } from './logprobs.ts'
import { openAi } from './openai-error.ts'

export const openAiResponsesFormat: ChatFormat = {
  kind: 'chat',
  read,
  answer: (requested, answer) => JSON.stringify(responseOf(requested, answer, 'done')),
  events,
  ...openAi,
}

function read(body: JsonObject, modelInPath: string | undefined): RequestedChat | Refused {
  const model = body.model || modelInPath
  if (typeof model !== 'string') return new Refused('"model" must be a string.', 'model')
  const wrong = outOfBounds(body, [
    ['max_output_tokens', 16, Infinity, 'whole'],
    ['temperature', 0, 2],
    ['top_p', 0, 1],
    ['top_logprobs', 0, 20, 'whole'],
  ])
  if (wrong !== undefined) return wrong
  const conversation = new Conversation()
  const refused = readEarlier(body.previous_response_id, conversation) ?? readInput(body, conversation)
  if (refused !== undefined) return refused
  const tools = objectsIn(body.tools).flatMap(readTool)
  const toolChoice = readToolChoice(body.tool_choice)
  if (toolChoice instanceof Refused) return toolChoice
  const impossible = impossibleChoice(toolChoice, tools)
  if (impossible !== undefined) return impossible
  const format = isObject(body.text) && isObject(body.text.format) ? body.text.format : {}
  if (format.type === 'json_schema' && !isObject(format.schema)) {
    return new Refused('text.format: schema is missing.', 'text.format.schema', 'missing_required_parameter')
  }
  const include = Array.isArray(body.include) ? body.include : []
  const reasoning = isObject(body.reasoning) ? body.reasoning : {}
  return {
    ...plainChat,
    ...conversation,
    model,
    enforced: format.type === 'json_schema' && isObject(format.schema) ? format.schema : undefined,
    json: format.type === 'json_object',
    tools,
    toolChoice,
    maxTokens: wholeNumber(body.max_output_tokens),
    logprobs: include.includes('message.output_text.logprobs')
      ? (wholeNumber(body.top_logprobs) ?? 0)
      : undefined,
    thinks: (reasoning.summary ?? reasoning.generate_summary ?? null) !== null,
    stream: body.stream === true,
    body,
  }
}

/** Rule 1. */
function readEarlier(id: unknown, conversation: Conversation): Refused | undefined {
  if (id === undefined || id === null) return undefined
  const [, characters, turns] = /^resp_\w+_([0-9a-z]+)_(\d+)$/.exec(String(id)) ?? []
  if (characters === undefined) {
    const what = `previous_response_id: there is no response ${JSON.stringify(String(id).slice(0, 60))}.`
    return new Refused(what, 'previous_response_id', 'previous_response_not_found')
  }
  conversation.characters = Number.parseInt(characters, 36)
  conversation.toolTurns = Number(turns)
  return undefined
}

function idOf({ characters, toolTurns }: RequestedChat, { id, choices: [choice] }: ChatAnswer): string {
  const now = characters + choice.text.length
  return `resp_${id}_${now.toString(36)}_${toolTurns + (choice.calls.length > 0 ? 1 : 0)}`
}

function readInput(
  { input, instructions, previous_response_id: earlier }: JsonObject,
  conversation: Conversation,
): Refused | undefined {
  if (typeof instructions === 'string') conversation.add(instructions, 'user')
  if (typeof input === 'string') {
    conversation.add(input, 'user')
    return undefined
  }
  if (!Array.isArray(input) || input.length === 0) {
    return new Refused(
      'input: must be a text, or a list with an item in it.',
      'input',
      'missing_required_parameter',
    )
  }
  const called = new Set<unknown>()
  // What an earlier response called is not known here.
  let mayBeEarlier = typeof earlier === 'string'
  let before = ''
  for (const [index, item] of input.entries()) {
    const place = `input[${index}]`
    if (!isObject(item)) return new Refused(`${place}: must be an item.`, place, 'invalid_type')
    const type = typeof item.type === 'string' ? item.type : 'message'
    if (type === 'item_reference') mayBeEarlier = true
    const isCall = /^(?:function|custom_tool)_call$/.test(type)
    if (isCall) called.add(item.call_id)
    if (isCall && !/^(?:function|custom_tool)_call$/.test(before)) conversation.toolTurns++
    if (/_call_output$/.test(type) && !mayBeEarlier && !called.has(item.call_id)) {
      return new Refused(
        `${place}: there is no tool call ${JSON.stringify(item.call_id ?? null)} before it.`,
        'input',
      )
    }
    const refused = type === 'message' ? readMessage(item, place, conversation) : undefined
    if (refused !== undefined) return refused
    if (typeof item.output === 'string') conversation.add(item.output, 'tool')
    before = type
  }
  // Calls that are only named: their results mention the turn.
  if (called.size === 0 && typeof earlier !== 'string' && /_call_output$/.test(before))
    conversation.toolTurns++
  return undefined
}

const roles = ['user', 'assistant', 'system', 'developer']

function readMessage(
  { role, content }: JsonObject,
  place: string,
  conversation: Conversation,
): Refused | undefined {
  if (typeof role !== 'string' || !roles.includes(role)) {
    const what = `${place}.role: must be one of ${roles.join(', ')}.`
    return new Refused(what, `${place}.role`, 'invalid_value')
  }
  if (typeof content !== 'string' && !Array.isArray(content)) {
    return new Refused(
      `${place}.content: must be a text or a list of parts.`,
      `${place}.content`,
      'invalid_type',
    )
  }
  const text =
    typeof content === 'string'
      ? content
      : objectsIn(content)
          .map((part) => (typeof part.text === 'string' ? part.text : ''))
          .join('')
  conversation.add(text, role === 'assistant' ? 'model' : 'user')
  return undefined
}

function readTool({ type, name, parameters }: JsonObject): OfferedTool[] {
  if (typeof name !== 'string') return []
  if (type === 'custom') return [{ name, parameters: true, custom: true }]
  if (type !== 'function') return []
  return [{ name, parameters: isObject(parameters) ? parameters : { type: 'object' } }]
}

function readToolChoice(choice: unknown): ToolChoice | Refused {
  if (choice === 'none' || choice === 'required') return choice
  if (!isObject(choice)) return 'auto'
  if (choice.type === 'allowed_tools') return choice.mode === 'required' ? 'required' : 'auto'
  if (typeof choice.name === 'string') return { name: choice.name }
  const what = `tool_choice: the simulator has no tool ${JSON.stringify(choice.type ?? null)} of its own.`
  return new Refused(what, 'tool_choice', 'unsupported_value')
}

type State = 'started' | 'done'

function responseOf(requested: RequestedChat, answer: ChatAnswer, state: State): object {
  const { body, model } = requested
  const [{ finish }] = answer.choices
  const incomplete =
    finish === 'length' ? 'max_output_tokens' : finish === 'content_filter' ? 'content_filter' : undefined
  const done = state === 'done'
  return {
    id: idOf(requested, answer),
    object: 'response',
    created_at: created,
    status: !done ? 'in_progress' : incomplete === undefined ? 'completed' : 'incomplete',
    background: false,
    completed_at: done && incomplete === undefined ? created : null,
    error: null,
    incomplete_details: done && incomplete !== undefined ? { reason: incomplete } : null,
    ...repeated(body),
    model,
    output: done ? itemsOf(requested, answer).map(({ item }) => item) : [],
    usage: done ? usageOf(answer) : null,
  }
}

/** What a response mentions its request. */
function repeated(body: JsonObject): object {
  const { effort = null, summary = null } = isObject(body.reasoning) ? body.reasoning : {}
  const { format = { type: 'text' }, verbosity = 'medium' } = isObject(body.text) ? body.text : {}
  return {
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    reasoning: { effort, summary },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? 1,
    text: { format, verbosity },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? 1,
    truncation: body.truncation ?? 'disabled',
    user: body.user ?? null,
  }
}

function usageOf({ promptTokens, cached, completionTokens, thoughtTokens }: ChatAnswer) {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cached?.read ?? 0 },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: thoughtTokens },
    total_tokens: promptTokens + completionTokens,
  }
}

/** An item of the output, and how it looks before its first word. */
interface Item {
  readonly item: JsonObject
  readonly empty: JsonObject
}

function itemsOf(requested: RequestedChat, { id, choices: [choice] }: ChatAnswer): Item[] {
  const { text, thought, calls, finish } = choice
  const items: Item[] = []
  if (thought !== '') items.push(reasoningItem(requested, id, thought))
  for (const { id: callId, name, custom, arguments: values } of calls) {
    const head = {
      id: `${custom ? 'ctc' : 'fc'}_${callId}`,
      type: custom ? 'custom_tool_call' : 'function_call',
    }
    const named = { ...head, status: 'completed', call_id: callId, name }
    const conversation = custom ? { input: values } : { arguments: JSON.stringify(values) }
    const nothing = custom ? { input: '' } : { arguments: '' }
    items.push({
      item: { ...named, ...conversation },
      empty: { ...named, ...nothing, status: 'in_progress' },
    })
  }
  if (calls.length === 0 && (text !== '' || finish !== 'content_filter')) {
    const message = { id: `msg_${id}`, type: 'message', role: 'assistant' }
    const status = finish === 'length' ? 'incomplete' : 'completed'
    items.push({
      item: { ...message, status, content: [contentOf(requested, choice)] },
      empty: { ...message, status: 'in_progress', content: [] },
    })
  }
  return items
}

function reasoningItem({ body }: RequestedChat, id: string, thought: string): Item {
  const encrypted =
    Array.isArray(body.include) && body.include.includes('reasoning.encrypted_content')
      ? { encrypted_content: Buffer.from(thought).toString('base64') }
      : {}
  const head = { id: `rs_${id}`, type: 'reasoning', ...encrypted }
  return {
    item: { ...head, summary: [{ type: 'summary_text', text: thought }] },
    empty: { ...head, summary: [] },
  }
}

function contentOf({ logprobs }: RequestedChat, { text, refusal }: Choice): JsonObject {
  if (refusal !== null) return { type: 'refusal', refusal }
  const entry = logprobs === undefined ? [] : logprobsOf(text, logprobs)
  return { type: 'output_text', text, annotations: [], logprobs: entry }
}

function events(requested: RequestedChat, answer: ChatAnswer): StreamPart[] {
  const parts: StreamPart[] = []
  const send: Send = (type, more, share = 1) => {
    parts.push(namedEvent(`response.${type}`, { ...more, sequence_number: parts.length }, share))
  }
  const started = responseOf(requested, answer, 'started')
  send('created', { response: started }, 0)
  send('in_progress', { response: started }, 0)
  for (const [index, { item, empty }] of itemsOf(requested, answer).entries()) {
    const at = { item_id: item.id, output_index: index }
    send('output_item.added', { output_index: index, item: empty }, item.type === 'function_call' ? 1 : 0)
    sendContent(item, at, send)
    send('output_item.done', { output_index: index, item })
  }
  const done = responseOf(requested, answer, 'done')
  send(`${(done as { readonly status: string }).status}`, { response: done })
  return parts
}

type Send = (type: string, more: object, share?: number) => void

/** What is said of an item between its beginning and its end. */
function sendContent(item: JsonObject, at: object, send: Send): void {
  switch (item.type) {
    case 'reasoning': {
      const [part] = objectsIn(item.summary)
      const within = { ...at, summary_index: 0 }
      send('reasoning_summary_part.added', { ...within, part: { ...part, text: '' } }, 0)
      for (const { text } of textParts(String(part?.text))) {
        send('reasoning_summary_text.delta', { ...within, delta: text }, 0)
      }
      send('reasoning_summary_text.done', { ...within, text: part?.text }, 0)
      send('reasoning_summary_part.done', { ...within, part }, 0)
      return
    }
    case 'function_call':
      send('function_call_arguments.delta', { ...at, delta: item.arguments })
      send('function_call_arguments.done', { ...at, name: item.name, arguments: item.arguments })
      return
    case 'custom_tool_call':
      send('custom_tool_call_input.delta', { ...at, delta: item.input })
      send('custom_tool_call_input.done', { ...at, input: item.input })
      return
    default:
      for (const part of objectsIn(item.content)) sendPart(part, { ...at, content_index: 0 }, send)
  }
}

function sendPart(part: JsonObject, within: object, send: Send): void {
  if (part.type === 'refusal') {
    send('content_part.added', { ...within, part: { ...part, refusal: '' } }, 0)
    send('refusal.delta', { ...within, delta: part.refusal })
    send('refusal.done', { ...within, refusal: part.refusal })
  } else {
    send('content_part.added', { ...within, part: { ...part, text: '', logprobs: [] } }, 0)
    for (const { text, share } of textParts(String(part.text))) {
      send('output_text.delta', { ...within, delta: text, logprobs: [] }, share)
    }
    send('output_text.done', { ...within, text: part.text, logprobs: part.logprobs })
  }
  send('content_part.done', { ...within, part })
}
