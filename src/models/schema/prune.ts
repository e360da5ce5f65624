/**
 * Takes out of an answer what its schema does not know, so that a chatty model does not cost a row.
 *
 * 1. An object is pruned to its properties unless the schema opens it: further properties allowed, patterns,
 *    conditions, or no properties at all.
 * 2. Of the branches of an `anyOf` that fit as they stand, all count. Else, and in a `oneOf`, of those that fit once pruned
 *    the one that keeps most wins; the first among equals.
 * 3. Nothing is added, changed or reordered.
 * 4. What was pruned once is not pruned again: recursive unions would take time without end.
 */
import { isValueObject, memberOf, objectOf, type Value, type ValueObject } from '../../base/values/value.ts'
import { resolveRef } from './schema-walk.ts'

const openers = ['patternProperties', 'if', 'dependentSchemas', 'unevaluatedProperties'] as const

export class Pruner {
  readonly #root: ValueObject
  readonly #rootName: string
  readonly #isValid: (schema: ValueObject, value: Value) => boolean
  /** What became of each object and list, by the schemas that held for it. */
  #done = new WeakMap<object, Map<string, Value>>()
  readonly #numbers = new WeakMap<ValueObject, number>()
  #schemas = 0
  /** Schemas without some of their keywords. */
  readonly #rests = new WeakMap<ValueObject, ValueObject>()

  /**
   * @param rootName what absolute references into `root` begin with
   * @param isValid whether a value fits a part of `root`
   */
  constructor(root: ValueObject, rootName: string, isValid: (schema: ValueObject, value: Value) => boolean) {
    this.#root = root
    this.#rootName = rootName
    this.#isValid = isValid
  }

  prune(value: Value): Value {
    this.#done = new WeakMap()
    return this.#prune(value, [this.#root])
  }

  /** @param schemas all of which hold for the value */
  #prune(value: Value, schemas: readonly Value[]): Value {
    if (typeof value !== 'object' || value === null) return value
    const parts = this.#flatten(schemas)
    const key = parts.map((part) => this.#numberOf(part)).join()
    let done = this.#done.get(value)
    if (done === undefined) {
      done = new Map()
      this.#done.set(value, done)
    }
    const before = done.get(key)
    if (before !== undefined) return before
    const pruned = this.#pruneBy(value, parts)
    done.set(key, pruned)
    return pruned
  }

  #pruneBy(value: ValueObject | readonly Value[], parts: readonly ValueObject[]): Value {
    const union = parts.find(({ anyOf, oneOf }) => Array.isArray(anyOf) || Array.isArray(oneOf))
    if (union !== undefined) return this.#pruneUnion(value, parts, union)
    if (isValueObject(value)) return this.#pruneObject(value, parts)
    return value.map((item, index) => this.#prune(item, itemSchemas(parts, index)))
  }

  #pruneUnion(value: Value, parts: readonly ValueObject[], union: ValueObject): Value {
    const keyword = Array.isArray(union.anyOf) ? 'anyOf' : 'oneOf'
    const branches = union[keyword] as readonly Value[]
    if (branches.includes(true)) return value
    const others = [...parts.filter((part) => part !== union), this.#without(union, keyword)]
    const candidates = branches.filter(isValueObject)
    const fitting = keyword === 'anyOf' ? candidates.filter((branch) => this.#isValid(branch, value)) : []
    if (fitting.length > 1) return this.#prune(value, [...others, ...fitting])
    let best = value
    let bestSize = 0
    for (const branch of candidates) {
      const pruned = this.#prune(value, [...others, branch])
      const size = sizeOf(pruned)
      if (size <= bestSize || !this.#isValid(branch, pruned)) continue
      best = pruned
      bestSize = size
    }
    return best
  }

  /** The schema without some of its keywords; always the same object for the same schema. */
  #without(schema: ValueObject, ...keywords: readonly string[]): ValueObject {
    if (!keywords.some((keyword) => keyword in schema)) return schema
    let rest = this.#rests.get(schema)
    if (rest === undefined) {
      rest = objectOf(Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)))
      this.#rests.set(schema, rest)
    }
    return rest
  }

  #numberOf(schema: ValueObject): number {
    let number = this.#numbers.get(schema)
    if (number === undefined) {
      number = this.#schemas++
      this.#numbers.set(schema, number)
    }
    return number
  }

  #pruneObject(value: ValueObject, parts: readonly ValueObject[]): Value {
    const known = parts.flatMap((part) => (isValueObject(part.properties) ? [part.properties] : []))
    const open = known.length === 0 || parts.some(isOpen)
    const pruned: [string, Value][] = []
    for (const [name, member] of Object.entries(value)) {
      const schemas = known.flatMap((properties) => memberOf(properties, name) ?? [])
      if (schemas.length > 0) pruned.push([name, this.#prune(member, schemas)])
      else if (open) pruned.push([name, this.#prune(member, furtherSchemas(parts))])
    }
    return objectOf(pruned)
  }

  /** The schemas with those they refer to and those they are made of, each without what leads from one to the other. */
  #flatten(schemas: readonly Value[]): ValueObject[] {
    const seen = new Set<Value>()
    const parts = new Set<ValueObject>()
    const add = (schema: Value | undefined): void => {
      if (!isValueObject(schema) || seen.has(schema)) return
      seen.add(schema)
      parts.add(this.#without(schema, '$ref', 'allOf'))
      if (typeof schema.$ref === 'string') {
        add(resolveRef(this.#root, schema.$ref.slice(this.#rootName.length)))
      }
      if (Array.isArray(schema.allOf)) schema.allOf.forEach(add)
    }
    schemas.forEach(add)
    return [...parts]
  }
}

function isOpen(schema: ValueObject): boolean {
  const further = schema.additionalProperties
  return (further !== undefined && further !== false) || openers.some((name) => name in schema)
}

function furtherSchemas(parts: readonly ValueObject[]): Value[] {
  return parts.flatMap((part) =>
    isValueObject(part.additionalProperties) ? [part.additionalProperties] : [],
  )
}

function itemSchemas(parts: readonly ValueObject[], index: number): Value[] {
  return parts.flatMap((part) => {
    const prefix = Array.isArray(part.prefixItems) ? part.prefixItems : []
    if (index < prefix.length) return [prefix[index] as Value]
    return isValueObject(part.items) ? [part.items] : []
  })
}

/** How many members and items a value has, at all depths. */
function sizeOf(value: Value): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((size, member) => size + sizeOf(member as Value), 1)
}
