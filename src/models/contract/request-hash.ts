import { sha256 } from '../../base/numbers/hash.ts'
import { canonicalJson } from '../../base/values/json.ts'
import type { Value, ValueObject } from '../../base/values/value.ts'
import type { ChatMessage, ChatRequest, Content, ContentPart, ModelRequest } from './contract.ts'
import type { Effect } from './effect.ts'

/** Raised when a document below changes shape: stored replies of older versions then no longer match. */
const REQUEST_HASH_VERSION = 1n

/**
 * What makes two requests the same request (rule E2), as 64 hex digits: kind, provider name, model id, messages,
 * response schema, tools, inputs, sampling parameters, extra body. Not: URL, key, headers, time-outs, limits.
 * What was added later is in the document only where it is used. The test holds golden vectors: a change here makes
 * users pay again for what they have.
 */
export function requestHash(request: ModelRequest): string {
  const document: ValueObject = {
    v: REQUEST_HASH_VERSION,
    kind: request.kind,
    provider: request.provider,
    model: request.model,
    extra_body: request.extraBody ?? {},
    ...partsOf(request),
  }
  return sha256(canonicalJson(document))
}

/** The same for an effect that is no request to a model. */
export function effectHash({ kind, name, request }: Pick<Effect, 'kind' | 'name' | 'request'>): string {
  return sha256(canonicalJson({ v: REQUEST_HASH_VERSION, kind, name, request }))
}

function partsOf(request: ModelRequest): ValueObject {
  switch (request.kind) {
    case 'chat':
      return chatParts(request)
    case 'embedding': {
      const parameters: Record<string, Value> = {}
      if (request.encodingFormat !== undefined) parameters.encoding_format = request.encodingFormat
      if (request.dimensions !== undefined) parameters.dimensions = BigInt(request.dimensions)
      return { inputs: request.inputs, parameters }
    }
    case 'image':
      return {
        prompt: request.prompt,
        ...(request.context === undefined ? {} : { context: request.context.map(part) }),
      }
  }
}

function chatParts(request: ChatRequest): ValueObject {
  const parameters: Record<string, Value> = {}
  if (request.temperature !== undefined) parameters.temperature = request.temperature
  if (request.topP !== undefined) parameters.top_p = request.topP
  if (request.maxTokens !== undefined) parameters.max_tokens = BigInt(request.maxTokens)
  return {
    messages: request.messages.map(message),
    response_schema: request.responseSchema ?? null,
    parameters,
    ...(request.responseFormat === undefined ? {} : { response_format: request.responseFormat }),
    ...(request.tools === undefined
      ? {}
      : {
          tools: request.tools.map(({ name, description, parameters }) => ({
            name,
            description,
            parameters,
          })),
        }),
  }
}

function message(given: ChatMessage): ValueObject {
  const { role } = given
  const value: Record<string, Value> = { role, content: content(given.content) }
  if (role === 'tool') value.tool_call_id = given.toolCallId
  if (role === 'assistant') {
    if (given.toolCalls !== undefined) {
      value.tool_calls = given.toolCalls.map(({ id, name, arguments: text }) => ({
        id,
        name,
        arguments: text,
      }))
    }
    if (given.carried !== undefined) value.carried = given.carried
  }
  return value
}

function content(given: Content): Value {
  return typeof given === 'string' ? given : given.map(part)
}

/** The bytes of a medium stand in the document as they are: two requests with other bytes are two requests. */
function part(given: ContentPart): ValueObject {
  if (given.type === 'text') return { type: 'text', text: given.text }
  const { type, source } = given
  return source.kind === 'url'
    ? { type, url: source.url }
    : { type, media_type: source.mediaType, data: source.data }
}
