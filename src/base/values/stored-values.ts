/**
 * Values in the types of files that are followed.
 *
 * Owns: which type a column gets in one file, and how a value is written in it. Never: reads a file, or knows a column's config.
 * Rules:
 *   1. The type that is followed stays wherever all values of the file can be said in it: the integer 4 is the text "4" where files
 *      hold text, and `{a, b}` is a struct where they hold structs of `a` and `b`.
 *   2. A followed column without a type stays without one while its values are null; with the first value it has its own type.
 *   3. A struct gets the fields that its values have next to the followed ones, as the reference writes the keys that occur. Readers
 *      that take the first file's schema pass over them.
 *   4. A value that cannot be said in the followed type widens it, in this file alone: nothing that was paid for is lost.
 *   5. What no value could ever be said in is known before the first row (`unconvertible`).
 */
import { type ColumnType, conform, type FoundType } from './column-type.ts'
import { commonType } from './common-type.ts'
import { formatJson } from './json.ts'
import { isValueObject, memberOf, objectOf, type Value, type ValueObject } from './value.ts'

/** What a file's column is made from. */
export interface Following {
  /** The type that is followed. */
  readonly followed: FoundType
  /** The type that the column has by itself. */
  readonly own: ColumnType
  /** Members of structs that are left out where the followed type lacks them. */
  readonly extras?: readonly string[]
}

/** A column of one file: its type, and the values in it. */
export function storedColumn(
  { followed, own, extras = [] }: Following,
  values: readonly Value[],
): { readonly type: FoundType; readonly values: Value[] } {
  const type = storedType(followed, own, values, new Set(extras))
  return { type, values: values.map((value) => asStored(type, value) ?? null) }
}

/** Rules 1 to 4. @param own undefined where the column's own type says nothing of this part */
function storedType(
  followed: FoundType,
  own: FoundType | undefined,
  values: readonly Value[],
  extras: ReadonlySet<string>,
): FoundType {
  const there = values.filter((value) => value !== null)
  switch (followed.kind) {
    case 'none':
      if (there.length === 0) return followed
      return own === undefined || own.kind === 'json' || own.kind === 'none' ? typeOfValues(there) : own
    case 'list': {
      if (!there.every(Array.isArray)) break
      const element = own?.kind === 'list' ? own.element : undefined
      return { kind: 'list', element: storedType(followed.element, element, there.flat(), extras) }
    }
    case 'map': {
      if (!there.every(isValueObject)) break
      const value = own?.kind === 'map' ? own.value : undefined
      const members = there.flatMap((each) => Object.values(each))
      return { kind: 'map', value: storedType(followed.value, value, members, extras) }
    }
    case 'struct':
      if (!there.every(isValueObject)) break
      return storedStruct(followed, own, there as ValueObject[], extras)
    default:
      if (there.every((value) => asStored(followed, value) !== undefined)) return followed
  }
  return writable(commonType(followed, typeOfValues(there)))
}

function storedStruct(
  followed: FoundType & { readonly kind: 'struct' },
  own: FoundType | undefined,
  values: readonly ValueObject[],
  extras: ReadonlySet<string>,
): FoundType {
  const ownFields = new Map(own?.kind === 'struct' ? own.fields.map(({ name, type }) => [name, type]) : [])
  const membersOf = (name: string): Value[] => values.map((value) => memberOf(value, name) ?? null)
  const fields = followed.fields.map(({ name, type }) => ({
    name,
    type: storedType(type, ownFields.get(name), membersOf(name), extras),
  }))
  const known = new Set([...followed.fields.map(({ name }) => name), ...extras])
  const further = new Set(values.flatMap((value) => Object.keys(value)))
  for (const name of further) {
    const members = membersOf(name)
    if (known.has(name) || members.every((member) => member === null)) continue
    const type = storedType(followed.further ?? { kind: 'none' }, ownFields.get(name), members, extras)
    fields.push({ name, type })
  }
  // Parquet has no struct without fields.
  return fields.length === 0 ? { kind: 'none' } : { kind: 'struct', fields }
}

/** The narrowest type of what is there; never `none` below the top, which a later file could not follow. */
function typeOfValues(values: readonly Value[]): FoundType {
  return writable(values.map(typeOfValue).reduce(commonType, { kind: 'none' }))
}

