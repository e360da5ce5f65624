import { fileSeed, frameBytes, headerBody, markBody, writeFrame } from './frame.ts'

/**
 * A whole log file with these bodies, closed in good order, as `Log` would have written it.
 *
 * @param fileId as `Log.create` takes it
 */
export function closedLog(fileId: string, bodies: readonly string[]): Uint8Array {
  const seed = fileSeed(fileId)
  const texts = [headerBody(fileId), ...bodies]
  const lengths = texts.map((text) => Buffer.byteLength(text))
  const size = lengths.reduce((sum, length) => sum + frameBytes(length), 0)
  const mark = markBody(size, true)
  const bytes = Buffer.alloc(size + frameBytes(mark.length))
  let at = 0
  for (const [index, text] of texts.entries()) at = writeFrame(bytes, at, text, lengths[index]!, seed, at)
  writeFrame(bytes, at, mark, mark.length, seed, at)
  return bytes
}
