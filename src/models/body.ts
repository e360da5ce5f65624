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

/** No request takes more tokens. */
const MOST_TOKENS = 1e9

/** A count as providers give it, as a text too; whatever is none is 0. */
export function tokenCount(count: unknown): number {
  return credibleCount(count) ?? 0
}

/** A count that may be true; undefined for what is no count, or nonsense. */
function credibleCount(given: unknown): number | undefined {
  const count = typeof given === 'string' && /^\d{1,10}$/.test(given.trim()) ? Number(given) : given
  if (typeof count !== 'number' || !Number.isSafeInteger(count)) return undefined
  return count >= 0 && count <= MOST_TOKENS ? count : undefined
}

/**
 * Whether a reply tells what it took: both counts, under any vendor's name for them. An input of nothing is not credible, nor an
 * output of nothing where something was said.
 *
 * @param output whether it says something that is counted as output
 */
export function tellsUsage(body: JsonObject, output: boolean): boolean {
  const given = [body.usage, body.usageMetadata].find(isObject)
  if (given === undefined) return false
  const input = [given.prompt_tokens, given.input_tokens, given.promptTokenCount, given.promptTokens]
  const cached = [given.cache_read_input_tokens, given.cache_creation_input_tokens]
  const answered = [
    given.completion_tokens,
    given.output_tokens,
    given.candidatesTokenCount,
    given.thoughtsTokenCount,
    given.completionTokens,
  ]
  const isAbove = (least: number) => (count: unknown) => (credibleCount(count) ?? -1) >= least
  if (answered.some((count) => count !== undefined && count !== null && !isAbove(0)(count))) return false
  return [...input, ...cached].some(isAbove(1)) && (!output || answered.some(isAbove(1)))
}

export const noUsage: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 }
