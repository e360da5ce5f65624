/** Response bodies, loosely: providers differ in small ways, and every reader takes what it finds. */
import type { Usage } from './contract.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** The body as one JSON object, or undefined. Numbers are ordinary: nothing of a reply's envelope ends in a cell. */
export function readBody(body: string): JsonObject | undefined {
  const parsed = parseBody(body)
  return isObject(parsed) ? parsed : undefined
}

/** The body as JSON of any kind, or undefined. */
export function parseBody(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A count as providers give it: whatever is none is 0. */
export function tokenCount(count: unknown): number {
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0
}

export const noUsage: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 }
