/**
 * What can be done for a row group some of whose files are not what was written.
 *
 * Owns: the choice, the same for the report and for the repair. Never: changes a byte.
 * Rules:
 *   M1. Bytes with the committed checksum that lie under another name are put back: files that were swapped, or set aside.
 *   M2. Else the group is made again from its stored answers: its replies file if that is whole, else its journal. A file is
 *       replaced only by one with the committed checksum.
 *   M3. Answers that nothing vouches for any more count only if they make files that something else vouches for; or if
 *       nothing is left of the group but them.
 *   M4. A main file that neither helps is set aside, and its row group is open: the next resume makes it, and requests what
 *       is not stored. A sidecar file stays as it is: its rows are whole. A replies file alone is no data; it is left out.
 *   M5. A row group whose commit was lost is committed again as its files say; its usage is what was answered or refused.
 */

import { asRowsmithError, RowsmithError } from '../../base/errors/errors.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import type { RowGroup } from '../../plan/row-groups.ts'
import { type ReplayedFiles, Replayer, type Sources } from '../../results/replay/replayer.ts'
import { emptyReplayState, replayRecords } from '../../run/effects/replay-state.ts'
import { processorNames } from '../../run/execute/dataset-metadata.ts'
import { answersFileOf, answersIn } from '../../run/seal/answers-file.ts'
import { answersPath } from '../../run/seal/seal-group.ts'
import { type Cost, noCost } from '../../run/usage/cost.ts'
import { ledgerToValue } from '../../run/usage/ledger.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { groupFileName, rawPath } from '../../store/files/layout.ts'
import type { Commit, CommittedFile } from '../../store/logs/commits.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import { BODY_HASH_KEY } from '../../store/parquet/parquet-encode.ts'
import { readAnswers } from '../../store/publishing/answers-file.ts'
import { bodyIsWhole, type FoundFooter, readFooter } from '../../store/publishing/footer.ts'
import { bytesOf, filesOf, type LazyFile, type PublishedFile } from '../../store/publishing/publish.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import type { GroupFiles } from '../found/group-files.ts'
import type { Logs } from '../found/logs.ts'

type AnyFile = PublishedFile | LazyFile

export interface FileRepair {
  readonly path: string
  readonly how: 'put back' | 'make again' | 'set aside' | 'leave out' | 'stay'
  /** Where its bytes are: below the dataset directory; and what they must be. */
  readonly from?: string
  readonly sha256?: string
  readonly bytes?: Uint8Array
}

export interface RepairPlan {
  /** Only files that are not as they should be. */
  readonly files: readonly FileRepair[]
  /** Recorded when the files are in place; null when the commit that is there holds. */
  readonly commit: Omit<Commit, 'epoch'> | null
  /** True when the group is open once this is done. */
  readonly opens: boolean
  /** What a resume requests again; null when it is unknown. */
  readonly cost: Cost | null
  /** Why not everything can be made again; null when it can. */
  readonly why: string | null
  /** Sidecar files that are not what they say, or missing, and of which it is unknown what they were. */
  readonly lost: readonly string[]
}

/** What repairs are made of. */
export interface RepairContext {
  readonly directory: DatasetDirectory
  readonly logs: Logs
  readonly rebuilder: RowGroupRebuilder
  readonly run: RunFile | null
  /** Where bytes lie that belong elsewhere, by checksum: paths below the dataset directory. */
  readonly elsewhere: ReadonlyMap<string, string>
}

/** Makes row groups again; opened when the first one is to be made. */
export class RowGroupRebuilder {
  readonly #open: () => Promise<Replayer>
  #replayer: Promise<Replayer> | undefined

