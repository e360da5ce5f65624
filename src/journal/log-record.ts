/**
 * The bytes of an append-only log: what a frame looks like, written and read.
 *
 * Owns: the format. Never: files, order, durability (log.ts), or what a body means.
 *
 *   <crc32c> <length> <body>\n      8 hex digits; decimal bytes of the body, at least 1; UTF-8 text; one line feed
 *
 *   F1. The checksum is CRC-32C over the text `<file id> <offset> <body>`, where the offset is the frame's first
 *       byte in its file. A frame that lies in another file, or elsewhere in its own, is therefore not a frame.
 *   F2. Bodies that begin with `@` are the log's own. A body of the caller never does.
 *   F3. A file begins with `@log 1 <file id>`, padded with spaces so that the frame fills 128 bytes.
 *   F4. `@<offset>` is a mark: everything before that offset is durable. `@<offset> end` says in addition to that the
 *       file ends here and was closed in good order.
 */

import { RowsmithError } from '../base/errors/errors.ts'
import { crc32c, crc32cBefore } from '../base/numbers/crc32c.ts'

/** Bytes of the first frame of a file (F3). */
export const HEADER_BYTES = 128

const HEADER_BODY_BYTES = HEADER_BYTES - '01234567 115 \n'.length
const SPACE = 0x20
const LINE_FEED = 0x0a
const AT = 0x40
const CHECKSUM_DIGITS = 8

/** What the checksums of a file's frames begin with. */
export type FileSeed = number

/** @throws RowsmithError internal when the id does not fit the header frame */
export function fileSeed(fileId: string): FileSeed {
  if (!/^[!-~]{1,100}$/.test(fileId)) {
    throw new RowsmithError('internal', 'A file id is 1 to 100 printable ASCII characters without spaces.')
  }
  return crc32c(Buffer.from(`${fileId} `))
}

/** The body of a file's first frame. */
export function headerBody(fileId: string): string {
  return `@log 1 ${fileId}`.padEnd(HEADER_BODY_BYTES)
}

/** The body of a mark: everything before `synced` is durable. */
export function markBody(synced: number, end = false): string {
  return end ? `@${synced} end` : `@${synced}`
}

/** Bytes of the frame of a body of so many bytes. */
export function recordBytes(bodyBytes: number): number {
  return CHECKSUM_DIGITS + decimalDigits(bodyBytes) + bodyBytes + 3
}

/**
 * Writes one frame into `buffer` at `at`.
 *
 * @param bodyBytes the UTF-8 length of `body`
 * @param offset where the frame will begin in its file
 * @returns where the next frame goes in `buffer`
 */
export function writeRecord(
  buffer: Buffer,
  at: number,
  body: string,
  bodyBytes: number,
  seed: FileSeed,
  offset: number,
): number {
  let position = writeDecimal(buffer, at + CHECKSUM_DIGITS + 1, bodyBytes)
  buffer[at + CHECKSUM_DIGITS] = SPACE
  buffer[position++] = SPACE
  const end = position + buffer.write(body, position)
  buffer[end] = LINE_FEED
  writeHex(buffer, at, bodyChecksum(buffer, position, end, seed, offset))
  return end + 1
}

/** A frame found in a file: where its body lies, and where the next frame may begin. */
export interface FoundRecord {
  readonly bodyStart: number
  readonly bodyEnd: number
  readonly next: number
}

/**
 * The frame that begins at `offset` of these bytes, or undefined when none does.
 *
 * @param base where the bytes begin in their file
 */
export function readRecord(
  bytes: Uint8Array,
  offset: number,
  seed: FileSeed,
  base = 0,
): FoundRecord | undefined {
  const extent = recordExtent(bytes, offset)
  if (extent === undefined) return undefined
  const checksum = bodyChecksum(bytes, extent.bodyStart, extent.bodyEnd, seed, base + offset)
  return checksum === readHex(bytes, offset) ? extent : undefined
}

/** What the checksum of a frame must have started with, if the frame is whole. */
export function seedOfRecord(bytes: Uint8Array, offset: number, record: FoundRecord): FileSeed {
  const digits = writeDecimal(offsetText, 0, offset)
  offsetText[digits] = SPACE
  const beforeBody = crc32cBefore(bytes, readHex(bytes, offset), record.bodyStart, record.bodyEnd)
  return crc32cBefore(offsetText, beforeBody, 0, digits + 1)
}

