/**
 * A value of a config, a cell or a model's JSON answer.
 *
 * Integers and floats stay apart from the text on, as in Python: an integer is a `bigint`, a float
 * is a `number` (`1` is `1n`, `1.0` is `1`). Templates print them differently, the fingerprint
 * hashes them differently, Parquet stores them differently.
 */
export type Value = null | boolean | bigint | number | string | readonly Value[] | ValueObject

export interface ValueObject {
  readonly [key: string]: Value
}

/** True for a plain JSON object, not an array and not null. */
export function isValueObject(value: Value | undefined): value is ValueObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads an ordinary JavaScript value (a config written as code, `JSON.parse` output) as a `Value`:
 * integral numbers become integers. `undefined` members are left out.
 *
 * @throws TypeError for functions, symbols and other things that are not data
 */
export function toValue(input: unknown): Value {
  switch (typeof input) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return input
    case 'number':
      return Number.isSafeInteger(input) ? BigInt(input) : input
    case 'object': {
      if (input === null) return null
      if (Array.isArray(input)) return input.map(toValue)
      if (input instanceof Date) return input.toISOString()
      const object: Record<string, Value> = {}
      for (const [key, member] of Object.entries(input)) {
        if (member !== undefined) define(object, key, toValue(member))
      }
      return object
    }
    default:
      throw new TypeError(`Cannot read a ${typeof input} as a value`)
  }
}

/** Sets a member even when it is called `__proto__`. */
export function define(object: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  } else {
    object[key] = value
  }
}
