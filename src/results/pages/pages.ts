/**
 * Some rows of a dataset, from any position, also while a run is on.
 *
 * Owns: the row groups that were read last, parsed. Never: takes a lock, changes a byte, or keeps a file open.
 * Rules:
 *   1. What the directory holds is read again when a control file, the folder of row groups or the journal changed, and only then.
 *   2. Rows of published row groups come from bytes that were checked. Rows of open ones have the values that stored answers make.
 *   3. A page reads as many open row groups as it may; of the others the values are not known, and `why` says so.
 *   4. The rows of a page belong to the caller: to change them changes nothing here.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { objectOf, type Value, type ValueObject } from '../../base/values/value.ts'
import { Recent } from '../../base/work/recent.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { parseCommitsName } from '../../store/files/layout.ts'
import type { Row } from '../../store/parquet/parquet-rows.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import { publishedFiles, requireDataset, requireReadable } from '../rows/dataset-results.ts'
import { integerReader, type ReadOptions } from '../rows/integers.ts'
import type { Reading } from '../rows/unfinished.ts'
import { type InspectedRow, inspectRow } from '../status/inspect.ts'
import { blockFolders, type StoredGroup, StoredGroups } from '../status/stored-groups.ts'
import { groupAt, type IndexedGroup, type RowIndex, rowIndexOf } from './row-index.ts'

export interface PageOptions extends ReadOptions {
  /** Rows before post-processing. @default false */
  readonly raw?: boolean
  /** Of these positions, as `positions` gives them: `at` and `count` then count within them. @default all, in order */
  readonly positions?: ArrayLike<number>
}

export interface PageRow {
  /** From 0, over all planned rows; of a table of a processor, over its rows. */
  readonly position: number
  /** Its number for `inspect`; null for a row of a table, or of a row group that a column resized. */
  readonly row: number | null
  readonly state: 'written' | 'dropped' | 'open'
  /** By column; of an open row those that are there so far; null when nothing is known. */
  readonly values: Row | null
  /** Why a dropped row has no values: the column that failed, and how. */
  readonly failed: { readonly column: string | null; readonly code: string | null } | null
}

export interface Page {
  /** Positions that the dataset has. */
  readonly of: number
  readonly rows: readonly PageRow[]
  /** Changes whenever the page may be another. */
  readonly version: string
  /** Why values of open rows are not known; null when they are. */
  readonly why: string | null
}

/** Bytes of files whose rows are held. */
const heldMax = 48_000_000
/** Open row groups that one page replays. */
const openGroupsMax = 4

interface Snapshot {
  readonly version: string
  readonly view: DatasetView
  readonly checked: CheckedFiles
  readonly indexes: Map<boolean, Promise<RowIndex>>
}

interface FileRows {
  readonly rows: readonly Row[]
  readonly bytes: number
}

export class DatasetPages {
  readonly #directory: DatasetDirectory
  readonly #stored: StoredGroups
  readonly #files = new Recent<FileRows>(heldMax, ({ bytes }) => bytes)
  readonly #sound = new Set<string>()
  #snapshot: Snapshot | undefined

  constructor({ disk, config }: Reading, path: string) {
    this.#directory = DatasetView.at(disk, path).directory
    this.#stored = new StoredGroups(config)
  }

  /** @throws RowsmithError dataset_not_found, usage, integer_too_large; file_damaged, io_error */
  async page(at: number, count: number, options: PageOptions = {}): Promise<Page> {
    for (const [name, value] of Object.entries({ at, count })) {
      if (Number.isSafeInteger(value) && value >= 0) continue
      throw new RowsmithError('usage', `${name} must be a whole number from 0, not ${value}`)
    }
    const { raw = false, positions, ...read } = options
    const snapshot = await this.#look()
    const index = await this.#index(snapshot, raw)
    const of = positions?.length ?? index.length
    const wanted = Array.from({ length: Math.max(0, Math.min(count, of - at)) }, (_, offset) =>
      positions === undefined ? at + offset : (positions[at + offset] ?? 0),
    )
    const groups = [...new Set(wanted.flatMap((position) => groupAt(index, position) ?? []))]
    const open = await this.#openRows(snapshot, groups)
    const found = new Map<number, PageRow>()
    const isWanted = new Set(wanted)
    for (const group of groups) {
      const rows = group.path === undefined ? undefined : await this.#file(snapshot, group.path)
      for (const row of rowsOfGroup(group, { found: rows, made: open.groups.get(group) })) {
        if (isWanted.has(row.position)) found.set(row.position, row)
      }
    }
    const convert = integerReader(read)
    const rows = wanted.flatMap((position) => {
      const row = found.get(position)
      if (row?.values == null) return row ?? []
      return { ...row, values: convert(copyOf(row.values), position) }
    })
    return { of, rows, version: snapshot.version, why: open.why }
  }

  /** The first rows that are published. @throws RowsmithError as `page` */
  async head(count: number, { raw = false, ...read }: PageOptions = {}): Promise<Row[]> {
    const snapshot = await this.#look()
    const convert = integerReader(read)
    const rows: Row[] = []
    for (const path of await publishedFiles(snapshot.view, raw)) {
      if (rows.length >= count) break
      const found = await this.#file(snapshot, path)
      for (const row of found.slice(0, count - rows.length)) rows.push(convert(copyOf(row), rows.length))
    }
    return rows
  }

