/**
 * Requests of the OpenAI Responses API: `/responses`. Embeddings, and models that draw on a route of their own, are those of
 * the OpenAI wire format.
 *
 * 1. Nothing is stored at the provider (`store: false`): every request says the whole conversation.
 * 2. What a model thought between its calls of tools goes back encrypted, as it came.
 */
import { RowsmithError } from '../../../base/errors/errors.ts'
import { define, isValueObject, type Value, type ValueObject } from '../../../base/values/value.ts'
import { drawsOnItsOwnRoute } from '../../../config/check/image-models.ts'
import type {
  ChatMessage,
  ChatRequest,
  Content,
  ContentPart,
  ImageRequest,
  ModelRequest,
} from '../../contract/contract.ts'
import { strictSchema } from '../../schema/strict-schema.ts'
import type { Dialect } from '../dialects.ts'
import { addressOf, encodeOpenAi } from '../openai/openai-request.ts'
import { carriedContent, isPlainImage } from '../tool-media.ts'
import type { Draft, EncodeOptions, WireRequest } from '../wire.ts'

export function encodeResponses(
  request: ModelRequest,
  dialect: Dialect,
  options: EncodeOptions,
): WireRequest {
  const isElsewhere =
    request.kind === 'embedding' || (request.kind === 'image' && drawsOnItsOwnRoute(request.model))
  if (isElsewhere) return encodeOpenAi(request, dialect, options)
  const { body, enforced } =
    request.kind === 'chat'
      ? chatBody(request, dialect, options)
      : { body: imageBody(request), enforced: undefined }
  if (options.streamed && request.kind === 'chat') body.stream = true
  for (const [name, value] of Object.entries(request.extraBody ?? {})) define(body, name, value)
  return { route: 'responses', body, ...(enforced === undefined ? {} : { enforced }) }
}

function chatBody(
  request: ChatRequest,
  dialect: Dialect,
  { enforcement }: EncodeOptions,
): { body: Draft; enforced?: WireRequest['enforced'] } {
  const { model, messages, tools, temperature, topP, maxTokens } = request
  const body: Draft = { model, input: messages.flatMap(items), store: false }
  if (tools !== undefined && tools.length > 0) {
    body.tools = tools.map(({ name, description, parameters }) => ({
      type: 'function',
      name,
      description,
      parameters,
      strict: false,
    }))
    if (thinks.test(model)) body.include = ['reasoning.encrypted_content']
  }
  if (temperature !== undefined) body.temperature = temperature
  if (topP !== undefined) body.top_p = topP
  if (maxTokens !== undefined) body.max_output_tokens = BigInt(maxTokens)
  const { responseFormat: format, responseSchema: schema } = request
  if (format === 'json_object') body.text = { format: { type: 'json_object' } }
  if (format !== 'json_schema' || schema === undefined || enforcement === 'none') return { body }
  const strict = enforcement === 'strict' ? strictSchema(schema, dialect.enforcer) : undefined
  body.text = {
    format: { type: 'json_schema', name: 'answer', schema: strict ?? schema, strict: strict !== undefined },
  }
  return { body, enforced: strict === undefined ? 'schema' : 'strict' }
}

/** Models that think: others refuse a request for their thoughts. */
const thinks = /^(?:.*\/)?(?:o\d|gpt-5|gpt-6|gpt-oss|codex|computer-use)/i

function items(message: ChatMessage): Value[] {
  switch (message.role) {
    case 'system':
    case 'user':
      return [{ role: message.role, content: content(message.content) }]
    case 'tool':
      return [
        { type: 'function_call_output', call_id: message.toolCallId, output: outputOf(message.content) },
      ]
    case 'assistant': {
      const carried = message.carried?.output
      if (Array.isArray(carried)) return carried.flatMap((item) => sentBack(item as Value))
      const calls = (message.toolCalls ?? []).map(({ id, name, arguments: text }) => ({
        type: 'function_call',
        call_id: id,
        name,
        arguments: text,
      }))
      const text = textOf(message.content)
      return [...(text === '' ? [] : [{ role: 'assistant', content: text }]), ...calls]
    }
  }
}

/** Ids name what the provider stored, and it keeps nothing; thoughts can be read again only where they are encrypted. */
function sentBack(item: Value): Value[] {
  if (!isValueObject(item)) return []
  const { id: _id, status: _status, ...rest } = item
  if (item.type === 'reasoning') return typeof item.encrypted_content === 'string' ? [rest] : []
  if (item.type === 'message') return [{ role: 'assistant', content: item.content ?? [] }]
  return item.type === 'function_call' ? [rest] : []
}

function content(given: Content): Value {
  return typeof given === 'string' ? given : given.map(part)
}

function part(given: ContentPart): ValueObject {
  switch (given.type) {
    case 'text':
      return { type: 'input_text', text: given.text }
    case 'image':
      return { type: 'input_image', image_url: addressOf(given.source), detail: 'auto' }
    case 'audio':
      if (given.source.kind === 'base64') {
        const format =
          given.source.mediaType === 'audio/mpeg'
            ? 'mp3'
            : given.source.mediaType.replace(/^audio\/(x-)?/, '')
        return { type: 'input_audio', input_audio: { data: given.source.data, format } }
      }
      throw unsupported('sounds at addresses')
    case 'video':
      throw unsupported('videos in a prompt')
  }
}

function outputOf(given: Content): Value {
  return content(carriedContent(given, isPlainImage))
}

function textOf(given: Content): string {
  return typeof given === 'string'
    ? given
    : given.map((each) => (each.type === 'text' ? each.text : '')).join('')
}

function imageBody({ model, prompt, context = [] }: ImageRequest): Draft {
  const parts: Content = context.length === 0 ? prompt : [...context, { type: 'text', text: prompt }]
  return {
    model,
    input: [{ role: 'user', content: content(parts) }],
    tools: [{ type: 'image_generation' }],
    tool_choice: { type: 'image_generation' },
    store: false,
  }
}

function unsupported(what: string): RowsmithError {
  return new RowsmithError('rejected_request', `The Responses API takes no ${what}.`)
}
