/**
 * Takes out of an answer what its schema does not know, so that a chatty model does not cost a row.
 *
 * 1. An object is pruned to its properties unless the schema opens it: further properties allowed, patterns,
 *    conditions, or no properties at all.
 * 2. Of the branches of a union that fit once pruned, the one that keeps most wins; the first among equals.
 * 3. Nothing is added, changed or reordered.
 */
import { define, isValueObject, type Value, type ValueObject } from '../base/value.ts'
import { resolveRef } from './schema-walk.ts'

const openers = ['patternProperties', 'if', 'dependentSchemas', 'unevaluatedProperties'] as const

export class Pruner {
  readonly #root: ValueObject
  readonly #rootName: string
  readonly #isValid: (schema: ValueObject, value: Value) => boolean

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
    return this.#prune(value, [this.#root])
  }

  /** @param schemas all of which hold for the value */
  #prune(value: Value, schemas: readonly Value[]): Value {
    if (typeof value !== 'object' || value === null) return value
    const parts = this.#flatten(schemas)
    const union = parts.find((part) => Array.isArray(part.anyOf ?? part.oneOf))
    if (union !== undefined) return this.#pruneUnion(value, parts, union)
    if (isValueObject(value)) return this.#pruneObject(value, parts)
    return value.map((item, index) => this.#prune(item, itemSchemas(parts, index)))
  }

  #pruneUnion(value: Value, parts: readonly ValueObject[], union: ValueObject): Value {
    const { anyOf, oneOf, ...rest } = union
    const branches = (anyOf ?? oneOf) as readonly Value[]
    const others = [...parts.filter((part) => part !== union), rest]
    let best = value
    let bestSize = 0
    for (const branch of branches.filter(isValueObject)) {
      const pruned = this.#prune(value, [...others, branch])
      const size = sizeOf(pruned)
      if (size <= bestSize || !this.#isValid(branch, pruned)) continue
      best = pruned
      bestSize = size
    }
    return best
  }

  #pruneObject(value: ValueObject, parts: readonly ValueObject[]): Value {
    const known = parts.flatMap((part) => (isValueObject(part.properties) ? [part.properties] : []))
    const open = known.length === 0 || parts.some(isOpen)
    const pruned: Record<string, Value> = {}
    for (const [name, member] of Object.entries(value)) {
      const schemas = known.flatMap((properties) =>
        Object.hasOwn(properties, name) ? [properties[name]!] : [],
      )
      if (schemas.length > 0) define(pruned, name, this.#prune(member, schemas))
      else if (open) define(pruned, name, this.#prune(member, furtherSchemas(parts)))
    }
    return pruned
  }

  /** The schemas with those they refer to and those they are made of. */
  #flatten(schemas: readonly Value[]): ValueObject[] {
    const parts: ValueObject[] = []
    const add = (schema: Value | undefined): void => {
      if (!isValueObject(schema) || parts.includes(schema)) return
      parts.push(schema)
      if (typeof schema.$ref === 'string') {
        add(resolveRef(this.#root, schema.$ref.slice(this.#rootName.length)))
      }
      if (Array.isArray(schema.allOf)) schema.allOf.forEach(add)
    }
    schemas.forEach(add)
    return parts
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
