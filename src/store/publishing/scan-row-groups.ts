/**
 * What became of every row group: looks at commits, drafts and files, and changes nothing.
 *
 * Rules:
 *   1. A group is published when its main file is whole. Its commit says what whole means; a file without a commit
 *      is whole when it carries this run's identity and its own number, and its body matches its footer.
 *   2. A committed group whose drafts are all missing was synced to the end, so its sizes are enough to know it. Only
 *      where a draft is left, or a size is wrong, are bytes read.
 *   3. A committed group with a lost draft is open again. A published one stays published, whatever sidecar file is lost.
 *   4. A readable `batch_*` file that is none of Rowsmith is never touched: it is named, and another process decides.
 *   5. Where another tool works on the dataset too, a whole file without footer keys of Rowsmith is a row group it made. It
 *      is `imported`: as good as published, but no commit says so yet, and its pages have not been read.
 */

import { join } from 'node:path'
import { errnoOf } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { groupCount, groupOf, type PlanRange } from '../../plan/row-groups.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { groupFileName, looksLikeBatch, parseGroupFileName } from '../files/layout.ts'
import { mapWithLimit } from '../files/map-with-limit.ts'
import type { Commit, CommittedFile } from '../logs/commits.ts'
import { bodyIsWhole, type FoundFooter, readFooter } from './footer.ts'
import { draftPath, hasBytes, holdsFile } from './publish.ts'

/** Where a dataset's progress is looked for, and how its files are known. */
export interface ScanOptions {
  /** @default 'parquet-files' */
  readonly rawFolder?: string
  /** The hash of the rows identity and the number of planned groups; without it any file of Rowsmith counts as one of this run. */
  readonly run?: { readonly identity: string; readonly groups: number }
  /** The plan that row groups of another tool belong to (rule 5); without it they are foreign. */
  readonly importing?: readonly PlanRange[]
  /** Which row groups are looked at; files that are none's belong to the dataset itself. @default all */
  readonly includes?: (group: number | undefined) => boolean
  /** Whether missing sidecar files are reported; they make no difference to what is published. @default true */
  readonly sidecars?: boolean
}

type GroupState =
  /** Its main file is whole. `missing`: sidecar files that are missing for good. */
  | { readonly kind: 'published'; readonly commit: Commit; readonly missing: readonly string[] }
  /** Made by another tool, and whole as far as its footer shows (rule 5). */
  | { readonly kind: 'imported'; readonly commit: Commit }
  /** Committed; files are still to get their final names, or drafts to go. `damaged`: a file that stands in the way. */
  | {
      readonly kind: 'committed'
      readonly commit: Commit
      readonly missing: readonly string[]
      readonly damaged: string | undefined
    }
  /** To be made (again). `damaged`: an unreadable file under its name. */
  | { readonly kind: 'open'; readonly damaged: string | undefined }

export interface DirectoryScan {
  /** Every group with a commit or a file. */
  readonly groups: ReadonlyMap<number, GroupState>
  /** Names of readable `batch_*` files that are none of Rowsmith, sorted. */
  readonly foreign: readonly string[]
  /** Names in the drafts folder. */
  readonly drafts: readonly string[]
}

/** @throws RowsmithError io_error */
export async function scanRowGroups(
  directory: DatasetDirectory,
  commits: readonly Commit[],
  options: ScanOptions = {},
): Promise<DirectoryScan> {
  const { layout } = directory
  const rawFolder = options.rawFolder ?? 'parquet-files'
  const folder = directory.file(rawFolder)
  const names = await directory.list(folder)
  const drafts = await directory.list(layout.drafts)
  const scanner = new RowGroupScanner(directory, folder, rawFolder, new Set(drafts), options)

  const byGroup = new Map<number, Commit[]>()
  const { includes = () => true } = options
  for (const commit of commits) {
    if (!includes(commit.group)) continue
    const earlier = byGroup.get(commit.group)
    // The last commit of a group counts, so it comes first.
    if (earlier === undefined) byGroup.set(commit.group, [commit])
    else earlier.unshift(commit)
  }
  const groups = new Map(
    await mapWithLimit(
      [...byGroup],
      async ([group, ofGroup]) => [group, await scanner.committed(group, ofGroup)] as const,
    ),
  )
  const others = names.filter(looksLikeBatch)
  await mapWithLimit(others, async (name) => {
    const group = parseGroupFileName(name)
    if (!includes(group) || (group !== undefined && groups.has(group))) return
    const state = await scanner.uncommitted(group, name)
    if (group !== undefined && state !== undefined) groups.set(group, state)
  })
  return { groups, foreign: scanner.foreign.sort(), drafts }
}

class RowGroupScanner {
  readonly foreign: string[] = []
  readonly #directory: DatasetDirectory
  readonly #folder: string
  readonly #rawFolder: string
  readonly #drafts: ReadonlySet<string>
  readonly #run: ScanOptions['run']
  readonly #importing: ScanOptions['importing']
  readonly #sidecars: boolean

  constructor(
    directory: DatasetDirectory,
    folder: string,
    rawFolder: string,
    drafts: ReadonlySet<string>,
    options: ScanOptions,
  ) {
    this.#directory = directory
    this.#folder = folder
    this.#rawFolder = rawFolder
    this.#drafts = drafts
    this.#run = options.run
    this.#importing = options.importing
    this.#sidecars = options.sidecars ?? true
  }

