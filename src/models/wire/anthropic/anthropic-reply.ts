/** Messages of the Anthropic format. */
import { toValue } from '../../../base/values/value.ts'
import { isObject, type JsonObject, tokenCount } from '../../body/body.ts'
import { finishReasonOf } from '../../body/finish-reasons.ts'
import type { ModelReply, ToolCall, Usage } from '../../contract/contract.ts'

/** Undefined when the body is no message. */
export function readAnthropicMessage(body: JsonObject): ModelReply | undefined {
  const isMessage = body.type === 'message' || (body.role === 'assistant' && body.stop_reason !== undefined)
  const content = typeof body.content === 'string' ? [{ type: 'text', text: body.content }] : body.content
  if (!isMessage || !Array.isArray(content)) return undefined
  const blocks = content.filter(isObject)
  const toolCalls = blocks.flatMap(toolCallOf)
  const reasoning = joined(blocks, 'thinking', 'thinking')
  const isSigned = blocks.some(({ type }) => type === 'thinking' || type === 'redacted_thinking')
  return {
    content: joined(blocks, 'text', 'text'),
    reasoning: reasoning === '' ? null : reasoning,
    finishReason: finishReasonOf(body.stop_reason),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    ...(isSigned ? { carried: { content: toValue(content) } } : {}),
    usage: usageOf(body.usage),
  }
}

function joined(blocks: readonly JsonObject[], type: string, member: string): string {
  const texts = blocks.map((block) =>
    block.type === type && typeof block[member] === 'string' ? block[member] : '',
  )
  return texts.join('').toWellFormed()
}

function toolCallOf(block: JsonObject, place: number): ToolCall[] {
  if (block.type !== 'tool_use' || typeof block.name !== 'string') return []
  const id = typeof block.id === 'string' && block.id !== '' ? block.id : `call_${place}`
  return [
    { id, name: block.name.toWellFormed(), arguments: JSON.stringify(block.input ?? {}).toWellFormed() },
  ]
}

/** The format counts what the cache read or took apart from the other input, and reasoning in the output. */
function usageOf(given: unknown): Usage {
  const usage: JsonObject = isObject(given) ? given : {}
  const cachedInputTokens = tokenCount(usage.cache_read_input_tokens)
  const cacheWriteTokens = tokenCount(usage.cache_creation_input_tokens)
  return {
    inputTokens: tokenCount(usage.input_tokens) + cacheWriteTokens + cachedInputTokens,
    cachedInputTokens,
    ...(cacheWriteTokens === 0 ? {} : { cacheWriteTokens }),
    outputTokens: tokenCount(usage.output_tokens),
    reasoningTokens: 0,
  }
}
