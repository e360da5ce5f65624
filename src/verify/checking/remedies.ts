/**
 * What can be done for a row group some of whose files are not what was written.
 *
 * Owns: the choice, the same for the report and for the repair. Never: changes a byte.
 * Rules:
 *   M1. Bytes with the committed checksum that lie under another name are put back: files that were swapped, or set aside.
 *   M2. Else the group is made again from its kept answers: its replies file if that is whole, else its journal. A file is
 *       replaced only by one with the committed checksum.
 *   M3. Answers that nothing vouches for any more count only if they make files that something else vouches for; or if
 *       nothing is left of the group but them.
 *   M4. A main file that neither helps is set aside, and its row group is open: the next resume makes it, and asks for what
 *       is not kept. A companion stays as it is: its rows are whole. A replies file alone is no data; it is left out.
 *   M5. A row group whose commit was lost is committed again as its files say; its bill is what was answered or refused.
 */

import { asRowsmithError, RowsmithError } from '../../base/errors/errors.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import type { RowGroup } from '../../plan/row-groups.ts'
import { type Derived, Deriver, type Sources } from '../../results/derive/derive.ts'
import { type Cost, noCost } from '../../run/bill/cost.ts'
import { ledgerToValue } from '../../run/bill/ledger.ts'
import { emptyKeptGroup, keepFrames } from '../../run/effects/kept.ts'
import { readReplies, repliesIn, repliesOf } from '../../run/seal/replies.ts'
import { repliesPath } from '../../run/seal/seal-group.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { groupFileName, rawPath } from '../../store/files/layout.ts'
import type { Commit, CommittedFile } from '../../store/logs/commits.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import { BODY_HASH_KEY } from '../../store/parquet/parquet-encode.ts'
import { bodyIsWhole, type FoundFooter, readFooter } from '../../store/publishing/footer.ts'
import { bytesOf, filesOf, type LazyFile, type PublishedFile } from '../../store/publishing/publish.ts'
import type { GroupFiles } from '../found/group-files.ts'
import type { Logs } from '../found/logs.ts'
import { processorNames } from './check-side-files.ts'

type AnyFile = PublishedFile | LazyFile

export interface FileRemedy {
  readonly path: string
  readonly how: 'put back' | 'make again' | 'set aside' | 'leave out' | 'stay'
  /** Where its bytes are: below the dataset directory; and what they must be. */
  readonly from?: string
  readonly sha256?: string
  readonly bytes?: Uint8Array
}

export interface Remedy {
  /** Only files that are not as they should be. */
  readonly files: readonly FileRemedy[]
  /** Recorded when the files are in place; null when the commit that is there holds. */
  readonly commit: Omit<Commit, 'epoch'> | null
  /** True when the group is open once this is done. */
  readonly opens: boolean
  /** What going on asks again; null when nobody can tell. */
  readonly cost: Cost | null
  /** Why not everything can be made again; null when it can. */
  readonly why: string | null
  /** Companions that are not what they say, or gone, and of which nobody knows what they were. */
  readonly lost: readonly string[]
}

/** What remedies are made of. */
export interface Shelf {
  readonly directory: DatasetDirectory
  readonly logs: Logs
  readonly maker: Maker
  readonly run: RunFile | null
  /** Where bytes lie that belong elsewhere, by checksum: paths below the dataset directory. */
  readonly elsewhere: ReadonlyMap<string, string>
}

/** Makes row groups again; opened when the first one is to be made. */
export class Maker {
  readonly #open: () => Promise<Deriver>
  #deriver: Promise<Deriver> | undefined

