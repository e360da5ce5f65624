/** The Anthropic API: `/v1/messages`, `/v1/messages/count_tokens`. */
import {
  type CacheMark,
  type ChatAnswer,
  type ChatFormat,
  type FreeFormat,
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
  texts,
  tokensOf,
  wholeNumber,
} from '../requested/requested.ts'
import { Conversation } from '../texts/conversation.ts'
import { marksIn } from './cache-marks.ts'
import { impossibleChoice, outOfBounds } from './checks.ts'

/** What every route of the Anthropic API has. */
export const anthropic = {
  idHeader: 'request-id',
  error: ({ status, message }: Pick<Refused, 'status' | 'message'>): string =>
    JSON.stringify({
      type: 'error',
      error: {
        type: errorTypes[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error'),
        message,
      },
      request_id: null,
    }),
} as const

export const anthropicFormat: ChatFormat = {
  kind: 'chat',
  read,
  answer: (requested, answer) =>
    JSON.stringify({
      ...head(requested, answer),
      content: contentOf(answer),
      ...endOf(answer),
      usage: usageOf(requested, answer),
    }),
  events,
  ...anthropic,
}

export const anthropicCountFormat: FreeFormat = {
  kind: 'free',
  answer(body) {
    const requested = read({ ...body, max_tokens: 1, thinking: undefined })
    return requested instanceof Refused ? requested : { input_tokens: tokensOf(requested.characters) }
  },
  ...anthropic,
}

const errorTypes: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

const stopReasons = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
  refusal: 'refusal',
} as const

const mostMarks = 4

function read(body: JsonObject): RequestedChat | Refused {
  const { model, max_tokens: maxTokens, thinking } = body
  if (typeof model !== 'string' || model === '') return new Refused('model: must be a string')
  if (maxTokens === undefined) return new Refused('max_tokens: field required')
  const wrong = outOfBounds(body, [
    ['max_tokens', 1, Infinity, 'whole'],
    ['temperature', 0, 1],
    ['top_p', 0, 1],
    ['top_k', 0, Infinity, 'whole'],
  ])
  if (wrong !== undefined) return wrong
  const said = readMessages(body)
  if (said instanceof Refused) return said
  if (said.marks.length > mostMarks)
    return new Refused(`A maximum of ${mostMarks} blocks with cache_control may be provided.`)
  const tools = objectsIn(body.tools).flatMap(readTool)
  const toolChoice = readToolChoice(body.tool_choice)
  const thinks = isObject(thinking) && (thinking.type === 'enabled' || thinking.type === 'adaptive')
  const impossible =
    impossibleChoice(toolChoice, tools) ??
    (thinks ? wrongThinking(thinking, maxTokens, toolChoice) : undefined)
  if (impossible !== undefined) return impossible
  const format = isObject(body.output_config) ? body.output_config.format : body.output_format
  return {
    ...plainChat,
    ...said.conversation,
    marks: said.marks,
    model,
    enforced: isObject(format) && isObject(format.schema) ? format.schema : undefined,
    tools,
    toolChoice,
    maxTokens: wholeNumber(maxTokens),
    stops: texts(body.stop_sequences),
    thinks,
    stream: body.stream === true,
    body,
  }
}

function wrongThinking(thinking: JsonObject, maxTokens: unknown, choice: ToolChoice): Refused | undefined {
  if (choice === 'required' || typeof choice === 'object') {
    return new Refused('thinking: cannot be enabled where tool_choice demands a tool')
  }
  if (thinking.type !== 'enabled') return undefined
  const budget = wholeNumber(thinking.budget_tokens) ?? 0
  if (budget < 1024) return new Refused('thinking.budget_tokens: must be at least 1024')
  if (budget < Number(maxTokens)) return undefined
  return new Refused('max_tokens: must be above thinking.budget_tokens')
}

function readMessages({
  system,
  messages,
}: JsonObject): { conversation: Conversation; marks: CacheMark[] } | Refused {
  if (!Array.isArray(messages) || messages.length === 0) {
    return new Refused('messages: at least one message is required')
  }
  const conversation = new Conversation()
  const marks = marksIn(system, 0)
  conversation.add(textOf(system), 'user')
  conversation.lastText = ''
  let open: unknown[] = []
  for (const [index, message] of messages.entries()) {
    if (!isObject(message) || (message.role !== 'user' && message.role !== 'assistant')) {
      return new Refused(`messages.${index}.role: must be "user" or "assistant"`)
    }
    const { role, content } = message
    const blocks = objectsIn(content)
    const isLast = index === messages.length - 1
    const isEmpty = typeof content === 'string' ? content === '' : blocks.length === 0
    if (isEmpty && !(isLast && role === 'assistant')) {
      return new Refused(`messages.${index}.content: must not be empty`)
    }
    const idsOf = (type: string, key: string) =>
      blocks.filter((block) => block.type === type).map((block) => block[key])
    const results = idsOf('tool_result', 'tool_use_id')
    const stray = results.find((id) => !open.includes(id))
    if (stray !== undefined) {
      return new Refused(
        `messages.${index}: a tool_result for "${stray}", which the message before does not use`,
      )
    }
    const missing = open.find((id) => !results.includes(id))
    if (missing !== undefined) {
      return new Refused(`messages.${index}: the tool_use "${missing}" before it has no tool_result`)
    }
    marks.push(...marksIn(content, conversation.characters))
    conversation.add(textOf(content), role === 'assistant' ? 'model' : 'user')
    open = role === 'assistant' ? idsOf('tool_use', 'id') : []
    if (open.length > 0) conversation.toolTurns++
  }
  return open.length === 0
    ? { conversation, marks }
    : new Refused('messages: the last tool_use has no tool_result')
}