/** True when the body is one of the log's own (F2). */
export function isOwnBody(bytes: Uint8Array, record: FoundRecord): boolean {
  return bytes[record.bodyStart] === AT
}

/**
 * The file id that a file's first frame carries, or undefined when that frame is not whole.
 *
 * @throws RowsmithError format_unsupported when the frame is whole and of another version
 */
export function readHeader(bytes: Uint8Array, path: string): string | undefined {
  const extent = recordExtent(bytes, 0)
  if (extent === undefined) return undefined
  const [, version, fileId] = /^@log (\d+) ([!-~]{1,100}) *$/.exec(bodyText(bytes, extent)) ?? []
  if (fileId === undefined || readRecord(bytes, 0, fileSeed(fileId)) === undefined) return undefined
  if (version !== '1') {
    throw new RowsmithError(
      'format_unsupported',
      `${path} has log format ${version}; this Rowsmith reads 1.`,
      {
        facts: { path, found: version ?? '', supported: '1' },
      },
    )
  }
  return fileId
}

/** The body of a frame as text. */
export function bodyText(bytes: Uint8Array, record: FoundRecord): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'utf8',
    record.bodyStart,
    record.bodyEnd,
  )
}

/** What a mark says, or undefined when the body is no mark (F4). */
export function parseMark(body: string): { synced: number; end: boolean } | undefined {
  const [, synced, end] = /^@(\d+)( end)?$/.exec(body) ?? []
  return synced === undefined ? undefined : { synced: Number(synced), end: end !== undefined }
}

/** Where a frame would lie by its length and its line feed alone; the checksum is not looked at. */
export function recordExtent(bytes: Uint8Array, offset: number): FoundRecord | undefined {
  let at = offset + CHECKSUM_DIGITS
  if (bytes[at++] !== SPACE) return undefined
  let length = 0
  for (let digit = bytes[at]; digit !== SPACE; digit = bytes[++at]) {
    if (digit === undefined || digit < 0x30 || digit > 0x39) return undefined
    length = length * 10 + (digit - 0x30)
    // A leading zero, and with it length 0, is not how lengths are written.
    if (length === 0 || length > bytes.length) return undefined
  }
  const bodyStart = at + 1
  const bodyEnd = bodyStart + length
  if (length === 0 || bytes[bodyEnd] !== LINE_FEED) return undefined
  return { bodyStart, bodyEnd, next: bodyEnd + 1 }
}

/** 16 digits hold every safe integer; the last is the space of F1. */
const offsetText = new Uint8Array(17)

function bodyChecksum(bytes: Uint8Array, start: number, end: number, seed: FileSeed, offset: number): number {
  const digits = writeDecimal(offsetText, 0, offset)
  offsetText[digits] = SPACE
  return crc32c(bytes, crc32c(offsetText, seed, 0, digits + 1), start, end)
}

function decimalDigits(value: number): number {
  let digits = 1
  for (let bound = 10; value >= bound; bound *= 10) digits++
  return digits
}

/** @returns the position after the last digit */
function writeDecimal(bytes: Uint8Array, at: number, value: number): number {
  const end = at + decimalDigits(value)
  let rest = value
  for (let position = end - 1; position >= at; position--) {
    const tens = Math.floor(rest / 10)
    bytes[position] = 0x30 + (rest - tens * 10)
    rest = tens
  }
  return end
}

function writeHex(bytes: Uint8Array, at: number, value: number): void {
  for (let digit = 0; digit < CHECKSUM_DIGITS; digit++) {
    const nibble = (value >>> (28 - digit * 4)) & 15
    bytes[at + digit] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
  }
}

/** The unsigned number of eight lower-case hex digits, or -1. */
function readHex(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let digit = 0; digit < CHECKSUM_DIGITS; digit++) {
    const byte = bytes[at + digit] ?? 0
    const nibble =
      byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1
    if (nibble < 0) return -1
    value = value * 16 + nibble
  }
  return value
}