  constructor(
    view: DatasetView,
    run: RunFile | null,
    encoder: Encodes,
    sources: Pick<Sources, 'providers' | 'config'>,
  ) {
    this.#open = async () => {
      if (run === null) throw new Error('run.json cannot be read')
      return Replayer.open(view, run, encoder, { ...sources, runCode: true })
    }
  }

  /** Opens it, for those who want to know at once. @throws RowsmithError function_missing, config_differs: it lacks its functions */
  async requireFunctions(): Promise<void> {
    try {
      this.#replayer ??= this.#open()
      await this.#replayer
    } catch (error) {
      if (!RowsmithError.isInstance(error)) return
      if (error.code === 'function_missing' || error.code === 'config_differs') throw error
    }
  }

  /**
   * @param expected what it was committed as: where another reading of its answers makes that, it is the one
   * @returns a sentence why it cannot be made, when it cannot
   */
  async rebuild(
    group: RowGroup,
    records: readonly string[],
    expected: readonly CommittedFile[] = [],
  ): Promise<ReplayedFiles | string> {
    try {
      this.#replayer ??= this.#open()
      const replayer = await this.#replayer
      const rebuilt = await replayer.replay(group, records)
      if (expected.length === 0 || rebuildsAny(rebuilt, expected)) return rebuilt
      const earlier = await replayer.replay(group, records, 'earlier')
      return rebuildsAny(earlier, expected) ? earlier : rebuilt
    } catch (error) {
      return error instanceof Error ? asRowsmithError(error).message.replace(/\.$/, '') : String(error)
    }
  }

  async close(): Promise<void> {
    const replayer = await this.#replayer?.catch(() => undefined)
    await replayer?.close()
  }
}

function rebuildsAny({ publication }: ReplayedFiles, expected: readonly CommittedFile[]): boolean {
  return publication !== null && equalsSome(filesOf(publication), expected)
}

/** @throws RowsmithError io_error */
export function repairPlanFor(found: GroupFiles, context: RepairContext): Promise<RepairPlan> {
  return found.kind === 'committed' ? planCommitted(found, context) : planUncommitted(found, context)
}

/** What is stored for a group, by whom it can be believed. */
export async function recordsOf(
  found: GroupFiles | undefined,
  group: number,
  context: RepairContext,
): Promise<readonly string[]> {
  const file = found?.kind === 'committed' ? answersFileOf(found.commit) : undefined
  const replies = file === undefined ? undefined : await readAnswers(context.directory, file)
  return replies ?? context.logs.effects.get(group) ?? []
}

async function planCommitted(
  found: GroupFiles & { kind: 'committed' },
  context: RepairContext,
): Promise<RepairPlan> {
  const { group, commit } = found
  const bad = found.files.filter(({ state }) => state === 'damaged' || state === 'missing')
  const repairs = new Map<string, FileRepair>()
  for (const { file } of bad) {
    const from = context.elsewhere.get(file.sha256)
    if (from !== undefined)
      repairs.set(file.path, { path: file.path, how: 'put back', from, sha256: file.sha256 })
  }
  const rest = bad.filter(({ file }) => !repairs.has(file.path)).map(({ file }) => file)
  const done = { commit: null, opens: false, cost: noCost, why: null, lost: [] }
  if (rest.length === 0) return { ...done, files: [...repairs.values()] }

  // A replies file that is put back helps the others.
  const replies = answersFileOf(commit)
  const from = replies === undefined ? undefined : repairs.get(replies.path)?.from
  const records =
    from === undefined
      ? await recordsOf(found, group.group, context)
      : (answersIn(await context.directory.files.readFile(from)) ?? [])
  const rebuilt = await context.rebuilder.rebuild(group, records, dataOf(commit))
  let files =
    typeof rebuilt === 'string' || rebuilt.publication === null ? null : filesOf(rebuilt.publication)
  if (replies !== undefined && !equalsSome(files, rest)) {
    files = (await vouchedFor(found, rest, replies, context)) ?? files
  }
  for (const file of rest) {
    const again = files?.find(({ path }) => path === file.path)
    if (again?.sha256 !== file.sha256) continue
    const bytes = await bytesOf(again).catch(() => undefined)
    if (bytes !== undefined) repairs.set(file.path, { path: file.path, how: 'make again', bytes })
  }
  const lost = rest.filter(({ path }) => !repairs.has(path))
  if (lost.length === 0) return { ...done, files: [...repairs.values()] }
  const opens = lost.some(({ role }) => role === 'main')
  const cost = typeof rebuilt === 'string' ? null : rebuilt.cost
  for (const { path, role } of lost) {
    const how = role === 'main' ? 'set aside' : opens || path !== replies?.path ? 'stay' : 'leave out'
    repairs.set(path, { path, how })
  }
  const leftOut = [...repairs.values()].some(({ how }) => how === 'leave out')
  const { epoch: _, ...about } = commit
  return {
    files: [...repairs.values()],
    commit: leftOut ? { ...about, files: commit.files.filter(({ path }) => path !== replies?.path) } : null,
    opens,
    cost: opens ? cost : noCost,
    why: whyNot(rebuilt),
    lost: [],
  }
}

