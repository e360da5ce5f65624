/**
 * The schema that a request requests: enforced by the wire format, between tags in the prompt, or written out in its text.
 *
 * 1. Between tags it is the fuller one: gateways take keywords out of what they enforce. It counts where it has the same properties.
 * 2. Without tags, a text that speaks of JSON may show a schema, or, where JSON is enforced, an example; the last one counts.
 * 3. The answer goes into a fence where the prompt speaks of one and the wire format enforces nothing.
 */

import type { JsonSchema } from './instance.ts'
import { isObject, type RequestedChat } from './requested.ts'

export interface RequestedSchema {
  readonly schema: JsonSchema
  /** Whether the answer goes into a fence. */
  readonly fenced: boolean
}

/** What stands before a schema in a prompt. */
export const schemaTag = '<response_schema>'
const closingTag = '</response_schema>'

const anyObject: JsonSchema = {
  type: 'object',
  properties: { answer: { type: 'string' } },
  required: ['answer'],
}

/** At most so many places of a text are tried for JSON. */
const mostTries = 50

/** Schemas of prompts, read once: a column sends the same one with every row. */
export class SchemaCache {
  readonly #known = new Map<string, JsonSchema | undefined>()

  of({ enforced, json, schemaText = '' }: RequestedChat): RequestedSchema | undefined {
    const tagged = this.#tagged(schemaText)
    if (enforced !== undefined) {
      return { schema: tagged !== undefined && isFuller(tagged, enforced) ? tagged : enforced, fenced: false }
    }
    const schema = tagged ?? shownIn(schemaText, json)
    if (schema !== undefined) return { schema, fenced: !json && /```json|code ?block/i.test(schemaText) }
    return json ? { schema: anyObject, fenced: false } : undefined
  }

  #tagged(text: string): JsonSchema | undefined {
    const start = text.lastIndexOf(schemaTag)
    const end = start < 0 ? -1 : text.indexOf(closingTag, start)
    return end < 0 ? undefined : this.#read(text.slice(start + schemaTag.length, end))
  }

  #read(text: string): JsonSchema | undefined {
    if (this.#known.has(text)) return this.#known.get(text)
    if (this.#known.size >= 64) this.#known.clear()
    const parsed = parsedJson(text)
    const schema = isObject(parsed) ? parsed : undefined
    this.#known.set(text, schema)
    return schema
  }
}

/** Rule 1. */
function isFuller(tagged: JsonSchema, enforced: JsonSchema): boolean {
  const names = (schema: JsonSchema) =>
    isObject(schema) && isObject(schema.properties) ? Object.keys(schema.properties).sort().join('\n') : ''
  return names(tagged) === names(enforced)
}

/** Rule 2. */
function shownIn(text: string, json: boolean): JsonSchema | undefined {
  if (!json && !(text.includes('"properties"') && /json/i.test(text))) return undefined
  const objects = jsonObjectsIn(text)
  const schema = objects.findLast(
    ({ properties, $defs, $ref }) => isObject(properties) || (isObject($defs) && typeof $ref === 'string'),
  )
  if (schema !== undefined || !json) return schema
  const example = objects.findLast((object) => Object.keys(object).length > 0)
  return example === undefined ? undefined : schemaOfExample(example)
}

/** The outermost objects that stand in a text as JSON. */
function jsonObjectsIn(text: string): Readonly<Record<string, unknown>>[] {
  const found: Readonly<Record<string, unknown>>[] = []
  let start = text.indexOf('{')
  for (let tries = 0; start >= 0 && tries < mostTries; tries++) {
    const end = closingBrace(text, start)
    const parsed = end === undefined ? undefined : parsedJson(text.slice(start, end))
    if (isObject(parsed)) found.push(parsed)
    start = text.indexOf('{', isObject(parsed) ? end : start + 1)
  }
  return found
}

/** After the brace that closes the one at `start`; braces in strings do not count. */
function closingBrace(text: string, start: number): number | undefined {
  const marks = /"(?:[^"\\]|\\.)*"|[{}]/gs
  marks.lastIndex = start
  let depth = 0
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '{') depth++
    else if (mark[0] === '}' && --depth === 0) return marks.lastIndex
  }
  return undefined
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A schema for values of the same shape. */
function schemaOfExample(value: unknown): JsonSchema {
  if (Array.isArray(value)) return { type: 'array', items: value.length > 0 ? schemaOfExample(value[0]) : {} }
  if (isObject(value)) {
    const properties = Object.entries(value).map(([name, member]) => [name, schemaOfExample(member)])
    return { type: 'object', properties: Object.fromEntries(properties), required: Object.keys(value) }
  }
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'integer' : 'number' }
  return { type: typeof value === 'boolean' ? 'boolean' : 'string' }
}
