/**
 * Values on their way to the page, as JSON that loses nothing without saying so.
 *
 * Rules:
 *   1. Integers beyond 2^53 are `{"$int":"..."}`; NaN and infinities `{"$num":"NaN"}`.
 *   2. What is longer than the limit is `{"$cut":"its beginning","length":5120}`: the page knows that there is more. A list or an
 *      object is cut as its JSON text, with `"json":true`.
 *   3. An object of the dataset with a name that begins with `$` is `{"$object":[[name,value],...]}`: data never looks like rule 1 or 2.
 */
import { beginning } from '../base/text/beginning.ts'
import { formatJson } from '../base/values/json.ts'
import { isValueObject, type Value } from '../base/values/value.ts'

/** @param limit characters of a text; undefined for all of it */
export function wireValue(value: Value, limit?: number): unknown {
  if (typeof value === 'object' && value !== null && limit !== undefined) {
    const text = formatJson(value)
    if (text.length > 4 * limit) return { $cut: beginning(text, limit), length: text.length, json: true }
  }
  return converted(value, limit)
}

/** JSON text of anything, by the same rules for integers. */
export function wireJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'bigint' ? converted(member, undefined) : member,
  )
}

function converted(value: Value, limit: number | undefined): unknown {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : { $int: String(value) }
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $num: String(value) }
  if (typeof value === 'string') {
    const isCut = limit !== undefined && value.length > limit
    return isCut ? { $cut: beginning(value, limit), length: value.length } : value
  }
  if (Array.isArray(value)) return value.map((item: Value) => converted(item, limit))
  if (!isValueObject(value)) return value
  const members = Object.entries(value).map(([name, member]) => [name, converted(member, limit)] as const)
  return members.some(([name]) => name.startsWith('$') || name === '__proto__')
    ? { $object: members }
    : Object.fromEntries(members)
}