  /** @param commits of one group, the last one first */
  async committed(group: number, commits: readonly Commit[]): Promise<GroupState> {
    const last = present(commits[0], 'commits')
    const draftsLeft = commits.some((commit) => commit.files.some((file) => this.#drafts.has(file.draft)))
    if (!draftsLeft) {
      const missing = await this.#withOtherSize(last)
      if (!missing.some((file) => file.role === 'main')) return published(last, missing)
    }
    for (const commit of commits) {
      const places = await Promise.all(commit.files.map((file) => this.#find(file)))
      const missing = commit.files.filter((_, index) => places[index] === 'nowhere')
      const main = places[commit.files.findIndex((file) => file.role === 'main')]
      if (main === 'nowhere') continue
      const damaged = main === 'draft' ? await this.#inTheWay(group, commit.replaces) : undefined
      if (damaged === 'foreign') break
      return { ...published(commit, missing), kind: 'committed', damaged }
    }
    return (await this.uncommitted(group, groupFileName(group))) ?? { kind: 'open', damaged: undefined }
  }

  /** What a file without a valid commit is; undefined when there is none, or it is none of Rowsmith. */
  async uncommitted(group: number | undefined, name: string): Promise<GroupState | undefined> {
    const planned = group !== undefined && (this.#run === undefined || group < this.#run.groups)
    const { footer, size } = await this.#footer(name)
    if (size === undefined) return undefined
    if (footer === undefined) return planned ? { kind: 'open', damaged: name } : undefined
    if (group !== undefined && this.#isImported(footer)) {
      return { kind: 'imported', commit: this.#importedCommit(group, footer, name, size) }
    }
    if (!planned || !this.#isOwn(footer, group)) {
      this.foreign.push(name)
      return undefined
    }
    if (!(await bodyIsWhole(this.#directory.disk, join(this.#folder, name), footer)))
      return { kind: 'open', damaged: name }
    return published(this.#commitOf(footer, name, size), [])
  }

  /** A file under the main name of a group that is to be put there from its draft, unless it is the one to replace. */
  async #inTheWay(group: number, replaces: string | undefined): Promise<string | 'foreign' | undefined> {
    const name = groupFileName(group)
    if (
      replaces !== undefined &&
      (await hasBytes(this.#directory.disk, join(this.#folder, name), replaces))
    ) {
      return undefined
    }
    const { footer, size } = await this.#footer(name)
    if (size === undefined) return undefined
    return footer === undefined || this.#isOwn(footer, group) ? name : 'foreign'
  }

  async #footer(name: string): Promise<{ footer?: FoundFooter | undefined; size?: number }> {
    const path = join(this.#folder, name)
    const found = await this.#directory.stat(path)
    if (found === undefined) return {}
    if (found.kind !== 'file') return { size: 0 }
    return { footer: await readFooter(this.#directory.disk, path, found.size), size: found.size }
  }

  #isOwn({ group: says }: FoundFooter, group: number): boolean {
    return says?.group === group && (this.#run === undefined || says.identity === this.#run.identity)
  }

  #isImported({ keys }: FoundFooter): boolean {
    return this.#importing !== undefined && !Object.keys(keys).some((key) => key.startsWith('rowsmith.'))
  }

  /** The commit of a group that another tool made: which of its planned rows are missing is not known. */
  #importedCommit(group: number, { rows }: FoundFooter, name: string, size: number): Commit {
    const plan = present(this.#importing, 'the plan of another tool')
    const planned = group < groupCount(plan) ? groupOf(plan, group) : { firstRow: 0, rows }
    const path = `${this.#rawFolder}/${name}`
    return {
      epoch: 0,
      group,
      firstRow: planned.firstRow,
      plannedRows: Math.max(planned.rows, rows),
      rows,
      dropped: [],
      ledger: null,
      files: [{ path, role: 'main', size, sha256: '', draft: '' }],
    }
  }

  /** A commit as it must have been, for a file whose commit is lost. */
  #commitOf(footer: FoundFooter, name: string, size: number): Commit {
    const { group, firstRow, plannedRows, dropped } = present(footer.group, 'footers of row groups')
    const path = `${this.#rawFolder}/${name}`
    const file = { path, role: 'main', size, sha256: '', draft: '' } as const
    return { epoch: 0, group, firstRow, plannedRows, rows: footer.rows, dropped, ledger: null, files: [file] }
  }

  /** Files of a commit that are not there with their size. */
  async #withOtherSize({ files }: Commit): Promise<CommittedFile[]> {
    const looked = this.#sidecars ? files : files.filter(({ role }) => role === 'main')
    const sizes = await Promise.all(
      looked.map(async ({ path }) => {
        const found = await this.#directory.stat(this.#directory.file(path))
        return found?.kind === 'file' ? found.size : undefined
      }),
    )
    return looked.filter((file, index) => sizes[index] !== file.size)
  }

  async #find(file: CommittedFile): Promise<'final' | 'draft' | 'nowhere'> {
    if (await this.#holds(this.#directory.file(file.path), file)) return 'final'
    if (!this.#drafts.has(file.draft)) return 'nowhere'
    return (await this.#holds(draftPath(this.#directory.layout, file.draft), file)) ? 'draft' : 'nowhere'
  }

  /**
   * A main file that the disk cannot read is as good as missing: it is made again from what was paid for. A sidecar file is
   * not, and may be what was paid for: there the failure, which may pass, is reported.
   */
  async #holds(path: string, file: CommittedFile): Promise<boolean> {
    try {
      return await holdsFile(this.#directory.disk, path, file)
    } catch (error) {
      const errno = errnoOf(error instanceof Error ? error.cause : undefined)
      if (errno === 'EIO' && file.role === 'main') return false
      throw error
    }
  }
}

function published(commit: Commit, missing: readonly CommittedFile[]): GroupState & { kind: 'published' } {
  return { kind: 'published', commit, missing: missing.map((file) => file.path) }
}
