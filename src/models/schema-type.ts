import type { ColumnType } from '../base/column-type.ts'
import { isValueObject, type Value, type ValueObject } from '../base/value.ts'
import { resolveRef } from './schema-walk.ts'

/**
 * The type of a structured column: a struct in schema order where every property is fixed and there is no union,
 * recursion or open object anywhere, else JSON text. "This or null" is no union, since every value may be null;
 * an object that says nothing of further properties is closed, since they are pruned.
 *
 * @param schema JSON Schema 2020-12, its references local
 */
export function columnTypeOfSchema(schema: ValueObject): ColumnType {
  const type = fixedType(schema, { root: schema, within: [] })
  return type?.kind === 'struct' ? type : { kind: 'json' }
}

interface Place {
  readonly root: ValueObject
  /** The references that led here: meeting one again is recursion. */
  readonly within: readonly string[]
}

/** Keywords after which the members of an object are no longer known from `properties` alone. */
const openers = ['patternProperties', 'if', 'dependentSchemas', 'unevaluatedProperties'] as const

/** Undefined when the schema leaves the type open. */
function fixedType(schema: Value | undefined, place: Place): ColumnType | undefined {
  if (!isValueObject(schema)) return undefined
  if (typeof schema.$ref === 'string') {
    if (place.within.includes(schema.$ref)) return undefined
    const target = resolveRef(place.root, schema.$ref)
    return fixedType(target, { root: place.root, within: [...place.within, schema.$ref] })
  }
  // A list of one is how generators attach a description to a reference.
  if (Array.isArray(schema.allOf)) {
    return schema.allOf.length === 1 && schema.properties === undefined
      ? fixedType(schema.allOf[0] as Value, place)
      : undefined
  }
  const branches = schema.anyOf ?? schema.oneOf
  if (Array.isArray(branches)) {
    const others = branches.filter((branch) => !isNullSchema(branch as Value))
    return others.length === 1 && schema.properties === undefined ? fixedType(others[0], place) : undefined
  }
  switch (nameOfType(schema)) {
    case 'string':
      return { kind: 'string' }
    case 'integer':
      return { kind: 'int' }
    case 'number':
      return { kind: 'float' }
    case 'boolean':
      return { kind: 'bool' }
    case 'array':
      return listType(schema, place)
    case 'object':
      return structType(schema, place)
    default:
      return undefined
  }
}

function listType(schema: ValueObject, place: Place): ColumnType | undefined {
  if (schema.prefixItems !== undefined) return undefined
  const element = fixedType(schema.items, place)
  return element === undefined ? undefined : { kind: 'list', element }
}

function structType(schema: ValueObject, place: Place): ColumnType | undefined {
  const further = schema.additionalProperties
  const open = (further !== undefined && further !== false) || openers.some((name) => name in schema)
  if (open || !isValueObject(schema.properties)) return undefined
  const fields: { name: string; type: ColumnType }[] = []
  for (const [name, member] of Object.entries(schema.properties)) {
    const type = fixedType(member, place)
    if (type === undefined) return undefined
    fields.push({ name, type })
  }
  return fields.length === 0 ? undefined : { kind: 'struct', fields }
}

/** The one type a schema allows beside null: as it says, else as its constants or its properties tell. */
function nameOfType(schema: ValueObject): string | undefined {
  const { type } = schema
  if (typeof type === 'string') return type
  if (Array.isArray(type)) {
    const others = type.filter((name) => name !== 'null')
    return others.length === 1 && typeof others[0] === 'string' ? others[0] : undefined
  }
  if (Array.isArray(schema.enum)) return commonType(schema.enum)
  if (schema.const !== undefined) return commonType([schema.const])
  return isValueObject(schema.properties) ? 'object' : undefined
}

function commonType(values: readonly Value[]): string | undefined {
  const names = new Set(values.filter((value) => value !== null).map(typeOfValue))
  const [only] = names
  return names.size === 1 ? only : undefined
}

function typeOfValue(value: Value): string | undefined {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'bigint':
      return 'integer'
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    default:
      return undefined
  }
}

function isNullSchema(schema: Value): boolean {
  return isValueObject(schema) && (schema.type === 'null' || schema.const === null)
}
