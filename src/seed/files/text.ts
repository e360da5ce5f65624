/** Bytes of a seed file as text, or what is wrong with them, and where. */
import { RowsmithError } from '../../base/errors/errors.ts'
import { decoderOf } from '../../config/schema/encodings.ts'

/**
 * @param encoding a known one
 * @param path for the message
 * @throws RowsmithError seed_unreadable, naming file and line
 */
export function decodeText(bytes: Uint8Array, encoding: string, path: string): string {
  const decode = decoderOf(encoding)
  if (decode === undefined) throw new RangeError(`No encoding ${encoding}`)
  try {
    return decode(bytes)
  } catch (cause) {
    const line = badLine(bytes, decode)
    const place = line === undefined ? path : `${path}:${line}`
    throw new RowsmithError(
      'seed_unreadable',
      `The seed dataset cannot be used: ${place} is not text in the encoding ${encoding}`,
      { facts: { file: path, line: line ?? null, encoding }, cause },
    )
  }
}

/** The line of the first bytes that are no text, counted from 1; undefined where lines cannot be determined by their bytes. */
function badLine(bytes: Uint8Array, decode: (bytes: Uint8Array) => string): number | undefined {
  let line = 1
  for (let start = 0; start <= bytes.byteLength; line++) {
    const found = bytes.indexOf(0x0a, start)
    const end = found === -1 ? bytes.byteLength : found + 1
    try {
      decode(bytes.subarray(start, end))
    } catch {
      return line
    }
    start = end
    if (found === -1) return undefined
  }
  return undefined
}
