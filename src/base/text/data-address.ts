/**
 * Data addresses (`data:image/png;base64,iVBOR…`), wherever one may stand: in a cell, in a reply of a model, in the result of a tool.
 * The one place that knows how they are written.
 *
 * Rules:
 *   1. Case counts in the data alone. The media type may be missing; parameters are passed over, quoted ones too.
 *   2. Base64 may be broken into lines, use the alphabet of URLs (`-`, `_`), be percent-encoded, and lack its padding. Any other
 *      character, or a length that no base64 has, makes it none: nothing is skipped in silence.
 *   3. Data without `;base64` are percent-encoded bytes.
 *   4. Inside a text base64 ends with its padding, or before a character that it does not have. Words behind white space may be
 *      taken for a part of it: a file says by itself where it ends.
 */

export interface DataAddress {
  /** In lower case, without parameters; null when the address gives none. */
  readonly mediaType: string | null
  readonly bytes: Buffer
}

export interface PlacedAddress extends DataAddress {
  /** Where it stands in the text: from the `d` of `data:` to behind its last character. */
  readonly start: number
  readonly end: number
}

const head =
  /data:\s*([\w.+-]+\/[\w.+-]+)?((?:\s*;\s*[\w.+-]+\s*=\s*(?:"[^"\n]*"|[^\s",;]*))*)\s*(;\s*base64\s*)?,/iy
const begins = /(?<![\w-])data:/gi

/** The bytes of base64 by rule 2; undefined for what is none. An empty text has none. */
export function base64Bytes(text: string): Buffer | undefined {
  const decoded = text.includes('%') ? text.replaceAll(/%([0-9a-f]{2})/gi, decodedByte) : text
  const plain = decoded.replaceAll(/\s+/g, '')
  const [, letters] = /^([A-Za-z0-9+/_-]+)={0,2}$/.exec(plain) ?? []
  return letters === undefined || letters.length % 4 === 1 ? undefined : Buffer.from(letters, 'base64')
}

/** The address that all of a text is; undefined when it is none. */
export function readDataAddress(text: string): DataAddress | undefined {
  const trimmed = text.trim()
  const found = headAt(trimmed, 0)
  if (found === undefined) return undefined
  const bytes = bytesOf(trimmed.slice(found.dataAt), found.isBase64)
  return bytes === undefined ? undefined : { mediaType: found.mediaType, bytes }
}

/** Whether a text begins like a data address, read or not. */
export function startsAsDataAddress(text: string): boolean {
  return /^\s*data:[^,]{0,200},/i.test(text)
}

/** Every data address in a text, in its order. */
export function dataAddressesIn(text: string): readonly PlacedAddress[] {
  const starts = [...text.matchAll(begins)].map(({ index }) => index)
  return starts.flatMap((start, at): PlacedAddress[] => {
    const headStart = headAt(text, start)
    if (headStart === undefined) return []
    const end = Math.min(endOf(text, headStart), starts[at + 1] ?? text.length)
    const bytes = bytesOf(text.slice(headStart.dataAt, end), headStart.isBase64, 'in a text')
    return bytes === undefined ? [] : [{ mediaType: headStart.mediaType, bytes, start, end }]
  })
}

interface Head {
  readonly mediaType: string | null
  readonly isBase64: boolean
  readonly dataAt: number
}

function headAt(text: string, start: number): Head | undefined {
  head.lastIndex = start
  const found = head.exec(text)
  if (found === null) return undefined
  const [whole, mediaType, , base64] = found
  return {
    mediaType: mediaType?.toLowerCase().replace('image/jpg', 'image/jpeg') ?? null,
    isBase64: base64 !== undefined,
    dataAt: start + whole.length,
  }
}

const letters = /[A-Za-z0-9+/_-]+|%(?!3d)[0-9a-f]{2}|\s+(?=[A-Za-z0-9+/_%-])/iy
const padding = /(?:\s*(?:=|%3d)){1,2}/iy
const noSpace = /[^\s"'`<>()[\]]*/y

/** Rule 4. */
function endOf(text: string, { dataAt, isBase64 }: Head): number {
  if (!isBase64) return matchEnd(noSpace, text, dataAt) ?? dataAt
  let end = dataAt
  for (let next: number | undefined = end; next !== undefined; next = matchEnd(letters, text, end)) end = next
  return matchEnd(padding, text, end) ?? end
}

function matchEnd(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : undefined
}

function bytesOf(data: string, isBase64: boolean, where?: 'in a text'): Buffer | undefined {
  if (isBase64) return base64Bytes(data) ?? (where === undefined ? undefined : base64Bytes(data.slice(0, -1)))
  const bytes = Buffer.from(data, 'utf8')
    .toString('latin1')
    .replaceAll(/%([0-9a-f]{2})/gi, decodedByte)
  return Buffer.from(bytes, 'latin1')
}

function decodedByte(_escape: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}
