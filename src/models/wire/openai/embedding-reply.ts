/** Embeddings of the OpenAI wire format: vectors as lists of numbers, or as base64 of 32-bit floats. */
import { isObject, type JsonObject } from '../../body/body.ts'
import type { EmbeddingReply } from '../../contract/contract.ts'
import { openAiUsage } from './openai-reply.ts'

/** Undefined when the body holds no embeddings. */
export function readEmbeddings(body: JsonObject): EmbeddingReply | undefined {
  if (!Array.isArray(body.data) || body.data.length === 0) return undefined
  const vectors: (readonly number[])[] = []
  for (const [place, item] of body.data.entries()) {
    const vector = isObject(item) ? vectorOf(item.embedding) : undefined
    if (vector === undefined) return undefined
    const index = isObject(item) && Number.isSafeInteger(item.index) ? Number(item.index) : place
    vectors[index] = vector
  }
  const isWhole = vectors.length === body.data.length && !vectors.includes(undefined as never)
  return isWhole ? { vectors, usage: openAiUsage(body.usage) } : undefined
}

function vectorOf(embedding: unknown): readonly number[] | undefined {
  if (typeof embedding === 'string') return floatsOf(embedding)
  const isVector = Array.isArray(embedding) && embedding.length > 0 && embedding.every(isNumber)
  return isVector ? embedding : undefined
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value)
}

/** Whether a body holds vectors as text: a request without that takes none. */
export function hasTextVectors({ data }: JsonObject): boolean {
  return Array.isArray(data) && data.some((item) => isObject(item) && typeof item.embedding === 'string')
}

/** 32-bit floats, the smallest byte first, whatever this machine has. A text that other bytes would be written as is none. */
function floatsOf(base64: string): readonly number[] | undefined {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length === 0 || bytes.length % 4 !== 0 || bytes.toString('base64') !== base64) return undefined
  const vector = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index))
  return vector.every(isNumber) ? vector : undefined
}