function readTool({ name, input_schema: schema }: JsonObject): OfferedTool[] {
  // A tool of the vendor's own has no schema, and is never called.
  if (typeof name !== 'string' || !isObject(schema)) return []
  return [{ name, parameters: schema }]
}

function readToolChoice(choice: unknown): ToolChoice {
  if (!isObject(choice)) return 'auto'
  if (choice.type === 'any') return 'required'
  if (choice.type === 'none') return 'none'
  return choice.type === 'tool' && typeof choice.name === 'string' ? { name: choice.name } : 'auto'
}

/** Text blocks only: what a tool gave back is not a wish. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return objectsIn(content)
    .map((block) => (typeof block.text === 'string' ? block.text : ''))
    .join('')
}

function head({ model }: RequestedChat, { id }: ChatAnswer) {
  return { id: `msg_${id}`, type: 'message', role: 'assistant', model, container: null }
}

function endOf({ choices: [{ finish, stoppedAt, refusal }] }: ChatAnswer) {
  return {
    stop_reason: stoppedAt === null ? stopReasons[finish] : 'stop_sequence',
    stop_sequence: stoppedAt,
    stop_details: refusal === null ? null : { type: 'refusal', category: null, explanation: refusal },
  }
}

function usageOf({ marks = [] }: RequestedChat, answer: ChatAnswer) {
  const { promptTokens, cached = { read: 0, written: 0 }, completionTokens, thoughtTokens } = answer
  const isForAnHour = marks.some(({ ttlMs }) => ttlMs !== null)
  return {
    input_tokens: promptTokens - cached.read - cached.written,
    cache_creation_input_tokens: cached.written,
    cache_read_input_tokens: cached.read,
    cache_creation: {
      ephemeral_5m_input_tokens: isForAnHour ? 0 : cached.written,
      ephemeral_1h_input_tokens: isForAnHour ? cached.written : 0,
    },
    output_tokens: completionTokens,
    output_tokens_details: { thinking_tokens: thoughtTokens },
    server_tool_use: null,
    service_tier: 'standard',
    inference_geo: null,
    speed: null,
  }
}

/** A block of the answer, how it looks before its first word, and what is said of it then. */
interface Block {
  readonly block: object
  readonly empty: object
  readonly deltas: readonly { readonly delta: object; readonly share: number }[]
}

function blocksOf({ choices: [{ text, thought, calls }] }: ChatAnswer): Block[] {
  const blocks: Block[] = []
  if (thought !== '') {
    const signature = Buffer.from(`thought ${thought.length}`).toString('base64')
    const thinking = [...textParts(thought)].map((part) => ({ type: 'thinking_delta', thinking: part.text }))
    blocks.push({
      block: { type: 'thinking', thinking: thought, signature },
      empty: { type: 'thinking', thinking: '', signature: '' },
      deltas: [...thinking, { type: 'signature_delta', signature }].map((delta) => ({ delta, share: 0 })),
    })
  }
  if (text !== '') {
    blocks.push({
      block: { type: 'text', text },
      empty: { type: 'text', text: '' },
      deltas: [...textParts(text)].map((part) => ({
        delta: { type: 'text_delta', text: part.text },
        share: part.share,
      })),
    })
  }
  for (const { id, name, arguments: input } of calls) {
    const used = { type: 'tool_use', id, name, caller: { type: 'direct' } }
    const delta = { type: 'input_json_delta', partial_json: JSON.stringify(input) }
    blocks.push({ block: { ...used, input }, empty: { ...used, input: {} }, deltas: [{ delta, share: 1 }] })
  }
  return blocks
}

const contentOf = (answer: ChatAnswer): object[] => blocksOf(answer).map(({ block }) => block)

function events(requested: RequestedChat, answer: ChatAnswer): StreamPart[] {
  const parts: StreamPart[] = []
  const send = (share: number, type: string, more: object): void => {
    parts.push(namedEvent(type, more, share))
  }
  const nothing = { stop_reason: null, stop_sequence: null, stop_details: null }
  const usage = { ...usageOf(requested, answer), output_tokens: 1 }
  send(0, 'message_start', { message: { ...head(requested, answer), content: [], ...nothing, usage } })
  for (const [index, { empty, deltas }] of blocksOf(answer).entries()) {
    send(deltas[0]?.share === 1 && deltas.length === 1 ? 1 : 0, 'content_block_start', {
      index,
      content_block: empty,
    })
    for (const { delta, share } of deltas) send(share, 'content_block_delta', { index, delta })
    send(deltas.at(-1)?.share ?? 1, 'content_block_stop', { index })
  }
  send(1, 'message_delta', {
    delta: { ...endOf(answer), container: null },
    usage: usageOf(requested, answer),
  })
  send(1, 'message_stop', {})
  return parts
}
