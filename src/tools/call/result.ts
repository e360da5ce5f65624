/** Results of tools: from what a server sends to what is stored, and from there to what a model sees. */
import { present } from '../../base/errors/present.ts'
import { base64Bytes, readDataAddress } from '../../base/text/data-address.ts'
import { mediaTypeOf } from '../../base/text/media-type.ts'
import { formatJson } from '../../base/values/json.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import type { Content, ContentPart } from '../../models/contract/contract.ts'
import { type ResultPart, toolResult } from './contract.ts'
import { jsonData } from './json-data.ts'
import { jsonOf } from './messages.ts'

type Block = Readonly<Record<string, unknown>>

/** What a server answered, as it is stored. What is no result of a tool is an error of the call, and says what it is. */
export function resultOfMcp(answer: unknown): Value {
  const { content, structuredContent, isError, toolResult: legacy } = Object(answer) as Block
  const failed = isError === true || isError === 'true'
  const parts = partsOf(content ?? legacy)
  if (
    structuredContent !== undefined &&
    structuredContent !== null &&
    !says(parts, content, structuredContent)
  ) {
    parts.push({ type: 'text', text: jsonOf(structuredContent) })
  }
  if (parts.length > 0) return toolResult(parts, failed)
  const isEmpty = content !== undefined || structuredContent !== undefined || legacy !== undefined
  if (isEmpty)
    return toolResult(
      [{ type: 'text', text: failed ? 'The tool failed, and said nothing.' : 'The tool gave nothing.' }],
      failed,
    )
  const what = `The tool answered with something that is no result of a tool: ${jsonOf(answer).slice(0, 300)}`
  return toolResult([{ type: 'text', text: what }], true)
}

function partsOf(content: unknown): ResultPart[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return [{ type: 'text', text: content.toWellFormed() }]
  return Array.isArray(content) ? content.map(partOfMcp) : [partOfMcp(content)]
}

/**
 * Whether the content says what the structured result says: it, or its only member (servers wrap what is no object), is one of the
 * texts, all of them, or the content itself. Pictures would be sent a second time, as base64, and texts be paid for twice.
 */
function says(parts: readonly ResultPart[], content: unknown, structured: unknown): boolean {
  const members = Object.values(Object(structured) as Block)
  const values = members.length === 1 ? [structured, members[0]] : [structured]
  const texts = parts.map((part) => (part.type === 'text' ? part.text : null))
  return values.some(
    (value) =>
      texts.some((text) => text !== null && sameText(text, value)) ||
      value === texts.join('\n') ||
      jsonOf(value) === jsonOf(content) ||
      (Array.isArray(value) &&
        value.length === texts.length &&
        value.every(
          (each, index) => texts[index] !== null && sameText(present(texts[index], 'texts'), each),
        )),
  )
}

function sameText(text: string, value: unknown): boolean {
  return text === value || text === jsonOf(value) || sameJson(text, value)
}

function sameJson(text: string, value: unknown): boolean {
  try {
    return jsonOf(JSON.parse(text)) === jsonOf(value)
  } catch {
    return false
  }
}

/** A piece as MCP has it. What is neither text nor a picture or a sound stands there as its JSON. */
function partOfMcp(block: unknown): ResultPart {
  const { type, text, data, mimeType, resource } = Object(block) as Block
  if (type === 'text' && typeof text === 'string') return { type, text: text.toWellFormed() }
  if ((type === 'image' || type === 'audio') && typeof data === 'string') return mediaPart(data, mimeType)
  const { text: inside, blob, mimeType: kind, uri } = Object(resource) as Block
  if (type === 'resource' && typeof inside === 'string') return { type: 'text', text: inside.toWellFormed() }
  if (type === 'resource' && typeof blob === 'string') return mediaPart(blob, kind, uri)
  return { type: 'text', text: jsonOf(block) }
}