/** The type of one value, as the reference would store it. */
export function typeOfValue(value: Value): FoundType {
  if (value === null) return { kind: 'none' }
  if (Array.isArray(value)) {
    return { kind: 'list', element: value.map(typeOfValue).reduce(commonType, { kind: 'none' }) }
  }
  if (isValueObject(value)) {
    const fields = Object.entries(value).map(([name, member]) => ({ name, type: typeOfValue(member) }))
    return { kind: 'struct', fields }
  }
  switch (typeof value) {
    case 'bigint':
      return { kind: BigInt.asIntN(64, value) === value ? 'int' : 'float' }
    case 'number':
      return { kind: 'float' }
    case 'boolean':
      return { kind: 'bool' }
    default:
      return { kind: 'string' }
  }
}

/** The type without JSON, which the reference does not have, and without parts of no type. */
export function writable(type: FoundType): FoundType {
  switch (type.kind) {
    case 'json':
    case 'none':
      return { kind: 'string' }
    case 'list':
      return { kind: 'list', element: writable(type.element) }
    case 'map':
      return { kind: 'map', value: writable(type.value) }
    case 'struct':
      if (type.fields.length === 0) return { kind: 'none' }
      return {
        kind: 'struct',
        fields: type.fields.map(({ name, type }) => ({ name, type: writable(type) })),
      }
    default:
      return type
  }
}

/** A number as text has it: what a reference that reads numbers leniently makes of it. */
const numeric = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** The value in a type of a file; undefined when it cannot be said in it. */
function asStored(type: FoundType, value: Value): Value | undefined {
  if (value === null) return null
  switch (type.kind) {
    case 'none':
      return isValueObject(value) && Object.keys(value).length === 0 ? null : undefined
    case 'string':
      return typeof value === 'string' ? value.toWellFormed() : formatJson(value, { spaced: true })
    case 'float':
      return typeof value === 'string' && numeric.test(value) ? Number(value) : conform(type, value)
    case 'list': {
      if (!Array.isArray(value)) return undefined
      const items = value.map((item) => asStored(type.element, item))
      return items.includes(undefined) ? undefined : (items as Value[])
    }
    case 'map': {
      if (!isValueObject(value)) return undefined
      const members = Object.entries(value).map(
        ([key, member]) => [key, asStored(type.value, member)] as const,
      )
      if (members.some(([, member]) => member === undefined)) return undefined
      return objectOf(members as [string, Value][])
    }
    case 'struct': {
      if (!isValueObject(value)) return undefined
      const members = type.fields.map(({ name, type }) => asStored(type, memberOf(value, name) ?? null))
      if (members.includes(undefined)) return undefined
      return objectOf(type.fields.map(({ name }, index) => [name, members[index] ?? null]))
    }
    default:
      return conform(type, value)
  }
}

/** A place of which no value can be said in the type that is followed. */
export interface Unconvertible {
  /** Empty for the column itself, else `.name` or `[]` for each step. */
  readonly path: string
  readonly found: FoundType['kind']
  readonly own: FoundType['kind']
}

/** Rule 5. Undefined when values may be said in it. */
export function unconvertible(followed: FoundType, own: FoundType, path = ''): Unconvertible | undefined {
  if (followed.kind === 'list' && own.kind === 'list') {
    return unconvertible(followed.element, own.element, `${path}[]`)
  }
  if (followed.kind === 'struct' && own.kind === 'struct') {
    const types = new Map(own.fields.map(({ name, type }) => [name, type]))
    for (const { name, type } of followed.fields) {
      const misfit = unconvertible(type, types.get(name) ?? { kind: 'none' }, `${path}.${name}`)
      if (misfit !== undefined) return misfit
    }
    return undefined
  }
  return mayBeSaid(followed.kind, own.kind) ? undefined : { path, found: followed.kind, own: own.kind }
}

/** Kinds that hold anything, or of which nothing is known. */
const open: ReadonlySet<FoundType['kind']> = new Set(['none', 'json'])
const moments: ReadonlySet<FoundType['kind']> = new Set(['date', 'timestamp', 'timestamp_utc'])

function mayBeSaid(found: FoundType['kind'], own: FoundType['kind']): boolean {
  if (found === own || open.has(found) || open.has(own) || found === 'string') return true
  if (moments.has(found)) return own === 'string' || moments.has(own)
  const numbers = ['int', 'float']
  return numbers.includes(found) && numbers.includes(own)
}
