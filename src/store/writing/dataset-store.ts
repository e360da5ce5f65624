/**
 * The seam between a run and the place where its dataset lies.
 *
 * Owns: the promises that everything above relies on. Never: says how a store keeps one. A directory on a disk does it by its lock, its
 * journal and its commits (`directory-store.ts`). `test/store/writing/conformance.ts` checks any store against the rules:
 *   W1. A dataset has one writer at a time. Each has an epoch, a number that no other ever had, higher than those of all before it.
 *   W2. A writer that was silent for too long is replaced by another one. It learns so from `confirm`, right before a request would be sent,
 *       and from `lost`: both give the error `lock_lost`.
 *   W3. A record is durable when `append` resolves, and the next writer finds it. A record is late when it is appended after the next writer
 *       has read the journal: it is no answer to any cell, but its cost is still counted.
 *   W4. The store decides what is committed: all files of a row group or none, once, and by the writer that holds the dataset. A writer that
 *       lost the dataset gets `lock_lost`, and changes no byte of what its successor wrote.
 *   W5. Records of a row group that was released may be removed.
 *   W6. The next writer opens a released dataset at once, and one whose writer died after a while.
 *
 * For example: `const writer = await store.open('artifacts/dataset', { self, ...lockWaits(null) })`.
 */
import type { ToolLists } from '../../tools/call/contract.ts'
import type { HistoryEvent } from '../control/history.ts'
import type { LaunchFile } from '../control/launch-file.ts'
import type { Metadata } from '../control/metadata.ts'
import type { RunFile } from '../control/run-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import type { RawFolder } from '../files/layout.ts'
import type { LockOptions } from '../lock/lock.ts'
import type { BatchIntent, BatchStep } from '../logs/batches.ts'
import type { Commit } from '../logs/commits.ts'
import type { FoundLosses } from '../logs/cuts.ts'
import type { PostProcessingCommit } from '../logs/post-processing-commits.ts'
import type { Retry } from '../logs/retries.ts'
import type { MediaStore } from '../publishing/media.ts'
import type { Publication } from '../publishing/publish.ts'
import type { RolledForward } from '../publishing/roll-forward.ts'
import type { DatasetView } from '../view/dataset-view.ts'

export interface DatasetStore {
  /** One read of a dataset, as it is now. */
  view(dataset: string): DatasetView
  /**
   * Opens a dataset that is there for writing (W1, W6).
   *
   * @throws RowsmithError dataset_in_use; of class storage; the signal's reason when it fires
   */
  open(dataset: string, options: OpenOptions): Promise<DatasetWriter>
  /**
   * Opens a block of a dataset (`plan/blocks.ts`): to it the rules hold as to a dataset, by itself. @throws RowsmithError as `open`
   */
  openBlock(dataset: string, block: number, options: OpenOptions): Promise<DatasetWriter>
}

export type OpenOptions = Omit<LockOptions, 'clock' | 'directory' | 'nonce' | 'onLost'>

/** The one writer of a dataset. What an operation does is durable when it resolves. */
export interface DatasetWriter extends KnowsLoss {
  readonly directory: DatasetDirectory
  /** W1. */
  readonly epoch: number
  /** Different for every writer, also within one process. */
  readonly nonce: string
  readonly pid: number
  /** The boot of the machine; null where the system does not say. */
  readonly boot: string | null
  /** Looks whether the dataset is still its own. @throws RowsmithError lock_lost, of class storage */
  check(): Promise<void>
  /** What to report for a failure: the loss of the dataset, when that is its cause. */
  failure(error: unknown): Promise<unknown>

