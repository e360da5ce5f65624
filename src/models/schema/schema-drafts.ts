/**
 * JSON Schemas of other drafts, and references by address, in the form that is read here: draft 2020-12 with local references.
 *
 * Rules:
 *   1. Lists of `items` become `prefixItems`, `additionalItems` next to one becomes `items`, `dependencies` become `dependentRequired` and
 *      `dependentSchemas`, `exclusiveMinimum: true` takes the number of `minimum`. Example: zod-to-json-schema writes the first.
 *   2. A reference to an `$id` or an anchor of the document becomes a path. Example: `https://x.example/a#/$defs/B` is `#/$defs/B`.
 *   3. One that leads out of the document is refused: nothing is fetched.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { define, isValueObject, objectOf, type Value, type ValueObject } from '../../base/values/value.ts'
import { dataKeywords } from './schema-walk.ts'

/** Keywords whose members are schemas by name. */
const namedSchemas: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
])

/** @throws RowsmithError config_invalid for a reference out of the document */
export function toReadSchema(schema: ValueObject): ValueObject {
  const modern = modernised(schema)
  const places = new Map<string, string>()
  collectPlaces(modern, base, '', places)
  places.set(base, '')
  return withLocalRefs(modern, base, places) as ValueObject
}

/** The address of a document that gives itself none. */
const base = 'schema:/'

/** A schema with every schema below it changed first. */
function mapped(schema: Value, change: (schema: ValueObject) => ValueObject): Value {
  if (Array.isArray(schema)) return schema.map((each) => mapped(each, change))
  if (!isValueObject(schema)) return schema
  const copy: Record<string, Value> = {}
  for (const [keyword, member] of Object.entries(schema)) {
    if (dataKeywords.has(keyword)) define(copy, keyword, member)
    else if (namedSchemas.has(keyword) && isValueObject(member)) {
      const named = Object.entries(member).map(([name, each]) => [name, mapped(each, change)] as const)
      define(copy, keyword, objectOf(named))
    } else define(copy, keyword, mapped(member, change))
  }
  return change(copy)
}

/** Rule 1. */
function modernised(schema: ValueObject): ValueObject {
  return mapped(schema, (each) => {
    const changed: Record<string, Value> = { ...each }
    if (Array.isArray(each.items)) {
      delete changed.items
      delete changed.additionalItems
      if (each.items.length > 0) changed.prefixItems = each.items
      if (each.additionalItems !== undefined) changed.items = each.additionalItems
    }
    if (isValueObject(each.dependencies)) {
      delete changed.dependencies
      const entries = Object.entries(each.dependencies)
      const names = entries.filter(([, of]) => Array.isArray(of))
      const schemas = entries.filter(([, of]) => !Array.isArray(of))
      if (names.length > 0) changed.dependentRequired = Object.fromEntries(names)
      if (schemas.length > 0) changed.dependentSchemas = Object.fromEntries(schemas)
    }
    for (const [exclusive, limit] of [
      ['exclusiveMinimum', 'minimum'],
      ['exclusiveMaximum', 'maximum'],
    ] as const) {
      if (typeof each[exclusive] !== 'boolean') continue
      delete changed[exclusive]
      if (each[exclusive] === true && each[limit] !== undefined) {
        changed[exclusive] = each[limit]
        delete changed[limit]
      }
    }
    return changed
  }) as ValueObject
}

function idOf(schema: ValueObject): string | undefined {
  return typeof schema.$id === 'string' ? schema.$id : undefined
}

/** Where each address leads: paths below the document, by `$id` and anchor. */
function collectPlaces(schema: Value, within: string, path: string, places: Map<string, string>): void {
  if (Array.isArray(schema)) {
    for (const [index, each] of schema.entries()) collectPlaces(each, within, `${path}/${index}`, places)
    return
  }
  if (!isValueObject(schema)) return
  const id = idOf(schema)
  const here = id === undefined ? within : addressOf(id, within).replace(/#$/, '')
  if (id !== undefined && !places.has(here)) places.set(here, path)
  for (const anchor of [schema.$anchor, schema.$dynamicAnchor]) {
    if (typeof anchor === 'string') places.set(`${here}#${anchor}`, path)
  }
  for (const [keyword, member] of Object.entries(schema)) {
    if (!dataKeywords.has(keyword)) collectPlaces(member, here, `${path}/${segment(keyword)}`, places)
  }
}

function segment(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))
}

function addressOf(reference: string, within: string): string {
  return URL.canParse(reference, within) ? new URL(reference, within).href : `${within}#${reference}`
}

/** Rules 2 and 3. */
function withLocalRefs(schema: Value, within: string, places: ReadonlyMap<string, string>): Value {
  if (Array.isArray(schema)) return schema.map((each) => withLocalRefs(each, within, places))
  if (!isValueObject(schema)) return schema
  const id = idOf(schema)
  const here = id === undefined ? within : addressOf(id, within).replace(/#$/, '')
  const copy: [string, Value][] = []
  for (const [keyword, member] of Object.entries(schema)) {
    if ((keyword === '$ref' || keyword === '$dynamicRef') && typeof member === 'string')
      copy.push(['$ref', localRef(member, here, places)])
    else if (keyword === '$id' && id !== undefined) continue
    else if (
      (keyword === '$anchor' || keyword === '$dynamicAnchor' || keyword === '$schema') &&
      typeof member === 'string'
    )
      continue
    else copy.push([keyword, dataKeywords.has(keyword) ? member : withLocalRefs(member, here, places)])
  }
  return objectOf(copy)
}

function localRef(reference: string, within: string, places: ReadonlyMap<string, string>): string {
  if (reference.startsWith('#/') && places.get(within) === '') return reference
  const address = addressOf(reference, within)
  const [document = '', fragment = ''] = address.split('#')
  const anchor = places.get(address)
  if (fragment !== '' && anchor !== undefined) return `#${anchor}`
  const place = places.get(document)
  if (place !== undefined && (fragment === '' || fragment.startsWith('/'))) return `#${place}${fragment}`
  throw new RowsmithError(
    'config_invalid',
    `A JSON Schema cannot be used: "$ref": ${JSON.stringify(reference.slice(0, 100))} leads out of the document.`,
    { nextStep: 'Put what it names under "$defs", and refer to it as "#/$defs/NAME".' },
  )
}
