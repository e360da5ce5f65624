/**
 * How many tokens a request can take, known before it is sent and without any model's tokenizer.
 */
import { formatJson } from '../base/json.ts'
import type { Value, ValueObject } from '../base/value.ts'
import type { ChatRequest } from './contract.ts'

/** Tokens that one request takes at most. */
export interface MostTokens {
  readonly input: number
  readonly output: number
}

/** What stands for the longest answer of a model that has no `max_tokens`. */
export const assumedMaxTokens = 8192

/** What a chat template adds to a message, and to the conversation, at most. */
const tokensPerMessage = 64

/**
 * Tokens that a request can take at most. A token stands for at least one byte of UTF-8, so there are never more of them
 * than bytes; to these comes what a chat template adds. The answer is bounded by the request's `max_tokens`, or by
 * `assumedMaxTokens` where it has none.
 */
export function mostTokens(request: ChatRequest): MostTokens {
  const answers = wholeNumber(request.extraBody?.n) ?? 1
  return {
    input: bytesOf(request) + tokensPerMessage * (request.messages.length + 1),
    output: answers * (longestAnswer(request.maxTokens, request.extraBody) ?? assumedMaxTokens),
  }
}

/** The tokens an answer may have; undefined when nothing bounds it. The extra body wins, as it does in the request. */
export function longestAnswer(
  maxTokens: number | undefined,
  extraBody: ValueObject | null | undefined,
): number | undefined {
  return wholeNumber(extraBody?.max_completion_tokens) ?? wholeNumber(extraBody?.max_tokens) ?? maxTokens
}

function bytesOf({ messages, extraBody }: ChatRequest): number {
  let bytes = extraBody === undefined ? 0 : Buffer.byteLength(formatJson(extraBody))
  for (const { content } of messages) bytes += Buffer.byteLength(content)
  return bytes
}

function wholeNumber(value: Value | undefined): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 1 ? number : undefined
}