  /** Removes temporary files of former writers. @throws RowsmithError lock_lost, io_error */
  collectTemporaries(): Promise<void>
  /** Makes durable what former writers wrote (J5), before it is read to be acted upon. */
  syncFormer(): Promise<void>
  /** The dataset once no former writer can add to it (rule R0 of `fenced-view.ts`). @param seen what was read of it */
  fence(seen: DatasetView): Promise<DatasetView>
  /** Puts in place what was committed, row groups and tables. @param view of `fence` @throws RowsmithError of class storage */
  finishCommits(view: DatasetView, rawFolder: RawFolder): Promise<RolledForward>
  /** Removes a segment of the journal that no open row group needs (W5). */
  removeSegment(name: string): Promise<void>
  /** Removes drafts and media of former writers that are not needed, and blocks of a dataset that has none any more. Both parameters are called only where there are media. @param needed those of open row groups */
  collectGarbage(
    needed: () => Promise<ReadonlySet<string>>,
    commits: () => Promise<readonly Commit[]>,
  ): Promise<void>

  writeRun(run: RunFile): Promise<void>
  writeBuilderConfig(text: string): Promise<void>
  writeLaunch(launch: LaunchFile): Promise<void>
  writeTools(lists: ToolLists): Promise<void>
  /** @param view whose metadata.json is not read again where it did not change */
  writeMetadata(metadata: Metadata, view?: DatasetView): Promise<void>
  /** A README.md, where there is none. */
  writeCard(): Promise<void>
  /** @param view as of `writeMetadata` */
  writeHistory(events: readonly HistoryEvent[], view?: DatasetView): Promise<void>

  /** Records which cells are requested again. */
  retry(retry: Retry): Promise<void>
  /** Says that a retry is over. */
  retryDone(number: number): Promise<void>
  /** Carries over how many requests blocks may lack in the accounting, before their logs go. @param firstGroup where the blocks began */
  unrecorded(firstGroup: number, count: number): Promise<void>
  /** Removes the folders of blocks that run.json does not name. */
  removeBlocks(): Promise<void>
  /** Records a batch, or a step of one. */
  batch(record: BatchIntent | BatchStep): Promise<void>
  /** Commits a row group whose files have their final names already. */
  record(commit: Omit<Commit, 'epoch'>): Promise<void>
  /** Commits the table that post-processing made. @throws RowsmithError lock_lost, of class storage */
  commitPostProcessing(commit: Omit<PostProcessingCommit, 'epoch'>): Promise<PostProcessingCommit>

  /**
   * Begins to make row groups; one at a time is open. The first with `former` says how much of the journal it has read (W3).
   *
   * @param former left out: only records are appended
   */
  rowGroups(former?: FormerJournal): Promise<RowGroupWriter>
  /** Ends the log of its commits: nothing is recorded any more. */
  endCommits(): Promise<void>
  /** Gives the dataset back. */
  release(): Promise<void>
}

/** What former writers left in their journal, as far as it was read. */
export interface FormerJournal {
  readonly segments: readonly {
    readonly name: string
    readonly bytes: number
    /** Open row groups that need it. */
    readonly groups: ReadonlySet<number>
  }[]
  readonly losses: FoundLosses
}

/** Where answers of row groups become durable, and row groups become files. By group, so that each may lie elsewhere. */
export interface RowGroupWriter extends KnowsLoss {
  /** W3. @throws RowsmithError of class storage, for good */
  append(group: number, record: string): Promise<void>
  /** Appends a record without waiting: it is durable with the next `append`. Resolves when it is written. */
  note(group: number, record: string): Promise<void>
  /** Media of answers: durable before the answer that names them. */
  readonly media: Pick<MediaStore, 'store' | 'has' | 'read'>
  /** Publishes a row group (W4). @throws RowsmithError lock_lost, of class storage: whether it is published, the next writer finds out */
  commit(publication: Publication): Promise<void>
  /** Nothing more is appended for a row group that is committed (W5). @throws RowsmithError io_error */
  release(group: number): Promise<void>
  /** Makes everything durable. @throws RowsmithError the failure of the journal, when it has one */
  close(): Promise<void>
}

interface KnowsLoss {
  /** Fires with the error when the dataset belongs to another writer (W2). */
  readonly lost: AbortSignal
  /** Called right before a request is sent; undefined while there is nothing to wait for. @throws RowsmithError lock_lost, of class storage */
  confirm(): Promise<void> | undefined
}
