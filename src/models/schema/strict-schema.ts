/**
 * Schemas that a service enforces strictly, in the form that it accepts.
 *
 * Rules:
 *   1. Only keywords of the table may stand in a schema; others make it a wish, which servers like vLLM enforce nevertheless.
 *   2. Every object is closed and requires all it has, every value says what it is, and nothing nests too deep.
 *   3. What stands next to a `$ref`, or around a single `allOf`, is moved into what it names. Example: pydantic writes
 *      `{"$ref": "#/$defs/Color", "description": "the color"}`, and OpenAI answers "$ref cannot have keywords {'description'}".
 *   4. Annotations that enforce nothing are left out. Example: `default`, which Azure refuses.
 */
import { define, isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import { resolveRef } from './schema-walk.ts'

/** Who enforces it. */
export type Enforcer = 'openai' | 'azure' | 'anthropic'

interface KeywordRule {
  readonly keywords: readonly string[]
  /** Who accepts them. */
  readonly by: readonly Enforcer[]
  readonly source: string
}

const all: readonly Enforcer[] = ['openai', 'azure', 'anthropic']
const openAiGuide = 'OpenAI, guide "Structured model outputs", supported properties'
const azureGuide = 'Microsoft Learn, "Structured outputs", unsupported type-specific keywords'
const anthropicGuide = 'Anthropic docs, "Structured outputs", JSON Schema limitations'

/** Which keywords are accepted, and who says so. A keyword that is not here is accepted by no provider. */
export const strictKeywords: readonly KeywordRule[] = [
  {
    keywords: [
      'type',
      'properties',
      'required',
      'additionalProperties',
      'items',
      'anyOf',
      'enum',
      'const',
      '$ref',
      '$defs',
      'definitions',
    ],
    by: all,
    source: openAiGuide,
  },
  { keywords: ['title', 'description'], by: all, source: openAiGuide },
  { keywords: ['pattern'], by: ['openai'], source: `${openAiGuide}; ${azureGuide}` },
  { keywords: ['format'], by: ['openai', 'anthropic'], source: `${openAiGuide}; ${anthropicGuide}` },
  {
    keywords: [
      'minimum',
      'maximum',
      'exclusiveMinimum',
      'exclusiveMaximum',
      'multipleOf',
      'minItems',
      'maxItems',
    ],
    by: ['openai'],
    source: `${openAiGuide}; ${azureGuide}; ${anthropicGuide}`,
  },
]

/** They say nothing that could be enforced (rule 4). */
const annotations: ReadonlySet<string> = new Set([
  '$schema',
  '$comment',
  'default',
  'examples',
  'example',
  'deprecated',
  'readOnly',
  'writeOnly',
])

/** Formats that are enforced; others are refused. */
const formats: ReadonlySet<string> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
])

/** How deep objects may nest, and how many properties and values of enums there may be. */
const limits: { readonly [By in Enforcer]: { readonly depth: number; readonly properties: number } } = {
  openai: { depth: 10, properties: 5000 },
  azure: { depth: 5, properties: 100 },
  anthropic: { depth: 10, properties: 5000 },
}
const enumValuesMax = 1000

/** @returns the schema as it is sent; undefined when it is not accepted */
export function strictSchema(schema: ValueObject, by: Enforcer): ValueObject | undefined {
  if (schema.type !== 'object' || schema.anyOf !== undefined) return undefined
  try {
    return new Strict(schema, by).whole()
  } catch (error) {
    if (error instanceof NotStrict) return undefined
    throw error
  }
}

class NotStrict extends Error {}

class Strict {
  readonly #root: ValueObject
  readonly #by: Enforcer
  readonly #keywords: ReadonlySet<string>
  #properties = 0
  #enumValues = 0

  constructor(root: ValueObject, by: Enforcer) {
    this.#root = root
    this.#by = by
    this.#keywords = new Set(strictKeywords.flatMap((rule) => (rule.by.includes(by) ? rule.keywords : [])))
  }

