/**
 * A dataset directory looked through: every file against the commits, the commits against the files.
 *
 * Owns: the order of looking, and what is looked at next to a living writer. Rules:
 *   K1. Changes no byte and takes no lock.
 *   K2. While a process writes, only published files and logs of former processes are looked at. What seems wrong with a row
 *       group is looked at again with the commits of that moment: it may have been replaced meanwhile.
 *   K3. Where neither a file nor a commit is left of a row group, its sidecar files and metadata.json may still mention it.
 */

import { isValueObject } from '../../base/values/value.ts'
import { currentProcess } from '../../disk/process-identity.ts'
import type { Found } from '../../plan/facts.ts'
import { groupCount, groupOf } from '../../plan/row-groups.ts'
import type { Sources } from '../../results/replay/replayer.ts'
import { type Progress, processorNames } from '../../run/execute/dataset-metadata.ts'
import { answersPath } from '../../run/seal/seal-group.ts'
import { addCost, type Cost, noCost } from '../../run/usage/cost.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { groupFileName, rawPath } from '../../store/files/layout.ts'
import { writingEpoch } from '../../store/lock/lock.ts'
import { isPostProcessed, type PostProcessingCommit } from '../../store/logs/post-processing-commits.ts'
import { isRetryPending } from '../../store/logs/retries.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import { FileHasher } from '../../store/reading/file-hasher.ts'
import { lostLogs } from '../../store/reading/lacking.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import type { Lacking } from '../../store/view/lacks.ts'
import { scanOptions } from '../../store/view/scan-options.ts'
import { draftsOf, logsOfBlocks, type PartLogs, withLogsOfBlocks } from '../found/block-logs.ts'
import {
  type FoundGroups,
  findGroups,
  type GroupFiles,
  isThere,
  type ScanContext,
  sidecarsOfOthers,
  stateOf,
} from '../found/group-files.ts'
import { type Logs, readLogs } from '../found/logs.ts'
import { asNothing, type Problem, problem } from '../found/problem.ts'
import { checkGroups } from './check-groups.ts'
import { checkLogs, checkMedia } from './check-logs.ts'
import { checkHistory, checkLeftovers, checkMetadata, checkStart } from './check-side-files.ts'
import { checkTable, postProcessingOf } from './check-table.ts'
import { type RepairContext, RowGroupRebuilder, recordsOf } from './repair-plan.ts'

/** What was found of the row groups; may be looked at again. */
interface Groups extends FoundGroups {
  readonly groups: Map<number, GroupFiles>
}

export interface Checking {
  readonly directory: DatasetDirectory
  readonly encoder: Encodes
  /** What the dataset does not hold: providers, and its config where that is code. */
  readonly sources: Pick<Sources, 'providers' | 'config'>
  readonly signal: AbortSignal | undefined
  readonly onProgress: (done: number, of: number, bytes: number) => void
  /** The run that looks, when it holds the lock itself. */
  readonly nonce?: string
}

export interface Checked {
  readonly writer: string | null
  readonly run: RunFile | null
  readonly logs: Logs
  readonly groups: ReadonlyMap<number, GroupFiles>
  readonly progress: Progress
  readonly problems: readonly Problem[]
  readonly files: number
  readonly bytes: number
  readonly context: RepairContext
}

/**
 * @param use what is done with what was found, while row groups can still be made again
 * @throws RowsmithError of class storage; the signal's reason
 */
export async function check<T>(checking: Checking, use: (checked: Checked) => Promise<T>): Promise<T> {
  const { directory, encoder, sources } = checking
  const view = new DatasetView(directory)
  const hasher = new FileHasher(directory.files)
  const found = await view.run()
  const run = found.kind === 'read' ? found.contents : null
  const rebuilder = new RowGroupRebuilder(view, run, encoder, sources)
  try {
    return await use(await scan({ ...checking, view }, hasher, rebuilder, found))
  } finally {
    await Promise.all([hasher.close(), rebuilder.close()])
  }
}

function runDefect(message: string): Problem {
  const repair = 'nothing: restore the file from a backup'
  return problem('damaged', '.rowsmith/run.json', message, repair, asNothing, { cost: null })
}

/** A check under way: one look at the directory. */
interface Looking extends Checking {
  readonly view: DatasetView
}

/** What the look at the directory gave. */
interface Scanned {
  readonly view: DatasetView
  readonly run: RunFile | null
  readonly writer: string | null
  readonly logs: Logs
  /** The dataset itself, and then its blocks. */
  readonly parts: readonly PartLogs[]
  readonly found: Groups
  readonly context: RepairContext
}

