/**
 * Content codings (RFC 9110, 8.4): which we ask for, and how the bytes of an answer are decoded.
 *
 * 1. The limit is on the decoded bytes: an answer of a few kilobytes can unfold to gigabytes.
 * 2. Several codings are undone in the reverse of their order. An unknown one is named.
 * 3. What breaks off in the middle is decoded as far as it goes: whether an answer is whole, its text shows. Servers that stream
 *    leave the end of the coding out.
 * 4. What a server says of the coding may be wrong: plain text stays, and gzip and zstd are known by their first bytes.
 */
import zlib from 'node:zlib'

/** What we can read. */
export const acceptedCodings = 'gzip, deflate, br, zstd'

type Decode = (bytes: Buffer, maxOutputLength: number, done: Done) => void
type Done = (error: Error | null, bytes: Buffer) => void

const {
  Z_SYNC_FLUSH: asFarAsItGoes,
  BROTLI_OPERATION_FLUSH: brotliFlush,
  ZSTD_e_flush: zstdFlush,
} = zlib.constants

const gunzip: Decode = (bytes, maxOutputLength, done) =>
  zlib.gunzip(bytes, { maxOutputLength, finishFlush: asFarAsItGoes }, (error, decoded) => {
    const first =
      error?.message === 'incorrect header check' ? firstMember(bytes, maxOutputLength) : undefined
    if (first === undefined) done(error, decoded)
    else done(null, first)
  })

/** Of gzip with something else behind its end (RFC 1952): what its first member says, if that is whole. */
function firstMember(bytes: Buffer, maxOutputLength: number): Buffer | undefined {
  const start = startOfData(bytes)
  // The types know no `info`.
  const inflate = zlib.inflateRawSync as unknown as (
    bytes: Buffer,
    options: zlib.ZlibOptions & { readonly info: true },
  ) => { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
  try {
    const { buffer, engine } = inflate(bytes.subarray(start), { maxOutputLength, info: true })
    const end = start + engine.bytesWritten
    return bytes.readUInt32LE(end) === zlib.crc32(buffer) ? buffer : undefined
  } catch {
    return undefined
  }
}

/** Behind the header and its parts: extra bytes, a name, a comment, a checksum. */
function startOfData(bytes: Buffer): number {
  const flags = bytes[3] ?? 0
  let at = 10
  if ((flags & 4) !== 0) at += 2 + bytes.readUInt16LE(at)
  if ((flags & 8) !== 0) at = bytes.indexOf(0, at) + 1
  if ((flags & 16) !== 0) at = bytes.indexOf(0, at) + 1
  return (flags & 2) !== 0 ? at + 2 : at
}

const decoders: Readonly<Record<string, Decode>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  br: (bytes, maxOutputLength, done) =>
    zlib.brotliDecompress(bytes, { maxOutputLength, finishFlush: brotliFlush }, done),
  zstd: (bytes, maxOutputLength, done) =>
    zlib.zstdDecompress(bytes, { maxOutputLength, finishFlush: zstdFlush }, done),
  // Some servers leave the zlib header out.
  deflate: (bytes, maxOutputLength, done) => {
    const options = { maxOutputLength, finishFlush: asFarAsItGoes }
    if (isZlib(bytes)) zlib.inflate(bytes, options, done)
    else zlib.inflateRaw(bytes, options, done)
  },
}

/** The first byte of zlib says deflate, and the first two are a multiple of 31 (RFC 1950). */
function isZlib(bytes: Buffer): boolean {
  return bytes.length > 1 && (bytes.readUInt8(0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0
}

/** How codings begin that have a mark of their own. */
const magics = [
  [Buffer.from([0x1f, 0x8b]), 'gzip'],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'zstd'],
] as const

export type Decoded =
  | { readonly bytes: Buffer }
  | { readonly broken: 'too_large' | 'unreadable'; readonly detail: string }

/** What servers write there that is no coding. */
const noCoding: ReadonlySet<string> = new Set(['', 'identity', 'none', 'utf-8', 'utf8', 'aws-chunked'])

/** The codings that an answer has on it, outermost last; none for `identity`. @param bytes of the answer */
export function codingsOf(contentEncoding: string | undefined, bytes: Buffer): string[] {
  const seen = magics.find(([magic]) => bytes[0] === magic[0] && startsWith(bytes, magic))?.[1]
  if (contentEncoding === undefined) return seen === undefined ? [] : [seen]
  return contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => !noCoding.has(name))
}

function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic)
}

/** Undoes the codings. @param most bytes, decoded */
export async function decode(bytes: Buffer, codings: readonly string[], most: number): Promise<Decoded> {
  let decoded = bytes
  for (const coding of codings.toReversed()) {
    const decoder = Object.hasOwn(decoders, coding) ? decoders[coding] : undefined
    if (decoder === undefined) {
      return {
        broken: 'unreadable',
        detail: `it came in the content coding "${coding.slice(0, 40)}", which was not requested`,
      }
    }
    try {
      decoded = await new Promise<Buffer>((resolve, reject) =>
        decoder(decoded, most, (error, result) =>
          error === null && result.length > 0 ? resolve(result) : reject(error),
        ),
      )
    } catch (error) {
      const isLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
      if (isLarge)
        return { broken: 'too_large', detail: `answer above ${most} bytes, decoded from ${coding}` }
      if (isPlainText(decoded)) continue
      return { broken: 'unreadable', detail: `it is no whole ${coding}` }
    }
  }
  return { bytes: decoded }
}

/** Whether bytes begin as text does: the coding was said, and not applied. */
function isPlainText(bytes: Buffer): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are in no text
  return !/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(
    bytes
      .subarray(0, 64)
      .toString('utf8')
      .replace(/\ufffd+$/, ''),
  )
}
