/** The Anthropic API: `/v1/messages`. */
import {
  type AskedChat,
  type ChatAnswer,
  type ChatFormat,
  isObject,
  type JsonObject,
  type OfferedTool,
  type StreamPart,
  schemaTag,
  textParts,
  wholeNumber,
} from '../asked.ts'

export const anthropicFormat: ChatFormat = {
  kind: 'chat',
  read,
  answer: (asked, answer) =>
    JSON.stringify({
      ...head(asked, answer),
      content: contentOf(answer),
      stop_reason: stopReasons[answer.finish],
      stop_sequence: null,
      usage: { input_tokens: answer.promptTokens, output_tokens: answer.completionTokens },
    }),
  events,
  error: (status, message) =>
    JSON.stringify({
      type: 'error',
      error: {
        type: errorTypes[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error'),
        message,
      },
    }),
}

const errorTypes: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

const stopReasons = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
} as const

function read(body: JsonObject): AskedChat | string {
  const { model, messages, max_tokens: maxTokens } = body
  if (typeof model !== 'string' || model === '') return 'model: must be a string'
  if (wholeNumber(maxTokens) === undefined) return 'max_tokens: field required'
  if (!Array.isArray(messages) || messages.length === 0) return 'messages: at least one message is required'
  let characters = textOf(body.system).length
  let lastText = ''
  let schemaText: string | undefined
  let toolTurns = 0
  for (const message of messages) {
    if (!isObject(message) || (message.role !== 'user' && message.role !== 'assistant')) {
      return 'messages: role must be "user" or "assistant"'
    }
    const text = textOf(message.content)
    characters += text.length
    if (text !== '') lastText = text
    if (text.includes(schemaTag)) schemaText = text
    if (message.role === 'assistant' && blocksOf(message.content).some(({ type }) => type === 'tool_use')) {
      toolTurns++
    }
  }
  const config = isObject(body.output_config) ? body.output_config.format : body.output_format
  const choice = isObject(body.tool_choice) ? body.tool_choice : {}
  return {
    kind: 'chat',
    model,
    characters,
    lastText,
    schemaText,
    enforced: isObject(config) && isObject(config.schema) ? config.schema : undefined,
    json: false,
    tools: Array.isArray(body.tools) ? body.tools.flatMap(readTool) : [],
    toolChoice:
      choice.type === 'any'
        ? 'required'
        : choice.type === 'none'
          ? 'none'
          : choice.type === 'tool' && typeof choice.name === 'string'
            ? { name: choice.name }
            : 'auto',
    toolTurns,
    maxTokens: wholeNumber(maxTokens),
    picture: false,
    stream: body.stream === true,
    streamUsage: true,
  }
}

function readTool(tool: unknown): OfferedTool[] {
  if (!isObject(tool) || typeof tool.name !== 'string') return []
  return [
    { name: tool.name, parameters: isObject(tool.input_schema) ? tool.input_schema : { type: 'object' } },
  ]
}

function blocksOf(content: unknown): JsonObject[] {
  return Array.isArray(content) ? content.filter(isObject) : []
}

/** Text blocks only: what a tool gave back is not a wish. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return blocksOf(content)
    .map((block) => (typeof block.text === 'string' ? block.text : ''))
    .join('')
}

function head({ model }: AskedChat, { id }: ChatAnswer) {
  return { id: `msg_${id}`, type: 'message', role: 'assistant', model }
}

function contentOf({ text, calls }: ChatAnswer) {
  return [
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...calls.map(({ id, name, arguments: input }) => ({ type: 'tool_use', id, name, input })),
  ]
}

function events(asked: AskedChat, answer: ChatAnswer): StreamPart[] {
  const { promptTokens, completionTokens } = answer
  const parts: StreamPart[] = []
  const send = (share: number, type: string, more: object): void => {
    parts.push({ text: `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`, share })
  }
  send(0, 'message_start', {
    message: {
      ...head(asked, answer),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: promptTokens, output_tokens: 1 },
    },
  })
  let index = 0
  if (answer.text !== '') {
    send(0, 'content_block_start', { index, content_block: { type: 'text', text: '' } })
    for (const { text, share } of textParts(answer.text)) {
      send(share, 'content_block_delta', { index, delta: { type: 'text_delta', text } })
    }
    send(1, 'content_block_stop', { index })
    index++
  }
  for (const { id, name, arguments: input } of answer.calls) {
    send(1, 'content_block_start', { index, content_block: { type: 'tool_use', id, name, input: {} } })
    const delta = { type: 'input_json_delta', partial_json: JSON.stringify(input) }
    send(1, 'content_block_delta', { index, delta })
    send(1, 'content_block_stop', { index })
    index++
  }
  send(1, 'message_delta', {
    delta: { stop_reason: stopReasons[answer.finish], stop_sequence: null },
    usage: { output_tokens: completionTokens },
  })
  send(1, 'message_stop', {})
  return parts
}
