import type { ColumnType, FoundType } from '../../base/values/column-type.ts'
import { commonType } from '../../base/values/common-type.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import { resolveRef } from './schema-walk.ts'

/**
 * The type of a structured column: a struct in schema order where every property is fixed and there is no union,
 * recursion or open object anywhere, else JSON text. "This or null" is no union, since every value may be null;
 * an object that says nothing of further properties is closed, since they are pruned.
 *
 * @param schema JSON Schema 2020-12, its references local
 * @param maps whether an object without properties, all of whose members are of one type, is a map; else it is open
 */
export function columnTypeOfSchema(schema: ValueObject, maps = false): ColumnType {
  const type = fixedType(schema, { root: schema, within: [], maps })
  return type?.kind === 'struct' || type?.kind === 'map' ? type : { kind: 'json' }
}

/**
 * What files have in place of JSON text, as the reference stores it: a union of numbers is a float, of other scalars a text; one of objects
 * is a struct of all their members; a dictionary is a struct of the keys that occur. Undefined where the type is no JSON, or a part is
 * wholly open (recursion, tuples, `{}`): such a column is JSON text.
 *
 * Example: `price: anyOf [number, string]` next to `name: string` is `struct<name: string, price: string>`.
 */
export function storedTypeOfSchema(schema: ValueObject): FoundType | undefined {
  if (columnTypeOfSchema(schema).kind !== 'json') return undefined
  const type = storedPart(schema, { root: schema, within: [], maps: false })
  return type?.kind === 'struct' ? type : undefined
}

function storedPart(schema: Value | undefined, place: Place): FoundType | undefined {
  if (!isValueObject(schema)) return undefined
  const fixed = fixedType(schema, place)
  if (fixed !== undefined) return fixed
  if (typeof schema.$ref === 'string') {
    if (place.within.includes(schema.$ref)) return undefined
    const target = resolveRef(place.root, schema.$ref)
    return storedPart(target, { ...place, within: [...place.within, schema.$ref] })
  }
  const { allOf, properties, prefixItems, items } = schema
  if (Array.isArray(allOf) && allOf.length === 1 && properties === undefined) {
    return storedPart(allOf[0], place)
  }
  const branches = branchesOf(schema)
  if (branches !== undefined && properties === undefined) return storedUnion(branches, place)
  switch (nameOfType(schema)) {
    case 'array': {
      const element = prefixItems === undefined ? storedPart(items, place) : undefined
      return element === undefined ? undefined : { kind: 'list', element }
    }
    case 'object':
      return storedObject(schema, place)
    default:
      return undefined
  }
}

/** The alternatives of a schema, those of a list of types among them. */
function branchesOf(schema: ValueObject): readonly Value[] | undefined {
  const { type, anyOf, oneOf } = schema
  const branches = anyOf ?? oneOf
  if (Array.isArray(branches)) return branches.filter((branch) => !isNullSchema(branch as Value))
  if (!Array.isArray(type)) return undefined
  return type.filter((name) => name !== 'null').map((name) => ({ ...schema, type: name }))
}

function storedUnion(branches: readonly Value[], place: Place): FoundType | undefined {
  const types = branches.flatMap((branch) => storedPart(branch, place) ?? [])
  if (types.length < branches.length || types.length === 0) return undefined
  const numbers = types.filter(({ kind }) => kind === 'int' || kind === 'float')
  const spelled = branches.filter(isNumberText)
  // A decimal: a number, or the same number as text.
  if (numbers.length > 0 && spelled.length > 0 && numbers.length + spelled.length === types.length) {
    return { kind: 'float' }
  }
  const common = types.reduce(commonType)
  if (common.kind !== 'json') return common
  return types.some(({ kind }) => kind === 'struct' || kind === 'list') ? undefined : { kind: 'string' }
}

/** A text whose pattern allows the digits of a number and no letters. */
function isNumberText(branch: Value): boolean {
  if (!isValueObject(branch) || branch.type !== 'string' || typeof branch.pattern !== 'string') return false
  const unescaped = branch.pattern.replaceAll(/\\./g, '')
  const loose = /[a-z]/i.test(unescaped) || unescaped.replaceAll(/\[[^\]]*\]/g, '').includes('.')
  return branch.pattern.includes('\\d') && !loose
}

function storedObject(schema: ValueObject, place: Place): FoundType | undefined {
  const { properties = {}, additionalProperties: further } = schema
  if (!isValueObject(properties) || openers.some((name) => name in schema)) return undefined
  const fields: { name: string; type: FoundType }[] = []
  for (const [name, member] of Object.entries(properties)) {
    const type = storedPart(member, place)
    if (type === undefined) return undefined
    fields.push({ name, type })
  }
  if (isValueObject(further) && Object.keys(further).length > 0) {
    const type = storedPart(further, place)
    return type === undefined ? undefined : { kind: 'struct', fields, further: type }
  }
  if (further === true || isValueObject(further)) return { kind: 'struct', fields, further: asValuesSay }
  return fields.length === 0 ? undefined : { kind: 'struct', fields }
}

const asValuesSay = { kind: 'none' } as const

interface Place {
  readonly root: ValueObject
  /** The references that led here: meeting one again is recursion. */
  readonly within: readonly string[]
  readonly maps: boolean
}

/** Keywords after which the members of an object are no longer known from `properties` alone. */
const openers = ['patternProperties', 'if', 'dependentSchemas', 'unevaluatedProperties'] as const

/** Undefined when the schema leaves the type open. */
function fixedType(schema: Value | undefined, place: Place): ColumnType | undefined {
  if (!isValueObject(schema)) return undefined
  if (typeof schema.$ref === 'string') {
    if (place.within.includes(schema.$ref)) return undefined
    const target = resolveRef(place.root, schema.$ref)
    return fixedType(target, { ...place, within: [...place.within, schema.$ref] })
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
  if (place.maps && isMap(schema)) {
    const value = fixedType(further, place)
    return value && { kind: 'map', value }
  }
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

function isMap({ properties = {}, additionalProperties, ...others }: ValueObject): boolean {
  const none = isValueObject(properties) && Object.keys(properties).length === 0
  return none && isValueObject(additionalProperties) && !openers.some((name) => name in others)
}

/** The one type a schema allows next to null: as it says, else as its constants or its properties show. */
function nameOfType(schema: ValueObject): string | undefined {
  const { type } = schema
  if (typeof type === 'string') return type
  if (Array.isArray(type)) {
    const others = type.filter((name) => name !== 'null')
    return others.length === 1 && typeof others[0] === 'string' ? others[0] : undefined
  }
  if (Array.isArray(schema.enum)) return typeNameOf(schema.enum)
  if (schema.const !== undefined) return typeNameOf([schema.const])
  return isValueObject(schema.properties) ? 'object' : undefined
}

function typeNameOf(values: readonly Value[]): string | undefined {
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
