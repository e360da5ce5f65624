/**
 * What exists while a template runs: the values of the row and the few things a template makes itself.
 *
 * Secure by construction: only own keys of a row's objects are read, everything else a template can hold is one
 * of the classes here, and none of them hands out a JavaScript property by name.
 */

import { objectOf, type Value, type ValueObject } from '../../base/values/value.ts'
import { boundedText, spend, spendOn } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'

export type Runtime = null | boolean | bigint | number | string | readonly Runtime[] | ValueObject | Special

/** Everything that is not a value of the row. */
export abstract class Special {
  /** Python's name of the type, for messages. */
  abstract readonly typeName: string
}

/** A name, attribute or item that is not there. `strict`: any use but `is defined` and `default` is an error. */
export class Undefined extends Special {
  override readonly typeName = 'Undefined'
  /** As written in the template, `person.nope`. */
  readonly variable: string
  readonly reason: string
  readonly strict: boolean
  readonly at: number | undefined

  constructor(variable: string, reason: string, strict: boolean, at?: number) {
    super()
    this.variable = variable
    this.reason = reason
    this.strict = strict
    this.at = at
  }

  /** The failure of using it. */
  failure(): Failure {
    const place = this.at === undefined ? {} : { at: this.at }
    return new Failure(this.reason, { variable: this.variable, ...place })
  }
}

/** A list that Python would not print as a list: tuples, ranges, views of a dict. */
export class Sequence extends Array<Runtime> {
  /** Array methods make plain lists. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }
  typeName = 'tuple'
  /** What Python prints, when it is not made of the items. */
  label: string | undefined
  /** Names of the items of a named tuple. */
  names: readonly string[] = []

  static tuple(items: readonly Runtime[], names: readonly string[] = []): Sequence {
    const tuple = Sequence.make('tuple', items)
    tuple.names = names
    return tuple
  }

  static make(typeName: string, items: readonly Runtime[], label?: string): Sequence {
    const sequence = new Sequence()
    for (const item of items) sequence.push(item)
    sequence.typeName = typeName
    sequence.label = label
    return sequence
  }
}

/** A dict made by the template; its keys may be numbers, and `1`, `1.0` and `true` are one key. */
export class Dict extends Special {
  override readonly typeName = 'dict'
  private readonly members = new Map<string, [Runtime, Runtime]>()

  set(key: Runtime, value: Runtime): void {
    const known = this.members.get(hashKey(key))
    if (known === undefined) this.members.set(hashKey(key), [key, value])
    else known[1] = value
  }

  get(key: Runtime): Runtime | undefined {
    return this.members.get(hashKey(key))?.[1]
  }

  get size(): number {
    return this.members.size
  }

  entries(): [Runtime, Runtime][] {
    return [...this.members.values()]
  }
}

/** `namespace(...)`: the one thing a template may change. */
export class Namespace extends Special {
  override readonly typeName = 'Namespace'
  readonly attributes = new Map<string, Runtime>()
}

/** An object of the engine with attributes that are computed: `loop`, a cycler. */
export abstract class Computed extends Special {
  /** Undefined when there is no such attribute. */
  abstract attribute(name: string): Runtime | undefined
}

export interface Arguments {
  readonly positional: readonly Runtime[]
  readonly named: ReadonlyMap<string, Runtime>
}

/** A function, macro or bound method. `Caller` is what runs the template, see `run.ts`. */
export class Callable<Caller = never> extends Special {
  override readonly typeName = 'function'
  readonly name: string
  readonly invoke: (run: Caller, args: Arguments) => Runtime

  constructor(name: string, invoke: (run: Caller, args: Arguments) => Runtime) {
    super()
    this.name = name
    this.invoke = invoke
  }
}

export function isList(value: Runtime | undefined): value is readonly Runtime[] {
  return Array.isArray(value)
}

/** An object of the row. */
function isObject(value: Runtime | undefined): value is ValueObject {
  return typeof value === 'object' && value !== null && !(value instanceof Special) && !Array.isArray(value)
}

export function isMapping(value: Runtime | undefined): value is ValueObject | Dict {
  return value instanceof Dict || isObject(value)
}

export function isNumber(value: Runtime | undefined): value is bigint | number | boolean {
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean'
}

