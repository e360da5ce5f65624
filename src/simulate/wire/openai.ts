/** The OpenAI API: `/chat/completions`, `/embeddings`, `/images/generations`. */
import {
  type AskedChat,
  type ChatAnswer,
  type ChatFormat,
  type EmbeddingsFormat,
  type ImagesFormat,
  isObject,
  type JsonObject,
  type OfferedTool,
  type StreamPart,
  schemaTag,
  textParts,
  wholeNumber,
} from '../asked.ts'

/** The body of an error, in the shape of the OpenAI API. */
export function openAiError(status: number, message: string): string {
  const [type, code] = errorTypes[status] ?? [status < 500 ? 'invalid_request_error' : 'server_error', null]
  return JSON.stringify({ error: { message, type, code } })
}

const errorTypes: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  401: ['invalid_request_error', 'invalid_api_key'],
  402: ['insufficient_quota', 'insufficient_quota'],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['requests', 'rate_limit_exceeded'],
}

export const openAiChatFormat: ChatFormat = {
  kind: 'chat',
  read: readChat,
  answer: completion,
  events: chunks,
  error: openAiError,
}

function readChat(body: JsonObject): AskedChat | string {
  const { model, messages, response_format: format } = body
  if (typeof model !== 'string' || model === '') return '"model" must be a string.'
  if (!Array.isArray(messages) || messages.length === 0)
    return '"messages" must be a list with a message in it.'
  let characters = 0
  let lastText = ''
  let schemaText: string | undefined
  let toolTurns = 0
  for (const message of messages) {
    if (!isObject(message) || typeof message.role !== 'string') return 'A message has no "role".'
    const text = textOf(message.content)
    if (message.role !== 'tool' && text !== '') lastText = text
    if (text.includes(schemaTag)) schemaText = text
    characters += text.length
    if (Array.isArray(message.tool_calls) && message.tool_calls.length > 0) toolTurns++
  }
  const named = isObject(format) && isObject(format.json_schema) ? format.json_schema.schema : undefined
  const choice = body.tool_choice
  const picture = Array.isArray(body.modalities) && body.modalities.includes('image')
  return {
    kind: 'chat',
    model,
    characters,
    lastText,
    schemaText,
    enforced: isObject(named) ? named : undefined,
    json: isObject(format) && format.type === 'json_object',
    tools: Array.isArray(body.tools) ? body.tools.flatMap(readTool) : [],
    toolChoice:
      choice === 'none' || choice === 'required'
        ? choice
        : isObject(choice) && isObject(choice.function) && typeof choice.function.name === 'string'
          ? { name: choice.function.name }
          : 'auto',
    toolTurns,
    maxTokens: wholeNumber(body.max_completion_tokens) ?? wholeNumber(body.max_tokens),
    picture,
    stream: body.stream === true,
    streamUsage: isObject(body.stream_options) && body.stream_options.include_usage === true,
  }
}

function readTool(tool: unknown): OfferedTool[] {
  if (!isObject(tool) || !isObject(tool.function) || typeof tool.function.name !== 'string') return []
  const { name, parameters } = tool.function
  return [{ name, parameters: isObject(parameters) ? parameters : { type: 'object' } }]
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((block) => (isObject(block) && typeof block.text === 'string' ? block.text : ''))
    .join('')
}

// Put together by hand: a benchmark's server must cost little.
function completion(asked: AskedChat, answer: ChatAnswer): string {
  const choice = `{"index":0,"message":${messageOf(answer)},"finish_reason":"${answer.finish}"}`
  return `${head(asked, answer, 'chat.completion')},"choices":[${choice}],"usage":${usageOf(answer)}}`
}

function head({ model }: AskedChat, { id }: ChatAnswer, object: string): string {
  return `{"id":"chatcmpl-${id}","object":"${object}","created":0,"model":${JSON.stringify(model)}`
}

function usageOf({ promptTokens, completionTokens }: ChatAnswer): string {
  return `{"prompt_tokens":${promptTokens},"completion_tokens":${completionTokens},"total_tokens":${promptTokens + completionTokens}}`
}

