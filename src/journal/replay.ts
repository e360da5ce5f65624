/**
 * Reads logs back after anything may have happened to them.
 *
 * Owns: what counts of a file. Never: what a body means.
 *
 *   R1. A frame counts when its checksum holds at the place where it lies, wherever the bytes before it went:
 *       blocks reach a disk in any order, so good frames may follow a torn piece.
 *   R2. Bad bytes at or after the highest synced mark are a torn tail: they were never reported as stored.
 *       Bad bytes before it are damage to something acknowledged: refused, with file and offset.
 *   R3. A file whose first frame is not whole holds nothing, if it never grew beyond it: no frame is written
 *       before the first is durable.
 *   R4. A segment with a later one of its epoch was closed first, so it must be whole up to its end mark.
 *   R7. A log bears its own name in its first frame: under another name it is damage.
 *   R6. A segment may be cut: frames that end beyond the cut came when its writer had been taken over from. They are distinguished.
 *   R5. Files of dead writers are synced, and their folder, before they are read (J5): what is acted upon now
 *       must not vanish in the next power loss.
 */
import { basename, join } from 'node:path'
import { errnoOf, RowsmithError } from '../base/errors/errors.ts'
import type { Disk } from '../disk/disk.ts'
import { readIfThere, storageError, wrapDiskError } from '../disk/storage-error.ts'
import { FrameTexts } from './frame-texts.ts'
import { bodyText, type FileSeed, fileSeed, HEADER_BYTES, readHeader } from './log-record.ts'
import { type ScannedRecords, scanRecords } from './scan.ts'

export interface LogContents {
  /** The callers' bodies, in file order. */
  readonly records: string[]
  /** Bytes that belong to no whole frame. */
  readonly tornBytes: number
  /** True when the file was closed in good order. */
  readonly ended: boolean
  /** Bytes of the file. */
  readonly size: number
  /** Whether bytes that belong to no whole frame look like one: damage, or what was being written. */
  readonly unclear: boolean
}

export interface SegmentContents {
  readonly path: string
  readonly name: string
  readonly epoch: number
  readonly number: number
  /** Of its frames. Zero for a file without a whole frame. */
  readonly seed: FileSeed
  /** Those that count. */
  readonly records: FrameTexts
  /** Those beyond the cut (R6). */
  readonly fenced: FrameTexts
  /** The file's size when it was read. */
  readonly bytes: number
  /** Of them, those that belong to no whole frame: what its process was writing when it died, or damage to it. */
  readonly tornBytes: number
}

/** By file name: how many bytes of a segment count. One that is not named counts whole. */
export type Cuts = ReadonlyMap<string, number>

/**
 * Every frame of one log that counts (R1 to R3).
 *
 * @throws RowsmithError journal_damaged, format_unsupported or io_error; the system's own ENOENT
 */
export async function readLog(disk: Disk, path: string): Promise<LogContents> {
  const bytes = await readWhole(disk, path)
  const { records, seed: _, ...rest } = examine(bytes, path)
  return { records: records.map((record) => bodyText(bytes, record)), ...rest, size: bytes.length }
}

function examine(
  bytes: Uint8Array,
  path: string,
): Pick<ScannedRecords, 'records' | 'ended'> & { seed: FileSeed; tornBytes: number; unclear: boolean } {
  const fileId = readHeader(bytes, path)
  if (fileId === undefined) {
    if (bytes.length > HEADER_BYTES) throw damaged(path, 0, 'its first frame is not whole')
    return { seed: 0, records: [], tornBytes: bytes.length, ended: false, unclear: false }
  }
  const name = logName.exec(fileId)?.[0]
  if (name !== undefined && name !== basename(path).replace(/^(commits-\d+)\.log$/, '$1')) {
    throw damaged(path, 0, `it holds the log ${name}`)
  }
  const seed = fileSeed(fileId)
  const { records, bad, synced, ended } = scanRecords(bytes, seed)
  const firstBad = bad[0]?.start ?? bytes.length
  if (firstBad < synced) throw damaged(path, firstBad, `bytes before ${synced} were durable once`)
  const tornBytes = bad.reduce((sum, { start, end }) => sum + end - start, 0)
  return { seed, records, tornBytes, ended, unclear: bad.some(({ wellFormed }) => wellFormed) }
}

/** How a log bears its own name, at the end of its first frame. */
const logName = /(?<=^|\/)(commits-\d+|\d+-\d+\.log)$/

/** Whether the first frame of a segment is whole, as far as its size does not show: one that is larger is read with care anyway. */
export async function isStarted(disk: Disk, path: string): Promise<boolean> {
  const size = (await wrapDiskError('read', path, () => disk.stat(path)))?.size ?? 0
  if (size > HEADER_BYTES) return true
  // It may vanish at any time: who publishes the last of its row groups removes it.
  const bytes = await readIfThere(disk, path)
  return bytes !== undefined && readHeader(bytes, path) !== undefined
}

/**
 * Every segment of a journal folder at once, as `journalSegments` gives them.
 *
 * @param cuts called when the segments have been read: a row group published meanwhile is seen by its commit
 * @throws as `journalSegments` does
 */
