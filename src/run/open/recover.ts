/**
 * From what lies on the disk to where the run goes on.
 *
 * Owns: the order of recovery. Rules (R0 is in `store/writing/fenced-view.ts`, R2 to R4 are in `open-groups.ts`):
 *   J5. Files of dead writers are synced, and their folders, before they are read.
 *   R1. A committed group is rolled forward, and so is what a stage made; only then is the journal looked at, for groups
 *       that are still open.
 *   R5. Answers that open row groups need, and that are missing, are not requested again without consent; with it, the commit log
 *       notes the loss before the first request, and it is not reported again.
 *   R6. Commits of a later epoch are a successor's: this writer has lost.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { Loss } from '../../plan/facts.ts'
import { groupsIn } from '../../plan/row-groups.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { BatchRecord } from '../../store/logs/batches.ts'
import type { Commit } from '../../store/logs/commits.ts'
import {
  type PostProcessingCommit,
  type PostProcessingState,
  postProcessingState,
} from '../../store/logs/post-processing-commits.ts'
import { namesAny, type Retries, type Retry } from '../../store/logs/retries.ts'
import { unrecordedMax } from '../../store/logs/writers.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { lossesIn, lossOf } from '../../store/view/losses.ts'
import type { DatasetWriter } from '../../store/writing/dataset-store.ts'
import type { StoredEffects } from '../effects/stored-effects.ts'
import type { OpenDataset } from './open-dataset.ts'
import { OpenGroups } from './open-groups.ts'

export interface Recovered {
  /** Groups whose files are under their final names. */
  readonly published: ReadonlyMap<number, Commit>
  /** Those of them that another tool made and that were not read through yet, lowest first; their usage so far is in them. */
  readonly imported: readonly Commit[]
  /** Those of them that are due again because of a retry (rule R3). */
  readonly retrying: ReadonlyMap<number, Commit>
  readonly retries: Retries
  readonly batches: readonly BatchRecord[]
  /** Sidecar files of published groups that are missing: relative paths. */
  readonly missing: readonly string[]
  /** Answers that were lost, and are requested again with consent; null for none. */
  readonly lost: Loss | null
  /** The last table that a stage made, and how far the stage is. */
  readonly postProcessing: {
    readonly last: PostProcessingCommit | undefined
    readonly state: PostProcessingState
  }
  /** Segments whose end is not whole, and what it held not in the accounting. */
  readonly torn: ReadonlySet<string>
  /** Requests that power losses, or a torn end of a journal, may have taken from the accounting, at most. */
  readonly unrecordedMax: number
  /** What is stored for groups that are not. */
  readonly stored: StoredEffects
  /** Journal segments of former processes, with the open groups each mentions, and how much of them was read. */
  readonly segments: readonly {
    readonly name: string
    readonly bytes: number
    readonly groups: ReadonlySet<number>
  }[]
}

/**
 * Reads a dataset whose lock is held. Finishes committed groups, and removes segments that no open group needs (J7).
 *
 * @param view of files that are durable (J5)
 * @throws RowsmithError journal_damaged, answers_lost, file_damaged, or another of class storage
 */
export async function recover(
  { view: seen, run, writer }: Pick<OpenDataset, 'view' | 'run' | 'writer'>,
  acceptLoss: boolean,
): Promise<Recovered> {
  const view = await writer.fence(seen)
  const { directory } = view
  const logs = await view.logs()
  const { retries, postProcessing: last, writers } = logs
  const found = await writer.finishCommits(view, run.raw_folder)
  const groups = await OpenGroups.find(view, run, logs, found)
  const losses = await lossesIn(directory, logs, [...groups.published.values()], await view.pictured())
  const lost = lossOf(losses, run)
  if (lost !== null && !acceptLoss) throw new RowsmithError('answers_lost', lost.message)
  const { segments, torn } = await replayJournal(view, run, writer, groups.without(losses, logs))
  const imported = groups.takeImported()
  const { published, retrying, stored } = groups
  const state = await postProcessingState(directory, run, [...published.values()], last)
  return {
    ...{ published, imported, retrying, retries, lost, stored, segments, torn },
    batches: logs.batches,
    missing: found.missing,
    postProcessing: { last, state },
    unrecordedMax: unrecordedMax(writers, writer.boot, torn) + logs.unrecordedOfBlocks,
  }
}

/**
 * A row group that a retry opens needs the stored answers of all its other cells (R5). Looked at before the retry is recorded: one that is
 * refused changes nothing. What belongs to rows that it does not name is not requested again, with consent or without (P6).
 *
 * @throws RowsmithError answers_lost, answers_missing, io_error
 */
export async function requireAnswersFor(
  retry: Retry,
  { view, run }: Pick<OpenDataset, 'view' | 'run'>,
  acceptLoss: boolean,
): Promise<void> {
  const { retries, ...logs } = await view.logs()
  const withIt = { ...logs, retries: { ...retries, all: [...retries.all, retry] } }
  const published = await view.published()
  const losses = await lossesIn(view.directory, withIt, published, await view.pictured())
  const there = new Set(published.map(({ group }) => group))
  for (const [path, groups] of losses) {
    const row = /^images\/[^/]+\/(\d+)-/.exec(path)?.[1]
    if (row === undefined || !groups.some((group) => there.has(group))) continue
    if (namesAny(retry, { firstRow: Number(row), rows: 1 })) continue
    const message = `${path} is missing or damaged, and its row group cannot be made again without it.`
    const nextStep = `Restore the file, or retry row ${row} as well: \`rowsmith retry DATASET_DIR --rows ${row}\`.`
    throw new RowsmithError('answers_missing', message, { facts: { path, row: Number(row) }, nextStep })
  }
  const lost = lossOf(losses, run)
  if (lost !== null && !acceptLoss) throw new RowsmithError('answers_lost', lost.message)
}

/**
 * Reads the journal. Segments that no open group needs go at once where nothing is open; else the journal that is opened next removes
 * them, when this writer has durably said what it read: a former writer that wakes may mention one until then.
 */
async function replayJournal(
  view: DatasetView,
  run: RunFile,
  writer: DatasetWriter,
  groups: OpenGroups,
): Promise<Pick<Recovered, 'segments' | 'torn'>> {
  const logs = await view.logs()
  const torn = new Set(logs.torn)
  const segments: Recovered['segments'][number][] = []
  const isAllPublished = groups.published.size >= groupsIn(run.segments) && groups.retrying.size === 0
  for await (const segment of view.journal()) {
    const { name, epoch, bytes, tornBytes } = segment
    if (epoch > writer.epoch)
      throw new RowsmithError(
        'lock_lost',
        `${view.directory.path} has a journal of a later writer: it was taken over.`,
      )
    if (tornBytes > 0) torn.add(name)
    const rules = groups.rulesFor(epoch)
    const mentioned = groups.stored.note(segment, rules)
    // What the commits say it holds for an open group: without it, that would be missing.
    for (const mention of logs.mentions)
      if (mention.segment === name && rules.wanted(mention.group)) mentioned.add(mention.group)
    if (mentioned.size === 0 && isAllPublished) await writer.removeSegment(name)
    else segments.push({ name, bytes, groups: mentioned })
  }
  return { segments, torn }
}
