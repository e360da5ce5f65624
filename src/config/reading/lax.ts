/**
 * The leaves of the config schemas: what pydantic's lax mode turns into a number, a truth or a text.
 *
 * Each is a codec: reading makes a `Value` into the typed field, writing makes the field a `Value` again, in
 * which an integer field is an integer and a float field a float. The fingerprint depends on both directions.
 */
import { z } from 'zod'
import { withoutStandIn, withStandIn } from '../../base/values/proto-name.ts'
import { objectOf, type Value, type ValueObject } from '../../base/values/value.ts'
import { didYouMean } from './suggest.ts'

/** Marks an issue as "not this kind of thing at all"; the text after it says which kind was due. */
export interface Mismatch {
  readonly expected: string
}

/**
 * A field that is read by `convert`.
 *
 * @param expected what the field takes, as it stands after "must be"
 * @param convert the converted value, or undefined when the input is nothing of the kind
 */
export function read<T extends z.ZodType>(
  out: T,
  expected: string,
  convert: (value: unknown) => z.input<T> | undefined,
  write: (value: z.input<T>) => unknown = (value) => value,
) {
  return z.codec(z.unknown(), out, {
    decode: (value, payload) => {
      const converted = convert(value)
      if (converted !== undefined) return converted
      const params: Mismatch = { expected }
      payload.issues.push({ code: 'custom', input: value, params })
      return z.NEVER
    },
    encode: (value) => write(value),
  })
}

/** Puts a value into the shape `out` understands before it is read. */
export function prepared<T extends z.ZodType>(out: T, prepare: (value: unknown) => unknown) {
  return z.codec(z.unknown(), out, {
    decode: (value) => prepare(value) as z.input<T>,
    encode: (value) => value,
  })
}

/** Values by names that a user chose, `__proto__` too. */
export function byName<T extends z.ZodType>(item: T) {
  const record = z.record(z.string(), item)
  type Read = z.output<typeof record>
  const restored = z.codec(record, z.custom<Read>(), {
    decode: (value) => withoutStandIn(value) as Read,
    encode: (value) => withStandIn(value) as Read,
  })
  return z.codec(z.unknown(), restored, {
    decode: (value) => withStandIn(value) as z.input<typeof record>,
    encode: withoutStandIn,
  })
}

/** A map that takes these keys and no others. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined
      const keys = issue.keys as string[]
      // One line per key: `issues.ts` makes an issue of each.
      return keys.map((key) => `unknown key; allowed ${known.join(', ')}${didYouMean(key, known)}`).join('\n')
    },
  })
}

export const text = z.string()
export const filledText = z.string().refine((value) => value.trim() !== '', 'must not be empty')

/** A field that must stay unset, with the reason. */
export function forbidden(reason: string) {
  return z.null({ error: reason }).default(null)
}

/** A whole number; fields are small enough for a `number`. */
export function int(limits: z.ZodNumber = z.int()) {
  return read(limits, 'a whole number', toInt, (value) => BigInt(value))
}

/** A finite number. The reference also takes infinities, with which nothing can be sampled or requested. */
export function float(limits: z.ZodNumber = z.number()) {
  return read(limits, 'a number', toFloat)
}

export const flag = read(z.boolean(), 'true or false', toFlag)

/**
 * Free-form data, passed through with its types; infinities and NaN are written as null, as the reference does.
 */
export const freeValue = z.codec(z.unknown(), z.custom<Value>(), {
  decode: (value) => value as Value,
  encode: (value) => finite(value),
})

export const freeMap = read(z.custom<ValueObject>(), 'a map', toMap, (value) => finite(value))

/** A list that may be null or left out. */
export function list<T extends z.ZodType>(item: T) {
  return prepared(z.array(item), (value) => value ?? []).default([] as never)
}

/** A category's values: text, integers and floats keep their type, truths become 0 and 1. */
export const scalar = read(z.custom<string | bigint | number>(), 'a string or a number', (value) => {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'string' || typeof value === 'bigint') return value
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
})

/** Python's `int(...)` of what pydantic accepts for an integer. */
function toInt(value: unknown): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  const digits = value.trim()
  return /^[-+]?\d+(?:_\d+)*(?:\.0*)?$/.test(digits) ? Number(digits.replaceAll('_', '')) : undefined
}

function toFloat(value: unknown): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  const digits = value.trim()
  const wellFormed = /^[-+]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][-+]?\d+)?$/
  return wellFormed.test(digits) ? Number(digits.replaceAll('_', '')) : undefined
}

const truths = new Set(['true', 't', 'yes', 'y', 'on', '1'])
const untruths = new Set(['false', 'f', 'no', 'n', 'off', '0'])

function toFlag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  const word = String(value).toLowerCase()
  if (truths.has(word)) return true
  return untruths.has(word) ? false : undefined
}

function toMap(value: unknown): ValueObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as ValueObject)
    : undefined
}

function finite(value: Value): Value {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(finite)
  return objectOf(Object.entries(value).map(([key, member]) => [key, finite(member)]))
}