/** Keys and values of a row's object or a template's dict. */
export function entriesOf(mapping: ValueObject | Dict): [Runtime, Runtime][] {
  return mapping instanceof Dict ? mapping.entries() : Object.entries(mapping)
}

/** A member of a mapping; undefined when it has no such key. Never looks at a prototype. */
export function memberOf(mapping: ValueObject | Dict, key: Runtime): Runtime | undefined {
  if (mapping instanceof Dict) return mapping.get(key)
  return typeof key === 'string' && Object.hasOwn(mapping, key) ? mapping[key] : undefined
}

/** Python's name of a value's type. */
export function typeName(value: Runtime): string {
  if (value === null) return 'NoneType'
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'float'
    case 'string':
      return 'str'
  }
  if (value instanceof Special || value instanceof Sequence) return value.typeName
  return isList(value) ? 'list' : 'dict'
}

/** Python's truth: null, zero, and what is empty are false. */
export function isTruthy(value: Runtime): boolean {
  if (value === null) return false
  switch (typeof value) {
    case 'boolean':
      return value
    case 'bigint':
      return value !== 0n
    case 'number':
      return value !== 0
    case 'string':
      return value !== ''
  }
  if (isList(value)) return value.length > 0
  if (value instanceof Undefined) return lenient(value, false)
  if (value instanceof Dict) return value.size > 0
  return value instanceof Special || Object.keys(value).length > 0
}

/** What a missing value stands for, unless missing values are errors here. */
export function lenient<T>(value: Undefined, meaning: T): T {
  if (value.strict) throw value.failure()
  return meaning
}

/** Characters as Python counts them: code points. */
export function characters(text: string): string[] {
  spend(text.length / 4)
  return /[\ud800-\udfff]/.test(text) ? Array.from(text) : text.split('')
}

/** How many characters there are. */
export function textLength(text: string): number {
  if (!/[\ud800-\udfff]/.test(text)) return text.length
  spend(text.length / 10)
  let length = 0
  for (const _ of text) length++
  return length
}

/** The elements a loop walks: of a list, the characters of a text, the keys of a mapping. */
export function elementsOf(value: Runtime): readonly Runtime[] {
  if (isList(value)) return value
  if (typeof value === 'string') return characters(value)
  if (isObject(value)) return Object.keys(value)
  if (value instanceof Dict) return value.entries().map(([key]) => key)
  if (value instanceof Undefined) return lenient(value, [])
  throw new Failure(`'${typeName(value)}' object is not iterable`)
}

/** Python's `len`. */
export function lengthOf(value: Runtime): number {
  if (isObject(value)) return Object.keys(value).length
  if (value instanceof Dict) return value.size
  if (typeof value === 'string') return textLength(value)
  if (isList(value) || value instanceof Undefined) return elementsOf(value).length
  throw new Failure(`object of type '${typeName(value)}' has no len()`)
}

/** The result of an expression as a plain value: dicts become objects, tuples lists, a missing value null. */
export function toPlainValue(value: Runtime): Value {
  spendOn(value)
  if (value instanceof Undefined) return lenient(value, null)
  if (value instanceof Dict) {
    return objectOf(value.entries().map(([key, member]) => [plainKey(key), toPlainValue(member)]))
  }
  if (value instanceof Special) throw new Failure(`the result is a ${value.typeName}, not a value`)
  if (isList(value)) return Array.from(value, toPlainValue)
  return value
}

function plainKey(key: Runtime): string {
  if (typeof key === 'string') return key
  throw new Failure(`the result has a key of type '${typeName(key)}'; only text can be a key`)
}

function hashKey(key: Runtime): string {
  spendOn(key)
  if (key === null) return 'none'
  if (typeof key === 'string') return `s${key}`
  if (typeof key === 'bigint') return `n${key}`
  if (typeof key === 'boolean') return key ? 'n1' : 'n0'
  if (typeof key === 'number') return Number.isInteger(key) ? `n${BigInt(key)}` : `f${key}`
  if (key instanceof Sequence && key.typeName === 'tuple') {
    const parts = Array.from(key, hashKey)
    const text = parts.map((part) => `${part.length}:${part}`).join('')
    return boundedText(text.length, () => `t${text}`)
  }
  if (key instanceof Undefined) throw key.failure()
  throw new Failure(`unhashable type: '${typeName(key)}'`)
}
