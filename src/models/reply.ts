/**
 * Reads a chat completion. It is read from the text the journal keeps, live as on replay, so a better reader
 * can be had later without paying again. Providers differ in small ways; every way known is read here.
 */
import { RowsmithError } from '../base/errors.ts'
import type { ModelReply, Usage } from './contract.ts'

/**
 * @param body the response body: JSON text of one object
 * @throws RowsmithError `server_error` when it is none (an endpoint never hands on such a body)
 */
export function readReply(body: string): ModelReply {
  const completion = readCompletion(body)
  const choice = completion === undefined ? undefined : firstChoice(completion)
  if (completion === undefined || choice === undefined) {
    throw new RowsmithError('server_error', 'A kept reply is not a chat completion.')
  }
  const message = isObject(choice.message) ? choice.message : {}
  const content = textOf(message.content)
  const refused = content === '' && typeof message.refusal === 'string' && message.refusal !== ''
  return {
    content,
    reasoning: reasoningOf(message),
    finishReason: refused ? 'content_filter' : finishReason(choice.finish_reason),
    usage: usageOf(completion.usage),
  }
}

type JsonObject = Readonly<Record<string, unknown>>

/** The body as one JSON object, or undefined. Numbers are ordinary: nothing of a reply's envelope ends in a cell. */
export function readCompletion(body: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(body)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** The first choice, when there is one to read. */
export function firstChoice(completion: JsonObject): JsonObject | undefined {
  const choice: unknown = Array.isArray(completion.choices) ? completion.choices[0] : undefined
  return isObject(choice) && isObject(choice.message) ? choice : undefined
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Text, null, or a list of blocks whose text is joined. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content.toWellFormed()
  if (!Array.isArray(content)) return ''
  return content.map(blockText).join('').toWellFormed()
}

function blockText(block: unknown): string {
  if (typeof block === 'string') return block
  return isObject(block) && typeof block.text === 'string' ? block.text : ''
}

function reasoningOf(message: JsonObject): string | null {
  for (const text of [message.reasoning, message.reasoning_content]) {
    if (typeof text === 'string' && text !== '') return text.toWellFormed()
  }
  return null
}

/** `max_tokens` is some servers' word for `length`. */
function finishReason(reason: unknown): string | null {
  if (typeof reason !== 'string') return null
  return reason === 'max_tokens' ? 'length' : reason.toWellFormed()
}

/** Cached tokens are part of the input, and reasoning of the output, also where a provider counts it apart. */
function usageOf(usage: unknown): Usage {
  const given: JsonObject = isObject(usage) ? usage : {}
  const inputTokens = tokenCount(given.prompt_tokens ?? given.input_tokens)
  const answered = tokenCount(given.completion_tokens ?? given.output_tokens)
  const cached = detail(given.prompt_tokens_details ?? given.input_tokens_details, 'cached_tokens')
  const reasoning = detail(given.completion_tokens_details ?? given.output_tokens_details, 'reasoning_tokens')
  const apart = reasoning > 0 && given.total_tokens === inputTokens + answered + reasoning
  const outputTokens = apart ? answered + reasoning : answered
  return {
    inputTokens,
    cachedInputTokens: Math.min(inputTokens, cached || tokenCount(given.prompt_cache_hit_tokens)),
    outputTokens,
    reasoningTokens: Math.min(outputTokens, reasoning),
  }
}

function detail(details: unknown, name: string): number {
  return isObject(details) ? tokenCount(details[name]) : 0
}

function tokenCount(count: unknown): number {
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0
}