function whyNot(rebuilt: ReplayedFiles | string): string {
  if (typeof rebuilt === 'string') return rebuilt
  if (rebuilt.publication === null) return `${rebuilt.cost.requests} answers are not stored`
  return 'stored answers give other bytes: another version of Rowsmith made it'
}

/** What was made of answers, and not the answers. */
function dataOf(commit: (GroupFiles & { kind: 'committed' })['commit']): CommittedFile[] {
  const replies = answersFileOf(commit)
  return commit.files.filter(({ path }) => path !== replies?.path)
}

function equalsSome(files: readonly AnyFile[] | null, expected: readonly CommittedFile[]): boolean {
  return expected.some((file) => files?.find(({ path }) => path === file.path)?.sha256 === file.sha256)
}

/** Files made from a replies file that is not what was committed, if they are what was committed (M3). */
async function vouchedFor(
  { group, commit }: GroupFiles & { kind: 'committed' },
  expected: readonly CommittedFile[],
  replies: CommittedFile,
  { directory, rebuilder }: RepairContext,
): Promise<readonly AnyFile[] | undefined> {
  const bytes = await directory.files.readIfThere(replies.path)
  const lines = bytes === undefined ? undefined : answersIn(bytes)
  if (lines === undefined) return undefined
  const data = dataOf(commit)
  const rebuilt = await rebuilder.rebuild(group, lines, data)
  if (typeof rebuilt === 'string' || rebuilt.publication === null) return undefined
  const files = filesOf(rebuilt.publication)
  const all = data.every((file) => files.find(({ path }) => path === file.path)?.sha256 === file.sha256)
  return all && equalsSome(files, expected) ? files : undefined
}

async function planUncommitted(
  found: GroupFiles & { kind: 'uncommitted' },
  context: RepairContext,
): Promise<RepairPlan> {
  const { group, path, state, footer } = found
  const { directory } = context
  const answers = await directory.files.readIfThere(answersPath(group.group))
  const lines = answers === undefined ? undefined : answersIn(answers)
  const records = lines ?? context.logs.effects.get(group.group) ?? []
  const rebuilt = await context.rebuilder.rebuild(group, records)
  const publication = typeof rebuilt === 'string' ? null : rebuilt.publication
  const file = publication?.files.find(({ role }) => role === 'main')
  const main = file === undefined ? undefined : await bytesOf(file)
  const usage = { ledger: answered(group, records), rebuilt: true }
  const done = { opens: false, cost: noCost, why: null, lost: [] }
  // What says nothing of itself is contradicted by nothing; but then some answers must be left to make it from.
  const vouched = vouches(footer, main) && (footer?.keys[BODY_HASH_KEY] !== undefined || records.length > 0)
  if (publication !== null && vouched) {
    const files: FileRepair[] = []
    const committed: CommittedFile[] = []
    for (const file of filesOf(publication)) {
      const { path, role, sha256: expected } = file
      const there = await directory.files.readIfThere(path)
      const whole = there !== undefined && sha256(there) === expected
      // A medium is nowhere else than where it was published; what its commit says of it holds.
      const bytes = whole ? there : await bytesOf(file).catch(() => undefined)
      if (bytes === undefined) continue
      if (!whole) files.push({ path, how: 'make again', bytes })
      committed.push({ path, role, sha256: expected, size: bytes.byteLength, draft: '' })
    }
    const { media: _, ...about } = publication
    return { ...done, files, commit: { ...about, ...usage, files: committed } }
  }
  if (state === 'rowsmith' && found.found !== null && footer?.group !== undefined) {
    const { firstRow, plannedRows, dropped } = footer.group
    // Answers that make other rows than these are not theirs; where nothing can be made, it is unknown.
    const believed = lines !== undefined && (typeof rebuilt === 'string' || publication === null)
    const sidecars = await sidecarsOf(found, context)
    const files = [
      ...sidecars,
      ...(believed && answers !== undefined ? [sidecar(answersPath(group.group), answers)] : []),
      { path, role: 'main', ...found.found, draft: '' } as const,
    ]
    const about = { group: group.group, firstRow, plannedRows, rows: footer.rows, dropped }
    const leftOut: FileRepair = { path: answersPath(group.group), how: 'leave out' }
    const quarantined = answers === undefined || believed ? [] : [leftOut]
    const lost = sidecars.filter(({ sha256: known }) => known === unknown).map((file) => file.path)
    return { ...done, files: quarantined, commit: { ...about, ...usage, files }, why: whyNot(rebuilt), lost }
  }
  const cost = typeof rebuilt === 'string' ? null : rebuilt.cost
  const quarantined: FileRepair[] = state === 'damaged' ? [{ path, how: 'set aside' }] : []
  return { files: quarantined, commit: null, opens: true, cost, why: whyNot(rebuilt), lost: [] }
}

