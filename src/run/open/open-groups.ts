/**
 * Row groups that are to be made, or made again, as recovery finds them.
 *
 * Owns: what is stored of each, and which of them have files already. Rules:
 *   R2. A group that was committed and lost its files is made again from its answers file, when that is whole.
 *       Its usage so far is the one in its commit. What later processes requested for it is counted from their journals.
 *   R3. A published group of which a retry names cells is made again in the same way; until then its files stay as they are.
 *   R4. A group is made again for a retry only while the file that it is to replace is what its commit says: requests cost.
 */
import { present } from '../../base/errors/present.ts'
import { groupCount, groupOf, type PlanRange, type RowGroup } from '../../plan/row-groups.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { type Commit, type CommitLogs, mainFileOf } from '../../store/logs/commits.ts'
import { isRetryPending, namesAny, type Retries, rowsWithin } from '../../store/logs/retries.ts'
import { readAnswers } from '../../store/publishing/answers-file.ts'
import type { RolledForward } from '../../store/publishing/roll-forward.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import type { Losses } from '../../store/view/losses.ts'
import { acceptedMedia, isLossAccepted } from '../../store/view/lost-media.ts'
import { formatRecord } from '../effects/journal-records.ts'
import {
  emptyReplayState,
  type ReplayRules,
  type ReplayState,
  replayRecords,
} from '../effects/replay-state.ts'
import { answersFileOf } from '../seal/answers-file.ts'
import { addLedger, ledgerFromValue, ledgerToValue } from '../usage/ledger.ts'

export class OpenGroups {
  /** Groups with files. */
  readonly published: Map<number, Commit>
  /** Those of them that another tool made and that were not read through yet. */
  readonly importing: ReadonlySet<number>
  /** Those of them that are due again because of a retry (R3). */
  readonly retrying = new Map<number, Commit>()
  /** What is stored of groups that are due. */
  readonly stored = new Map<number, ReplayState>()
  /** By group, the epoch up to which its commit has counted requests. */
  readonly #countedUpTo = new Map<number, number>()
  readonly #directory: DatasetDirectory
  /** The commits of those that are made again. */
  readonly #reopened: Commit[] = []
  #isWithdrawn: (body: string, epoch: number) => boolean = () => false

  private constructor(directory: DatasetDirectory, { published, imported }: RolledForward) {
    this.#directory = directory
    this.published = new Map(published)
    this.importing = new Set(imported)
  }

  /** @throws RowsmithError file_damaged (R4), of class storage */
  static async find(
    view: DatasetView,
    { commits, retries }: CommitLogs,
    found: RolledForward,
  ): Promise<OpenGroups> {
    const groups = new OpenGroups(view.directory, found)
    for (const group of found.reopened) {
      const commit = commits.findLast((candidate) => candidate.group === group)
      if (commit !== undefined) groups.#reopened.push(commit)
    }
    const checked = new CheckedFiles(view)
    for (const [group, commit] of groups.published) {
      if (groups.importing.has(group) || !isRetryPending(retries, commit)) continue
      await checked.require([view.directory.files.place(mainFileOf(commit).path)])
      groups.retrying.set(group, commit)
      groups.#reopened.push(commit)
    }
    return groups
  }

  /** What the commits and answers files of groups that are made again say, but for answers whose media are lost, now or as was accepted earlier. */
  async readAnswers(losses: Losses, logs: CommitLogs): Promise<void> {
    const lost = [...losses.keys()].map((path) => [path, Infinity] as const)
    const withdrawn = acceptedMedia({ ...logs, accepted: new Map([...logs.accepted, ...lost]) })
    this.#isWithdrawn = (body, epoch) => isLossAccepted(withdrawn, body, epoch)
    for (const commit of this.#reopened) await this.#reopen(commit)
  }

  /** How records of a journal segment are read. @param epoch of its writer */
  rulesFor(epoch: number): ReplayRules {
    return {
      wanted: (group) => !this.published.has(group) || this.importing.has(group) || this.retrying.has(group),
      counted: (group) => epoch > (this.#countedUpTo.get(group) ?? 0),
      withdrawn: (body) => this.#isWithdrawn(body, epoch),
    }
  }

  /** The commits of those that another tool made, with what was requested for them here before: that stays in the usage. */
  takeImported(): readonly Commit[] {
    return [...this.importing].map((group) => {
      const ledger = ledgerToValue(this.stored.get(group)?.ledger ?? new Map())
      const commit = { ...present(this.published.get(group), 'published'), ledger }
      this.stored.delete(group)
      this.published.set(group, commit)
      return commit
    })
  }

  /** Records of a group say which of its cells were retried, so that they alone are enough to make it again. */
  addRetries(ranges: readonly PlanRange[], retries: Retries): void {
    if (retries.all.length === 0) return
    for (let group = 0; group < groupCount(ranges); group++) {
      if (this.published.has(group) && !this.retrying.has(group)) continue
      this.#addRetriesOf(groupOf(ranges, group), retries)
    }
  }

  #addRetriesOf({ group, firstRow, rows: count }: RowGroup, { all }: Retries): void {
    const [from, end] = [firstRow, firstRow + count]
    for (const retry of all) {
      if (!namesAny(retry, { firstRow, rows: count })) continue
      const stored = this.stored.get(group) ?? emptyReplayState()
      this.stored.set(group, stored)
      const cells = [...retry.cells].map(([column, runs]) => [column, rowsWithin(runs, from, end)] as const)
      const named = {
        number: retry.number,
        cells: new Map(cells.filter(([, rows]) => rows.length > 0)),
        written: rowsWithin(retry.written, from, end),
        answerTokens: retry.answerTokens,
      }
      if (stored.retryNumbers.add(named)) {
        stored.records.push(formatRecord({ kind: 'retry', group, ...named }))
      }
    }
  }

  /** What a group's commit and its answers file still say (R2). */
  async #reopen(commit: Commit): Promise<void> {
    const stored = emptyReplayState()
    addLedger(stored.ledger, ledgerFromValue(commit.ledger))
    const file = answersFileOf(commit)
    // Missing or not whole: the group is made again, and what its journal no longer holds is requested again.
    const lines = file === undefined ? undefined : await readAnswers(this.#directory, file)
    if (lines !== undefined) {
      const withdrawn = (body: string): boolean => this.#isWithdrawn(body, commit.epoch)
      const rules = { wanted: () => true, counted: () => false, withdrawn }
      replayRecords(new Map([[commit.group, stored]]), lines, rules)
    }
    this.stored.set(commit.group, stored)
    if (this.retrying.has(commit.group)) stored.published = publishedBefore(commit)
    this.#countedUpTo.set(commit.group, commit.epoch)
  }
}

function publishedBefore(commit: Commit): ReplayState['published'] {
  const { dropped, retried = 0 } = commit
  return { dropped: new Set(dropped.map(([row]) => row)), retried, sha256: mainFileOf(commit).sha256 }
}
