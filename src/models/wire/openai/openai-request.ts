/**
 * Requests of the OpenAI wire format: `/chat/completions`, `/embeddings` and `/images/generations`. Where those who speak it
 * differ, their row in `dialects.ts` decides.
 */
import { RowsmithError } from '../../../base/errors/errors.ts'
import { define, type Value, type ValueObject } from '../../../base/values/value.ts'
import { drawsOnItsOwnRoute } from '../../../config/check/image-models.ts'
import type {
  ChatMessage,
  ChatRequest,
  Content,
  ContentPart,
  EmbeddingRequest,
  ImageRequest,
  MediaSource,
  ModelRequest,
} from '../../contract/contract.ts'
import { strictSchema } from '../../schema/strict-schema.ts'
import type { Dialect } from '../dialects.ts'
import { isPlainImage, isPlainSound, withMediaBehind } from '../tool-media.ts'
import type { Draft, EncodeOptions, WireRequest } from '../wire.ts'

export function encodeOpenAi(request: ModelRequest, dialect: Dialect, options: EncodeOptions): WireRequest {
  const { route, body, enforced } = plainly(request, dialect, options)
  if (options.streamed && request.kind === 'chat') {
    body.stream = true
    body.stream_options = { include_usage: true }
  }
  for (const [name, value] of Object.entries(request.extraBody ?? {})) define(body, name, value)
  return { route, body, ...(enforced === undefined ? {} : { enforced }) }
}

interface Plain {
  readonly route: string
  readonly body: Draft
  readonly enforced?: WireRequest['enforced']
}

function plainly(request: ModelRequest, dialect: Dialect, options: EncodeOptions): Plain {
  switch (request.kind) {
    case 'chat':
      return { route: 'chat/completions', ...chatBody(request, dialect, options) }
    case 'embedding':
      return { route: 'embeddings', body: embeddingBody(request, dialect) }
    case 'image':
      if (drawsOnItsOwnRoute(request.model))
        return { route: 'images/generations', body: imageBody(request, dialect) }
      return { route: 'chat/completions', body: imageChatBody(request, dialect) }
  }
}

function chatBody(
  request: ChatRequest,
  { tokenLimit, enforcer }: Dialect,
  { enforcement }: EncodeOptions,
): Omit<Plain, 'route'> {
  const body: Draft = {
    model: request.model,
    messages: withMediaBehind(request.messages, (media) => isPlainImage(media) || isPlainSound(media)).map(
      message,
    ),
  }
  if (request.tools !== undefined && request.tools.length > 0) {
    body.tools = request.tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters },
    }))
  }
  const { responseFormat: format, responseSchema: schema } = request
  if (format === 'json_object') body.response_format = { type: format }
  if (request.temperature !== undefined) body.temperature = request.temperature
  if (request.topP !== undefined) body.top_p = request.topP
  if (request.maxTokens !== undefined && !boundsItself(request)) body[tokenLimit] = BigInt(request.maxTokens)
  if (format !== 'json_schema' || schema === undefined || enforcement === 'none') return { body }
  const strict = enforcement === 'strict' ? strictSchema(schema, enforcer) : undefined
  body.response_format = {
    type: format,
    json_schema: {
      name: 'answer',
      schema: strict ?? schema,
      ...(strict === undefined ? {} : { strict: true }),
    },
  }
  return { body, enforced: strict === undefined ? 'schema' : 'strict' }
}

/** Two bounds at once are refused: those of the extra body win. */
function boundsItself({ extraBody = {} }: ChatRequest): boolean {
  return 'max_tokens' in extraBody || 'max_completion_tokens' in extraBody
}

function message(given: ChatMessage): ValueObject {
  const { role } = given
  const value: Draft = { role, content: content(given.content) }
  if (role === 'tool') value.tool_call_id = given.toolCallId
  if (role === 'assistant' && given.toolCalls !== undefined) {
    value.tool_calls = given.toolCalls.map(({ id, name, arguments: text }) => ({
      id,
      type: 'function',
      function: { name, arguments: text },
    }))
  }
  if (role === 'assistant' && given.carried !== undefined) Object.assign(value, given.carried)
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

export function addressOf(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`
}

function embeddingBody(request: EmbeddingRequest, { embedding }: Dialect): Draft {
  const { model, inputs, encodingFormat, dimensions } = request
  const body: Draft = { model, input: inputs, ...embedding }
  if (encodingFormat !== undefined) body.encoding_format = encodingFormat
  if (dimensions !== undefined) body.dimensions = BigInt(dimensions)
  return body
}

/** @throws RowsmithError `rejected_request` for images to start from, which a config check refuses before */
function imageBody({ model, prompt, context = [] }: ImageRequest, { imageBytes }: Dialect): Draft {
  if (context.length > 0) {
    throw new RowsmithError('rejected_request', 'The images route takes no images to start from.')
  }
  // Other models of that route give nothing but bytes, and refuse a request for them.
  const format = imageBytes && /dall-?e/i.test(model) ? { response_format: 'b64_json' } : {}
  return { model, prompt, ...format }
}

function imageChatBody(request: ImageRequest, { imageModalities: modalities }: Dialect): Draft {
  const body: Draft = { model: request.model, messages: [message(imageMessage(request))] }
  if (modalities.length > 0) body.modalities = modalities
  return body
}

/** Media stand before the text. */
function imageMessage({ prompt, context = [] }: ImageRequest): ChatMessage {
  return {
    role: 'user',
    content: context.length === 0 ? prompt : [...context, { type: 'text', text: prompt }],
  }
}
