/**
 * Images leave the body of a reply before it is stored: each goes into a file of its own, and its checksum stands in its place.
 * So a journal holds what was said, and no megabytes that are in the dataset anyway.
 *
 * Rules:
 *   1. Its bytes decide what is an image, and its end whether it is whole. One that is cut off is stored as `cut`, and what
 *      was given as an image and is none as `bin`: both are part of what was said, and neither is ever a value.
 *   2. Behind the end of an image inside a text nothing is its own. Where a member holds an image and nothing else, every byte is.
 *   3. Nothing is looked for in thoughts.
 */
import { base64Bytes, dataAddressesIn, readDataAddress } from '../../base/text/data-address.ts'
import { mediaTypeOf } from '../../base/text/media-type.ts'
import { imageEnd } from '../../base/text/whole-image.ts'
import type { StoredMedium } from '../contract/contract.ts'
import { isObject } from './body.ts'
import { outsideThoughts } from './thoughts.ts'

const scheme = 'rowsmith-media:'
const mark = /rowsmith-media:([0-9a-f]{64})\.([a-z0-9]+)/g

/** What stands in a body in place of an image. */
function mediumMark({ sha256, extension }: StoredMedium): string {
  return `${scheme}${sha256}.${extension}`
}

/** The medium that a text of a body is a mark of. */
export function markedMedium(text: string): StoredMedium | undefined {
  const [found] = mediaIn(text)
  return found !== undefined && mediumMark(found) === text ? found : undefined
}

/** Every medium that a body stands for. */
export function mediaIn(body: string): readonly StoredMedium[] {
  if (!body.includes(scheme)) return []
  const found = [...body.matchAll(mark)].map(([, sha256 = '', extension = '']) => ({ sha256, extension }))
  return [...new Map(found.map((medium) => [mediumMark(medium), medium])).values()]
}

/** Members that hold an image as plain base64, in the wire formats that are known. */
const base64Members: ReadonlySet<string> = new Set([
  'b64_json',
  'data',
  'bytesBase64Encoded',
  'image',
  'result',
])
/** Members that hold what a model thought (rule 3). */
const thoughtMembers: ReadonlySet<string> = new Set(['reasoning', 'reasoning_content', 'thinking'])

/**
 * The body with marks in place of its images.
 *
 * @param store makes a file of bytes, durable when it resolves, and gives their checksum
 */
export async function detachMedia(
  body: string,
  store: (bytes: Uint8Array) => Promise<string>,
): Promise<string> {
  const detaching = new Detaching(store)
  const changed = await detaching.value(JSON.parse(body), '')
  return detaching.hasMarked ? JSON.stringify(changed) : body
}

class Detaching {
  readonly #store: (bytes: Uint8Array) => Promise<string>
  /** By their text: what is repeated is stored once. */
  readonly #marks = new Map<string, string>()

  constructor(store: (bytes: Uint8Array) => Promise<string>) {
    this.#store = store
  }

  get hasMarked(): boolean {
    return this.#marks.size > 0
  }

  async value(value: unknown, name: string): Promise<unknown> {
    if (typeof value === 'string') return this.#text(value, name)
    if (Array.isArray(value)) {
      const items: unknown[] = []
      for (const item of value) items.push(await this.value(item, name))
      return items
    }
    if (!isObject(value)) return value
    const members: [string, unknown][] = []
    for (const [key, member] of Object.entries(value)) members.push([key, await this.value(member, key)])
    return Object.fromEntries(members)
  }

  async #text(text: string, name: string): Promise<string> {
    if (thoughtMembers.has(name)) return text
    const alone = readDataAddress(text)
    if (alone !== undefined) return this.#marked(text, alone.bytes, isGivenAsImage(alone.mediaType))
    if (base64Members.has(name)) {
      const bytes = base64Bytes(text)
      if (bytes !== undefined) return this.#marked(text, bytes, name === 'b64_json')
    }
    return /data:/i.test(text) ? outsideThoughts(text, (part) => this.#addresses(part)) : text
  }

  async #addresses(text: string): Promise<string> {
    const parts: string[] = []
    let from = 0
    for (const { start, end, bytes, mediaType } of dataAddressesIn(text)) {
      const own = bytes.subarray(0, await imageEnd(bytes))
      parts.push(
        text.slice(from, start),
        await this.#marked(text.slice(start, end), own, isGivenAsImage(mediaType)),
      )
      from = end
    }
    return [...parts, text.slice(from)].join('')
  }

  /** @param wasGiven as an image, whatever it is */
  async #marked(text: string, bytes: Uint8Array, wasGiven: boolean): Promise<string> {
    const before = this.#marks.get(text)
    if (before !== undefined) return before
    const type = mediaTypeOf(bytes)
    if (type?.kind !== 'image' && !wasGiven) return text
    const isWhole = (await imageEnd(bytes)) !== undefined
    const extension = type?.kind !== 'image' ? 'bin' : isWhole ? type.extension : 'cut'
    const marked = mediumMark({ sha256: await this.#store(bytes), extension })
    this.#marks.set(text, marked)
    return marked
  }
}

/** Whether a media type says that an image was meant. Drawings in words are texts. */
export function isGivenAsImage(mediaType: string | null): boolean {
  return mediaType?.startsWith('image/') === true && mediaType !== 'image/svg+xml'
}
