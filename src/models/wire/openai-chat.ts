/**
 * One model behind an OpenAI-compatible server: `/chat/completions`, `/embeddings` or `/images/generations`. Builds the
 * body, sends it once, has the ending classed. `response_format` is sent only to
 * providers that are said to know it: many servers refuse it, and the prompt carries the schema anyway.
 */
import type { Clock } from '../../base/clock.ts'
import { formatJson } from '../../base/json.ts'
import { define, type Value, type ValueObject } from '../../base/value.ts'
import { redact } from '../api-key.ts'
import { classify } from '../classify.ts'
import type {
  Attempt,
  ChatMessage,
  ChatRequest,
  Content,
  ContentPart,
  EmbeddingRequest,
  Endpoint,
  ImageRequest,
  MediaSource,
  ModelRequest,
} from '../contract.ts'
import type { Transport } from '../http/transport.ts'
import { fitsStrictMode } from '../strict-schema.ts'

/** The header that carries the effect key, so that a server can tell what was asked twice. */
export const EFFECT_HEADER = 'x-rowsmith-effect'

export interface OpenAiChatOptions {
  readonly provider: string
  readonly model: string
  /** Requests in flight at once. */
  readonly limit: number
  /** Base URL, with or without a slash at the end; the route is added. */
  readonly baseUrl: string
  readonly apiKey: string | null
  readonly extraHeaders: Readonly<Record<string, string>>
  /** Deadline of one request. */
  readonly timeoutMs: number
  readonly transport: Transport
  readonly clock: Clock
}

export function openAiChat(options: OpenAiChatOptions): Endpoint {
  const { provider, model, limit, timeoutMs, transport, clock } = options
  const secrets = Object.values(options.extraHeaders)
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json',
  }
  if (options.apiKey !== null) {
    headers.authorization = `Bearer ${options.apiKey}`
    secrets.push(options.apiKey)
  }
  for (const [name, value] of Object.entries(options.extraHeaders)) headers[name.toLowerCase()] = value
  const hide = (text: string): string => redact(text, secrets)
  return {
    provider,
    model,
    limit,
    async send(request, { effectKey, signal }): Promise<Attempt> {
      const sent = { ...headers, [EFFECT_HEADER]: effectKey }
      const [route, body] = routed(request)
      const url = urlOf(options.baseUrl, route)
      const result = await transport.post(url, sent, formatJson(body), signal, timeoutMs)
      return classify(request.kind, result, clock.now(), hide)
    },
  }
}

/** Models that make images answer on a route of their own when their name says so; all others do it in a chat. */
const imageModels = /dall-e-|dalle|stable-diffusion|sd-|sd_|imagen|gpt-image-/i

/** Where a request goes, with its body. Members of `extraBody` win over what stands in the body already. */
function routed(request: ModelRequest): [route: string, body: ValueObject] {
  const [route, body] = plainly(request)
  for (const [name, value] of Object.entries(request.extraBody ?? {})) define(body, name, value)
  return [route, body]
}

function plainly(request: ModelRequest): [route: string, body: Record<string, Value>] {
  switch (request.kind) {
    case 'chat':
      return ['chat/completions', chatBody(request)]
    case 'embedding':
      return ['embeddings', embeddingBody(request)]
    case 'image':
      if (imageModels.test(request.model)) return ['images/generations', imageBody(request)]
      return ['chat/completions', { model: request.model, messages: [message(imageMessage(request))] }]
  }
}

function chatBody(request: ChatRequest): Record<string, Value> {
  const body: Record<string, Value> = {
    model: request.model,
    messages: request.messages.map(message),
  }
  if (request.tools !== undefined && request.tools.length > 0) {
    body.tools = request.tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters },
    }))
  }
  const { responseFormat: format, responseSchema: schema } = request
  if (format === 'json_object') body.response_format = { type: format }
  if (format === 'json_schema' && schema !== undefined) {
    const strict = fitsStrictMode(schema)
    body.response_format = {
      type: format,
      json_schema: { name: 'answer', schema, ...(strict ? { strict } : {}) },
    }
  }
  if (request.temperature !== undefined) body.temperature = request.temperature
  if (request.topP !== undefined) body.top_p = request.topP
  if (request.maxTokens !== undefined) body.max_tokens = BigInt(request.maxTokens)
  return body
}

function message(given: ChatMessage): ValueObject {
  const { role } = given
  const value: Record<string, Value> = { role, content: content(given.content) }
  if (role === 'tool') value.tool_call_id = given.toolCallId
  if (role === 'assistant' && given.toolCalls !== undefined) {
    value.tool_calls = given.toolCalls.map(({ id, name, arguments: text }) => ({
      id,
      type: 'function',
      function: { name, arguments: text },
    }))
  }
  return value
}

function content(given: Content): Value {
  return typeof given === 'string' ? given : given.map(part)
}

function part(given: ContentPart): ValueObject {
  switch (given.type) {
    case 'text':
      return { type: 'text', text: given.text }
    case 'image':
      return { type: 'image_url', image_url: { url: addressOf(given.source) } }
    case 'video':
      return { type: 'video_url', video_url: { url: addressOf(given.source) } }
    case 'audio': {
      const { source } = given
      if (source.kind === 'url') return { type: 'audio_url', audio_url: { url: source.url } }
      const format = source.mediaType === 'audio/mpeg' ? 'mp3' : source.mediaType.replace(/^audio\/(x-)?/, '')
      return { type: 'input_audio', input_audio: { data: source.data, format } }
    }
  }
}

function addressOf(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`
}

function embeddingBody({
  model,
  inputs,
  encodingFormat,
  dimensions,
}: EmbeddingRequest): Record<string, Value> {
  const body: Record<string, Value> = { model, input: inputs }
  if (encodingFormat !== undefined) body.encoding_format = encodingFormat
  if (dimensions !== undefined) body.dimensions = BigInt(dimensions)
  return body
}

function imageBody({ model, prompt }: ImageRequest): Record<string, Value> {
  return { model, prompt }
}

/** Media stand before the text. */
function imageMessage({ prompt, context = [] }: ImageRequest): ChatMessage {
  return {
    role: 'user',
    content: context.length === 0 ? prompt : [...context, { type: 'text', text: prompt }],
  }
}

function urlOf(baseUrl: string, route: string): string {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${route}`
  return url.href
}