  constructor(
    directory: DatasetDirectory,
    run: RunFile | null,
    encoder: Encodes,
    sources: Pick<Sources, 'providers' | 'config'>,
  ) {
    this.#open = async () => {
      if (run === null) throw new Error('run.json cannot be read')
      return Deriver.open(directory, run, encoder, { ...sources, runCode: true })
    }
  }

  /** Opens it, for those who want to know at once. @throws RowsmithError function_missing, config_differs: it lacks its functions */
  async requireFunctions(): Promise<void> {
    try {
      this.#deriver ??= this.#open()
      await this.#deriver
    } catch (error) {
      if (!RowsmithError.isInstance(error)) return
      if (error.code === 'function_missing' || error.code === 'config_differs') throw error
    }
  }

  /**
   * @param due what it was committed as: where another reading of its answers makes that, it is the one
   * @returns a sentence why it cannot be made, when it cannot
   */
  async make(
    group: RowGroup,
    frames: readonly string[],
    due: readonly CommittedFile[] = [],
  ): Promise<Derived | string> {
    try {
      this.#deriver ??= this.#open()
      const deriver = await this.#deriver
      const made = await deriver.derive(group, frames)
      if (due.length === 0 || makesAny(made, due)) return made
      const earlier = await deriver.derive(group, frames, 'earlier')
      return makesAny(earlier, due) ? earlier : made
    } catch (error) {
      return error instanceof Error ? asRowsmithError(error).message.replace(/\.$/, '') : String(error)
    }
  }

  async close(): Promise<void> {
    const deriver = await this.#deriver?.catch(() => undefined)
    await deriver?.close()
  }
}

function makesAny({ publication }: Derived, due: readonly CommittedFile[]): boolean {
  return publication !== null && equalsSome(filesOf(publication), due)
}

/** @throws RowsmithError io_error */
export function remedyFor(found: GroupFiles, shelf: Shelf): Promise<Remedy> {
  return found.kind === 'committed' ? committedRemedy(found, shelf) : uncommittedRemedy(found, shelf)
}

/** What is kept for a group, by whom it can be believed. */
export async function framesOf(
  found: GroupFiles | undefined,
  group: number,
  shelf: Shelf,
): Promise<readonly string[]> {
  const file = found?.kind === 'committed' ? repliesOf(found.commit) : undefined
  const replies = file === undefined ? undefined : await readReplies(shelf.directory, file)
  return replies ?? shelf.logs.effects.get(group) ?? []
}

async function committedRemedy(found: GroupFiles & { kind: 'committed' }, shelf: Shelf): Promise<Remedy> {
  const { group, commit } = found
  const bad = found.files.filter(({ state }) => state === 'damaged' || state === 'missing')
  const remedies = new Map<string, FileRemedy>()
  for (const { file } of bad) {
    const from = shelf.elsewhere.get(file.sha256)
    if (from !== undefined)
      remedies.set(file.path, { path: file.path, how: 'put back', from, sha256: file.sha256 })
  }
  const rest = bad.filter(({ file }) => !remedies.has(file.path)).map(({ file }) => file)
  const done = { commit: null, opens: false, cost: noCost, why: null, lost: [] }
  if (rest.length === 0) return { ...done, files: [...remedies.values()] }

  // A replies file that is put back helps the others.
  const replies = repliesOf(commit)
  const from = replies === undefined ? undefined : remedies.get(replies.path)?.from
  const frames =
    from === undefined
      ? await framesOf(found, group.group, shelf)
      : (repliesIn(await shelf.directory.disk.readFile(shelf.directory.file(from))) ?? [])
  const made = await shelf.maker.make(group, frames, dataOf(commit))
  let files = typeof made === 'string' || made.publication === null ? null : filesOf(made.publication)
  if (replies !== undefined && !equalsSome(files, rest)) {
    files = (await vouchedFor(found, rest, replies, shelf)) ?? files
  }
  for (const file of rest) {
    const again = files?.find(({ path }) => path === file.path)
    if (again?.sha256 !== file.sha256) continue
    const bytes = await bytesOf(again).catch(() => undefined)
    if (bytes !== undefined) remedies.set(file.path, { path: file.path, how: 'make again', bytes })
  }
  const lost = rest.filter(({ path }) => !remedies.has(path))
  if (lost.length === 0) return { ...done, files: [...remedies.values()] }
  const opens = lost.some(({ role }) => role === 'main')
  const cost = typeof made === 'string' ? null : made.cost
  for (const { path, role } of lost) {
    const how = role === 'main' ? 'set aside' : opens || path !== replies?.path ? 'stay' : 'leave out'
    remedies.set(path, { path, how })
  }
  const leftOut = [...remedies.values()].some(({ how }) => how === 'leave out')
  const { epoch: _, ...about } = commit
  return {
    files: [...remedies.values()],
    commit: leftOut ? { ...about, files: commit.files.filter(({ path }) => path !== replies?.path) } : null,
    opens,
    cost: opens ? cost : noCost,
    why: whyNot(made),
    lost: [],
  }
}

