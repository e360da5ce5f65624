/**
 * Images leave the body of a reply before it is kept: each goes into a file of its own, and its checksum stands in its place.
 * So a journal holds what was said, and no megabytes that are in the dataset anyway.
 */
import { mediaTypeOf } from '../base/media-type.ts'
import { isObject } from './body.ts'
import type { KeptMedium } from './contract.ts'

const scheme = 'rowsmith-media:'
const mark = /rowsmith-media:([0-9a-f]{64})\.([a-z0-9]+)/g
const dataAddress = /data:image\/[\w.+-]+(?:;[\w=.-]+)*;base64,([A-Za-z0-9+/=]+)/g

/** What stands in a body in place of an image. */
function mediumMark({ sha256, extension }: KeptMedium): string {
  return `${scheme}${sha256}.${extension}`
}

/** The medium that a text of a body is a mark of. */
export function markedMedium(text: string): KeptMedium | undefined {
  const [found] = mediaIn(text)
  return found !== undefined && mediumMark(found) === text ? found : undefined
}

/** Every medium that a body stands for. */
export function mediaIn(body: string): readonly KeptMedium[] {
  if (!body.includes(scheme)) return []
  const found = [...body.matchAll(mark)].map(([, sha256, extension]) => ({
    sha256: sha256!,
    extension: extension!,
  }))
  return [...new Map(found.map((medium) => [mediumMark(medium), medium])).values()]
}

/** Members that hold an image as plain base64, in the wire formats that are known. */
const base64Members: ReadonlySet<string> = new Set(['b64_json', 'data', 'bytesBase64Encoded'])

/**
 * The body with marks in place of its images.
 *
 * @param keep makes a file of bytes, durable when it resolves, and gives their checksum
 */
export async function detachMedia(
  body: string,
  keep: (bytes: Uint8Array) => Promise<string>,
): Promise<string> {
  const found = new Map<string, string>()
  const marked = async (base64: string, unknown: boolean): Promise<void> => {
    if (found.has(base64)) return
    const bytes = Buffer.from(base64, 'base64')
    const type = mediaTypeOf(bytes)
    if (type?.kind !== 'image' && !unknown) return
    const sha256 = await keep(bytes)
    found.set(base64, mediumMark({ sha256, extension: type?.kind === 'image' ? type.extension : 'bin' }))
  }
  const look = async (value: unknown, name: string): Promise<void> => {
    if (typeof value === 'string') {
      for (const [, base64] of value.matchAll(dataAddress)) await marked(base64!, true)
      if (base64Members.has(name)) await marked(value, name === 'b64_json')
    } else if (Array.isArray(value)) {
      for (const item of value) await look(item, name)
    } else if (isObject(value)) {
      for (const [key, member] of Object.entries(value)) await look(member, key)
    }
  }
  const parsed: unknown = JSON.parse(body)
  await look(parsed, '')
  if (found.size === 0) return body
  return JSON.stringify(parsed, (name, value: unknown) => {
    if (typeof value !== 'string') return value
    const alone = base64Members.has(name) ? found.get(value) : undefined
    return alone ?? value.replaceAll(dataAddress, (address, base64: string) => found.get(base64) ?? address)
  })
}
