/**
 * Makes a value that a JSON Schema accepts, the way an obedient model would: every property filled, optional ones
 * left out only where a schema recurses. Knows what people write in schemas; `pattern`, `not` and conditions are
 * beyond it, and what it makes then may not validate.
 */
import type { Dice } from './dice.ts'
import { label, prose } from './prose.ts'

export type JsonSchema = boolean | { readonly [keyword: string]: unknown }
type SchemaObject = Exclude<JsonSchema, boolean>

export interface InstanceOptions {
  readonly dice: Dice
  /** Words of a free text. */
  readonly words: number
  /** Put at the end of the first string that may say anything; `used` says whether there was one. */
  readonly serial?: { readonly text: string; used: boolean }
}

/** Beyond this depth nothing optional is made: it ends recursive schemas. */
const DEEP = 5
/** A recursive schema that leaves no way out is cut here. */
const TOO_DEEP = 60

export function instanceOf(schema: JsonSchema, options: InstanceOptions): unknown {
  return generate(schema, { ...options, root: schema, serial: options.serial }, 0, '')
}

interface AnswerGenerator {
  readonly dice: Dice
  readonly words: number
  readonly serial: InstanceOptions['serial']
  readonly root: JsonSchema
}

function generate(given: unknown, generator: AnswerGenerator, depth: number, name: string): unknown {
  if (depth > TOO_DEEP || given === false) return null
  const schema = settle(given, generator, depth)
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return generator.dice.pick(schema.enum)
  switch (typeName(schema, depth)) {
    case 'object':
      return generateObject(schema, generator, depth)
    case 'array':
      return generateArray(schema, generator, depth, name)
    case 'integer':
      return generateNumber(schema, generator, true)
    case 'number':
      return generateNumber(schema, generator, false)
    case 'boolean':
      return generator.dice.below(2) === 1
    case 'null':
      return null
    default:
      return generateString(schema, generator, name)
  }
}

/** One plain schema: references followed, all of `allOf` laid over each other, the first branch of a union taken. */
function settle(given: unknown, generator: AnswerGenerator, depth: number): SchemaObject {
  let schema = isSchemaObject(given) ? given : {}
  for (let step = 0; step < 32; step++) {
    const { $ref, allOf, anyOf, oneOf, ...rest } = schema
    const union = anyOf ?? oneOf
    if (typeof $ref === 'string') schema = overlay(follow($ref, generator.root), withoutRef(schema))
    else if (Array.isArray(allOf))
      schema = allOf.filter(isSchemaObject).reduce(overlay, dropKey(schema, 'allOf'))
    else if (Array.isArray(union) && union.length > 0) {
      const branch = (depth > DEEP ? union.find(isShallow) : undefined) ?? union[0]
      schema = isSchemaObject(branch) ? overlay(branch, rest) : rest
    } else return schema
  }
  return {}
}

function withoutRef(schema: SchemaObject): SchemaObject {
  return dropKey(schema, '$ref')
}

function dropKey(schema: SchemaObject, key: string): SchemaObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== key))
}

function overlay(below: SchemaObject, above: SchemaObject): SchemaObject {
  const merged: Record<string, unknown> = { ...below, ...above }
  if (isSchemaObject(below.properties) && isSchemaObject(above.properties)) {
    merged.properties = { ...below.properties, ...above.properties }
  }
  if (Array.isArray(below.required) && Array.isArray(above.required)) {
    merged.required = [...below.required, ...above.required]
  }
  return merged
}

function isShallow(branch: unknown): boolean {
  return isSchemaObject(branch) && typeof branch.type === 'string' && !/^(object|array)$/.test(branch.type)
}

function follow(ref: string, root: JsonSchema): SchemaObject {
  let found: unknown = root
  for (const part of ref.replace(/^#\/?/, '').split('/')) {
    if (part === '') continue
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined
  }
  return isSchemaObject(found) ? found : {}
}

function typeName(schema: SchemaObject, depth: number): string {
  const { type } = schema
  if (typeof type === 'string') return type
  if (Array.isArray(type)) {
    if (depth > DEEP && type.includes('null')) return 'null'
    return String(type.find((name) => name !== 'null') ?? 'null')
  }
  if ('properties' in schema || 'required' in schema || 'additionalProperties' in schema) return 'object'
  if ('items' in schema || 'prefixItems' in schema || 'minItems' in schema) return 'array'
  if ('minimum' in schema || 'maximum' in schema || 'multipleOf' in schema) return 'number'
  return 'string'
}

function generateObject(schema: SchemaObject, generator: AnswerGenerator, depth: number): unknown {
  const properties = isSchemaObject(schema.properties) ? schema.properties : {}
  const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : [])
  const generated = new Map<string, unknown>()
  for (const [name, member] of Object.entries(properties)) {
    if (member === false || (depth >= DEEP && !required.has(name))) continue
    generated.set(name, generate(member, generator, depth + 1, name))
  }
  const further = schema.additionalProperties ?? {}
  for (const name of required)
    if (!generated.has(name)) generated.set(name, generate(further, generator, depth + 1, name))
  const least = bound(schema.minProperties, 0)
  for (let extra = 1; generated.size < least; extra++) {
    generated.set(`item_${extra}`, generate(further, generator, depth + 1, ''))
  }
  return Object.fromEntries(generated)
}

