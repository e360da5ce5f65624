/**
 * What a function tool returned, as JSON has it.
 *
 * As `JSON.stringify` has it, but that integers and floats stay apart, a bigint is an integer, and what would become `{}` without a
 * word (a Map, a promise, a response, bytes) is refused by its name and its path. Example: `{ a: [undefined, 1] }` is
 * `{"a":[null,1]}`; of `{ a: new Map() }` is said "a Map at a".
 */
import { types } from 'node:util'
import { levelsMax, objectOf, type Value } from '../../base/values/value.ts'

/** Where in what was returned, and the objects around it. */
interface Place {
  readonly path: readonly (string | number)[]
  readonly around: readonly object[]
}

/**
 * @returns undefined for what stands for nothing
 * @throws TypeError whose message names what JSON cannot say, and where; whatever a getter or `toJSON` throws
 */
export function jsonData(input: unknown): Value | undefined {
  return read(input, { path: [], around: [] })
}

function read(given: unknown, place: Place): Value | undefined {
  const input = ofJson(given, place)
  switch (typeof input) {
    case 'undefined':
    case 'string':
    case 'boolean':
    case 'bigint':
      return input
    case 'number':
      if (Number.isSafeInteger(input)) return BigInt(input)
      return Number.isFinite(input) ? input : null
    case 'object':
      return input === null ? null : readObject(input, place)
    default:
      throw unconvertible(`a ${typeof input}`, place)
  }
}

function readObject(input: object, place: Place): Value {
  const { path, around } = place
  if (around.includes(input)) throw unconvertible('something that holds itself', place)
  if (around.length > levelsMax) throw new TypeError('data nested too deeply')
  const inside = (step: string | number): Place => ({ path: [...path, step], around: [...around, input] })
  // A hole is no item to `map`, and null to JSON.
  if (Array.isArray(input)) return Array.from(input, (item, index) => read(item, inside(index)) ?? null)
  const entries = Object.entries(input)
  const name = unconvertibleName(input, entries.length)
  if (name !== undefined) throw unconvertible(name, place)
  return objectOf(
    entries.flatMap(([key, member]) => {
      const value = read(member, inside(key))
      return value === undefined ? [] : [[key, value] as const]
    }),
  )
}

/** What `toJSON` makes of it, and what a boxed value holds. */
function ofJson(input: unknown, { path }: Place): unknown {
  if (typeof input !== 'object' || input === null || types.isArrayBufferView(input)) return input
  if (types.isBoxedPrimitive(input)) return input.valueOf()
  return 'toJSON' in input && typeof input.toJSON === 'function'
    ? input.toJSON(String(path.at(-1) ?? ''))
    : input
}

/** The name of an object that shows nothing in JSON, or not what it holds. */
function unconvertibleName(input: object, members: number): string | undefined {
  if (types.isArrayBufferView(input) || types.isAnyArrayBuffer(input)) return `${classOf(input)} of bytes`
  const holdsMore =
    types.isMap(input) ||
    types.isSet(input) ||
    types.isPromise(input) ||
    types.isRegExp(input) ||
    types.isNativeError(input) ||
    types.isGeneratorObject(input)
  const parent: unknown = Object.getPrototypeOf(input)
  // A plain object of whichever realm.
  const isPlain = parent === null || Object.getPrototypeOf(parent) === null
  return holdsMore || (!isPlain && members === 0) ? classOf(input) : undefined
}

function classOf(input: object): string {
  if (types.isGeneratorObject(input)) return 'generator'
  const { constructor: made } = input
  return typeof made === 'function' && made.name !== '' ? made.name : 'object'
}

function unconvertible(what: string, { path }: Place): TypeError {
  const named = /^(a|an|something) /.test(what) ? what : `${/^[AEIOU]/i.test(what) ? 'an' : 'a'} ${what}`
  const at = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
  return new TypeError(at === '' ? named : `${named} at ${at.slice(0, 200)}`)
}
