/**
 * Reads logs back after anything may have happened to them.
 *
 * Owns: what counts of a file. Never: what a body means.
 *
 *   R1. A frame counts when its checksum holds at the place where it lies, wherever the bytes before it went:
 *       blocks reach a disk in any order, so good frames may follow a torn piece.
 *   R2. Bad bytes at or after the highest synced mark are a torn tail: nobody was told they were kept.
 *       Bad bytes before it are damage to something acknowledged: refused, with file and offset.
 *   R3. A file whose first frame is not whole holds nothing, if it never grew beyond it: no frame is written
 *       before the first is durable.
 *   R4. A segment with a later one of its epoch was closed first, so it must be whole up to its end mark.
 *   R5. Files of dead writers are synced, and their folder, before they are read (J5): what is acted upon now
 *       must not vanish in the next power loss.
 */
import { join } from 'node:path'
import { errnoOf, RowsmithError } from '../base/errors.ts'
import type { Disk } from '../disk/disk.ts'
import { onDisk, storageError } from '../disk/storage-error.ts'
import { fileSeed, HEADER_BYTES, readHeader } from './frame.ts'
import { scanFrames } from './scan.ts'

export interface LogContents {
  /** The callers' bodies, in file order. */
  readonly frames: string[]
  /** Bytes that belong to no whole frame. */
  readonly tornBytes: number
  /** True when the file was closed in good order. */
  readonly ended: boolean
}

export interface SegmentContents {
  readonly path: string
  readonly epoch: number
  readonly number: number
  readonly frames: string[]
}

/**
 * Every frame of one log that counts (R1 to R3).
 *
 * @throws RowsmithError journal_damaged, format_unsupported or io_error; the system's own ENOENT
 */
export async function readLog(disk: Disk, path: string): Promise<LogContents> {
  const bytes = await readWhole(disk, path)
  const fileId = readHeader(bytes, path)
  if (fileId === undefined) {
    if (bytes.length > HEADER_BYTES) throw damaged(path, 0, 'its first frame is not whole')
    return { frames: [], tornBytes: bytes.length, ended: false }
  }
  const { frames, bad, synced, ended } = scanFrames(bytes, fileSeed(fileId))
  const firstBad = bad[0]?.start ?? bytes.length
  if (firstBad < synced) throw damaged(path, firstBad, `bytes before ${synced} were durable once`)
  const tornBytes = bad.reduce((sum, { start, end }) => sum + end - start, 0)
  return { frames: frames.map(({ body }) => body), tornBytes, ended }
}

/** Every segment of a journal folder at once, as `journalSegments` gives them. @throws as it does */
export async function readJournal(disk: Disk, directory: string): Promise<SegmentContents[]> {
  const segments: SegmentContents[] = []
  for await (const segment of journalSegments(disk, directory)) segments.push(segment)
  return segments
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
): AsyncGenerator<SegmentContents, void, undefined> {
  const names = segmentNames(await onDisk('list', directory, () => disk.list(directory)))
  for (const [index, { name, epoch, number }] of names.entries()) {
    const path = join(directory, name)
    let contents: LogContents
    try {
      contents = await readLog(disk, path)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') continue
      throw error
    }
    const hasSuccessor = names[index + 1]?.epoch === epoch
    if (hasSuccessor && !contents.ended) {
      throw damaged(path, (await disk.stat(path))?.size ?? 0, 'its end is missing')
    }
    yield { path, epoch, number, frames: contents.frames }
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

/** Segments among a folder's names, sorted as numbers; other files are none of ours. */
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
