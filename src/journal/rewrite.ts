import { present } from '../base/errors/present.ts'
import { fileSeed, headerBody, markBody, recordBytes, writeRecord } from './log-record.ts'

/**
 * A whole log file with these bodies, as `Log` would have written it.
 *
 * @param ended whether it was closed in good order
 * @param fileId as `Log.create` takes it
 */
export function wholeLog(fileId: string, bodies: readonly string[], ended = true): Uint8Array {
  const seed = fileSeed(fileId)
  const texts = [headerBody(fileId), ...bodies]
  const lengths = texts.map((text) => Buffer.byteLength(text))
  const size = lengths.reduce((sum, length) => sum + recordBytes(length), 0)
  const mark = markBody(size, ended)
  const bytes = Buffer.alloc(size + recordBytes(mark.length))
  let at = 0
  for (const [index, text] of texts.entries())
    at = writeRecord(bytes, at, text, present(lengths[index], 'lengths'), seed, at)
  writeRecord(bytes, at, mark, mark.length, seed, at)
  return bytes
}