function generateArray(
  schema: SchemaObject,
  generator: AnswerGenerator,
  depth: number,
  name: string,
): unknown {
  const least = bound(schema.minItems, 0)
  const most = bound(schema.maxItems, Number.POSITIVE_INFINITY)
  const wanted = depth >= DEEP ? least : Math.max(least, 1 + generator.dice.below(3))
  const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : []
  const generated: unknown[] = prefix.map((item) => generate(item, generator, depth + 1, name))
  if (schema.contains !== undefined) generated.push(generate(schema.contains, generator, depth + 1, name))
  const length = schema.items === false ? prefix.length : Math.min(most, Math.max(wanted, generated.length))
  const seen = new Set(generated.map((item) => JSON.stringify(item)))
  // Few values can be unique out of a small enum: the tries are bounded.
  for (let tries = 0; generated.length < length && tries < 50 * length; tries++) {
    const item = generate(schema.items ?? { type: 'string' }, generator, depth + 1, name)
    const text = JSON.stringify(item)
    if (schema.uniqueItems === true && seen.has(text)) continue
    seen.add(text)
    generated.push(item)
  }
  return generated.slice(0, most)
}

function generateNumber(schema: SchemaObject, generator: AnswerGenerator, whole: boolean): number {
  const step = typeof schema.multipleOf === 'number' ? schema.multipleOf : whole ? 1 : 0
  const above = Math.max(bound(schema.minimum, -Infinity), bound(schema.exclusiveMinimum, -Infinity))
  const below = Math.min(bound(schema.maximum, Infinity), bound(schema.exclusiveMaximum, Infinity))
  const low = Number.isFinite(above) ? above : Number.isFinite(below) ? Math.min(1, below - 99) : 1
  const high = Number.isFinite(below) ? below : low + 99
  const isLowOpen = schema.exclusiveMinimum === low
  const isHighOpen = schema.exclusiveMaximum === high
  if (step === 0) {
    if (low === high) return low
    // Strictly inside, in hundredths of the range, so that it prints short.
    return round(low + ((high - low) * (1 + generator.dice.below(99))) / 100)
  }
  let first = Math.ceil(low / step)
  let last = Math.floor(high / step)
  if (isLowOpen && first * step === low) first++
  if (isHighOpen && last * step === high) last--
  return round((first + generator.dice.below(Math.max(1, last - first + 1))) * step)
}

function round(value: number): number {
  return Number(value.toPrecision(12))
}

function generateString(schema: SchemaObject, generator: AnswerGenerator, name: string): string {
  const { dice, serial } = generator
  if (typeof schema.format === 'string') {
    const formatted = formats[schema.format]?.(dice)
    if (formatted !== undefined) return formatted
  }
  const least = bound(schema.minLength, 0)
  const most = bound(schema.maxLength, Number.POSITIVE_INFINITY)
  const isLabel = /(^|_)(name|title|label|id|key|category|type|brand)$/i.test(name)
  let text = isLabel ? label(2, dice) : prose(generator.words, dice)
  while (text.length < least) text += ` ${prose(generator.words, dice)}`
  const tail =
    serial !== undefined && !serial.used && typeof schema.pattern !== 'string' ? ` ${serial.text}` : ''
  if (serial === undefined || tail === '' || tail.length > most) return cut(text, most)
  serial.used = true
  return `${cut(text, most - tail.length)}${tail}`
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most)
}

const formats: Readonly<Record<string, (dice: Dice) => string>> = {
  date,
  time: (dice) => `${time(dice)}Z`,
  'date-time': (dice) => `${date(dice)}T${time(dice)}Z`,
  duration: (dice) => `P${1 + dice.below(30)}D`,
  email: (dice) => `${label(1, dice)}${dice.below(1000)}@example.com`,
  hostname: (dice) => `${label(1, dice)}.example.com`,
  ipv4: (dice) => `192.0.2.${1 + dice.below(254)}`,
  ipv6: (dice) => `2001:db8::${(1 + dice.below(65535)).toString(16)}`,
  uri: (dice) => `https://example.com/${label(1, dice)}/${dice.below(10_000)}`,
  uuid: (dice) => {
    const hex = Array.from({ length: 4 }, () => dice.uint32().toString(16).padStart(8, '0')).join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
  },
}

function date(dice: Dice): string {
  return `20${two(10 + dice.below(15))}-${two(1 + dice.below(12))}-${two(1 + dice.below(28))}`
}

function time(dice: Dice): string {
  return `${two(dice.below(24))}:${two(dice.below(60))}:${two(dice.below(60))}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function bound(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
