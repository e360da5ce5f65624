/**
 * The files of published row groups, held against their commits byte for byte.
 *
 * Rules:
 *   1. The last commit of a group counts; an earlier one only if the last one's main file and answers are nowhere and its own is
 *      there. So an old version of a file that was put back is damage.
 *   2. A file that has its draft still is not lost. Where its name is free, or holds the file that it is to replace, the next
 *      run puts it in place; where something else is in the way, only a repair does.
 *   3. A whole file without a commit is a row group of Rowsmith whose commit was lost, or one of another tool that no run has
 *      read through yet. What a file says of itself is believed only if its body matches its footer.
 */

import { present } from '../../base/errors/present.ts'
import type { PlanRange, RowGroup } from '../../plan/row-groups.ts'
import { groupCount, groupOf } from '../../plan/row-groups.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { groupFileName, looksLikeBatch, parseGroupFileName, rawPath } from '../../store/files/layout.ts'
import type { Commit, CommittedFile } from '../../store/logs/commits.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import { bodyIsWhole, type FoundFooter, readFooter } from '../../store/publishing/footer.ts'
import type { FileHasher } from '../../store/reading/file-hasher.ts'

export interface FileState {
  readonly file: CommittedFile
  readonly state: 'whole' | 'draft' | 'damaged' | 'missing'
  /** What lies under its name; null when nothing does. */
  readonly found: { readonly size: number; readonly sha256: string } | null
  /** Whether its draft is there and whole. */
  readonly hasDraft: boolean
}

/** A row group that was published once. */
export type GroupFiles =
  | {
      readonly kind: 'committed'
      readonly group: RowGroup
      readonly commit: Commit
      readonly files: readonly FileState[]
    }
  /** Its main file is there, or was, and no commit mentions it. */
  | {
      readonly kind: 'uncommitted'
      readonly group: RowGroup
      readonly path: string
      /** Of the main file; null when it is missing. */
      readonly found: { readonly size: number; readonly sha256: string } | null
      readonly state: 'rowsmith' | 'damaged' | 'missing' | 'another tool'
      readonly footer: FoundFooter | undefined
    }

export interface FoundGroups {
  /** By number of the group. */
  readonly groups: ReadonlyMap<number, GroupFiles>
  /** Names of readable `batch_*` files in the raw folder that are no row group of this dataset. */
  readonly foreign: readonly string[]
  /** Names of unreadable ones that the plan has no place for. */
  readonly stray: readonly string[]
}

export interface ScanContext {
  readonly directory: DatasetDirectory
  readonly hasher: FileHasher
  readonly encoder: Encodes
  /** Null when run.json cannot be read, or another tool made the dataset. */
  readonly run: RunFile | null
  /** The plan that row groups of another tool belong to; undefined when they are foreign. */
  readonly importing: readonly PlanRange[] | undefined
  readonly drafts: ReadonlySet<string>
  /** The latest epoch of a run whose commit log is missing or damaged, as far as anything shows of it; 0 for none. */
  readonly unlogged: number
  readonly signal: AbortSignal | undefined
  /** Called with files as they are done, and of bytes as they are read. */
  readonly onFile: (of: number) => void
  readonly onBytes: (bytes: number) => void
}

