/** What the caches of providers did for each column, by the history of a dataset: over all invocations that came to an end. */
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { CacheReport } from '../../run/usage/usage-report.ts'

export interface CachedColumn extends CacheReport {
  readonly column: string
}

interface Sum {
  input: number
  cached: number
  saving: number | null
}

/** @returns nothing where nothing was cached */
export function cachedColumnsIn(events: readonly ValueObject[]): {
  readonly cached_columns?: readonly CachedColumn[]
} {
  const sums = new Map<string, Sum>()
  for (const { event, cached } of events) {
    if (event !== 'end' || !Array.isArray(cached)) continue
    for (const entry of cached) if (isValueObject(entry)) add(sums, entry)
  }
  const columns = [...sums].map(([column, { input, cached, saving }]) => ({
    column,
    share: input === 0 ? 0 : cached / input,
    saving,
  }))
  return columns.length === 0 ? {} : { cached_columns: columns }
}

function add(sums: Map<string, Sum>, entry: ValueObject): void {
  const column = String(entry.column)
  const sum = sums.get(column) ?? { input: 0, cached: 0, saving: null }
  sums.set(column, sum)
  sum.input += numberOf(entry.input_tokens)
  sum.cached += numberOf(entry.cached_input_tokens)
  if (entry.saving !== null) sum.saving = (sum.saving ?? 0) + numberOf(entry.saving)
}

function numberOf(value: Value | undefined): number {
  const number = Number(value)
  return Number.isFinite(number) ? number : 0
}
