/**
 * The type of a column, fixed before the first row, and which values it holds.
 */
import { daysOfDate, microsOfTimestamp, timestampText } from './moments.ts'
import { isValueObject, memberOf, objectOf, type Value } from './value.ts'

/**
 * What each type becomes in Parquet:
 * string STRING, int INT64, float DOUBLE, bool BOOLEAN, json STRING holding JSON on one line (Parquet's JSON type), date DATE,
 * timestamp TIMESTAMP in microseconds without a zone, timestamp_utc the same in UTC (the values of the three are text,
 * spelled as in `moments.ts` or as ISO 8601 has it), struct STRUCT in the order of `fields`, list LIST, map MAP with text as keys (its
 * values are objects). Every value may be null.
 */
export type ColumnType =
  | { readonly kind: 'string' }
  | { readonly kind: 'int' }
  | { readonly kind: 'float' }
  | { readonly kind: 'bool' }
  /** `sorted`: members by name, as datasets have them from before their order was preserved. */
  | { readonly kind: 'json'; readonly sorted?: true }
  | { readonly kind: 'date' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'timestamp_utc' }
  | {
      readonly kind: 'struct'
      readonly fields: readonly { readonly name: string; readonly type: ColumnType }[]
    }
  | { readonly kind: 'list'; readonly element: ColumnType }
  | { readonly kind: 'map'; readonly value: ColumnType }

/**
 * A column's type as files show it; `none` while every value seen may be null only: such a column is of Parquet's null type.
 * `further`: the type of members that a struct may have next to its fields, as those of a dictionary.
 */
export type FoundType =
  | { readonly kind: 'none' }
  | Exclude<ColumnType, { kind: 'struct' } | { kind: 'list' } | { kind: 'map' }>
  | {
      readonly kind: 'struct'
      readonly fields: readonly { readonly name: string; readonly type: FoundType }[]
      readonly further?: FoundType
    }
  | { readonly kind: 'list'; readonly element: FoundType }
  | { readonly kind: 'map'; readonly value: FoundType }

/** The type of a field of an object; undefined for a field that it has not, and for what is no object. */
export function fieldType(type: ColumnType | undefined, name: string): ColumnType | undefined {
  return type?.kind === 'struct' ? type.fields.find((field) => field.name === name)?.type : undefined
}

/** The type with all JSON in it written as datasets had it before the order of members was preserved. */
export function withSortedJson(type: ColumnType): ColumnType
export function withSortedJson(type: FoundType): FoundType
export function withSortedJson(type: FoundType): FoundType {
  switch (type.kind) {
    case 'json':
      return { kind: 'json', sorted: true }
    case 'list':
      return { kind: 'list', element: withSortedJson(type.element) }
    case 'map':
      return { kind: 'map', value: withSortedJson(type.value) }
    case 'struct':
      return {
        kind: 'struct',
        fields: type.fields.map((field) => ({ ...field, type: withSortedJson(field.type) })),
      }
    default:
      return type
  }
}

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/**
 * Whether a value can be stored as it is, so that it reads back equal. Null fits every type; a struct
 * lacks no field and has no other; text has no lone surrogates; JSON holds no NaN and no infinity.
 */
export function fits(type: FoundType, value: Value): boolean {
  if (value === null) return true
  switch (type.kind) {
    case 'none':
      return false
    case 'string':
      return typeof value === 'string' && value.isWellFormed()
    case 'int':
      return typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX
    case 'float':
      return typeof value === 'number'
    case 'bool':
      return typeof value === 'boolean'
    case 'json':
      return isJson(value)
    case 'date':
    case 'timestamp':
    case 'timestamp_utc':
      return conform(type, value) !== undefined
    case 'list':
      return Array.isArray(value) && value.every((element) => fits(type.element, element))
    case 'map':
      return (
        isValueObject(value) &&
        Object.entries(value).every(([key, member]) => key.isWellFormed() && fits(type.value, member))
      )
    case 'struct':
      return (
        isValueObject(value) &&
        Object.keys(value).length === type.fields.length &&
        type.fields.every(({ name, type }) => {
          const member = memberOf(value, name)
          return member !== undefined && fits(type, member)
        })
      )
  }
}

/**
 * The value as its type stores it, when nothing is lost but spelling: an integer where a float is due is
 * widened, a whole float where an integer is due becomes one, a missing field becomes null, a lone surrogate
 * becomes U+FFFD. Undefined when the value cannot be stored: other kinds, integers beyond 64 bits, unknown fields.
 */