async function scan(
  checking: Looking,
  hasher: FileHasher,
  rebuilder: RowGroupRebuilder,
  foundRun: Found<RunFile>,
): Promise<Checked> {
  const run = foundRun.kind === 'read' ? foundRun.contents : null
  const { directory, view, nonce } = checking
  const self = await currentProcess(directory.disk)
  const lock = await view.lock(self, nonce)
  const living = lock.kind === 'held' ? await writingEpoch(directory) : undefined
  const blocks = await logsOfBlocks(view, self)
  const working = [lock, ...blocks.map((block) => block.lock)]
  const holders = working.flatMap((each) => (each.kind === 'held' ? [each.holder] : []))
  const writer = holders.length === 0 ? null : holders.join(', ')
  const own: PartLogs = { view, living, logs: await readLogs(directory) }
  const parts = [own, ...blocks]
  const logs = withLogsOfBlocks(own.logs, blocks)
  const progressOfFiles = new FileCounter(checking.onProgress)
  const at = await scanContext(checking, run, logs, hasher, {
    drafts: (await Promise.all(parts.map(draftsOf))).flat(),
    counter: progressOfFiles,
  })
  const found = await withLost(checking, run, await findGroups(at, logs.commits))
  if (writer !== null) await scanAgain(at, found)
  const context: RepairContext = { directory, logs, rebuilder, run, elsewhere: await misplaced(at, found) }
  const scanned: Scanned = { view, run, writer, logs, parts, found, context }
  const ofGroups = await checkGroups(found, run?.raw_folder ?? 'parquet-files', context)
  const problems = [
    ...ofGroups.problems,
    ...(await problemsOfSidecars(at, found)),
    ...(await problemsOfLogs(scanned, ofGroups.opened)),
  ]
  const postProcessing = await postProcessingOf(at, found.groups.values(), logs.postProcessing)
  const progress = progressOf(run, found, published, postProcessing)
  const before = { ...progressOf(run, found, () => true, postProcessing), missing: new Set<string>() }
  if (run !== null && writer === null) problems.push(...(await checkTable(at, run, postProcessing)))
  if (run !== null) problems.push(...(await problemsOfStart(scanned, run, [progress, before])))
  else {
    const wrong = foundRun.kind === 'defect' ? foundRun.defect.message : withoutRun(found)
    if (wrong !== undefined) problems.push(runDefect(wrong))
    problems.push(...(await problemsOfClaims(view, problems)))
  }
  if (writer === null && run !== null)
    problems.push(...(await checkLeftovers(view, knownFiles(found, logs.postProcessing))))
  const order = ['damaged', 'missing', 'suspicious', 'leftover']
  problems.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
  const { files, bytes } = progressOfFiles
  return { writer, run, logs, groups: found.groups, progress, problems, files, bytes, context }
}

/** How much was read so far. */
class FileCounter {
  files = 0
  bytes = 0
  #of = 0
  readonly #onProgress: Checking['onProgress']

  constructor(onProgress: Checking['onProgress']) {
    this.#onProgress = onProgress
  }

