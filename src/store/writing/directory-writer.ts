/**
 * The writer of a dataset directory: the process that holds its lock.
 *
 * Owns: the lock, the log of its commits (created with the first of them), and what it knows of the small files that it wrote itself.
 * Never: decides what is written. The promises of `dataset-store.ts` are the work of others: W1, W2 and W6 in `lock/lock.ts`, W3 in
 * `journal/journal.ts` and `logs/cuts.ts`, W4 in `publishing/publish.ts`.
 */
import { join } from 'node:path'
import { LazyResource } from '../../base/work/lazy-resource.ts'
import type { ProcessIdentity } from '../../disk/process-identity.ts'
import { syncJournal } from '../../journal/replay.ts'
import type { ToolLists } from '../../tools/call/contract.ts'
import { writeCard } from '../control/card.ts'
import { type HistoryEvent, HistoryFile } from '../control/history.ts'
import { type LaunchFile, writeLaunchFile } from '../control/launch-file.ts'
import { type Metadata, MetadataFile } from '../control/metadata.ts'
import { type RunFile, writeRunFile } from '../control/run-file.ts'
import { writeToolsFile } from '../control/tools-file.ts'
import type { FileOwner } from '../files/atomic-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import type { RawFolder } from '../files/layout.ts'
import type { Lock } from '../lock/lock.ts'
import type { BatchIntent, BatchStep } from '../logs/batches.ts'
import { type Commit, syncCommits } from '../logs/commits.ts'
import type { PostProcessingCommit } from '../logs/post-processing-commits.ts'
import type { Retry } from '../logs/retries.ts'
import { collectBlocks, collectDrafts, collectTemporaries } from '../publishing/collect-garbage.ts'
import { MediaStore } from '../publishing/media.ts'
import { Publisher } from '../publishing/publish.ts'
import { type RolledForward, rollForward } from '../publishing/roll-forward.ts'
import { swapTable } from '../publishing/table-swap.ts'
import type { DatasetView } from '../view/dataset-view.ts'
import type { DatasetWriter, FormerJournal, RowGroupWriter } from './dataset-store.ts'
import { DirectoryRowGroups } from './directory-row-groups.ts'
import { fencedView } from './fenced-view.ts'

export interface HeldDirectory {
  readonly directory: DatasetDirectory
  readonly lock: Lock
  readonly self: ProcessIdentity
  /** That of the lock. */
  readonly nonce: string
  readonly lost: AbortSignal
}

export class DirectoryWriter implements DatasetWriter {
  readonly directory: DatasetDirectory
  readonly nonce: string
  readonly pid: number
  readonly boot: string | null
  readonly lost: AbortSignal
  readonly #lock: Lock
  readonly #owner: FileOwner
  readonly #commits: LazyResource<Publisher>
  /** Numbers of its journal's segments. */
  readonly #segments = { next: 0 }
  #metadata: MetadataFile | undefined
  #history: HistoryFile | undefined
  #hasSaidWhatItRead = false

  constructor({ directory, lock, self, nonce, lost }: HeldDirectory) {
    this.directory = directory
    this.nonce = nonce
    this.pid = self.pid
    this.boot = self.boot
    this.lost = lost
    this.#lock = lock
    this.#owner = { pid: self.pid, nonce, check: () => lock.check() }
    this.#commits = new LazyResource(() =>
      Publisher.open({ directory, epoch: lock.epoch, check: () => lock.check() }),
    )
  }

  get epoch(): number {
    return this.#lock.epoch
  }

  confirm(): Promise<void> | undefined {
    return this.#lock.confirm()
  }

  check(): Promise<void> {
    return this.#lock.check()
  }

  failure(error: unknown): Promise<unknown> {
    return this.#lock.failure(error)
  }

  collectTemporaries(): Promise<void> {
    return collectTemporaries(this.directory, this.#owner)
  }

  async syncFormer(): Promise<void> {
    await syncCommits(this.directory)
    await syncJournal(this.directory.disk, this.directory.layout.journal)
  }

  fence(seen: DatasetView): Promise<DatasetView> {
    return fencedView(seen, this.epoch)
  }

  async finishCommits(view: DatasetView, rawFolder: RawFolder): Promise<RolledForward> {
    const { postProcessing } = await view.logs()
    if (postProcessing !== undefined) await swapTable(this.directory, postProcessing)
    return rollForward(this.directory, await view.scan(), rawFolder, () => this.check())
  }

  async removeSegment(name: string): Promise<void> {
    await this.#lock.check()
    await this.directory.remove(join(this.directory.layout.journal, name))
  }

  async collectGarbage(
    needed: () => Promise<ReadonlySet<string>>,
    commits: () => Promise<readonly Commit[]>,
  ): Promise<void> {
    await collectDrafts(this.directory, this.epoch)
    if (this.directory.layout.block === undefined) await collectBlocks(this.directory)
    await new MediaStore(this.directory).collectGarbage(needed, commits)
  }

  writeRun(run: RunFile): Promise<void> {
    return writeRunFile(this.directory, run, this.#owner)
  }

  writeBuilderConfig(text: string): Promise<void> {
    return this.directory.replace(this.directory.layout.builderConfig, text, this.#owner)
  }

  writeLaunch(launch: LaunchFile): Promise<void> {
    return writeLaunchFile(this.directory, launch, this.#owner)
  }

  writeTools(lists: ToolLists): Promise<void> {
    return writeToolsFile(this.directory, lists, this.#owner)
  }

  async writeMetadata(metadata: Metadata, view?: DatasetView): Promise<void> {
    this.#metadata ??= new MetadataFile(this.directory, this.#owner, await view?.metadataFile())
    await this.#metadata.write(metadata)
  }

  writeCard(): Promise<void> {
    return writeCard(this.directory, this.#owner)
  }

  async writeHistory(events: readonly HistoryEvent[], view?: DatasetView): Promise<void> {
    this.#history ??= new HistoryFile(this.directory, this.#owner, await view?.history())
    await this.#history.record(events)
  }

  async retry(retry: Retry): Promise<void> {
    await (await this.#commits.open()).retry(retry)
  }

  async retryDone(number: number): Promise<void> {
    await (await this.#commits.open()).retryDone(number)
  }

  async unrecorded(firstGroup: number, count: number): Promise<void> {
    await (await this.#commits.open()).unrecorded(firstGroup, count)
  }

  async removeBlocks(): Promise<void> {
    await this.#lock.check()
    await collectBlocks(this.directory)
  }

  async batch(record: BatchIntent | BatchStep): Promise<void> {
    await (await this.#commits.open()).batch(record)
  }

  async record(commit: Omit<Commit, 'epoch'>): Promise<void> {
    await (await this.#commits.open()).record(commit)
  }

  async commitPostProcessing(commit: Omit<PostProcessingCommit, 'epoch'>): Promise<PostProcessingCommit> {
    return (await this.#commits.open()).commitPostProcessing(commit)
  }

  async rowGroups(former?: FormerJournal): Promise<RowGroupWriter> {
    const commits = await this.#commits.open()
    if (former !== undefined && !this.#hasSaidWhatItRead) {
      this.#hasSaidWhatItRead = true
      const needed = former.segments.filter(({ groups }) => groups.size > 0)
      await commits.writes(this.boot, needed, former.losses)
    }
    return DirectoryRowGroups.open(this, commits, this.#segments, former?.segments ?? [])
  }

  endCommits(): Promise<void> {
    return this.#commits.close()
  }

  release(): Promise<void> {
    return this.#lock.release()
  }
}
