/**
 * Row groups that are to be made, or made again, as recovery finds them.
 *
 * Owns: what is stored of each, and which of them have files already. Rules:
 *   R2. A group that was committed and lost its files is made again from its answers file, when that is whole.
 *       Its usage so far is the one in its commit. What later processes requested for it is counted from their journals.
 *   R3. A published group of which a retry names cells is made again in the same way; until then its files stay as they are.
 *   R4. A group is made again for a retry only while the file that it is to replace is what its commit says: requests cost.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { groupOf, type RowGroup } from '../../plan/row-groups.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import { type Commit, type CommitLogs, mainFileOf } from '../../store/logs/commits.ts'
import { isRetryPending, namesAny, type Retries, rowsWithin } from '../../store/logs/retries.ts'
import { readAnswers } from '../../store/publishing/answers-file.ts'
import type { RolledForward } from '../../store/publishing/roll-forward.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { type Losses, lossOf } from '../../store/view/losses.ts'
import { type AcceptedMedia, acceptedMedia, isLossAccepted } from '../../store/view/lost-media.ts'
import type { ReplayRules, ReplayState } from '../effects/replay-state.ts'
import type { RetriedCells } from '../effects/retry-numbers.ts'
import { StoredEffects } from '../effects/stored-effects.ts'
import { answersFileOf } from '../seal/answers-file.ts'
import { ledgerFromValue, ledgerToValue } from '../usage/ledger.ts'

export class OpenGroups {
  /** Groups with files. */
  readonly published: Map<number, Commit>
  /** Those of them that another tool made and that were not read through yet. */
  readonly importing: ReadonlySet<number>
  /** Those of them that are due again because of a retry (R3). */
  readonly retrying = new Map<number, Commit>()
  /** What is stored of groups that are due. */
  readonly stored: StoredEffects
  /** By group, the epoch up to which its commit has counted requests. */
  readonly #countedUpTo = new Map<number, number>()
  readonly #view: DatasetView
  readonly #run: RunFile
  /** By path: up to which epoch a loss counts. */
  #losses: ReadonlyMap<string, number> = new Map()
  #withdrawn: AcceptedMedia = new Map()

  private constructor(view: DatasetView, run: RunFile, retries: Retries, found: RolledForward) {
    this.#view = view
    this.#run = run
    this.published = new Map(found.published)
    this.importing = new Set(found.imported)
    const retriesOf = (group: number) => retriedCells(groupOf(run.segments, group), retries)
    this.stored = new StoredEffects(view.directory.disk, retriesOf)
  }

  /** @throws RowsmithError file_damaged (R4), of class storage */
  static async find(
    view: DatasetView,
    run: RunFile,
    { commits, retries }: CommitLogs,
    found: RolledForward,
  ): Promise<OpenGroups> {
    const groups = new OpenGroups(view, run, retries, found)
    for (const group of found.reopened) {
      const commit = commits.findLast((candidate) => candidate.group === group)
      if (commit !== undefined) groups.#reopen(commit, null)
    }
    const checked = new CheckedFiles(view)
    for (const [group, commit] of groups.published) {
      if (groups.importing.has(group) || !isRetryPending(retries, commit)) continue
      await checked.require([view.directory.files.place(mainFileOf(commit).path)])
      groups.retrying.set(group, commit)
      groups.#reopen(commit, publishedBefore(commit))
    }
    return groups
  }

  /** Answers whose media are lost, now or as was accepted earlier, are none: what is requested again takes their place. */
  without(losses: Losses, logs: CommitLogs): this {
    const lost = [...losses.keys()].map((path) => [path, Infinity] as const)
    this.#losses = new Map([...logs.accepted, ...lost])
    this.#withdrawn = acceptedMedia({ ...logs, accepted: this.#losses })
    return this
  }

  /** How records of a journal segment are read. @param epoch of its writer */
  rulesFor(epoch: number): ReplayRules {
    return {
      wanted: (group) => !this.published.has(group) || this.importing.has(group) || this.retrying.has(group),
      counted: (group) => epoch > (this.#countedUpTo.get(group) ?? 0),
      withdrawn: (body) => isLossAccepted(this.#withdrawn, body, epoch),
    }
  }

  /** The commits of those that another tool made, with what was requested for them here before: that stays in the usage. */
  takeImported(): readonly Commit[] {
    return [...this.importing].map((group) => {
      const ledger = ledgerToValue(this.stored.ledgerOf(group))
      const commit = { ...present(this.published.get(group), 'published'), ledger }
      this.stored.drop(group)
      this.published.set(group, commit)
      return commit
    })
  }

  /** What a group's commit and its answers file still say (R2). */
  #reopen(commit: Commit, published: ReplayState['published']): void {
    const ledger = ledgerFromValue(commit.ledger)
    const { withdrawn } = this.rulesFor(commit.epoch)
    this.stored.begin(commit.group, { ledger, published, withdrawn, answers: () => this.#answersOf(commit) })
    this.#countedUpTo.set(commit.group, commit.epoch)
  }

  /**
   * Where they are missing or not whole, the group is made again, and what its journal no longer holds is requested again: that was
   * consented to, or its publishing never ended.
   *
   * @throws RowsmithError answers_lost where they were lost since the dataset was looked at
   */
  async #answersOf(commit: Commit): Promise<readonly string[] | undefined> {
    const file = answersFileOf(commit)
    if (file === undefined) return undefined
    const lines = await readAnswers(this.#view.directory, file)
    if (lines !== undefined || (this.#losses.get(file.path) ?? 0) > commit.epoch) return lines
    const losses = await this.#view.refresh().losses()
    const lost = losses.has(file.path) ? lossOf(losses, this.#run) : null
    if (lost !== null) throw new RowsmithError('answers_lost', lost.message)
    return undefined
  }
}

/** Cells of a row group that retries name. */
function retriedCells({ firstRow, rows }: RowGroup, { all }: Retries): RetriedCells[] {
  const [from, end] = [firstRow, firstRow + rows]
  return all
    .filter((retry) => namesAny(retry, { firstRow, rows }))
    .map((retry) => {
      const cells = [...retry.cells].map(([column, runs]) => [column, rowsWithin(runs, from, end)] as const)
      return {
        number: retry.number,
        cells: new Map(cells.filter(([, named]) => named.length > 0)),
        written: rowsWithin(retry.written, from, end),
        answerTokens: retry.answerTokens,
      }
    })
}

function publishedBefore(commit: Commit): ReplayState['published'] {
  const { dropped, retried = 0 } = commit
  return { dropped: new Set(dropped.map(([row]) => row)), retried, sha256: mainFileOf(commit).sha256 }
}