function messageOf({ text, calls, pictures }: ChatAnswer): string {
  const content = calls.length > 0 && text === '' ? 'null' : JSON.stringify(text)
  const called = calls.length === 0 ? '' : `,"tool_calls":${JSON.stringify(calls.map(wireCall))}`
  const shown = pictures.length === 0 ? '' : `,"images":${JSON.stringify(pictures.map(wirePicture))}`
  return `{"role":"assistant","content":${content}${called}${shown}}`
}

function wireCall({ id, name, arguments: values }: ChatAnswer['calls'][number]) {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(values) } }
}

function wirePicture(png: Buffer) {
  return { type: 'image_url', image_url: { url: `data:image/png;base64,${png.toString('base64')}` } }
}

function chunks(asked: AskedChat, answer: ChatAnswer): StreamPart[] {
  const start = head(asked, answer, 'chat.completion.chunk')
  const event = (delta: object, finish: string | null, share: number): StreamPart => ({
    text: `data: ${start},"choices":[${JSON.stringify({ index: 0, delta, finish_reason: finish })}]}\n\n`,
    share,
  })
  const parts = [event({ role: 'assistant', content: '' }, null, 0)]
  for (const { text, share } of textParts(answer.text)) parts.push(event({ content: text }, null, share))
  const calls = answer.calls.map((call, index) => ({ index, ...wireCall(call) }))
  if (calls.length > 0) parts.push(event({ tool_calls: calls }, null, 1))
  if (answer.pictures.length > 0) parts.push(event({ images: answer.pictures.map(wirePicture) }, null, 1))
  parts.push(event({}, answer.finish, 1))
  if (asked.streamUsage) {
    parts.push({ text: `data: ${start},"choices":[],"usage":${usageOf(answer)}}\n\n`, share: 1 })
  }
  parts.push({ text: 'data: [DONE]\n\n', share: 1 })
  return parts
}

export const openAiEmbeddingsFormat: EmbeddingsFormat = {
  kind: 'embeddings',
  read({ model, input, dimensions, encoding_format: encoding }) {
    if (typeof model !== 'string' || model === '') return '"model" must be a string.'
    const inputs = typeof input === 'string' ? [input] : input
    if (!Array.isArray(inputs) || inputs.length === 0) return '"input" must be a text or a list of texts.'
    // A list of token ids stands for a text, too.
    const texts = inputs.every((item) => typeof item === 'number')
      ? [inputs.join(' ')]
      : inputs.map((item) => (Array.isArray(item) ? item.join(' ') : item))
    if (!texts.every((text) => typeof text === 'string')) return '"input" must be a text or a list of texts.'
    return {
      kind: 'embeddings',
      model,
      characters: texts.reduce((sum, text) => sum + text.length, 0),
      lastText: texts.at(-1) ?? '',
      inputs: texts,
      dimensions: wholeNumber(dimensions),
      base64: encoding === 'base64',
      single: typeof input === 'string',
    }
  },
  answer: ({ model, base64 }, { vectors, promptTokens }) =>
    JSON.stringify({
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: base64
          ? Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
          : [...vector],
      })),
      model,
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    }),
  error: openAiError,
}

export const openAiImagesFormat: ImagesFormat = {
  kind: 'images',
  read({ model, prompt, n }) {
    if (typeof prompt !== 'string' || prompt === '') return '"prompt" must be a text.'
    return {
      kind: 'images',
      model: typeof model === 'string' ? model : '',
      characters: prompt.length,
      lastText: prompt,
      count: Math.min(10, wholeNumber(n) ?? 1),
    }
  },
  answer: (_asked, { pictures, promptTokens, completionTokens }) =>
    JSON.stringify({
      created: 0,
      data: pictures.map((png) => ({ b64_json: png.toString('base64') })),
      usage: {
        input_tokens: promptTokens,
        output_tokens: completionTokens,
        total_tokens: promptTokens + completionTokens,
      },
    }),
  error: openAiError,
}
