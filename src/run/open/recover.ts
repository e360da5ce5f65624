/**
 * From what lies on the disk to where the run goes on.
 *
 * Owns: the order of recovery. Rules:
 *   J5. Files of dead writers are synced, and their folders, before they are read.
 *   R0. Commits are acted upon once no other process can add to them: drafts that none names are swept first. A writer that was taken over
 *       from and wakes later has nothing to place.
 *   R1. A committed group is rolled forward, and so is what a stage made; only then is the journal looked at, for groups
 *       that are still open.
 *   R6. Commits of a later epoch are a successor's: this writer has lost.
 *   R2. A group that was committed and lost its files is made again from its replies file, when that is whole.
 *       Its usage so far is the one in its commit; what later processes requested for it is counted from their journals.
 *   R5. Answers that open row groups need, and that are missing, are not requested again without consent; with it, the commit log
 *       notes the loss before the first request, and it is not reported again.
 *   R4. A group is made again for a retry only while the file that it is to replace is what its commit says: requests cost.
 *   R3. A published group of which a retry names cells is made again in the same way; until then its files stay as they are.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { journalSegments } from '../../journal/replay.ts'
import type { Loss } from '../../plan/facts.ts'
import { groupCount, groupOf, type RowGroup } from '../../plan/row-groups.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import type { BatchRecord } from '../../store/logs/batches.ts'
import { type Commit, commitBytes, commitEpochs } from '../../store/logs/commits.ts'
import {
  type PostProcessingCommit,
  type PostProcessingState,
  postProcessingState,
} from '../../store/logs/post-processing-commits.ts'
import { isRetryPending, namesAny, type Retries, rowsWithin } from '../../store/logs/retries.ts'
import { unrecordedMax } from '../../store/logs/writers.ts'
import { collectUncommitted } from '../../store/publishing/collect-garbage.ts'
import { rollForward } from '../../store/publishing/roll-forward.ts'
import { swapTable } from '../../store/publishing/table-swap.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { lossesIn, lossOf } from '../../store/view/losses.ts'
import { formatRecord } from '../effects/journal-records.ts'
import {
  countFencedRecords,
  emptyReplayState,
  type ReplayState,
  replayRecords,
} from '../effects/replay-state.ts'
import { answersFileOf, readAnswers } from '../seal/answers-file.ts'
import { addLedger, ledgerFromValue, ledgerToValue } from '../usage/ledger.ts'
import type { OpenDataset } from './open-dataset.ts'

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
  readonly stored: Map<number, ReplayState>
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
  const view = await fencedView(seen, writer.epoch)
  const { directory } = view
  const { layout, disk } = directory
  const logs = await view.logs()
  const { commits, retries, postProcessing: last, writers, cuts } = logs
  if (last !== undefined) await swapTable(directory, last)
  const found = await rollForward(directory, await view.scan(), run.raw_folder)
  const published = new Map(found.published)
  const importing = new Set(found.imported)
  const { reopened } = found
  const stored = new Map<number, ReplayState>()
  const accountedUpTo = new Map<number, number>()
  for (const group of reopened) {
    const commit = commits.findLast((candidate) => candidate.group === group)
    if (commit === undefined) continue
    stored.set(group, await reopen(directory, commit))
    accountedUpTo.set(group, commit.epoch)
  }
  const checked = new CheckedFiles(view)
  const retrying = new Map<number, Commit>()
  for (const [group, commit] of published) {
    if (importing.has(group) || !isRetryPending(retries, commit)) continue
    await checked.require([directory.file(commit.files.find(({ role }) => role === 'main')!.path)])
    retrying.set(group, commit)
    stored.set(group, await reopen(directory, commit))
    stored.get(group)!.published = publishedBefore(commit)
    accountedUpTo.set(group, commit.epoch)
  }
  const lost = lossOf(await lossesIn(directory, logs, [...published.values()]), run)
  if (lost !== null && !acceptLoss) throw new RowsmithError('answers_lost', lost.message)
  const torn = new Set(logs.torn)
  const segments: { name: string; bytes: number; groups: Set<number> }[] = []
  for await (const { path, name, epoch, bytes, records, fenced, tornBytes } of journalSegments(
    disk,
    layout.journal,
    cuts,
  )) {
    if (tornBytes > 0) torn.add(name)
    const rules = {
      wanted: (group: number) => !published.has(group) || importing.has(group) || retrying.has(group),
      counted: (group: number) => epoch > (accountedUpTo.get(group) ?? 0),
    }
    const groups = new Set([
      ...replayRecords(stored, records, rules),
      ...countFencedRecords(stored, fenced, rules),
    ])
    // What the commits say it holds for an open group: missing, it would be missed.
    for (const { group, segment } of logs.mentions)
      if (segment === name && rules.wanted(group)) groups.add(group)
    if (groups.size > 0) segments.push({ name, bytes, groups })
    else await wrapDiskError('remove', path, () => disk.remove(path))
  }
  const imported: Commit[] = []
  for (const group of found.imported) {
    // What was requested for it here before another tool made it stays in the accounting.
    const ledger = ledgerToValue(stored.get(group)?.ledger ?? new Map())
    const commit = { ...published.get(group)!, ledger }
    stored.delete(group)
    published.set(group, commit)
    imported.push(commit)
  }
  for (let group = 0; group < groupCount(run.segments); group++) {
    if (retries.all.length === 0) break
    if (!published.has(group) || retrying.has(group))
      addRetries(stored, groupOf(run.segments, group), retries)
  }
  const state = await postProcessingState(directory, run, [...published.values()], last)
  const postProcessing = { last, state }
  return {
    published,
    imported,
    retrying,
    retries,
    batches: logs.batches,
    missing: found.missing,
    lost,
    postProcessing,
    unrecordedMax: unrecordedMax(writers, writer.boot, torn),
    stored,
    segments,
    torn,
  }
}

/** The dataset when no former writer can place another file (rule R0): looked at again where one has added to its log meanwhile. */
async function fencedView(seen: DatasetView, epoch: number): Promise<DatasetView> {
  const { directory } = seen
  for (let view = seen; ; view = view.refresh()) {
    const logs = await view.logs()
    // What a successor wrote is of a dataset that may be another by now, such as one with a stage.
    if ((await commitEpochs(directory)).some((each) => each > epoch)) {
      throw new RowsmithError(
        'lock_lost',
        `${directory.path} has commits of a later writer: it was taken over.`,
      )
    }
    const named = new Set(logs.commits.flatMap(({ files }) => files.map(({ draft }) => draft)))
    await collectUncommitted(directory, epoch, named)
    if ((await commitBytes(directory)) === logs.bytes) return view
  }
}

