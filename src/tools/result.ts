/** Results of tools: from what a server sends to what is kept, and from there to what a model is told. */
import { formatJson } from '../base/json.ts'
import { isValueObject, toValue, type Value } from '../base/value.ts'
import type { Content, ContentPart } from '../models/contract.ts'
import type { ResultPart } from './contract.ts'
import { jsonData } from './json-data.ts'

/** The pieces of a result as MCP has them. What is neither text nor a picture or a sound stands there as its JSON. */
export function partsOfMcp(content: readonly unknown[], structured: unknown): ResultPart[] {
  const parts = content.map(partOfMcp)
  if (parts.length > 0 || structured === undefined) return parts
  return [{ type: 'text', text: jsonText(structured) }]
}

function partOfMcp(block: unknown): ResultPart {
  const { type, text, data, mimeType, resource } = block as Readonly<Record<string, unknown>>
  if (type === 'text' && typeof text === 'string') return { type, text: text.toWellFormed() }
  if ((type === 'image' || type === 'audio') && typeof data === 'string' && typeof mimeType === 'string') {
    return { type, media_type: mimeType, data }
  }
  const inside = (resource ?? {}) as { readonly text?: unknown }
  if (type === 'resource' && typeof inside.text === 'string') {
    return { type: 'text', text: inside.text.toWellFormed() }
  }
  return { type: 'text', text: jsonText(block) }
}

/** What a function returned: a text as it is, anything else as its JSON. @throws TypeError for what JSON cannot say */
export function textOf(returned: unknown): string {
  if (typeof returned === 'string') return returned.toWellFormed()
  const data = jsonData(returned)
  return data === undefined ? '' : formatJson(data).toWellFormed()
}

function jsonText(given: unknown): string {
  return formatJson(toValue(JSON.parse(JSON.stringify(given)))).toWellFormed()
}

/**
 * A kept result as the content of a tool message: texts joined by line breaks, or pieces in their order when there is more
 * than text. That a tool failed is said in the text, since not every wire format has a place for it.
 */
export function contentOf(kept: Value): Content {
  const { content = [], is_error: isError = false } = isValueObject(kept) ? kept : {}
  const parts = (Array.isArray(content) ? content : []).flatMap((part): ContentPart[] =>
    isValueObject(part) ? partOf(part) : [],
  )
  const told: ContentPart[] = isError === true ? [{ type: 'text', text: 'Error:' }, ...parts] : parts
  if (!told.every((part) => part.type === 'text')) return told
  return told.map(({ text }) => text).join(isError === true ? ' ' : '\n')
}

function partOf(part: { readonly [key: string]: Value }): ContentPart[] {
  const { type, text, media_type: mediaType, data } = part
  if (type === 'text' && typeof text === 'string') return [{ type, text }]
  if ((type !== 'image' && type !== 'audio') || typeof mediaType !== 'string' || typeof data !== 'string') {
    return []
  }
  return [{ type, source: { kind: 'base64', mediaType, data } }]
}
