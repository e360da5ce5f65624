/**
 * What a call of the AI SDK gave, as a chat completion or embeddings of the OpenAI format: that is what the journal keeps,
 * and what is read from it later, with or without the SDK.
 */
import { isObject, type JsonObject } from '../body/body.ts'

/** The body that is stored of a generation. Undefined when it has no content. */
export function bodyOfGeneration(result: unknown): string | undefined {
  if (!isObject(result) || !Array.isArray(result.content)) return undefined
  const parts = result.content.filter(isObject)
  const reasoning = parts.filter(({ type }) => type === 'reasoning')
  const calls = parts.filter(({ type }) => type === 'tool-call')
  const message = {
    role: 'assistant',
    content: texts(parts.filter(({ type }) => type === 'text')),
    ...(reasoning.length === 0
      ? {}
      : {
          reasoning: texts(reasoning),
          reasoning_details: reasoning.map(({ text, providerMetadata }) => ({ text, providerMetadata })),
        }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(toolCall) }),
  }
  const choice = { index: 0, message, finish_reason: finishReason(result.finishReason) }
  return JSON.stringify({ object: 'chat.completion', choices: [choice], usage: usageOf(result.usage) })
}

/** The body that is stored of embeddings. Undefined when there are none. */
export function bodyOfEmbeddings(result: unknown): string | undefined {
  if (!isObject(result) || !Array.isArray(result.embeddings)) return undefined
  const data = result.embeddings.map((embedding: unknown, index) => ({ index, embedding }))
  const tokens = isObject(result.usage) ? result.usage.tokens : undefined
  return JSON.stringify({ object: 'list', data, usage: { prompt_tokens: tokens } })
}

function texts(parts: readonly JsonObject[]): string {
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('')
}

function toolCall({ toolCallId, toolName, input }: JsonObject): object {
  const text = typeof input === 'string' ? input : JSON.stringify(input ?? {})
  return { id: toolCallId, type: 'function', function: { name: toolName, arguments: text } }
}

/** v2 says a word, v3 the word and what the provider said. */
function finishReason(given: unknown): string | null {
  const reason = isObject(given) ? given.unified : given
  if (typeof reason !== 'string' || reason === 'unknown') return null
  return reason.replaceAll('-', '_')
}

/** v2 counts in numbers, v3 in objects with a total. */
function usageOf(given: unknown): object {
  const usage: JsonObject = isObject(given) ? given : {}
  const { inputTokens: input, outputTokens: output } = usage
  return {
    prompt_tokens: isObject(input) ? input.total : input,
    completion_tokens: isObject(output) ? output.total : output,
    prompt_tokens_details: { cached_tokens: isObject(input) ? input.cacheRead : usage.cachedInputTokens },
    completion_tokens_details: {
      reasoning_tokens: isObject(output) ? output.reasoning : usage.reasoningTokens,
    },
  }
}
