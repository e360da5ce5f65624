/** Parsed JSON as a value. */
import { objectOf, type Value } from '../../base/values/value.ts'
import { isExactNumber, LongNumber, type Parsed } from './parse.ts'

/** Any value as JSON has it. */
export function plainJson(value: Parsed): Value {
  if (value instanceof LongNumber) return writtenNumber(value.text)
  if (Array.isArray(value)) return value.map(plainJson)
  if (value === null || typeof value !== 'object') return value
  return objectOf(Object.entries(value).map(([name, member]) => [name, plainJson(member)]))
}

/** A number as it was written, or its text where no number holds it. */
export function writtenNumber(source: string): Value {
  if (/^-?\d+$/.test(source)) return BigInt(source)
  return isExactNumber(source) ? Number(source) : source
}
