/**
 * A value of a config, a cell or a model's JSON answer.
 *
 * Integers and floats stay apart from the text on, as in Python: an integer is a `bigint`, a float
 * is a `number` (`1` is `1n`, `1.0` is `1`). Templates print them differently, the fingerprint
 * hashes them differently, Parquet stores them differently.
 *
 * Rules:
 *   1. Members of an object have an order, and keep it. JavaScript lists names such as `2022` before all others; an object
 *      that has one is made by `objectOf`, and lists its names as they came. All other objects are plain ones.
 *   2. Any name may be a member's, `__proto__` and `constructor` too. Members are read through `memberOf` or after `hasOwn`.
 */
export type Value = null | boolean | bigint | number | string | readonly Value[] | ValueObject

export interface ValueObject {
  readonly [key: string]: Value
}

/** True for a plain JSON object, not an array and not null. */
export function isValueObject(value: Value | undefined): value is ValueObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Those members of a list that are objects; none of what is no list. */
export function objectsIn(list: Value | undefined): ValueObject[] {
  return Array.isArray(list) ? list.filter(isValueObject) : []
}

/** A member of an object, whatever its name; undefined when there is none. */
export function memberOf(object: ValueObject, name: string): Value | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** An object of these members in this order (rule 1). Of two with one name the later value counts, at the place of the first. */
export function objectOf(members: readonly (readonly [string, Value])[]): ValueObject {
  const object: Record<string, Value> = {}
  let numbered = false
  for (const [name, value] of members) {
    define(object, name, value)
    numbered ||= isNumber(name)
  }
  return numbered ? inOrder(object, [...new Set(members.map(([name]) => name))]) : object
}

/** Makes objects that all have these names: for rows, of which there are many. */
export type RowBuilder = (valueAt: (index: number) => Value) => ValueObject

/** The same for one list of names, which is looked at once. */
export function rowBuilder(names: readonly string[]): RowBuilder {
  if (names.some((name) => name === '__proto__' || isNumber(name))) {
    return (valueAt) => objectOf(names.map((name, index) => [name, valueAt(index)]))
  }
  return (valueAt) => {
    const object: Record<string, Value> = {}
    let index = 0
    for (const name of names) object[name] = valueAt(index++)
    return object
  }
}

/** One object with the members of all, as `{ ...a, ...b }` has them. */
export function merged(...objects: readonly ValueObject[]): ValueObject {
  return objectOf(objects.flatMap((object) => Object.entries(object)))
}

/** A value as it can be sent to a thread, where `received` makes it what it was: objects are maps on the way. */
export function sendable(value: Value): unknown {
  if (Array.isArray(value)) return value.map(sendable)
  if (!isValueObject(value)) return value
  return new Map(Object.entries(value).map(([name, member]) => [name, sendable(member)]))
}

export function received(sent: unknown): Value {
  if (Array.isArray(sent)) return sent.map(received)
  if (!(sent instanceof Map)) return sent as Value
  return objectOf([...(sent as Map<string, unknown>)].map(([name, member]) => [name, received(member)]))
}

/** Sets a member even when it is called `__proto__`, of an object whose order means nothing. */
export function define(object: Record<string, Value>, name: string, value: Value): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  } else {
    object[name] = value
  }
}

/** Names that JavaScript would list first. */
export function isNumber(name: string): boolean {
  const first = name.charCodeAt(0)
  return first >= 48 && first <= 57 && /^(?:0|[1-9]\d*)$/.test(name)
}

/** The object itself where it lists its names in this order already; else one that does. */
function inOrder(object: Record<string, Value>, names: readonly string[]): ValueObject {
  if (Object.keys(object).every((name, index) => name === names[index])) return object
  const known = new Set<string | symbol>(names)
  return new Proxy(object, {
    // What was added later comes last.
    ownKeys: (target) => [
      ...names.filter((name) => Object.hasOwn(target, name)),
      ...Reflect.ownKeys(target).filter((name) => !known.has(name)),
    ],
  })
}

/**
 * Reads an ordinary JavaScript value (a config written as code, what a function returned) as a `Value`:
 * integral numbers become integers. `undefined` members are left out.
 *
 * @param seen objects that are values already, and stay as they are
 * @throws TypeError for what is no data, with its place: functions, symbols, promises, maps, instances of classes
 */
export function toValue(input: unknown, seen?: WeakSet<object>): Value {
  return new DataReader(seen).read(input)
}

/** Deeper values are nonsense, and overflow the stacks of those who walk them: one limit for all that is read. */
export const levelsMax = 500

/** Whether lists and objects lie deeper in each other than so many levels. */
export function isDeeperThan(value: Value, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((member) => isDeeperThan(member as Value, levels - 1))
}

class DataReader {
  readonly #path: (string | number)[] = []
  readonly #seen: WeakSet<object> | undefined

  constructor(seen: WeakSet<object> | undefined) {
    this.#seen = seen
  }

  read(input: unknown): Value {
    switch (typeof input) {
      case 'string':
      case 'boolean':
      case 'bigint':
        return input
      case 'number':
        return Number.isSafeInteger(input) && !Object.is(input, -0) ? BigInt(input) : input
      case 'object':
        return input === null ? null : this.#object(input)
      case 'undefined':
        throw this.#noData('undefined')
      default:
        throw this.#noData(`a ${typeof input}`)
    }
  }

  #object(input: object): Value {
    if (this.#seen?.has(input) === true) return input as ValueObject
    if (this.#path.length > levelsMax) throw new TypeError('it is nested too deeply, or contains itself')
    // Not `map`, which leaves holes out.
    if (Array.isArray(input)) return Array.from(input, (item, index) => this.#within(index, item))
    if (input instanceof Date) {
      if (Number.isNaN(input.getTime())) throw this.#noData('a Date that is no time')
      return input.toISOString()
    }
    const parent: unknown = Object.getPrototypeOf(input)
    // A plain object of whichever realm.
    if (parent !== null && Object.getPrototypeOf(parent) !== null) throw this.#noData(kindOf(input))
    const members = Object.entries(input).filter(([, member]) => member !== undefined)
    return objectOf(members.map(([name, member]) => [name, this.#within(name, member)]))
  }

  #within(step: string | number, input: unknown): Value {
    this.#path.push(step)
    const value = this.read(input)
    this.#path.pop()
    return value
  }

  #noData(what: string): TypeError {
    const steps = this.#path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
    return new TypeError(`${steps === '' ? 'it' : steps.replace(/^\./, '')} is ${what}`)
  }
}

/** What an object is called that is no data, and what to do about it. */
function kindOf(input: object): string {
  if ('then' in input && typeof input.then === 'function') return 'a promise: await it'
  if (input instanceof Map) return 'a Map: give Object.fromEntries(map)'
  if (input instanceof Set || ArrayBuffer.isView(input)) {
    return `a ${input.constructor.name}: give Array.from(it)`
  }
  const name: unknown = input.constructor?.name
  return `an instance of ${typeof name === 'string' && name !== '' ? name : 'a class'}: give a plain object`
}