  /** @throws RowsmithError as `inspectRow` */
  async inspect(row: number, column: string | null): Promise<InspectedRow> {
    return inspectRow((await this.#look()).view, this.#stored, row, column)
  }

  /** Where rows are now, for questions to all of them. @throws RowsmithError as `rowIndexOf` */
  async index(raw: boolean): Promise<{ readonly view: DatasetView; readonly index: RowIndex }> {
    const snapshot = await this.#look()
    return { view: snapshot.view, index: await this.#index(snapshot, raw) }
  }

  /** Reads files through before DuckDB reads them, each once as long as it does not change. @throws RowsmithError file_damaged */
  async check(files: readonly string[]): Promise<void> {
    const { checked } = await this.#look()
    const names = await Promise.all(files.map((path) => this.#fileName(path)))
    const unread = files.filter((_path, at) => !this.#sound.has(names[at] ?? ''))
    await checked.require(unread)
    for (const name of names) this.#sound.add(name)
  }

  #index(snapshot: Snapshot, raw: boolean): Promise<RowIndex> {
    const found = snapshot.indexes.get(raw) ?? rowIndexOf(snapshot.view, raw)
    snapshot.indexes.set(raw, found)
    return found
  }

  /** Rule 1. */
  async #look(): Promise<Snapshot> {
    const version = await directoryVersion(this.#directory)
    if (this.#snapshot?.version !== version) {
      const view = new DatasetView(this.#directory)
      await requireReadable(view)
      this.#snapshot = { version, view, checked: new CheckedFiles(view), indexes: new Map() }
    }
    return this.#snapshot
  }

  async #file({ checked }: Snapshot, path: string): Promise<readonly Row[]> {
    const name = await this.#fileName(path)
    const { rows } = await this.#files.get(name, async () => ({
      rows: await checked.rows(path),
      bytes: (await this.#directory.stat(path))?.size ?? 0,
    }))
    return rows
  }

  /** A file, and what changes when it does. */
  async #fileName(path: string): Promise<string> {
    const { size, modified, inode } = (await this.#directory.stat(path)) ?? {}
    return `${path} ${size} ${modified} ${inode}`
  }

  /** Rule 3. */
  async #openRows(
    { view }: Snapshot,
    groups: readonly IndexedGroup[],
  ): Promise<{ readonly groups: ReadonlyMap<IndexedGroup, StoredGroup>; readonly why: string | null }> {
    const run = await view.plannedRun()
    const open = groups.filter(({ planned, path, reopened }) => planned && (!path || reopened.size > 0))
    if (run === undefined || open.length === 0) return { groups: new Map(), why: null }
    const read = open.slice(0, openGroupsMax)
    const planned = read.flatMap((group) => group.planned ?? [])
    const stored = await this.#stored.get(view, run, planned)
    const made = new Map<IndexedGroup, StoredGroup>()
    let why: string | null = null
    for (const [index, group] of read.entries()) {
      const found = stored[index]
      if (found === undefined) continue
      if (found.byRow.size === 0) continue
      if (typeof found.replayed === 'string') why ??= found.replayed
      made.set(group, found)
    }
    if (open.length > read.length) {
      why ??= `only the first ${openGroupsMax} open row groups of a page are read`
    }
    return { groups: made, why }
  }
}

/** The rows of one group. */
function* rowsOfGroup(
  group: IndexedGroup,
  from: { readonly found: readonly Row[] | undefined; readonly made: StoredGroup | undefined },
): Generator<PageRow> {
  const { found, made } = from
  const replayed = typeof made?.replayed === 'string' ? undefined : made?.replayed
  let next = 0
  for (let offset = 0; offset < group.length; offset++) {
    const position = group.at + offset
    const failed = group.dropped.get(offset)
    const written = found !== undefined && failed === undefined ? (found[next++] ?? null) : null
    const row = group.planned === undefined ? null : group.planned.firstRow + offset
    const isOpen = found === undefined || group.reopened.has(offset)
    if (!isOpen) {
      const state = failed === undefined ? 'written' : 'dropped'
      yield { position, row, state, values: written, failed: failed ?? null }
      continue
    }
    const givenUp = row === null ? undefined : made?.state.rowFailures.get(row)
    const values = row === null || replayed === undefined ? null : objectOf([...replayed.values(row)])
    yield { position, row, state: 'open', values, failed: givenUp ?? null }
  }
}

/** Rule 4. */
function copyOf<T extends Value>(value: T): T {
  if (Array.isArray(value)) return value.map((item: Value) => copyOf(item)) as unknown as T
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value as ValueObject)
  return objectOf(members.map(([name, member]) => [name, copyOf(member)] as const)) as T
}

/** What changes whenever something of the directory does that rows depend on, the journal excepted. @throws RowsmithError dataset_not_found, io_error */
export async function directoryVersion(directory: DatasetDirectory): Promise<string> {
  await requireDataset(directory)
  const { files } = directory
  const commits: string[] = []
  for (const folder of ['.rowsmith', ...(await blockFolders(files))]) {
    const logs = (await files.list(folder)).filter((name) => parseCommitsName(name) !== undefined)
    commits.push(...logs.map((name) => `${folder}/${name}`))
  }
  const names = [
    ...['.rowsmith/run.json', 'metadata.json', 'builder_config.json', '.rowsmith/launch.json'],
    ...['parquet-files', '.rowsmith/stage'],
    ...commits,
  ]
  const entries = await Promise.all(names.map((name) => files.stat(name)))
  return entries
    .map((entry) => (entry === undefined ? '-' : `${entry.size}:${entry.modified}:${entry.inode ?? ''}`))
    .join()
}
