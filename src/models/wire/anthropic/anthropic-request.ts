/** Requests of the Anthropic messages format: `/v1/messages`. */
import { RowsmithError } from '../../../base/errors/errors.ts'
import { define, type Value, type ValueObject } from '../../../base/values/value.ts'
import type { ChatMessage, ChatRequest, Content, ContentPart, ModelRequest } from '../../contract/contract.ts'
import { assumedMaxTokens } from '../../contract/request-size.ts'
import { strictSchema } from '../../schema/strict-schema.ts'
import type { Dialect } from '../dialects.ts'
import { carriedContent, isPlainImage } from '../tool-media.ts'
import { argumentsOf, type Draft, type EncodeOptions, type WireRequest } from '../wire.ts'
import { markCommon } from './anthropic-cache.ts'

export function encodeAnthropic(
  request: ModelRequest,
  _dialect: Dialect,
  { streamed, enforcement, cacheTime = '5m' }: EncodeOptions,
): WireRequest {
  if (request.kind !== 'chat') throw unsupported(`${request.kind} requests`)
  const body = chatBody(request)
  const enforced = enforcement !== 'none' && addFormat(body, request)
  markCommon(body, request, cacheTime)
  if (streamed) body.stream = true
  for (const [name, value] of Object.entries(request.extraBody ?? {})) define(body, name, value)
  return { route: 'v1/messages', body, ...(enforced ? { enforced: 'schema' } : {}) }
}

/** The format wants a bound: without one of Rowsmith it is what a budget assumes. */
function chatBody(request: ChatRequest): Draft {
  const { temperature, topP, maxTokens = assumedMaxTokens, tools } = request
  const system = request.messages.flatMap(({ role, content }) => (role === 'system' ? textOf(content) : []))
  const body: Draft = {
    model: request.model,
    messages: turns(request.messages),
    max_tokens: BigInt(maxTokens),
  }
  if (system.length > 0) body.system = system.join('\n\n')
  if (tools !== undefined) {
    body.tools = tools.map(({ name, description, parameters }) => ({
      name,
      description,
      input_schema: parameters,
    }))
  }
  if (temperature !== undefined) body.temperature = temperature
  if (topP !== undefined) body.top_p = topP
  return body
}

/** Only closed schemas can be enforced; for others, and for JSON of any shape, the prompt requests it. */
function addFormat(body: Draft, { responseFormat, responseSchema }: ChatRequest): boolean {
  if (responseFormat !== 'json_schema' || responseSchema === undefined) return false
  const schema = strictSchema(responseSchema, 'anthropic')
  if (schema === undefined) return false
  body.output_config = { format: { type: 'json_schema', schema } }
  return true
}

/** Turns take turns: what follows from the same side is joined, and results of tools are said by the user. */
function turns(messages: readonly ChatMessage[]): ValueObject[] {
  const joined: { readonly role: string; readonly content: Value[] }[] = []
  for (const message of messages) {
    if (message.role === 'system') continue
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    const blocks = blocksOf(message)
    const last = joined.at(-1)
    if (last?.role === role) last.content.push(...blocks)
    else joined.push({ role, content: blocks })
  }
  return joined.filter(({ content }) => content.length > 0).map(({ role, content }) => ({ role, content }))
}

function blocksOf(message: ChatMessage): Value[] {
  switch (message.role) {
    case 'tool':
      return [
        {
          type: 'tool_result',
          tool_use_id: message.toolCallId,
          content: content(carriedContent(message.content, isPlainImage)),
        },
      ]
    case 'assistant': {
      // Thinking is signed: the turn goes back block by block as it came.
      const carried = message.carried?.content
      if (Array.isArray(carried)) return [...carried]
      const calls = (message.toolCalls ?? []).map(({ id, name, arguments: text }) => ({
        type: 'tool_use',
        id,
        name,
        input: argumentsOf(text),
      }))
      return [...content(message.content), ...calls]
    }
    default:
      return content(message.content)
  }
}

const takenImages: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

/** Empty texts are refused, and left out. */
function content(given: Content): Value[] {
  const parts: readonly ContentPart[] = typeof given === 'string' ? [{ type: 'text', text: given }] : given
  return parts.flatMap((part) => (part.type === 'text' && part.text === '' ? [] : [block(part)]))
}

function block(part: ContentPart): ValueObject {
  if (part.type === 'text') return { type: 'text', text: part.text }
  if (part.type !== 'image') throw unsupported(`${part.type} in a prompt`)
  const { source } = part
  if (source.kind === 'base64' && !takenImages.has(source.mediaType))
    throw unsupported(`${source.mediaType} in a prompt, but PNG, JPEG, GIF and WebP`)
  return {
    type: 'image',
    source:
      source.kind === 'url'
        ? { type: 'url', url: source.url }
        : { type: 'base64', media_type: source.mediaType, data: source.data },
  }
}

function textOf(given: Content): string[] {
  const texts =
    typeof given === 'string' ? [given] : given.map((part) => (part.type === 'text' ? part.text : ''))
  return texts.filter((text) => text !== '')
}

function unsupported(what: string): RowsmithError {
  return new RowsmithError('rejected_request', `The Anthropic messages format has no ${what}.`)
}

/** `/v1` stands in the route, and need not stand in the base URL. */
export function anthropicBase(baseUrl: string): string {
  const url = new URL(baseUrl)
  url.pathname = url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')
  return url.href
}