export async function readJournal(
  disk: Disk,
  directory: string,
  cuts: () => Promise<Cuts>,
): Promise<SegmentContents[]> {
  const segments: ReadSegment[] = []
  for await (const segment of readSegments(disk, directory)) segments.push(segment)
  const known = await cuts()
  return segments.map((segment) => cutAt(segment, known))
}

/**
 * The segments of a journal folder one at a time, by epoch, then number; nothing when there is no folder.
 * A file that vanishes while this reads had only published groups in it and is left out.
 *
 * @throws RowsmithError journal_damaged, format_unsupported or io_error
 */
export async function* journalSegments(
  disk: Disk,
  directory: string,
  cuts: Cuts,
): AsyncGenerator<SegmentContents, void, undefined> {
  for await (const segment of readSegments(disk, directory)) yield cutAt(segment, cuts)
}

/** A segment with all of its frames. */
interface ReadSegment extends Omit<SegmentContents, 'records' | 'fenced' | 'bytes'> {
  readonly contents: Uint8Array
  readonly all: ScannedRecords['records']
}

async function* readSegments(disk: Disk, directory: string): AsyncGenerator<ReadSegment, void, undefined> {
  const read = async (path: string) => {
    const contents = await readWhole(disk, path)
    return { ...examine(contents, path), contents }
  }
  for await (const { found, ...segment } of segmentsOf(disk, directory, read)) {
    const { records, contents, seed, tornBytes } = found
    yield { ...segment, seed, all: records, contents, tornBytes }
  }
}

/** R6. */
function cutAt({ all, contents, ...segment }: ReadSegment, cuts: Cuts): SegmentContents {
  const cut = cuts.get(segment.name) ?? contents.length
  const texts = (which: typeof all): FrameTexts => new FrameTexts(contents, which)
  return {
    ...segment,
    bytes: contents.length,
    records: texts(all.filter(({ next }) => next <= cut)),
    fenced: texts(all.filter(({ next }) => next > cut)),
  }
}

/** Segments that were found sound, by path. A log only grows: one that has the same size holds the same bytes. */
export type SoundSegments = Map<string, { readonly bytes: number; readonly ended: boolean }>

/**
 * Looks a journal folder through for damage, one segment at a time; nothing of it stays in memory.
 *
 * @param sound what was found sound before and is not read again; what is found sound now is added
 * @throws as `journalSegments` does
 */
export async function checkJournal(
  disk: Disk,
  directory: string,
  sound: SoundSegments = new Map(),
): Promise<void> {
  const readOne = async (path: string) => {
    const before = sound.get(path)
    if (before !== undefined && before.bytes === (await disk.stat(path))?.size) return before
    const bytes = await readWhole(disk, path)
    return { bytes: bytes.length, ended: examine(bytes, path).ended }
  }
  for await (const { path, found } of segmentsOf(disk, directory, readOne)) sound.set(path, found)
}

async function* segmentsOf<T extends { readonly ended: boolean }>(
  disk: Disk,
  directory: string,
  read: (path: string) => Promise<T>,
): AsyncGenerator<{ path: string; name: string; epoch: number; number: number; found: T }, void, undefined> {
  const names = segmentNames(await wrapDiskError('list', directory, () => disk.list(directory)))
  for (const [index, { name, epoch, number }] of names.entries()) {
    const path = join(directory, name)
    let found: T
    try {
      found = await read(path)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') continue
      throw error
    }
    const hasSuccessor = names[index + 1]?.epoch === epoch
    if (hasSuccessor && !found.ended) {
      throw damaged(path, (await disk.stat(path))?.size ?? 0, 'its end is missing')
    }
    yield { path, name, epoch, number, found }
  }
}

/**
 * Makes everything that a journal folder shows durable (R5); nothing when there is no folder.
 *
 * @throws RowsmithError sync_failed or disk_full
 */
export async function syncJournal(disk: Disk, directory: string): Promise<void> {
  if ((await disk.stat(directory)) === undefined) return
  let path = directory
  try {
    for (const { name } of segmentNames(await disk.list(directory))) {
      path = join(directory, name)
      await disk.syncFile(path)
    }
    path = directory
    await disk.syncDirectory(directory)
  } catch (error) {
    throw storageError(error, 'sync', path)
  }
}

/** `<epoch>-<number>.log` */
export function segmentName(epoch: number, number: number): string {
  return `${epoch}-${String(number).padStart(5, '0')}.log`
}

/** Segments among a folder's names, sorted as numbers; other files are none of Rowsmith. */
export function segmentNames(names: readonly string[]): { name: string; epoch: number; number: number }[] {
  return names
    .flatMap((name) => {
      const [, epoch, number] = /^(\d+)-(\d+)\.log$/.exec(name) ?? []
      return epoch === undefined ? [] : [{ name, epoch: Number(epoch), number: Number(number) }]
    })
    .sort((a, b) => a.epoch - b.epoch || a.number - b.number)
}

async function readWhole(disk: Disk, path: string): Promise<Uint8Array> {
  try {
    return await disk.readFile(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw error
    throw storageError(error, 'read', path)
  }
}

function damaged(path: string, offset: number, why: string): RowsmithError {
  return new RowsmithError('journal_damaged', `${path} is damaged at byte ${offset}: ${why}.`, {
    facts: { path, offset },
  })
}
