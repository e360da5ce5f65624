/**
 * One type per column for files that disagree, as those of other tools may: a column without values has no type, whole
 * floats pass for integers, fields come in any order.
 *
 * Rule: a common type holds every value of both as it is, spelling of numbers apart. Where there is no other, it is
 * JSON, which holds anything.
 */
import type { ColumnType, FoundType } from './column-type.ts'
import { isValueObject, memberOf, objectOf, type Value } from './value.ts'

/** The narrowest type that holds the values of both. */
export function commonType(a: FoundType, b: FoundType): FoundType {
  if (a.kind === 'none') return b
  if (b.kind === 'none') return a
  if (a.kind === 'list' && b.kind === 'list') {
    return { kind: 'list', element: commonType(a.element, b.element) }
  }
  if (a.kind === 'map' && b.kind === 'map') return { kind: 'map', value: commonType(a.value, b.value) }
  if (a.kind === 'struct' && b.kind === 'struct') {
    const fields = new Map(a.fields.map(({ name, type }) => [name, type]))
    for (const { name, type } of b.fields) fields.set(name, commonType(fields.get(name) ?? type, type))
    return { kind: 'struct', fields: [...fields].map(([name, type]) => ({ name, type })) }
  }
  if (a.kind === b.kind) return a
  if (numbers.has(a.kind) && numbers.has(b.kind)) return { kind: 'float' }
  return texts.has(a.kind) && texts.has(b.kind) ? { kind: 'string' } : { kind: 'json' }
}

const numbers: ReadonlySet<string> = new Set(['int', 'float'])
/** Kinds whose values are text. */
const texts: ReadonlySet<string> = new Set(['string', 'date', 'timestamp', 'timestamp_utc'])

/** The type to write: what never had a value is text, what never had a field JSON. */
export function settledType(found: FoundType): ColumnType {
  if (found.kind === 'none') return { kind: 'string' }
  if (found.kind === 'list') return { kind: 'list', element: settledType(found.element) }
  if (found.kind === 'map') return { kind: 'map', value: settledType(found.value) }
  if (found.kind !== 'struct') return found
  // Parquet has no struct without fields.
  if (found.fields.length === 0) return { kind: 'json' }
  return {
    kind: 'struct',
    fields: found.fields.map(({ name, type }) => ({ name, type: settledType(type) })),
  }
}

/**
 * The value as the common type has it: missing fields null, integers among floats as floats. An integer that no float
 * equals stays one, and so does not fit.
 */
export function asTyped(type: ColumnType, value: Value): Value {
  if (value === null) return null
  if (type.kind === 'float' && typeof value === 'bigint') {
    const float = Number(value)
    return Number.isFinite(float) && BigInt(float) === value ? float : value
  }
  if (type.kind === 'list' && Array.isArray(value)) return value.map((each) => asTyped(type.element, each))
  if (type.kind === 'map' && isValueObject(value)) {
    return objectOf(Object.entries(value).map(([key, member]) => [key, asTyped(type.value, member)]))
  }
  if (type.kind === 'struct' && isValueObject(value)) {
    return objectOf(type.fields.map(({ name, type }) => [name, asTyped(type, memberOf(value, name) ?? null)]))
  }
  return value
}