/** Bytes count as what they are, whatever is declared; what is no image, sound or video is reported, and left out. */
function mediaPart(data: string, declared: unknown, name?: unknown): ResultPart {
  const bytes = readDataAddress(data)?.bytes ?? base64Bytes(data)
  const media = bytes === undefined ? undefined : mediaTypeOf(bytes)
  if (bytes !== undefined && media !== undefined) {
    return { type: media.kind, media_type: media.name, data: bytes.toString('base64') }
  }
  const type = typeof declared === 'string' ? declared : 'bytes'
  const size = bytes === undefined ? 'no base64' : formatSize(bytes.length)
  const named = typeof name === 'string' ? ` ${name}` : ''
  return { type: 'text', text: `[${`${type}${named}`.slice(0, 200).toWellFormed()}, ${size}, left out]` }
}

/** `12 kB`, as people read it. */
function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** What a function returned: a text as it is, anything else as its JSON. @throws TypeError for what JSON cannot say */
export function textOf(returned: unknown): string {
  if (typeof returned === 'string') return returned.toWellFormed()
  const data = jsonData(returned)
  return data === undefined ? '' : formatJson(data).toWellFormed()
}

/** Bytes of a picture, a sound or a video in a result, as base64: beyond it, vendors refuse the request. */
const mediaMax = 20 * 1024 * 1024

/** A result with what a model sees of it: texts cut in the middle where they are longer, together, than `max` bytes. */
export function boundedResult(stored: Value, max: number): Value {
  if (!isValueObject(stored) || !Array.isArray(stored.content)) return stored
  let left = max
  const content = stored.content.map((part: Value): Value => {
    if (!isValueObject(part)) return part
    if (typeof part.data === 'string' && part.data.length > mediaMax) {
      return {
        type: 'text',
        text: `[${String(part.media_type)}, ${formatSize((part.data.length * 3) / 4)}, too large, left out]`,
      }
    }
    if (typeof part.text !== 'string') return part
    const bytes = Buffer.byteLength(part.text)
    const text = bytes <= left ? part.text : cutInTheMiddle(part.text, bytes, left)
    left = Math.max(0, left - bytes)
    return { ...part, text }
  })
  return { ...stored, content }
}

/** Both ends of a text, with a note of what is missing. */
function cutInTheMiddle(text: string, bytes: number, max: number): string {
  const whole = Buffer.from(text)
  const half = Math.floor(max / 2)
  // A character that is cut in two becomes a sign of its own, which goes too.
  const head = whole
    .subarray(0, half)
    .toString()
    .replace(/\uFFFD+$/, '')
  const tail = whole
    .subarray(bytes - half)
    .toString()
    .replace(/^\uFFFD+/, '')
  return `${head}\n[${formatSize(bytes - 2 * half)} of ${formatSize(bytes)} left out here]\n${tail}`
}

/**
 * A stored result as the content of a tool message: texts joined by line breaks, or pieces in their order when there is more
 * than text. That a tool failed is said in the text, since not every wire format has a place for it.
 */
export function contentOf(stored: Value): Content {
  const { content = [], is_error: isError = false } = isValueObject(stored) ? stored : {}
  const parts = (Array.isArray(content) ? content : []).flatMap((part): ContentPart[] =>
    isValueObject(part) ? partOf(part) : [],
  )
  const withError: ContentPart[] = isError === true ? [{ type: 'text', text: 'Error:' }, ...parts] : parts
  if (!withError.every((part) => part.type === 'text')) return withError
  return withError.map(({ text }) => text).join(isError === true ? ' ' : '\n')
}

function partOf(part: { readonly [key: string]: Value }): ContentPart[] {
  const { type, text, media_type: mediaType, data } = part
  if (type === 'text' && typeof text === 'string') return [{ type, text }]
  const isMedia = type === 'image' || type === 'audio' || type === 'video'
  if (!isMedia || typeof mediaType !== 'string' || typeof data !== 'string') return []
  return [{ type, source: { kind: 'base64', mediaType, data } }]
}