function whyNot(made: Derived | string): string {
  if (typeof made === 'string') return made
  if (made.publication === null) return `${made.cost.requests} answers are not kept`
  return 'what is kept makes other bytes: another version of Rowsmith made it'
}

/** What was made of answers, and not the answers. */
function dataOf(commit: (GroupFiles & { kind: 'committed' })['commit']): CommittedFile[] {
  const replies = repliesOf(commit)
  return commit.files.filter(({ path }) => path !== replies?.path)
}

function equalsSome(files: readonly AnyFile[] | null, due: readonly CommittedFile[]): boolean {
  return due.some((file) => files?.find(({ path }) => path === file.path)?.sha256 === file.sha256)
}

/** Files made from a replies file that is not what was committed, if they are what was committed (M3). */
async function vouchedFor(
  { group, commit }: GroupFiles & { kind: 'committed' },
  due: readonly CommittedFile[],
  replies: CommittedFile,
  { directory, maker }: Shelf,
): Promise<readonly AnyFile[] | undefined> {
  const bytes = await directory.readIfThere(directory.file(replies.path))
  const lines = bytes === undefined ? undefined : repliesIn(bytes)
  if (lines === undefined) return undefined
  const data = dataOf(commit)
  const made = await maker.make(group, lines, data)
  if (typeof made === 'string' || made.publication === null) return undefined
  const files = filesOf(made.publication)
  const all = data.every((file) => files.find(({ path }) => path === file.path)?.sha256 === file.sha256)
  return all && equalsSome(files, due) ? files : undefined
}

async function uncommittedRemedy(found: GroupFiles & { kind: 'uncommitted' }, shelf: Shelf): Promise<Remedy> {
  const { group, path, state, footer } = found
  const { directory } = shelf
  const kept = await directory.readIfThere(directory.file(repliesPath(group.group)))
  const lines = kept === undefined ? undefined : repliesIn(kept)
  const frames = lines ?? shelf.logs.effects.get(group.group) ?? []
  const made = await shelf.maker.make(group, frames)
  const publication = typeof made === 'string' ? null : made.publication
  const file = publication?.files.find(({ role }) => role === 'main')
  const main = file === undefined ? undefined : await bytesOf(file)
  const bill = { ledger: answered(group, frames), rebuilt: true }
  const done = { opens: false, cost: noCost, why: null, lost: [] }
  // What says nothing of itself is contradicted by nothing; but then some answers must be left to make it from.
  const vouched = vouches(footer, main) && (footer?.keys[BODY_HASH_KEY] !== undefined || frames.length > 0)
  if (publication !== null && vouched) {
    const files: FileRemedy[] = []
    const committed: CommittedFile[] = []
    for (const file of filesOf(publication)) {
      const { path, role, sha256: due } = file
      const there = await directory.readIfThere(directory.file(path))
      const whole = there !== undefined && sha256(there) === due
      // A medium is nowhere else than where it was published; what its commit says of it holds.
      const bytes = whole ? there : await bytesOf(file).catch(() => undefined)
      if (bytes === undefined) continue
      if (!whole) files.push({ path, how: 'make again', bytes })
      committed.push({ path, role, sha256: due, size: bytes.byteLength, draft: '' })
    }
    const { media: _, ...about } = publication
    return { ...done, files, commit: { ...about, ...bill, files: committed } }
  }
  if (state === 'ours' && found.found !== null && footer?.group !== undefined) {
    const { firstRow, plannedRows, dropped } = footer.group
    // Answers that make other rows than these are not theirs; where nothing can be made, nobody can tell.
    const believed = lines !== undefined && (typeof made === 'string' || publication === null)
    const companions = await companionsOf(found, shelf)
    const files = [
      ...companions,
      ...(believed && kept !== undefined ? [companion(repliesPath(group.group), kept)] : []),
      { path, role: 'main', ...found.found, draft: '' } as const,
    ]
    const about = { group: group.group, firstRow, plannedRows, rows: footer.rows, dropped }
    const leftOut: FileRemedy = { path: repliesPath(group.group), how: 'leave out' }
    const aside = kept === undefined || believed ? [] : [leftOut]
    const lost = companions.filter(({ sha256: known }) => known === unknown).map((file) => file.path)
    return { ...done, files: aside, commit: { ...about, ...bill, files }, why: whyNot(made), lost }
  }
  const cost = typeof made === 'string' ? null : made.cost
  const aside: FileRemedy[] = state === 'damaged' ? [{ path, how: 'set aside' }] : []
  return { files: aside, commit: null, opens: true, cost, why: whyNot(made), lost: [] }
}

