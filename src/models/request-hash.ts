import { sha256 } from '../base/hash.ts'
import { canonicalJson } from '../base/json.ts'
import type { Value, ValueObject } from '../base/value.ts'
import type { ChatRequest } from './contract.ts'

/** Raised when the document below changes shape: kept replies of older versions then no longer match. */
const REQUEST_HASH_VERSION = 1n

/**
 * What makes two requests the same request (rule E2), as 64 hex digits: kind, provider name, model id, messages,
 * response schema, sampling parameters, extra body. Not: URL, key, headers, time-outs, limits.
 * The test holds golden vectors: a change here makes users pay again for what they have.
 */
export function requestHash(request: ChatRequest): string {
  const parameters: Record<string, Value> = {}
  if (request.temperature !== undefined) parameters.temperature = request.temperature
  if (request.topP !== undefined) parameters.top_p = request.topP
  if (request.maxTokens !== undefined) parameters.max_tokens = BigInt(request.maxTokens)
  const document: ValueObject = {
    v: REQUEST_HASH_VERSION,
    kind: 'chat',
    provider: request.provider,
    model: request.model,
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    response_schema: request.responseSchema ?? null,
    parameters,
    extra_body: request.extraBody ?? {},
  }
  return sha256(canonicalJson(document))
}
