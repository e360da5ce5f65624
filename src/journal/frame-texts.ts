/**
 * Frames of a segment as text, each made when it is needed: a segment is large, and few readers need all of it at once.
 *
 * Never: decides which frames count (`replay.ts`).
 */
import { errnoOf, RowsmithError } from '../base/errors/errors.ts'
import type { Disk } from '../disk/disk.ts'
import { storageError } from '../disk/storage-error.ts'
import { bodyText, type FileSeed, type FoundRecord, isOwnBody, readRecord } from './log-record.ts'

/** A frame, and which bytes of its file it takes. */
export interface PlacedText {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** Texts in file order. For example: `for (const text of new FrameTexts(bytes, records)) count(text)`. */
export class FrameTexts implements Iterable<string> {
  readonly #bytes: Uint8Array
  readonly #found: readonly (FoundRecord & { readonly offset: number })[]

  constructor(bytes: Uint8Array, found: readonly (FoundRecord & { readonly offset: number })[]) {
    this.#bytes = bytes
    this.#found = found
  }

  *[Symbol.iterator](): Generator<string, void, undefined> {
    for (const record of this.#found) yield bodyText(this.#bytes, record)
  }

  *placed(): Generator<PlacedText, void, undefined> {
    for (const record of this.#found)
      yield { text: bodyText(this.#bytes, record), start: record.offset, end: record.next }
  }
}

/** A segment whose frames can be read again: what their checksums begin with is known. */
export interface KnownSegment {
  readonly path: string
  readonly seed: FileSeed
}

/** Bytes of a file with nothing but whole frames in them, the log's own among them, as `[start, end, start, end, ...]`, in file order. */
export type FrameRanges = readonly number[]

/** Ranges that lie so near each other are read at once, up to so many bytes. */
const nearBytes = 64 * 1024
const readBytes = 1024 * 1024

/**
 * Frames that were found earlier, read again.
 *
 * @throws RowsmithError journal_damaged where they are not what they were, io_error
 */
export async function* readFrames(
  disk: Disk,
  { path, seed }: KnownSegment,
  ranges: FrameRanges,
): AsyncGenerator<string, void, undefined> {
  for (let at = 0; at < ranges.length; ) {
    const start = ranges[at] as number
    let next = at
    let end = start
    while (next < ranges.length && isNear(ranges, next, start, end)) {
      end = ranges[next + 1] as number
      next += 2
    }
    const bytes = await readBytesOf(disk, path, start, end)
    for (; at < next; at += 2) {
      const to = (ranges[at + 1] as number) - start
      for (let offset = (ranges[at] as number) - start; offset < to; ) {
        const record = readRecord(bytes, offset, seed, start)
        if (record === undefined) throw changed(path, start + offset)
        if (!isOwnBody(bytes, record)) yield bodyText(bytes, record)
        offset = record.next
      }
    }
  }
}

function isNear(ranges: FrameRanges, next: number, start: number, end: number): boolean {
  const [from, to] = [ranges[next] as number, ranges[next + 1] as number]
  return end === start || (from - end <= nearBytes && to - start <= readBytes)
}

async function readBytesOf(disk: Disk, path: string, start: number, end: number): Promise<Uint8Array> {
  try {
    return await disk.readRange(path, start, end - start)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw changed(path, start)
    throw storageError(error, 'read', path)
  }
}

function changed(path: string, offset: number): RowsmithError {
  const message = `${path} is damaged at byte ${offset}: a frame that was whole is not there any more.`
  return new RowsmithError('journal_damaged', message, { facts: { path, offset } })
}
