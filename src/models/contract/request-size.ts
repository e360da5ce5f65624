/**
 * How many tokens a request can take, known before it is sent and without any model's tokenizer.
 */
import { formatJson } from '../../base/values/json.ts'
import type { Value, ValueObject } from '../../base/values/value.ts'
import type { ChatRequest, Content, ContentPart, ModelRequest } from './contract.ts'

/** Tokens that one request takes at most. */
export interface TokenReservation {
  readonly input: number
  readonly output: number
}

/** What stands for the longest answer of a model that has no `max_tokens`. */
export const assumedMaxTokens = 8192

/** What a chat template adds to a message, and to the conversation, at most. */
const tokensPerMessage = 64

/** What a medium takes at most, whatever its size: models scale images down, and cut what is too long. */
const tokensPerMedium = { image: 20_000, audio: 100_000, video: 200_000 } as const

/**
 * Tokens that a request can take at most. A token stands for at least one byte of UTF-8, so there are never more of them
 * than bytes; to these comes what a chat template adds. Media count at most `tokensPerMedium`. The answer is bounded by the
 * request's `max_tokens`, or by `assumedMaxTokens` where it has none; embeddings have no answer in tokens.
 */
export function reserveTokens(request: ModelRequest): TokenReservation {
  const extra = request.extraBody === undefined ? 0 : Buffer.byteLength(formatJson(request.extraBody))
  switch (request.kind) {
    case 'chat': {
      const answers = wholeNumber(request.extraBody?.n) ?? 1
      const overhead = tokensPerMessage * (request.messages.length + 1)
      return {
        input: extra + bytesOf(request) + overhead,
        output: answers * (maxOutputTokens(request.maxTokens, request.extraBody) ?? assumedMaxTokens),
      }
    }
    case 'embedding': {
      const bytes = request.inputs.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
      return { input: extra + bytes + tokensPerMessage * request.inputs.length, output: 0 }
    }
    case 'image': {
      const context = (request.context ?? []).reduce((sum, part) => sum + partSize(part), 0)
      const input = extra + Buffer.byteLength(request.prompt) + context + tokensPerMessage
      const images = wholeNumber(request.extraBody?.n) ?? 1
      return {
        input,
        output: images * (maxOutputTokens(undefined, request.extraBody) ?? assumedMaxTokens),
      }
    }
  }
}

/** The tokens an answer may have; undefined when nothing bounds it. The extra body wins, as it does in the request. */
export function maxOutputTokens(
  maxTokens: number | null | undefined,
  extraBody: ValueObject | null | undefined,
): number | undefined {
  return (
    wholeNumber(extraBody?.max_completion_tokens) ??
    wholeNumber(extraBody?.max_output_tokens) ??
    wholeNumber(extraBody?.max_tokens) ??
    (maxTokens === null ? undefined : maxTokens)
  )
}

function bytesOf({ messages, tools = [] }: ChatRequest): number {
  let bytes = 0
  for (const message of messages) {
    bytes += contentSize(message.content)
    if (message.role !== 'assistant') continue
    for (const { id, name, arguments: text } of message.toolCalls ?? []) {
      bytes += tokensPerMessage + Buffer.byteLength(id) + Buffer.byteLength(name) + Buffer.byteLength(text)
    }
    if (message.carried !== undefined) bytes += Buffer.byteLength(formatJson(message.carried))
  }
  for (const { name, description, parameters } of tools) {
    bytes += tokensPerMessage + Buffer.byteLength(formatJson({ name, description, parameters }))
  }
  return bytes
}

function contentSize(content: Content): number {
  if (typeof content === 'string') return Buffer.byteLength(content)
  return content.reduce((sum, part) => sum + partSize(part), 0)
}

function partSize(part: ContentPart): number {
  if (part.type === 'text') return Buffer.byteLength(part.text)
  const most = tokensPerMedium[part.type]
  return part.source.kind === 'url' ? most : Math.min(most, part.source.data.length)
}

function wholeNumber(value: Value | undefined): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 1 ? number : undefined
}
