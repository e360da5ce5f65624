/**
 * Everything that is stored of row groups, parsed, with the values and requests that follow from it.
 *
 * Owns: the last few row groups that were read, so that the next row of one of them costs nothing. Never: changes a byte, sends a
 * request, or calls a function of a config that the caller did not give.
 * Rules:
 *   1. A published row group is read again only when its commit is another, or a retry names it; an open one when the journal grew.
 *   2. Row groups that are missing are read together: one reading of the journal, one replayer.
 */
import { asRowsmithError, RowsmithError } from '../../base/errors/errors.ts'
import { Recent } from '../../base/work/recent.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { RowGroup } from '../../plan/row-groups.ts'
import { type JournalRecord, parseRecord, rowOfKey } from '../../run/effects/journal-records.ts'
import { emptyReplayState, type ReplayState, replayRecords } from '../../run/effects/replay-state.ts'
import { answersFileOf } from '../../run/seal/answers-file.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import type { Commit } from '../../store/logs/commits.ts'
import { isRetryPending } from '../../store/logs/retries.ts'
import { readAnswers } from '../../store/publishing/answers-file.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { type ReplayedRowGroup, replayAgain } from '../replay/replayer.ts'

export interface StoredGroup {
  /** Undefined while the row group is open. */
  readonly commit: Commit | undefined
  /** Requests, answers and failures of each row. */
  readonly byRow: ReadonlyMap<number, readonly JournalRecord[]>
  readonly state: ReplayState
  /** Or why values and prompts are not known. */
  readonly replayed: ReplayedRowGroup | string
}

const groupsMax = 8

export class StoredGroups {
  readonly #config: Config | undefined
  readonly #recent = new Recent<StoredGroup>(groupsMax)

  /** @param config of a dataset whose config is code */
  constructor(config?: Config) {
    this.#config = config
  }

  /** In the order given. @throws RowsmithError io_error, journal_damaged */
  async get(view: DatasetView, run: RunFile, groups: readonly RowGroup[]): Promise<StoredGroup[]> {
    const { commits, retries } = await view.logs()
    const last = new Map(commits.map((commit) => [commit.group, commit]))
    const journal = await journalVersion(view.directory)
    const wanted = groups.map((group) => {
      const commit = last.get(group.group)
      const settled = commit !== undefined && !isRetryPending(retries, commit)
      const version = settled ? commit.files.map(({ sha256 }) => sha256).join() : journal
      return { group, commit, name: `${group.group} ${version}` }
    })
    const missing = wanted.filter(({ name }) => !this.#recent.has(name))
    const reading = readGroups(view, run, missing, this.#config)
    reading.catch(() => {})
    const found = wanted.map(({ name }) => {
      const at = missing.findIndex((each) => each.name === name)
      const read = async (): Promise<StoredGroup> => {
        const stored = (await reading)[at]
        if (stored === undefined) throw new RowsmithError('internal', `Row group ${name} was not read.`)
        return stored
      }
      return this.#recent.get(name, read)
    })
    return Promise.all(found)
  }
}

/** What changes whenever a frame is added to the journal. */
export async function journalVersion({ files }: DatasetDirectory): Promise<string> {
  const blocks = await blockFolders(files)
  // Commits of the dataset itself are in the version of the directory.
  const folders = ['.rowsmith/journal', ...blocks.flatMap((block) => [block, `${block}/journal`])]
  const logs: string[] = []
  for (const folder of folders) logs.push(...(await files.list(folder)).map((name) => `${folder}/${name}`))
  const sizes = await Promise.all(logs.map(async (path) => `${path}:${(await files.stat(path))?.size ?? 0}`))
  return sizes.join()
}

/** Of a dataset in blocks, the folder of each. */
export async function blockFolders(files: DatasetDirectory['files']): Promise<string[]> {
  return (await files.list('.rowsmith/blocks')).map((name) => `.rowsmith/blocks/${name}`)
}

interface Wanted {
  readonly group: RowGroup
  readonly commit: Commit | undefined
}

async function readGroups(
  view: DatasetView,
  run: RunFile,
  wanted: readonly Wanted[],
  config: Config | undefined,
): Promise<StoredGroup[]> {
  if (wanted.length === 0) return []
  const texts = await textsOf(view, wanted)
  const withTexts = wanted.map(({ group }) => [group, [...(texts.get(group.group) ?? [])]] as const)
  const replayed = await replayAgain(view, run, withTexts, { config }).catch((error: unknown) =>
    withTexts.map(() => asRowsmithError(error)),
  )
  return wanted.map(({ group, commit }, index) => {
    const records = [...(texts.get(group.group) ?? [])]
    const state = emptyReplayState()
    replayRecords(new Map([[group.group, state]]), records, { wanted: () => true, counted: () => false })
    const made = replayed[index]
    return {
      commit,
      byRow: byRow(records.map(parseRecord)),
      state,
      replayed: made === undefined || RowsmithError.isInstance(made) ? whyNot(made) : made,
    }
  })
}

function whyNot(error: RowsmithError | undefined): string {
  return (error?.message ?? 'nothing is stored of it').replace(/\.$/, '')
}

/** What is stored of each group, in its replies file and in the journal, each record once. */
async function textsOf(
  view: DatasetView,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const texts = new Map<number, Set<string>>()
  for (const { group, commit } of wanted) {
    const file = commit === undefined ? undefined : answersFileOf(commit)
    const lines = file === undefined ? undefined : await readAnswers(view.directory, file)
    texts.set(group.group, new Set(lines))
  }
  const committed = new Map(wanted.map(({ group, commit }) => [group.group, commit?.epoch ?? 0]))
  for await (const { epoch, records } of view.journal()) {
    for (const text of records) {
      const { group, kind } = parseRecord(text)
      // What became of a request up to the commit is in the replies file, which stands first: its intent would come too late.
      if (kind === 'intent' && epoch <= (committed.get(group) ?? 0)) continue
      texts.get(group)?.add(text)
    }
  }
  return texts
}

function byRow(records: readonly JournalRecord[]): ReadonlyMap<number, readonly JournalRecord[]> {
  const rows = new Map<number, JournalRecord[]>()
  for (const record of records) {
    if (record.kind === 'group' || record.kind === 'retry') continue
    const row = record.kind === 'drop' ? record.failure.row : rowOfKey(record.key)
    const ofRow = rows.get(row)
    if (ofRow === undefined) rows.set(row, [record])
    else ofRow.push(record)
  }
  return rows
}
