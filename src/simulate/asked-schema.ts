/** The schema that a request asks for: enforced by the wire format, or between tags in the prompt. */
import { type AskedChat, isObject, schemaTag } from './asked.ts'
import type { JsonSchema } from './instance.ts'

export interface AskedSchema {
  readonly schema: JsonSchema
  /** Whether the answer goes into a fence. */
  readonly fenced: boolean
}

const closingTag = '</response_schema>'
const anyObject: JsonSchema = {
  type: 'object',
  properties: { answer: { type: 'string' } },
  required: ['answer'],
}

/** Schemas of prompts, read once: a column sends the same one with every row. */
export class SchemaCache {
  readonly #known = new Map<string, JsonSchema | undefined>()

  of({ enforced, json, schemaText = '' }: AskedChat): AskedSchema | undefined {
    if (enforced !== undefined) return { schema: enforced, fenced: false }
    const start = schemaText.lastIndexOf(schemaTag)
    const end = start < 0 ? -1 : schemaText.indexOf(closingTag, start)
    const schema = end < 0 ? undefined : this.#read(schemaText.slice(start + schemaTag.length, end))
    if (schema !== undefined) return { schema, fenced: !json && schemaText.includes('```json') }
    return json ? { schema: anyObject, fenced: false } : undefined
  }

  #read(text: string): JsonSchema | undefined {
    if (this.#known.has(text)) return this.#known.get(text)
    if (this.#known.size >= 64) this.#known.clear()
    let schema: JsonSchema | undefined
    try {
      const parsed: unknown = JSON.parse(text)
      schema = isObject(parsed) ? parsed : undefined
    } catch {
      schema = undefined
    }
    this.#known.set(text, schema)
    return schema
  }
}