/** Whether a file is what a damaged one says that it was; one that says nothing is contradicted by nothing. */
function vouches(footer: FoundFooter | undefined, main: Uint8Array | undefined): boolean {
  const expected = footer?.keys[BODY_HASH_KEY]
  return main !== undefined && (expected === undefined || Buffer.from(main).includes(expected))
}

/** What was answered or refused for a group. Requests that never ended are not known any more. */
function answered({ group }: RowGroup, records: readonly string[]): Value {
  const answers = emptyReplayState()
  replayRecords(new Map([[group, answers]]), records, { wanted: (of) => of === group, counted: () => true })
  return ledgerToValue(answers.ledger)
}

/** In the place of a checksum, for a file of which only the name is known: no file has it. */
const unknown = ''

/** What belongs next to a main file: what says so and is what it says, and what should be there and is not. */
async function sidecarsOf(
  { group, footer }: GroupFiles & { kind: 'uncommitted' },
  { directory, run }: RepairContext,
): Promise<CommittedFile[]> {
  const expected = run === null ? [] : sidecarFolders(run)
  const raw = (path: string): string => rawPath(run?.raw_folder ?? 'parquet-files', path)
  const processors = await directory.files.list(raw('processors-files'))
  const there = [
    'dropped-columns-parquet-files',
    ...processors.map((name) => `processors-files/${name}`),
  ].map(raw)
  const sidecars: CommittedFile[] = []
  for (const folder of new Set([...expected, ...there])) {
    const path = `${folder}/${groupFileName(group.group)}`
    const entry = await directory.files.stat(path)
    const says = entry?.kind === 'file' ? await readFooter(directory.files, path, entry.size) : undefined
    const belongs =
      says?.group?.group === group.group &&
      says.group.identity === footer?.group?.identity &&
      says.rows === footer.rows
    if (belongs && (await bodyIsWhole(directory.files, path, says))) {
      sidecars.push(sidecar(path, await directory.files.readFile(path)))
    } else if (entry !== undefined || expected.includes(folder)) {
      sidecars.push({ path, role: 'companion', size: 0, sha256: unknown, draft: '' })
    }
  }
  return sidecars
}

/** Folders in which every row group of Rowsmith has a file, by the word of run.json. */
function sidecarFolders(run: RunFile): string[] {
  const { document } = run.rows_identity
  const config = isValueObject(document) ? document.config : undefined
  const columns = config !== undefined && isValueObject(config) ? config.columns : undefined
  const drops =
    Array.isArray(columns) && columns.some((column) => isValueObject(column) && column.drop === true)
  const dropped = run.preserve_dropped_columns && drops ? ['dropped-columns-parquet-files'] : []
  const folders = [...dropped, ...processorNames(run).map((name) => `processors-files/${name}`)]
  return folders.map((folder) => rawPath(run.raw_folder, folder))
}

function sidecar(path: string, bytes: Uint8Array): CommittedFile {
  return { path, role: 'companion', size: bytes.byteLength, sha256: sha256(bytes), draft: '' }
}