/** A group's frames say which of its cells were retried, so that they alone are enough to make it again. */
function addRetries(stored: Map<number, ReplayState>, group: RowGroup, { all }: Retries): void {
  const [from, end] = [group.firstRow, group.firstRow + group.rows]
  for (const retry of all) {
    if (!namesAny(retry, group)) continue
    const ofGroup = stored.get(group.group) ?? emptyReplayState()
    stored.set(group.group, ofGroup)
    const cells = [...retry.cells].map(([column, runs]) => [column, rowsWithin(runs, from, end)] as const)
    const named = {
      number: retry.number,
      cells: new Map(cells.filter(([, rows]) => rows.length > 0)),
      written: rowsWithin(retry.written, from, end),
      answerTokens: retry.answerTokens,
    }
    if (ofGroup.retryNumbers.add(named)) {
      ofGroup.records.push(formatRecord({ kind: 'retry', group: group.group, ...named }))
    }
  }
}

function publishedBefore({ dropped, retried = 0, files }: Commit): ReplayState['published'] {
  const { sha256 } = files.find(({ role }) => role === 'main')!
  return { dropped: new Set(dropped.map(([row]) => row)), retried, sha256 }
}

/** What a lost group's commit and replies file still say. */
async function reopen(directory: DatasetDirectory, commit: Commit): Promise<ReplayState> {
  const stored = emptyReplayState()
  addLedger(stored.ledger, ledgerFromValue(commit.ledger))
  const file = answersFileOf(commit)
  // Missing or not whole: the group is made again, and what its journal no longer holds is requested again.
  const lines = file === undefined ? undefined : await readAnswers(directory, file)
  if (lines !== undefined) {
    replayRecords(new Map([[commit.group, stored]]), lines, { wanted: () => true, counted: () => false })
  }
  return stored
}
