/**
 * Publishing a row group: all of its files, or none.
 *
 * Owns: the steps from bytes in memory to files under their final names. What a killed process left half done is
 * `roll-forward.ts`.
 * Rules:
 *   1. Every file is written as a draft and synced, then the drafts folder is synced.
 *   2. One commit frame is appended and durable. From here recovery rolls forward, before it nothing happened.
 *   3. Sidecar files get their final names, and their folders are synced. Then the main file gets its own, and its
 *      folder is synced. So a group whose main file is there has everything that goes with it.
 *   4. Drafts are removed last: as long as a final name may be lost, there is a draft to make it from.
 *   5. A final name is given by `link`, which fails when it is taken; `rename` only where a file system has no links.
 *      A main file that is there already and is not this process's means that another process writes: `lock_lost`. Only a commit that
 *      names the file it replaces puts its own in that one's place, in one step: there is never a moment without it.
 *   6. A failed step is never repeated here; the caller stops the run.
 *   7. A writer decides only while it holds the lock: it looks after its drafts are durable, right before the commit frame.
 *      One that was stopped there, and taken over from, finds its drafts swept when it wakes, and places nothing
 *      (`collect-garbage.ts`). And before another file is replaced, a sidecar file of an earlier commit for example, it looks at the lock
 *      again. So another file is replaced only by the owner of the dataset.
 */

