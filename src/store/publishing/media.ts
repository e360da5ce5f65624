/**
 * Media of open row groups: `.rowsmith/media/<sha256>`, from the moment they are received until they are published under
 * `images/`.
 *
 * Owns: these files. Never: what they show, or which cell they belong to.
 * Rules:
 *   1. A medium is durable, its name included, before the answer that stands for it is.
 *   2. Equal bytes are one file, however often they are received.
 *   3. A file goes when it is published and no open group needs it. One that was received for a row that is dropped stays: it
 *      was paid for.
 *   4. What is read is what its checksum says. A medium that is published already is found by the commits.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { writeSynced } from '../files/atomic-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { type Commit, readCommits } from '../logs/commits.ts'

/** What reads media by their checksum. */
export interface ReadsMedia {
  /** Undefined when there is none, or it is not what its checksum says. */
  read(hash: string): Promise<Uint8Array | undefined>
}

export class MediaStore implements ReadsMedia {
  readonly #directory: DatasetDirectory
  readonly #epoch: number
  /** Media on their way to the disk or there, by checksum. */
  readonly #storing = new Map<string, Promise<void>>()
  /** Open groups that need a medium. */
  readonly #users = new Map<string, Set<number>>()
  #published: Promise<ReadonlyMap<string, string>> | undefined
  #folder: Promise<void> | undefined
  #temporaries = 0

  /** @param epoch of the lock that is held; of no use to readers */
  constructor(directory: DatasetDirectory, epoch = 0) {
    this.#directory = directory
    this.#epoch = epoch
  }

  /**
   * Makes a medium durable (rule 1).
   *
   * @returns its checksum
   * @throws RowsmithError disk_full, sync_failed or io_error
   */
  async store(bytes: Uint8Array, group: number): Promise<string> {
    const hash = sha256(bytes)
    this.#use(hash, group)
    let storing = this.#storing.get(hash)
    if (storing === undefined) {
      storing = this.#write(hash, bytes)
      this.#storing.set(hash, storing)
    }
    await storing
    return hash
  }

  /** Whether an open group can have a medium that it was answered with. */
  async has(hash: string, group: number): Promise<boolean> {
    if ((await this.read(hash)) === undefined) return false
    this.#use(hash, group)
    return true
  }

  async read(hash: string): Promise<Uint8Array | undefined> {
    const own = await this.#readFile(this.#path(hash), hash)
    if (own !== undefined) return own
    this.#published ??= publishedMedia(this.#directory)
    const path = (await this.#published).get(hash)
    return path === undefined ? undefined : this.#readFile(this.#directory.file(path), hash)
  }

  /** A group is published, with these media (rule 3). @throws RowsmithError io_error */
  async release(group: number, published: Iterable<string>): Promise<void> {
    for (const users of this.#users.values()) users.delete(group)
    for (const hash of published) {
      if ((this.#users.get(hash)?.size ?? 0) > 0) continue
      this.#users.delete(hash)
      this.#storing.delete(hash)
      await this.#directory.remove(this.#path(hash))
    }
    this.#published = undefined
  }

  /**
   * Removes what a process left that died: media that are published, and those whose answer was not stored. Where rows were
   * dropped the latter cannot be distinguished from what was paid for, and they stay.
   *
   * @param neededBy gives what open groups need
   * @param read gives the commits; both are called only where there are media
   */
  async collectGarbage(
    neededBy: () => Promise<ReadonlySet<string>>,
    read: () => Promise<readonly Commit[]>,
  ): Promise<void> {
    const { media } = this.#directory.layout
    const names = await this.#directory.list(media)
    if (names.length === 0) return
    const needed = await neededBy()
    const commits = await read()
    const published = mediaOf(commits)
    const rowsDropped = commits.some(({ dropped }) => dropped.length > 0)
    for (const name of names) {
      if (needed.has(name) || (rowsDropped && !published.has(name))) continue
      await this.#directory.remove(this.#path(name))
    }
  }

  #use(hash: string, group: number): void {
    const users = this.#users.get(hash)
    if (users === undefined) this.#users.set(hash, new Set([group]))
    else users.add(group)
  }

  async #write(hash: string, bytes: Uint8Array): Promise<void> {
    const { media, drafts } = this.#directory.layout
    this.#folder ??= this.#makeFolders()
    await this.#folder
    const path = this.#path(hash)
    if ((await this.#readFile(path, hash)) === undefined) {
      const temporary = `${drafts}/${this.#epoch}-m${++this.#temporaries}`
      await writeSynced(this.#directory.disk, temporary, bytes)
      await wrapDiskError('rename', path, () => this.#directory.disk.rename(temporary, path))
    }
    await this.#directory.sync(media)
  }

  async #makeFolders(): Promise<void> {
    await this.#directory.ensure(this.#directory.layout.media)
    await this.#directory.ensure(this.#directory.layout.drafts)
  }

  async #readFile(path: string, hash: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#directory.readIfThere(path)
    return bytes !== undefined && sha256(bytes) === hash ? bytes : undefined
  }

  #path(hash: string): string {
    return `${this.#directory.layout.media}/${hash}`
  }
}

/** Where published media lie, by checksum. */
async function publishedMedia(directory: DatasetDirectory): Promise<ReadonlyMap<string, string>> {
  return mediaOf(await readCommits(directory))
}

function mediaOf(commits: readonly Commit[]): ReadonlyMap<string, string> {
  const media = commits.flatMap(({ files }) => files.filter(({ path }) => path.startsWith('images/')))
  return new Map(media.map(({ path, sha256 }) => [sha256, path]))
}

/** The bytes of a medium that has to be there. @throws RowsmithError io_error */
export async function requireMedium(media: ReadsMedia, hash: string): Promise<Uint8Array> {
  const bytes = await media.read(hash)
  if (bytes !== undefined) return bytes
  throw new RowsmithError('io_error', `.rowsmith/media/${hash} is missing, or is not what was received`)
}
