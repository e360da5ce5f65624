/** Response bodies, loosely: providers differ in small ways, and every reader takes what it finds. */
import { requireLevels } from '../../base/values/json.ts'
import type { Usage } from '../contract/contract.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** The body as one JSON object, or undefined. Numbers are ordinary: nothing of a reply's envelope ends in a cell. */
export function readBody(body: string): JsonObject | undefined {
  const parsed = parseBody(body)
  return isObject(parsed) ? parsed : undefined
}

/** The body as JSON of any kind, or undefined. JSON that was written as a JSON text once more is read as what it says. */
export function parseBody(body: string): unknown {
  return readLoosely(body)?.value
}

interface Said {
  readonly value: unknown
  readonly text: string
}

/** An answer on its way in is read by each who looks at it, one after the other: it is parsed once. Larger ones are not stored for that. */
let last: { readonly body: string; readonly said: Said | undefined } | undefined
const longestCached = 1_000_000

/** What a body says, and the JSON text that says it: the body itself, unless it is no strict JSON. No code may change it. */
export function readLoosely(body: string): Said | undefined {
  if (last?.body === body) return last.said
  const said = parseLoosely(body)
  last = body.length <= longestCached ? { body, said } : undefined
  return said
}

function parseLoosely(body: string): Said | undefined {
  for (const write of [() => body, () => strictJson(body)]) {
    const text = write()
    try {
      requireLevels(text)
      const value: unknown = JSON.parse(text)
      const isText = typeof value === 'string' && /^\s*[{[]/.test(value)
      return (isText ? parseLoosely(value) : undefined) ?? { value, text }
    } catch {}
  }
  return undefined
}

/** A string of JSON, or what Python writes and JSON lacks. */
const stringOrWord = /"(?:\\[\s\S]|[^"\\])*"|-?\b(?:NaN|Infinity)\b/g

/** What servers write that is no JSON, and can mean one thing alone: NaN and Infinity are null, line breaks in strings are escaped. */
function strictJson(text: string): string {
  return text.replace(stringOrWord, (found) =>
    found.startsWith('"')
      ? // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON refuses
        found.replace(/[\u0000-\u001f]/g, (each) => JSON.stringify(each).slice(1, -1))
      : 'null',
  )
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
 * Whether a reply reports what it took: both counts, under any vendor's name for them. An input of nothing is not credible, nor an
 * output of nothing where something was said.
 *
 * @param output whether it says something that is counted as output
 */
export function reportsUsage(body: JsonObject, output: boolean): boolean {
  const given = usageGiven(body)
  if (given === undefined) return false
  const input = [
    given.prompt_tokens,
    given.input_tokens,
    given.promptTokenCount,
    given.prompt_token_count,
    given.promptTokens,
  ]
  const cached = [given.cache_read_input_tokens, given.cache_creation_input_tokens]
  const answered = [
    given.completion_tokens,
    given.output_tokens,
    given.candidatesTokenCount,
    given.candidates_token_count,
    given.thoughts_token_count,
    given.thoughtsTokenCount,
    given.completionTokens,
  ]
  const isAbove = (least: number) => (count: unknown) => (credibleCount(count) ?? -1) >= least
  if (answered.some((count) => count !== undefined && count !== null && !isAbove(0)(count))) return false
  return [...input, ...cached].some(isAbove(1)) && (!output || answered.some(isAbove(1)))
}

/** Where a body of any vendor reports what it took: Groq's streams and some gateways put it elsewhere, and llama.cpp may report only its timings. */
export function usageGiven(body: JsonObject): JsonObject | undefined {
  const choice: unknown = Array.isArray(body.choices) ? body.choices[0] : undefined
  const inner = [body.x_groq, choice].map((each) => (isObject(each) ? each.usage : undefined))
  return [body.usage, body.usageMetadata, body.usage_metadata, ...inner, timed(body.timings)].find(isObject)
}

function timed(timings: unknown): JsonObject | undefined {
  if (!isObject(timings) || timings.predicted_n === undefined) return undefined
  const { prompt_n: fresh, cache_n: cached = 0, predicted_n: answered } = timings
  return { prompt_tokens: Number(fresh) + Number(cached), completion_tokens: answered }
}

export const noUsage: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 }