/** @throws RowsmithError io_error; the signal's reason */
export async function findGroups(at: ScanContext, commits: readonly Commit[]): Promise<FoundGroups> {
  const byGroup = Map.groupBy(commits, ({ group }) => group)
  const rawFolder = at.run?.raw_folder ?? 'parquet-files'
  const names = (await at.directory.files.list(rawFolder)).filter(looksLikeBatch)
  const uncommitted = names.filter((name) => !byGroup.has(parseGroupFileName(name) ?? -1))
  const lasts = [...byGroup.values()].map((ofGroup) => present(ofGroup.at(-1), 'of group'))
  const of = lasts.reduce((sum, { files }) => sum + files.length, 0) + uncommitted.length
  at.onFile(of)

  const groups = new Map<number, GroupFiles>()
  const states = new Map<string, FileState>()
  const key = (commit: Commit, file: CommittedFile): string => `${commit.group}/${file.path}`
  const files = lasts.flatMap((commit) => commit.files.map((file) => ({ commit, file })))
  await several(at.hasher.width, files, async ({ commit, file }) => {
    const earlier = present(byGroup.get(commit.group), 'by group').slice(0, -1)
    const replaced = earlier.flatMap(({ files }) => files.filter(({ path }) => path === file.path))
    const checksums = new Set(replaced.map(({ sha256 }) => sha256))
    states.set(key(commit, file), await stateOf(at, file, checksums))
    at.onFile(of)
  })
  for (const [number, ofGroup] of byGroup) {
    const last = present(ofGroup.at(-1), 'of group')
    const found = last.files.map((file) => present(states.get(key(last, file)), 'states'))
    const group = groupIn(at, number, last)
    const unrecorded = isThere(found) ? undefined : await withoutCommit(at, rawFolder, ofGroup, found)
    if (unrecorded !== undefined) {
      groups.set(number, unrecorded)
      continue
    }
    const isUsable = isThere(found) || answersAreWhole(found)
    const earlier = isUsable ? undefined : await earlierOf(at, ofGroup.slice(0, -1))
    groups.set(number, { kind: 'committed', group, ...(earlier ?? { commit: last, files: found }) })
  }
  const foreign: string[] = []
  const stray: string[] = []
  await several(at.hasher.width, uncommitted, async (name) => {
    const found = await uncommittedFile(at, `${rawFolder}/${name}`, name)
    if (typeof found === 'object') groups.set(found.group.group, found)
    else if (found === 'foreign') foreign.push(name)
    else if (found === 'stray') stray.push(name)
    at.onFile(of)
  })
  return {
    groups: new Map([...groups].sort(([a], [b]) => a - b)),
    foreign: foreign.sort(),
    stray: stray.sort(),
  }
}

/** Whether a group counts as published: its main file is there, or will be. */
export function isThere(files: readonly FileState[]): boolean {
  return files.some(({ file, state }) => file.role === 'main' && (state === 'whole' || state === 'draft'))
}

/** With its answers a group can be made again as its last commit says, so an earlier one of its files does not count. */
function answersAreWhole(files: readonly FileState[]): boolean {
  return files.some(({ file, state }) => file.path.startsWith('.rowsmith/replies/') && state === 'whole')
}

/**
 * A whole file of Rowsmith that no commit mentions: another commit did, and its log is missing. Where no later log can be missing, it is
 * damage, perhaps to the footer, which has no checksum of its own.
 */
async function withoutCommit(
  at: ScanContext,
  rawFolder: string,
  commits: readonly Commit[],
  files: readonly FileState[],
): Promise<Uncommitted | undefined> {
  const main = files.find(({ file }) => file.role === 'main')
  if (main?.state !== 'damaged' || answersAreWhole(files)) return undefined
  if (at.unlogged <= present(commits.at(-1), 'commits').epoch) return undefined
  const known = new Set(commits.flatMap(({ files: all }) => all.map(({ sha256 }) => sha256)))
  if (main.found === null || known.has(main.found.sha256)) return undefined
  const name = groupFileName(present(commits[0], 'commits').group)
  if (main.file.path !== `${rawFolder}/${name}`) return undefined
  const found = await uncommittedFile(at, main.file.path, name)
  return typeof found === 'object' && found.state === 'rowsmith' ? found : undefined
}

async function earlierOf(
  at: ScanContext,
  commits: readonly Commit[],
): Promise<{ commit: Commit; files: readonly FileState[] } | undefined> {
  for (const commit of [...commits].reverse()) {
    const files = await Promise.all(commit.files.map((file) => stateOf(at, file)))
    if (isThere(files)) return { commit, files }
  }
  return undefined
}

function groupIn({ run }: ScanContext, group: number, { firstRow, plannedRows }: Commit): RowGroup {
  const planned = run !== null && group < groupCount(run.segments)
  return planned ? groupOf(run.segments, group) : { group, firstRow, rows: plannedRows }
}

/**
 * How a committed file is found.
 *
 * @param replaced checksums of files that earlier commits of its group put under its name
 */