import { dirname } from 'node:path'
import { errnoOf, RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import type { Disk } from '../../disk/disk.ts'
import { storageError, wrapDiskError } from '../../disk/storage-error.ts'
import { Log } from '../../journal/log.ts'
import { NO_LINKS, writeSynced } from '../files/atomic-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import type { DatasetLayout } from '../files/layout.ts'
import { type BatchIntent, type BatchStep, batchBody, batchStepBody } from '../logs/batches.ts'
import { type Commit, type CommittedFile, commitBody, type Mention, mentionBody } from '../logs/commits.ts'
import { cutBody, type FoundLosses } from '../logs/cuts.ts'
import { type PostProcessingCommit, postProcessingBody } from '../logs/post-processing-commits.ts'
import { type Retry, retryBody, retryDoneBody } from '../logs/retries.ts'
import { blocksBody, writerBody } from '../logs/writers.ts'

/** A row group, encoded and ready: its commit to be. Exactly one main file. */
export interface Publication extends Omit<Commit, 'epoch' | 'files'> {
  readonly files: readonly PublishedFile[]
  /** Sidecar files that are read when they are due. */
  readonly media?: readonly LazyFile[]
}

/** Every file of a publication, sidecar files before the main one. */
export function filesOf({ files, media = [] }: Publication): readonly (PublishedFile | LazyFile)[] {
  return [...media, ...files]
}

/** A file with its bytes, before it has a draft. */
export interface PublishedFile extends Pick<CommittedFile, 'path' | 'role' | 'sha256'> {
  readonly bytes: Uint8Array
}

/** A file whose bytes lie somewhere on the disk. */
export interface LazyFile extends Pick<CommittedFile, 'path' | 'role' | 'sha256'> {
  readonly bytes: () => Promise<Uint8Array>
}

/** @throws RowsmithError io_error when they are due, and missing */
export async function bytesOf({ bytes }: PublishedFile | LazyFile): Promise<Uint8Array> {
  return typeof bytes === 'function' ? bytes() : bytes
}

export interface PublisherOptions {
  readonly directory: DatasetDirectory
  /** The number of the lock that is held: no other process ever had it. */
  readonly epoch: number
  /** Looks whether the lock is still held. @throws RowsmithError lock_lost */
  readonly check: () => Promise<void>
}

/** Publishes row groups for one epoch. Calls for different groups may overlap. */
export class Publisher {
  readonly #directory: DatasetDirectory
  readonly #epoch: number
  readonly #log: Log
  readonly #check: () => Promise<void>
  /** Folders known to be there and durable. */
  readonly #folders = new Set<string>()
  #drafts = 0

  private constructor({ directory, epoch, check }: PublisherOptions, log: Log) {
    this.#directory = directory
    this.#epoch = epoch
    this.#log = log
    this.#check = check
  }

  /**
   * Starts the commit log of this epoch.
   *
   * @throws RowsmithError disk_full, folder_unwritable, sync_failed or io_error
   */
  static async open(options: PublisherOptions): Promise<Publisher> {
    const { directory, epoch } = options
    const { disk, layout } = directory
    await directory.ensure(layout.drafts)
    const path = layout.commits(epoch)
    const log = await wrapDiskError('create', path, () => Log.create(disk, path, `commits-${epoch}`))
    return new Publisher(options, log)
  }

  /**
   * Resolves when the group is published and durable, names included.
   *
   * @throws RowsmithError disk_full, sync_failed or io_error: the group may be published or not, recovery finds out;
   *   `lock_lost` when another process published it
   */
  async publish(publication: Publication): Promise<void> {
    const { files, media: _, ...about } = publication
    const main = files.filter((file) => file.role === 'main')
    if (main.length !== 1)
      throw new RowsmithError('internal', `A row group has one main file, not ${main.length}.`)
    const { path } = present(main[0], 'main')
    const there = await wrapDiskError('read', path, () =>
      this.#directory.disk.stat(this.#directory.file(path)),
    )
    const replaceable =
      about.replaces !== undefined &&
      (await hasBytes(this.#directory.disk, this.#directory.file(path), about.replaces))
    if (there !== undefined && !replaceable) throw taken(path)

    const committed: CommittedFile[] = []
    for (const file of filesOf(publication)) {
      const { path, role, sha256 } = file
      const bytes = await bytesOf(file)
      const draft = `${this.#epoch}-${++this.#drafts}`
      await writeSynced(this.#directory.disk, draftPath(this.#directory.layout, draft), bytes)
      committed.push({ path, role, size: bytes.byteLength, sha256, draft })
    }
    await this.#directory.sync(this.#directory.layout.drafts)

    await this.#check()
    await this.#log.append(commitBody({ ...about, files: committed }))

    for (const file of committed) await this.#ensureFolder(dirname(this.#directory.file(file.path)))
    await putInPlace(this.#directory, committed, { replaces: about.replaces, confirm: this.#check })
    for (const { draft } of committed) await removeDraft(this.#directory, draft)
  }

  /**
   * Says that this process sends requests from now on. Resolves when it is durable.
   *
   * @param boot of the machine, as the system reports it
   * @param read how much of the journal of former writers it has read: what they append later is no answer
   */
  async writes(
    boot: string | null,
    read: readonly { readonly name: string; readonly bytes: number }[],
    losses: FoundLosses = { torn: [], lost: [] },
  ): Promise<void> {
    const says = read.length + losses.torn.length + losses.lost.length > 0
    const cut = says ? [this.#log.append(cutBody(read, losses))] : []
    await Promise.all([...cut, this.#log.append(writerBody(boot))])
  }

  /** Commits a group whose files have their final names already: one that another tool made. Resolves when it is durable. */
  async record(commit: Omit<Commit, 'epoch'>): Promise<void> {
    await this.#check()
    await this.#log.append(commitBody(commit))
  }

  /** Records what is requested again. Resolves when it is durable. */
  async retry(retry: Retry): Promise<void> {
    await this.#log.append(retryBody(retry))
  }

  /** Carries over what blocks may lack in the accounting. Resolves when it is durable. */
  async unrecorded(firstGroup: number, count: number): Promise<void> {
    await this.#log.append(blocksBody(firstGroup, count))
  }

  /** Says that a retry is over. Resolves when it is durable. */
  async retryDone(number: number): Promise<void> {
    await this.#log.append(retryDoneBody(number))
  }

  /** Records a batch, or a step of one. Resolves when it is durable. */
  async batch(record: BatchIntent | BatchStep): Promise<void> {
    await this.#log.append('step' in record ? batchStepBody(record) : batchBody(record))
  }

  /** Commits the table that a stage made: its files lie in its folder, synced. Resolves when the commit is durable. */
  async commitPostProcessing(commit: Omit<PostProcessingCommit, 'epoch'>): Promise<PostProcessingCommit> {
    const whole = { ...commit, epoch: this.#epoch }
    await this.#check()
    await this.#log.append(postProcessingBody(whole))
    return whole
  }

  /** Says where a group has its effects. Nothing waits for it: it becomes durable with the next commit. */
  mention(mention: Mention): void {
    void this.#log.note(mentionBody(mention))
  }

  async #ensureFolder(folder: string): Promise<void> {
    if (this.#folders.has(folder)) return
    await this.#directory.ensure(folder)
    this.#folders.add(folder)
  }

  /** Ends the commit log. */
  close(): Promise<void> {
    return this.#log.close()
  }
}

/** What decides whether another file may be replaced. */
interface Placing {
  /** The checksum of the main file whose place the new one takes. */
  readonly replaces: string | undefined
  /** Looks at the lock. @throws RowsmithError `lock_lost` */
  readonly confirm: () => Promise<void>
}

/**
 * Gives committed files their final names, sidecar files first (rule 3), in folders that are there. Files that are in
 * place already are left alone. Drafts stay where the file system has links.
 *
 * @throws RowsmithError `lock_lost` when another main file is there, or the lock is another's; otherwise as the disk fails
 */
export async function putInPlace(
  directory: DatasetDirectory,
  files: readonly CommittedFile[],
  placing: Placing,
): Promise<void> {
  for (const role of ['companion', 'main'] as const) {
    const ofRole = files.filter((file) => file.role === role)
    const folders = new Set(ofRole.map((file) => dirname(directory.file(file.path))))
    for (const file of ofRole) await place(directory, file, placing)
    for (const folder of folders) await directory.sync(folder)
  }
}

export function draftPath(layout: DatasetLayout, draft: string): string {
  return `${layout.drafts}/${draft}`
}

/** @throws RowsmithError io_error */
export function removeDraft(directory: DatasetDirectory, draft: string): Promise<void> {
  return directory.remove(draftPath(directory.layout, draft))
}

/** Whether a file is there with that size and those bytes. @throws RowsmithError io_error */
export async function holdsFile(
  disk: Disk,
  path: string,
  { size, sha256: hash }: Pick<CommittedFile, 'size' | 'sha256'>,
): Promise<boolean> {
  const found = await wrapDiskError('read', path, () => disk.stat(path))
  if (found === undefined || found.kind !== 'file' || found.size !== size) return false
  return sha256(await wrapDiskError('read', path, () => disk.readFile(path))) === hash
}

/** Whether a file has that checksum, whatever its size. @throws RowsmithError io_error */
export async function hasBytes(disk: Disk, path: string, hash: string): Promise<boolean> {
  const found = await wrapDiskError('read', path, () => disk.stat(path))
  return found !== undefined && holdsFile(disk, path, { size: found.size, sha256: hash })
}

async function place(
  directory: DatasetDirectory,
  file: CommittedFile,
  { replaces, confirm }: Placing,
): Promise<void> {
  const { layout, disk } = directory
  const from = draftPath(layout, file.draft)
  const to = directory.file(file.path)
  try {
    await disk.link(from, to)
    return
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (errno !== 'EEXIST' && !NO_LINKS.has(errno)) {
      if (errno === 'ENOENT' && (await holdsFile(disk, to, file))) return
      throw storageError(error, 'link', to)
    }
  }
  if ((await directory.stat(to)) !== undefined) {
    if (await holdsFile(disk, to, file)) return
    const replaceable = replaces !== undefined && (await hasBytes(disk, to, replaces))
    if (file.role === 'main' && !replaceable) throw taken(file.path)
    await confirm()
  }
  await wrapDiskError('rename', to, () => disk.rename(from, to))
}

/** Another process published the file: this writer has lost. */
export function taken(path: string): RowsmithError {
  return new RowsmithError('lock_lost', `${path} is there already: another process writes to this dataset.`, {
    facts: { path },
  })
}