  /** A file is done, unless that is the first word of how many there are. */
  addFile(total: number): void {
    if (total === this.#of) this.files++
    this.#of = total
    this.#onProgress(this.files, this.#of, this.bytes)
  }

  addBytes(more: number): void {
    this.bytes += more
    this.#onProgress(this.files, this.#of, this.bytes)
  }
}

async function scanContext(
  { directory, view, encoder, signal }: Looking,
  run: RunFile | null,
  logs: Logs,
  hasher: FileHasher,
  { drafts, counter }: { readonly drafts: readonly string[]; readonly counter: FileCounter },
): Promise<ScanContext> {
  const metadata = await view.metadata()
  return {
    ...{ directory, hasher, encoder, run, signal },
    importing: run === null ? undefined : scanOptions(run, metadata).importing,
    drafts: new Set(drafts),
    unlogged: await unloggedEpoch(view, logs),
    onFile: (total) => counter.addFile(total),
    onBytes: (more) => counter.addBytes(more),
  }
}

async function problemsOfSidecars(at: ScanContext, { groups }: Groups): Promise<Problem[]> {
  const repair = 'nothing: another tool made it, without stored answers'
  return (await sidecarsOfOthers(at, groups.values())).map(({ path, state }) => {
    const what =
      state === 'missing' ? 'missing, though other row groups have theirs' : 'cannot be read to its end'
    return problem(state, path, what, repair, asNothing)
  })
}

/** What another tool's metadata.json says of its files; those that have a finding already have that one. */
async function problemsOfClaims(view: DatasetView, found: readonly Problem[]): Promise<Problem[]> {
  const known = new Set(found.map(({ path }) => path))
  const repair = 'nothing: another tool made it; restore it from where it came'
  return (await view.unlikeMetadata()).flatMap(({ path, what }) => {
    const severity = what.startsWith('missing') ? 'missing' : 'suspicious'
    return known.has(path) ? [] : [problem(severity, path, what, repair, asNothing)]
  })
}

/** @param opened row groups that are made again: what a repair brings back needs no journal */
async function problemsOfLogs(
  { run, writer, logs, parts, found, context }: Scanned,
  opened: ReadonlySet<number>,
): Promise<Problem[]> {
  const isPublished = (number: number): boolean => {
    const group = found.groups.get(number)
    // Of one that is to be retried, the journal may hold what was requested for that.
    const isPending = group?.kind === 'committed' && isRetryPending(logs.retries, group.commit)
    return group !== undefined && !isPending && !opened.has(number)
  }
  const costOf = (groups: readonly number[]) => costOfGroups(groups, run, found, context)
  const problems: Problem[] = []
  for (const { view, ...part } of parts) {
    const { directory } = view
    const checking = { ...part, isPublished, costOf }
    const ofPart = [...(await checkLogs(checking)), ...(await checkMedia(directory, checking))]
    problems.push(...ofPart.map((each) => ({ ...each, path: directory.named(each.path) })))
  }
  if (run === null || writer !== null) return problems
  const repair =
    'an empty one takes its place; row groups without a commit are committed again, without their usage'
  const lost: Lacking[] = []
  for (const { view, living, logs } of parts) {
    const ofPart = await lostLogs(view, logs.cuts, living)
    lost.push(...ofPart.map((each) => ({ ...each, path: view.directory.named(each.path) })))
  }
  return [
    ...problems,
    ...lost.map(({ path, what }) => problem('missing', path, what, repair, { kind: 'empty segment', path })),
  ]
}

/** Files that say how the dataset was started, and how far it is. @param progress what metadata.json may say */
async function problemsOfStart(
  { view, writer, logs, found }: Scanned,
  run: RunFile,
  progress: readonly Progress[],
): Promise<Problem[]> {
  const ownGroups = [...found.groups.values()].some((group) => !isOfAnotherTool(group))
  const started = ownGroups || logs.files.length > 0
  const ofStart = await checkStart(view, run, started)
  if (writer !== null) return ofStart
  const ofMetadata = await checkMetadata(view, run, progress, started)
  // A process that takes a directory over writes commits before it records its start, and rows after.
  const isExpected = ownGroups || logs.files.some(({ kind }) => kind === 'journal')
  return [...ofStart, ...ofMetadata, ...(await checkHistory(view, isExpected))]
}

/** Journals and the story mention runs whose commits are missing, in whole or in part. */
async function unloggedEpoch(view: DatasetView, { files }: Logs): Promise<number> {
  const whole = files.filter(({ kind, bad }) => kind === 'commits' && bad.length === 0)
  const logged = new Set(whole.map(({ epoch }) => epoch))
  const starts = (await view.history())?.events.filter(({ event }) => event === 'start') ?? []
  const epochs = [...starts.map(({ epoch }) => Number(epoch)), ...files.map(({ epoch }) => epoch)]
  return Math.max(0, ...epochs.filter((epoch) => !logged.has(epoch)))
}

function isOfAnotherTool(group: GroupFiles): boolean {
  return group.kind === 'uncommitted' && group.state === 'another tool'
}

function published(group: GroupFiles | undefined): boolean {
  if (group === undefined) return false
  return group.kind === 'committed'
    ? isThere(group.files)
    : group.state === 'rowsmith' || group.state === 'another tool'
}

const droppedFolder = 'dropped-columns-parquet-files'

/** Adds planned groups that only other files mention (K3). */
async function withLost(
  { directory, view }: Looking,
  run: RunFile | null,
  found: FoundGroups,
): Promise<Groups> {
  const groups = new Map(found.groups)
  if (run === null) return { ...found, groups }
  // Of a dataset with a stage it lists the files of the table, which are no row groups.
  const isExpected = new Set(isPostProcessed(run) ? [] : await listedInMetadata(view))
  // What another tool left next to a row group that it had not finished shows nothing.
  const folders = [
    '.rowsmith/replies',
    ...(run.file_schema === null ? [rawPath(run.raw_folder, droppedFolder)] : []),
  ]
  for (const folder of folders) {
    for (const name of await directory.files.list(folder)) isExpected.add(`${folder}/${name}`)
  }
  for (let number = 0; number < groupCount(run.segments); number++) {
    if (groups.has(number)) continue
    const file = groupFileName(number)
    const dropped = rawPath(run.raw_folder, `${droppedFolder}/${file}`)
    const names = [`${run.raw_folder}/${file}`, dropped, answersPath(number)]
    if (!names.some((name) => isExpected.has(name))) continue
    groups.set(number, {
      kind: 'uncommitted',
      group: groupOf(run.segments, number),
      path: `${run.raw_folder}/${file}`,
      found: null,
      state: 'missing',
      footer: undefined,
    })
  }
  return { ...found, groups: new Map([...groups].sort(([a], [b]) => a - b)) }
}

async function listedInMetadata(view: DatasetView): Promise<string[]> {
  const found = await view.storedMetadata()
  const paths = found.kind === 'read' ? found.contents.file_paths : undefined
  const files = paths !== undefined && isValueObject(paths) ? paths['parquet-files'] : undefined
  return Array.isArray(files) ? files.map(String) : []
}

/** Next to a living writer: what seems wrong may have been published, or replaced, since the commits were read (K2). */
async function scanAgain(at: ScanContext, { groups }: Groups): Promise<void> {
  const view = new DatasetView(at.directory)
  const { commits } = await view.logs().catch(() => readLogs(at.directory))
  for (const [number, group] of groups) {
    const whole = group.kind === 'committed' && group.files.every(({ state }) => state === 'whole')
    const commit = commits.findLast((candidate) => candidate.group === number)
    if (whole || commit === undefined) continue
    const files = await Promise.all(commit.files.map((file) => stateOf(at, file)))
    // What is on its way to its name is the writer's.
    const settled = files.filter(({ state }) => state !== 'draft')
    groups.set(number, { kind: 'committed', group: group.group, commit, files: settled })
  }
}

/** Bytes that lie under a name that is not theirs, by checksum; looked for only when some are missing. */
async function misplaced(
  { directory, hasher }: ScanContext,
  { groups }: Groups,
): Promise<Map<string, string>> {
  const places = new Map<string, string>()
  for (const group of groups.values()) {
    if (group.kind !== 'committed') continue
    for (const { file, state, found, hasDraft } of group.files) {
      if (state === 'damaged' && found !== null) places.set(found.sha256, file.path)
      if (state === 'damaged' && hasDraft) places.set(file.sha256, `.rowsmith/drafts/${file.draft}`)
    }
  }
  const isWhole = (group: GroupFiles): boolean =>
    group.kind === 'committed' && group.files.every(({ state }) => state === 'whole' || state === 'draft')
  if ([...groups.values()].every(isWhole)) return places
  for (const name of await directory.files.list('.rowsmith/quarantine')) {
    const path = `.rowsmith/quarantine/${name}`
    const entry = await directory.files.stat(path)
    if (entry?.kind !== 'file') continue
    const hash = await hasher.hash(path, entry.size)
    if (!places.has(hash)) places.set(hash, path)
  }
  return places
}

async function costOfGroups(
  groups: readonly number[],
  run: RunFile | null,
  found: Groups,
  context: RepairContext,
): Promise<Cost | null> {
  let total = noCost
  for (const number of groups) {
    if (run === null || number >= groupCount(run.segments)) continue
    const records = await recordsOf(found.groups.get(number), number, context)
    const rebuilt = await context.rebuilder.rebuild(groupOf(run.segments, number), records)
    if (typeof rebuilt === 'string') return null
    total = addCost(total, rebuilt.cost)
  }
  return total
}

function progressOf(
  run: RunFile | null,
  { groups }: Groups,
  counts: (group: GroupFiles) => boolean,
  postProcessing: Progress['postProcessing'],
): Progress {
  const there = [...groups].filter(([, group]) => counts(group))
  const missing = new Set<string>()
  let rowsWritten = 0
  for (const [, group] of there) {
    if (group.kind === 'uncommitted') {
      // Of a group of which nothing is left, the plan is all that is known.
      rowsWritten += group.footer?.rows ?? group.group.rows
      continue
    }
    rowsWritten += group.commit.rows
    for (const { file, found, state } of group.files) {
      if (found === null && state === 'missing') missing.add(file.path)
    }
  }
  const processors = run === null ? [] : processorNames(run)
  return { groups: there.map(([number]) => number), rowsWritten, processors, missing, postProcessing }
}

function knownFiles(
  { groups }: Groups,
  postProcessing: PostProcessingCommit | undefined,
): { files: Set<string>; drafts: Set<string> } {
  const files = new Set<string>(postProcessing?.files.map(({ path }) => path))
  const drafts = new Set<string>()
  for (const group of groups.values()) {
    if (group.kind === 'uncommitted') {
      // Everything that bears its number is reported with it.
      files.add(groupFileName(group.group.group)).add(answersPath(group.group.group))
      continue
    }
    for (const { file, state, hasDraft } of group.files) {
      files.add(file.path)
      if (state === 'draft' || hasDraft) drafts.add(file.draft)
    }
  }
  return { files, drafts }
}

/** A directory without a run of Rowsmith is another tool's, or has lost its `.rowsmith`. */
function withoutRun({ groups }: Groups): string | undefined {
  const isOwn = [...groups.values()].some(
    (group) => group.kind === 'committed' || group.footer?.group !== undefined,
  )
  return isOwn ? 'missing, although the files are of Rowsmith' : undefined
}