export async function stateOf(
  at: ScanContext,
  file: CommittedFile,
  replaced: ReadonlySet<string> = new Set(),
): Promise<FileState> {
  const found = await hashed(at, file.path)
  if (found !== null && found.size === file.size && found.sha256 === file.sha256) {
    return { file, state: 'whole', found, hasDraft: false }
  }
  const hasDraft = at.drafts.has(file.draft) && (await isDraft(at, file))
  const pending = hasDraft && (found === null || replaced.has(found.sha256))
  return { file, state: pending ? 'draft' : found === null ? 'missing' : 'damaged', found, hasDraft }
}

async function isDraft({ directory, hasher }: ScanContext, file: CommittedFile): Promise<boolean> {
  const path = `.rowsmith/drafts/${file.draft}`
  const entry = await directory.files.stat(path)
  return entry?.size === file.size && (await hasher.hash(path, entry.size)) === file.sha256
}

async function hashed(at: ScanContext, path: string): Promise<{ size: number; sha256: string } | null> {
  at.signal?.throwIfAborted()
  const entry = await at.directory.files.stat(path)
  if (entry === undefined) return null
  if (entry.kind !== 'file') return { size: 0, sha256: '' }
  return { size: entry.size, sha256: await at.hasher.hash(path, entry.size, at.onBytes) }
}

type Uncommitted = GroupFiles & { kind: 'uncommitted' }

async function uncommittedFile(
  at: ScanContext,
  path: string,
  name: string,
): Promise<Uncommitted | 'foreign' | 'stray' | 'missing'> {
  const { directory, run } = at
  const number = parseGroupFileName(name)
  const found = await hashed(at, path)
  if (found === null) return 'missing'
  const footer = await readFooter(directory.files, path, found.size)
  const plan = at.importing ?? run?.segments
  const planned = number !== undefined && (plan === undefined || number < groupCount(plan))
  if (!planned) return footer === undefined ? 'stray' : 'foreign'
  const rows = footer?.rows ?? 0
  const group = plan === undefined ? { group: number, firstRow: 0, rows } : groupOf(plan, number)
  const about = { kind: 'uncommitted', group, path, found, footer } as const
  if (footer === undefined) return { ...about, state: 'damaged' }
  const isOwn = Object.keys(footer.keys).some((key) => key.startsWith('rowsmith.'))
  if (!isOwn) {
    if (run !== null && at.importing === undefined) return 'foreign'
    const { table } = await at.encoder.examine(await directory.files.readFile(path))
    return { ...about, state: table === null ? 'damaged' : 'another tool' }
  }
  const { group: says } = footer
  const matches = says?.group === number && (run === null || says.identity === run.rows_identity.hash)
  if (!matches) return 'foreign'
  return { ...about, state: (await bodyIsWhole(directory.files, path, footer)) ? 'rowsmith' : 'damaged' }
}

/**
 * What is wrong with the files that another tool put next to its row groups: it keeps no record of them, but what it has for
 * one row group it has for all.
 */
export async function sidecarsOfOthers(
  { directory, encoder, signal, run }: ScanContext,
  groups: Iterable<GroupFiles>,
): Promise<{ readonly path: string; readonly state: 'damaged' | 'missing' }[]> {
  const names = [...groups].flatMap((group) =>
    group.kind === 'uncommitted' && group.state === 'another tool' ? [groupFileName(group.group.group)] : [],
  )
  if (names.length === 0) return []
  const raw = (path: string): string => rawPath(run?.raw_folder ?? 'parquet-files', path)
  const processors = await directory.files.list(raw('processors-files'))
  const wrong: { path: string; state: 'damaged' | 'missing' }[] = []
  for (const folder of [
    'dropped-columns-parquet-files',
    ...processors.map((name) => `processors-files/${name}`),
  ].map(raw)) {
    const there = new Set(await directory.files.list(folder))
    if (!names.some((name) => there.has(name))) continue
    for (const name of names) {
      signal?.throwIfAborted()
      const path = `${folder}/${name}`
      if (!there.has(name)) wrong.push({ path, state: 'missing' })
      else {
        const bytes = await directory.files.readFile(path)
        if ((await encoder.examine(bytes)).table === null) wrong.push({ path, state: 'damaged' })
      }
    }
  }
  return wrong
}

/** Does something with every item, a few at a time. */
async function several<T>(
  width: number,
  items: readonly T[],
  action: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  const worker = async (): Promise<void> => {
    for (const item of rest) await action(item)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
}
