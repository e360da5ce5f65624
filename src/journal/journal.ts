/**
 * The effects of open row groups: a run's logs, one after the other, removed when they are not needed.
 *
 * Owns: segments `<epoch>-<number>.log` of one folder. Never: what a body means, or files of other writers,
 * except to remove those that were named to it.
 *
 *   G1. One segment is open at a time. A full one is synced and closed before the next is created.
 *   G2. A file name belongs to one process: epochs are never used twice, and an existing file is never opened.
 *   G3. A segment goes when every group that it mentions is published (J7). Bodies are never copied forward, so
 *       what lies on disk is at most what was appended since the oldest open group began, in whole segments.
 *   G4. A removal is not made durable: a segment that comes back holds only answers no cell requests.
 */
import { dirname, join } from 'node:path'
import { errnoOf, RowsmithError } from '../base/errors/errors.ts'
import type { Disk } from '../disk/disk.ts'
import { storageError, wrapDiskError } from '../disk/storage-error.ts'
import { Log } from './log.ts'
import { segmentName } from './replay.ts'

/** Readers hold one at a time. */
const SEGMENT_BYTES = 16 * 1024 * 1024

export interface JournalOptions {
  readonly disk: Disk
  /** Created when missing; its parent exists. */
  readonly directory: string
  /** This writer's number, never used before in this folder. */
  readonly epoch: number
  /** Part of every file's id, so that blocks of another dataset's journal never pass for this one's. @default 'journal' */
  readonly name?: string
  /** Segments of former epochs, with the groups they mention that are not published yet. Without any, it is removed at once. */
  readonly earlier?: readonly { readonly name: string; readonly groups: ReadonlySet<number> }[]
  /** Called for every group that a segment mentions, once, before its first frame there is written. */
  readonly onMention?: (group: number, segment: string) => void
  /** Numbers of segments, where one writer has several journals, one after the other. @default its own, from 0 */
  readonly numbers?: { next: number }
  /** Bytes after which a segment is full. @default 16 MiB */
  readonly segmentBytes?: number
}

/** A segment that is written no more, with the groups that still need it. */
interface OldSegment {
  readonly path: string
  readonly groups: Set<number>
}

/** Where a run's effects become durable. */
export class Journal {
  readonly #options: JournalOptions
  readonly #old: OldSegment[]
  #log: Log
  #groups = new Set<number>()
  #number: number
  /** Set while segments change; stays set, rejected, when that fails. */
  #changing: Promise<void> | undefined
  #closing: Promise<void> | undefined

  private constructor(options: JournalOptions, log: Log, number: number) {
    this.#number = number
    this.#options = options
    this.#log = log
    this.#old = (options.earlier ?? []).map(({ name, groups }) => ({
      path: join(options.directory, name),
      groups: new Set(groups),
    }))
  }

  /**
   * Creates the folder if need be, and the first segment; both are durable when this resolves.
   *
   * @throws RowsmithError disk_full, sync_failed, io_error; lock_lost when the epoch was used before
   */
  static async create(options: JournalOptions): Promise<Journal> {
    const { disk, directory } = options
    try {
      await disk.makeDirectory(directory)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw storageError(error, 'create the folder', directory)
    }
    const parent = dirname(directory)
    await wrapDiskError('sync', parent, () => disk.syncDirectory(parent))
    const number = nextNumber(options, -1)
    const journal = new Journal(options, await createSegment(options, number), number)
    await journal.#removeDone()
    return journal
  }

  /**
   * Appends an effect of a group; resolves when it is durable.
   *
   * @throws RowsmithError disk_full, sync_failed or io_error, for good: the journal takes nothing more
   */
  append(group: number, body: string): Promise<void> {
    if (this.#changing !== undefined) return quiet(this.#changing.then(() => this.append(group, body)))
    this.#mention(group)
    const durable = this.#log.append(body)
    this.#changeWhenFull()
    return durable
  }

  /** Appends something nothing waits for; it becomes durable with the next `append`. Resolves when it is written. */
  note(group: number, body: string): Promise<void> {
    if (this.#changing !== undefined) return quiet(this.#changing.then(() => this.note(group, body)))
    this.#mention(group)
    const written = this.#log.note(body)
    this.#changeWhenFull()
    return written
  }

  /**
   * Says that a group's commit is durable: nothing more is appended for it, and segments that only published
   * groups mention are removed.
   *
   * @throws RowsmithError io_error
   */
  async published(group: number): Promise<void> {
    this.#groups.delete(group)
    for (const segment of this.#old) segment.groups.delete(group)
    await this.#removeDone()
  }

  /**
   * Makes everything durable and closes. Every segment goes if every group is published.
   *
   * @throws RowsmithError the failure of the journal, when it has one
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    while (this.#changing !== undefined) await this.#changing
    await this.#log.close()
    this.#old.push({ path: this.#log.path, groups: this.#groups })
    await this.#removeDone()
  }

  #mention(group: number): void {
    if (this.#groups.has(group)) return
    this.#groups.add(group)
    this.#options.onMention?.(group, segmentName(this.#options.epoch, this.#number))
  }

  #changeWhenFull(): void {
    if (this.#log.size < (this.#options.segmentBytes ?? SEGMENT_BYTES)) return
    this.#changing = quiet(
      this.#change().then(() => {
        this.#changing = undefined
      }),
    )
  }

  async #change(): Promise<void> {
    await this.#log.close()
    this.#old.push({ path: this.#log.path, groups: this.#groups })
    this.#number = nextNumber(this.#options, this.#number)
    this.#log = await createSegment(this.#options, this.#number)
    this.#groups = new Set()
    await this.#removeDone()
  }

  async #removeDone(): Promise<void> {
    // Taken out of the list before the first await, so that no segment is removed twice.
    const done = this.#old.filter(({ groups }) => groups.size === 0)
    for (const segment of done) this.#old.splice(this.#old.indexOf(segment), 1)
    for (const { path } of done) {
      try {
        await this.#options.disk.remove(path)
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw storageError(error, 'remove', path)
      }
    }
  }
}

function nextNumber({ numbers }: JournalOptions, last: number): number {
  return numbers === undefined ? last + 1 : numbers.next++
}

async function createSegment(options: JournalOptions, number: number): Promise<Log> {
  const name = segmentName(options.epoch, number)
  const path = join(options.directory, name)
  try {
    return await Log.create(options.disk, path, `${options.name ?? 'journal'}/${name}`)
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') {
      throw new RowsmithError('lock_lost', `${path} exists: another process writes this dataset.`, {
        facts: { path },
        cause: error,
      })
    }
    throw storageError(error, 'create', path)
  }
}

/** The promise, which may be ignored: its rejection alone never ends the process. */
function quiet(promise: Promise<void>): Promise<void> {
  promise.catch(() => {})
  return promise
}