export function conform(type: ColumnType, value: Value): Value | undefined {
  if (value === null) return null
  switch (type.kind) {
    case 'string':
      return typeof value === 'string' ? value.toWellFormed() : undefined
    case 'int': {
      const integer = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
      return fits(type, integer) ? integer : undefined
    }
    case 'float': {
      const float = typeof value === 'bigint' ? Number(value) : value
      return typeof float === 'number' && (typeof value === 'number' || Number.isFinite(float))
        ? float
        : undefined
    }
    case 'bool':
      return typeof value === 'boolean' ? value : undefined
    case 'json':
      return conformJson(value)
    case 'date':
      return typeof value === 'string' && daysOfDate(value) !== undefined ? value : undefined
    case 'timestamp':
    case 'timestamp_utc': {
      const utc = type.kind === 'timestamp_utc'
      const micros = typeof value === 'string' ? microsOfTimestamp(value, utc) : undefined
      return micros === undefined ? undefined : timestampText(micros, utc)
    }
    case 'list': {
      if (!Array.isArray(value)) return undefined
      const elements = value.map((element) => conform(type.element, element))
      return allDefined(elements) ? elements : undefined
    }
    case 'map': {
      if (!isValueObject(value)) return undefined
      const members = Object.values(value).map((member) => conform(type.value, member))
      if (!allDefined(members)) return undefined
      return objectOf(Object.keys(value).map((key, index) => [key.toWellFormed(), members[index] ?? null]))
    }
    case 'struct': {
      if (!isValueObject(value)) return undefined
      const known = new Set(type.fields.map((field) => field.name))
      if (Object.keys(value).some((name) => !known.has(name))) return undefined
      const members = type.fields.map(({ name, type }) => conform(type, memberOf(value, name) ?? null))
      if (!allDefined(members)) return undefined
      return objectOf(type.fields.map(({ name }, index) => [name, members[index] ?? null]))
    }
  }
}

/**
 * Where a value first is what its type cannot store, and why: `/items/0/count is beyond the integers of 64 bits`. Undefined when
 * `conform` has a value that is all of it: of a number too large for a float, that is infinity, nothing is left.
 */
export function misfitOf(
  type: ColumnType,
  value: Value,
  path = '',
): { readonly path: string; readonly why: string } | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { path, why: Number.isNaN(value) ? 'is NaN' : 'is beyond all floats' }
  }
  if (type.kind === 'list' && Array.isArray(value))
    return firstMisfit(value.entries(), () => type.element, path)
  if (type.kind === 'struct' && isValueObject(value)) {
    const types = new Map(type.fields.map((field) => [field.name, field.type]))
    return firstMisfit(Object.entries(value), (name) => types.get(String(name)), path)
  }
  if (type.kind === 'json' && typeof value === 'object' && value !== null) {
    return firstMisfit(Object.entries(value), () => type, path)
  }
  if (type.kind === 'map' && isValueObject(value)) {
    return firstMisfit(Object.entries(value), () => type.value, path)
  }
  if (conform(type, value) !== undefined) return undefined
  if (type.kind === 'int') return { path, why: 'is beyond the integers of 64 bits' }
  return { path, why: type.kind === 'float' ? 'is beyond all floats' : `is not ${type.kind}` }
}

function firstMisfit(
  members: Iterable<readonly [string | number, unknown]>,
  typeOf: (name: string | number) => ColumnType | undefined,
  path: string,
): ReturnType<typeof misfitOf> {
  for (const [name, member] of members) {
    const type = typeOf(name)
    const below = `${path}/${name}`
    const misfit =
      type === undefined ? { path: below, why: 'is no field' } : misfitOf(type, member as Value, below)
    if (misfit !== undefined) return misfit
  }
  return undefined
}

function isJson(value: Value): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'string') return value.isWellFormed()
  if (Array.isArray(value)) return value.every(isJson)
  if (!isValueObject(value)) return true
  return Object.entries(value).every(([key, member]) => key.isWellFormed() && isJson(member))
}

function conformJson(value: Value): Value | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) {
    const elements = value.map(conformJson)
    return allDefined(elements) ? elements : undefined
  }
  if (!isValueObject(value)) return value
  const members: [string, Value][] = []
  for (const [key, member] of Object.entries(value)) {
    const conformed = conformJson(member)
    if (conformed === undefined) return undefined
    members.push([key.toWellFormed(), conformed])
  }
  return objectOf(members)
}

function allDefined(values: (Value | undefined)[]): values is Value[] {
  return !values.includes(undefined)
}
