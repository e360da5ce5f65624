/** Answers of the Gemini API. */
import { toValue } from '../../../base/values/value.ts'
import { isObject, type JsonObject, noUsage, tokenCount } from '../../body/body.ts'
import { markedMedium } from '../../body/detached-media.ts'
import { endOf, finishReasonOf } from '../../body/finish-reasons.ts'
import type {
  EmbeddingReply,
  ImageReply,
  ModelReply,
  ReceivedImage,
  ToolCall,
  Usage,
} from '../../contract/contract.ts'

/** Undefined when the body is no answer. A prompt that was blocked has an answer without words. */
export function readGeminiContent(body: JsonObject): ModelReply | undefined {
  const parts = partsOf(body)
  if (parts === undefined) return undefined
  const toolCalls = parts.flatMap(toolCallOf)
  const reasoning = joined(parts.filter(({ thought }) => thought === true))
  const reason = finishReason(body)
  const isSigned = parts.some(({ thoughtSignature }) => typeof thoughtSignature === 'string')
  return {
    content: joined(parts.filter(({ thought }) => thought !== true)),
    reasoning: reasoning === '' ? null : reasoning,
    finishReason:
      toolCalls.length > 0 && (reason === null || endOf(reason) === 'complete') ? 'tool_calls' : reason,
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    ...(isSigned ? { carried: { parts: toValue(parts) } } : {}),
    usage: usageOf(body.usageMetadata ?? body.usage_metadata),
  }
}

/** Undefined when the body holds no embeddings. Their cost is not reported. */
export function readGeminiEmbeddings({ embeddings }: JsonObject): EmbeddingReply | undefined {
  if (!Array.isArray(embeddings) || embeddings.length === 0) return undefined
  const vectors = embeddings.map((embedding) => (isObject(embedding) ? embedding.values : undefined))
  return vectors.every(isVector) ? { vectors, usage: noUsage } : undefined
}

function isVector(values: unknown): values is readonly number[] {
  return Array.isArray(values) && values.length > 0 && values.every(Number.isFinite)
}

/** Images among the parts of an answer, or those of Imagen. */
export function readGeminiImages(body: JsonObject): ImageReply | undefined {
  if (Array.isArray(body.predictions)) {
    const images = body.predictions.flatMap((prediction) => inlineImage(prediction, 'bytesBase64Encoded'))
    const isFiltered = body.predictions.some(
      (prediction) => isObject(prediction) && typeof prediction.raiFilteredReason === 'string',
    )
    return { images, finishReason: isFiltered ? 'content_filter' : null, usage: noUsage }
  }
  const parts = partsOf(body)
  if (parts === undefined) return undefined
  const images = parts.flatMap((part) => (part.thought === true ? [] : inlineImage(part.inlineData, 'data')))
  return {
    images,
    finishReason: finishReason(body),
    usage: usageOf(body.usageMetadata ?? body.usage_metadata),
  }
}

function inlineImage(given: unknown, member: string): ReceivedImage[] {
  if (!isObject(given)) return []
  const { [member]: data, mimeType } = given
  if (typeof data !== 'string' || data === '') return []
  const medium = markedMedium(data)
  if (medium !== undefined) return [{ kind: 'stored', medium }]
  return [{ kind: 'base64', mediaType: typeof mimeType === 'string' ? mimeType : null, data }]
}

function partsOf(body: JsonObject): readonly JsonObject[] | undefined {
  const candidate = firstCandidate(body)
  if (candidate === undefined) return isBlocked(body) ? [] : undefined
  const { content, finishReason, finish_reason: reason = finishReason } = candidate
  const parts = isObject(content) && Array.isArray(content.parts) ? content.parts.filter(isObject) : undefined
  return parts ?? (typeof reason === 'string' ? [] : undefined)
}

function firstCandidate({ candidates }: JsonObject): JsonObject | undefined {
  const candidate: unknown = Array.isArray(candidates) ? candidates[0] : undefined
  return isObject(candidate) ? candidate : undefined
}

function isBlocked({ promptFeedback }: JsonObject): boolean {
  return isObject(promptFeedback) && typeof promptFeedback.blockReason === 'string'
}

function joined(parts: readonly JsonObject[]): string {
  return parts
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('')
    .toWellFormed()
}

function toolCallOf({ functionCall: call }: JsonObject, place: number): ToolCall[] {
  if (!isObject(call) || typeof call.name !== 'string') return []
  const id = typeof call.id === 'string' && call.id !== '' ? call.id : `call_${place}`
  return [{ id, name: call.name.toWellFormed(), arguments: JSON.stringify(call.args ?? {}).toWellFormed() }]
}

function finishReason(body: JsonObject): string | null {
  if (firstCandidate(body) === undefined && isBlocked(body)) return 'content_filter'
  const candidate = firstCandidate(body)
  const reason = candidate?.finishReason ?? candidate?.finish_reason
  // "Token generation stopped for an unknown reason": what came is not whole.
  return reason === 'OTHER' ? 'error' : finishReasonOf(reason)
}

/** In either spelling of Google's. The API counts thoughts apart from the answer, and what tools put into the prompt apart from the prompt. */
function usageOf(given: unknown): Usage {
  if (!isObject(given)) return noUsage
  const count = (name: string): number =>
    tokenCount(given[name] ?? given[name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)])
  const reasoningTokens = count('thoughtsTokenCount')
  const inputTokens = count('promptTokenCount') + count('toolUsePromptTokenCount')
  return {
    inputTokens,
    cachedInputTokens: Math.min(inputTokens, count('cachedContentTokenCount')),
    outputTokens: count('candidatesTokenCount') + reasoningTokens,
    reasoningTokens,
  }
}