/** Whether a file is what a damaged one says that it was; one that says nothing is contradicted by nothing. */
function vouches(footer: FoundFooter | undefined, main: Uint8Array | undefined): boolean {
  const due = footer?.keys[BODY_HASH_KEY]
  return main !== undefined && (due === undefined || Buffer.from(main).includes(due))
}

/** What was answered or refused for a group. Requests that never ended are known to nobody any more. */
function answered({ group }: RowGroup, frames: readonly string[]): Value {
  const kept = emptyKeptGroup()
  keepFrames(new Map([[group, kept]]), frames, { wanted: (of) => of === group, counted: () => true })
  return ledgerToValue(kept.ledger)
}

/** In the place of a checksum, for a file of which only the name is known: no file has it. */
const unknown = ''

/** What belongs beside a main file: what says so and is what it says, and what should be there and is not. */
async function companionsOf(
  { group, footer }: GroupFiles & { kind: 'uncommitted' },
  { directory, run }: Shelf,
): Promise<CommittedFile[]> {
  const { disk } = directory
  const due = run === null ? [] : companionFolders(run)
  const raw = (path: string): string => rawPath(run?.raw_folder ?? 'parquet-files', path)
  const folders = directory.file(raw('processors-files'))
  const processors = await directory.list(folders)
  const there = [
    'dropped-columns-parquet-files',
    ...processors.map((name) => `processors-files/${name}`),
  ].map(raw)
  const companions: CommittedFile[] = []
  for (const folder of new Set([...due, ...there])) {
    const relative = `${folder}/${groupFileName(group.group)}`
    const path = directory.file(relative)
    const entry = await directory.stat(path)
    const says = entry?.kind === 'file' ? await readFooter(disk, path, entry.size) : undefined
    const belongs =
      says?.group?.group === group.group &&
      says.group.identity === footer?.group?.identity &&
      says.rows === footer.rows
    if (belongs && (await bodyIsWhole(disk, path, says))) {
      companions.push(companion(relative, await directory.read(path)))
    } else if (entry !== undefined || due.includes(folder)) {
      companions.push({ path: relative, role: 'companion', size: 0, sha256: unknown, draft: '' })
    }
  }
  return companions
}

/** Folders in which every row group of ours has a file, by the word of run.json. */
function companionFolders(run: RunFile): string[] {
  const { document } = run.rows_identity
  const config = isValueObject(document) ? document.config : undefined
  const columns = config !== undefined && isValueObject(config) ? config.columns : undefined
  const drops =
    Array.isArray(columns) && columns.some((column) => isValueObject(column) && column.drop === true)
  const dropped = run.preserve_dropped_columns && drops ? ['dropped-columns-parquet-files'] : []
  const folders = [...dropped, ...processorNames(run).map((name) => `processors-files/${name}`)]
  return folders.map((folder) => rawPath(run.raw_folder, folder))
}

function companion(path: string, bytes: Uint8Array): CommittedFile {
  return { path, role: 'companion', size: bytes.byteLength, sha256: sha256(bytes), draft: '' }
}