  whole(): ValueObject {
    const schema = this.#schema(this.#root, 0, [])
    const { properties } = limits[this.#by]
    if (this.#properties > properties || this.#enumValues > enumValuesMax) throw new NotStrict()
    return schema
  }

  /** @param within references that led here */
  #schema(given: Value | undefined, depth: number, within: readonly string[]): ValueObject {
    if (!isValueObject(given) || depth > limits[this.#by].depth) throw new NotStrict()
    const { schema, led } = this.#moved(given, within)
    this.#requireMeaning(schema)
    const sent: Record<string, Value> = {}
    for (const [keyword, member] of Object.entries(schema)) {
      if (annotations.has(keyword)) continue
      if (!this.#keywords.has(keyword)) throw new NotStrict()
      define(sent, keyword, this.#member(keyword, member, depth, led))
    }
    return sent
  }

  #member(keyword: string, member: Value, depth: number, within: readonly string[]): Value {
    switch (keyword) {
      case 'properties':
      case '$defs':
      case 'definitions':
        return this.#named(member, keyword === 'properties' ? depth + 1 : 1, within)
      case 'items':
        return this.#schema(member, depth, within)
      case 'anyOf':
        if (!Array.isArray(member)) throw new NotStrict()
        return member.map((each) => this.#schema(each as Value, depth, within))
      case 'enum':
        if (!Array.isArray(member)) throw new NotStrict()
        this.#enumValues += member.length
        return member
      case 'format':
        if (typeof member !== 'string' || !formats.has(member)) throw new NotStrict()
        return member
      default:
        return member
    }
  }

  #named(members: Value, depth: number, within: readonly string[]): ValueObject {
    if (!isValueObject(members)) throw new NotStrict()
    const sent: Record<string, Value> = {}
    for (const [name, each] of Object.entries(members)) {
      this.#properties++
      define(sent, name, this.#schema(each, depth, within))
    }
    return sent
  }

  /** Rule 3. Of a schema that contains itself, what stands next to the reference is left out where it only describes. */
  #moved(given: ValueObject, within: readonly string[]): { schema: ValueObject; led: readonly string[] } {
    const { $ref: ref, allOf, ...siblings } = withoutAnnotations(given)
    if (Array.isArray(allOf)) {
      const [only, ...others] = allOf
      if (others.length > 0 || ref !== undefined || !isValueObject(only as Value)) throw new NotStrict()
      return this.#moved(joined(only as ValueObject, siblings), within)
    }
    if (typeof ref !== 'string') return { schema: siblings, led: within }
    if (this.#by === 'anthropic' && within.includes(ref)) throw new NotStrict()
    if (Object.keys(siblings).length === 0) {
      if (this.#by === 'anthropic') this.#schema(resolveRef(this.#root, ref), 1, [...within, ref])
      return { schema: { $ref: ref }, led: within }
    }
    const target = resolveRef(this.#root, ref)
    if (!isValueObject(target)) throw new NotStrict()
    if (!within.includes(ref)) return this.#moved(joined(target, siblings), [...within, ref])
    const { title: _title, description: _description, ...enforced } = siblings
    if (Object.keys(enforced).length > 0) throw new NotStrict()
    return { schema: { $ref: ref }, led: within }
  }

  /** Rule 2. */
  #requireMeaning(schema: ValueObject): void {
    const { type, properties, required, additionalProperties, items } = schema
    const says = ['type', 'anyOf', 'enum', 'const', '$ref'].some((keyword) => schema[keyword] !== undefined)
    if (!says) throw new NotStrict()
    const types = Array.isArray(type) ? type : [type]
    if (types.includes('array') && items === undefined) throw new NotStrict()
    if (!types.includes('object') && properties === undefined) return
    const names = isValueObject(properties) ? Object.keys(properties) : []
    const listed = Array.isArray(required) ? required : []
    if (additionalProperties !== false || names.some((name) => !listed.includes(name))) throw new NotStrict()
  }
}

function withoutAnnotations(schema: ValueObject): ValueObject {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !annotations.has(keyword)))
}

/** What is said next to a reference wins where it only describes; two rules of one name cannot be one. */
function joined(target: ValueObject, siblings: ValueObject): ValueObject {
  const clash = Object.keys(siblings).some(
    (keyword) => keyword in target && keyword !== 'title' && keyword !== 'description',
  )
  if (clash) throw new NotStrict()
  return { ...target, ...siblings }
}
