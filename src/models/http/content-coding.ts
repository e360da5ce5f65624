/**
 * Content codings (RFC 9110, 8.4): which we ask for, and how the bytes of an answer are decoded.
 *
 * 1. The limit is on the decoded bytes: an answer of a few kilobytes can unfold to gigabytes.
 * 2. Several codings are undone in the reverse of their order. One that nobody here knows is named.
 */
import zlib from 'node:zlib'

/** What we can read. */
export const acceptedCodings = 'gzip, deflate, br, zstd'

type Decode = (bytes: Buffer, options: { maxOutputLength: number }, done: Done) => void
type Done = (error: Error | null, bytes: Buffer) => void

const decoders: Readonly<Record<string, Decode>> = {
  gzip: (bytes, options, done) => zlib.gunzip(bytes, options, done),
  'x-gzip': (bytes, options, done) => zlib.gunzip(bytes, options, done),
  br: (bytes, options, done) => zlib.brotliDecompress(bytes, options, done),
  zstd: (bytes, options, done) => zlib.zstdDecompress(bytes, options, done),
  // Some servers leave the zlib header out.
  deflate: (bytes, options, done) =>
    isZlib(bytes) ? zlib.inflate(bytes, options, done) : zlib.inflateRaw(bytes, options, done),
}

/** The first byte of zlib says deflate, and the first two are a multiple of 31 (RFC 1950). */
function isZlib(bytes: Buffer): boolean {
  return bytes.length > 1 && (bytes[0]! & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0
}

export type Decoded =
  | { readonly bytes: Buffer }
  | { readonly broken: 'too_large' | 'unreadable'; readonly detail: string }

/** What servers write there that is no coding. */
const noCoding: ReadonlySet<string> = new Set(['', 'identity', 'none', 'utf-8', 'utf8', 'aws-chunked'])

/** The codings that an answer has on it, outermost last; none for `identity`. */
export function codingsOf(contentEncoding: string | undefined): string[] {
  if (contentEncoding === undefined) return []
  return contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => !noCoding.has(name))
}

/** Undoes the codings. @param most bytes, decoded */
export async function decode(bytes: Buffer, codings: readonly string[], most: number): Promise<Decoded> {
  let decoded = bytes
  for (const coding of codings.toReversed()) {
    const decoder = Object.hasOwn(decoders, coding) ? decoders[coding] : undefined
    if (decoder === undefined) {
      return {
        broken: 'unreadable',
        detail: `it came in the content coding "${coding.slice(0, 40)}", which nobody asked for`,
      }
    }
    try {
      decoded = await new Promise<Buffer>((resolve, reject) =>
        decoder(decoded, { maxOutputLength: most }, (error, result) =>
          error === null ? resolve(result) : reject(error),
        ),
      )
    } catch (error) {
      const isLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
      if (isLarge)
        return { broken: 'too_large', detail: `answer above ${most} bytes, decoded from ${coding}` }
      return { broken: 'unreadable', detail: `it is no whole ${coding}` }
    }
  }
  return { bytes: decoded }
}
