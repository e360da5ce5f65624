/**
 * What a log file holds, whatever happened to it: every whole frame, and every byte that belongs to none.
 *
 * Owns: finding frames. Never: decides what bad bytes mean (`replay.ts` refuses, `verify` reports and repairs).
 */
import {
  bodyText,
  type FileSeed,
  type FoundRecord,
  fileSeed,
  HEADER_BYTES,
  isOwnBody,
  parseMark,
  readHeader,
  readRecord,
  recordExtent,
  seedOfRecord,
} from './log-record.ts'

export interface ScannedLog {
  /** What its first frame calls it; undefined when that is not whole. */
  readonly fileId: string | undefined
  /** The callers' bodies, in file order, each with the place of its frame. */
  readonly records: readonly { readonly offset: number; readonly end: number; readonly body: string }[]
  /** Bytes that belong to no whole frame. `wellFormed`: some of them look like a frame, but for the checksum. */
  readonly bad: readonly { readonly start: number; readonly end: number; readonly wellFormed: boolean }[]
  /** Everything before it was durable once. */
  readonly synced: number
  /** True when the file was closed in good order. */
  readonly ended: boolean
}

/** @throws RowsmithError format_unsupported when the first frame is whole and of another version */
export function scanLog(bytes: Uint8Array, path: string): ScannedLog {
  const fileId = readHeader(bytes, path)
  // Frames are written after a first one that is durable, so where it is not whole it was damaged later: what follows may be.
  const seed = fileId === undefined ? guessSeed(bytes) : fileSeed(fileId)
  if (seed !== undefined) {
    const { records, ...rest } = scanRecords(bytes, seed)
    return {
      fileId,
      records: records.map((record) => ({
        offset: record.offset,
        end: record.next,
        body: bodyText(bytes, record),
      })),
      ...rest,
    }
  }
  const bad = bytes.length === 0 ? [] : [{ start: 0, end: bytes.length, wellFormed: false }]
  return { fileId, records: [], bad, synced: 0, ended: false }
}

/** What `scanLog` gives, the bodies not made into text yet. */
export interface ScannedRecords extends Omit<ScannedLog, 'fileId' | 'records'> {
  readonly records: readonly (FoundRecord & { readonly offset: number })[]
}

export function scanRecords(bytes: Uint8Array, seed: FileSeed): ScannedRecords {
  const records: (FoundRecord & { offset: number })[] = []
  const bad: { start: number; end: number; wellFormed: boolean }[] = []
  let synced = 0
  let ended = false
  let at = 0
  while (at < bytes.length) {
    const record = readRecord(bytes, at, seed)
    if (record === undefined) {
      // Frames may begin anywhere after lost bytes, so every byte is tried.
      const last = bad.at(-1)
      const wellFormed = recordExtent(bytes, at) !== undefined
      if (last?.end === at) bad[bad.length - 1] = widened(last, wellFormed)
      else bad.push({ start: at, end: at + 1, wellFormed })
      at++
      continue
    }
    const offset = at
    at = record.next
    if (!isOwnBody(bytes, record)) {
      records.push({ ...record, offset })
      continue
    }
    const mark = parseMark(bodyText(bytes, record))
    if (mark === undefined) continue
    synced = Math.max(synced, mark.synced)
    ended = mark.end
  }
  return { records, bad, synced, ended }
}

function widened(range: ScannedLog['bad'][number], wellFormed: boolean): ScannedLog['bad'][number] {
  return { start: range.start, end: range.end + 1, wellFormed: range.wellFormed || wellFormed }
}

/**
 * What the checksums of a file's frames begin with, when its first frame does not show it: CRC-32C can be run backwards,
 * so any whole frame gives it away. Two frames have to agree, since any bytes give something.
 */
function guessSeed(bytes: Uint8Array): FileSeed | undefined {
  const seeds = new Set<FileSeed>()
  let at = HEADER_BYTES
  while (at < bytes.length) {
    const record: FoundRecord | undefined = recordExtent(bytes, at)
    if (record === undefined) {
      at++
      continue
    }
    const seed = seedOfRecord(bytes, at, record)
    if (seeds.has(seed)) return seed
    seeds.add(seed)
    at = record.next
  }
  return undefined
}
