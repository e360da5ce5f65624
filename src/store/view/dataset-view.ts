/**
 * One read of a dataset directory.
 *
 * Owns: which parts of a directory were read, and that each is read at most once. Never: changes a byte, or decides anything.
 * Rules:
 *   1. A part is read at its first use, and stays: run.json is read once for all holders of this view.
 *   2. A view is as old as its parts. Code that must know whether something changed takes a new one (`refresh`): a command takes
 *      one before the lock and one under it.
 *   3. What is wrong with a file is its contents here (`Found`); a disk that fails rejects, for every caller.
 *   4. metadata.json and run.json say which files of row groups count, so a scan reads them first, then the commits, then the files.
 *   5. A journal segment that an earlier view found sound is not read again while it has the same size.
 *   6. A dataset in blocks is the union of its blocks: `blocks` gives a view of each, which knows its part of the plan alone. A view of the
 *      dataset adds up what they hold; its own folder has what is not of any block. The small files are those of the dataset.
 *
 * For example: `contentsOf(await new DatasetView(directory).run())?.segments`.
 */
import { normalize } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { formatJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import type { ProcessIdentity } from '../../disk/process-identity.ts'
import {
  checkJournal,
  journalSegments,
  readJournal,
  type SegmentContents,
  type SoundSegments,
} from '../../journal/replay.ts'
import { blockRanges } from '../../plan/blocks.ts'
import type { Found, LockFacts, MetadataFacts } from '../../plan/facts.ts'
import { groupCount, groupsIn, holdsGroup, type PlanRange } from '../../plan/row-groups.ts'
import { storedPlan } from '../../plan/stored-plan.ts'
import type { ToolLists } from '../../tools/call/contract.ts'
import { type BuilderFile, builderConfigIn, readBuilderFile } from '../control/builder-file.ts'
import { type FoundHistory, readLastLine } from '../control/history.ts'
import { type LaunchFile, readLaunchFile } from '../control/launch-file.ts'
import { type MetadataAsFound, metadataAsFound, metadataIn } from '../control/metadata.ts'
import { type RunFile, readRunFile } from '../control/run-file.ts'
import { readToolsFile } from '../control/tools-file.ts'
import { DatasetDirectory } from '../files/dataset-directory.ts'
import { contentsOf } from '../files/read-file.ts'
import { lockFacts, lockHolder } from '../lock/lock.ts'
import { type Commit, type CommitLogs, readCommitLogs } from '../logs/commits.ts'
import {
  type PostProcessingCommit,
  type PostProcessingState,
  postProcessingState,
} from '../logs/post-processing-commits.ts'
import { joinedRetries } from '../logs/retries.ts'
import { type DirectoryScan, scanRowGroups } from '../publishing/scan-row-groups.ts'
import type { Lacking } from './lacks.ts'
import { type Losses, lossesIn } from './losses.ts'
import { type FileFooter, footersIn, unlikeMetadata } from './metadata-claims.ts'
import { scanOptions } from './scan-options.ts'

export class DatasetView {
  readonly directory: DatasetDirectory
  readonly #sound: SoundSegments
  readonly #parts = new Map<string, Promise<unknown>>()
  /** Of a block: run.json with its part of the plan. */
  readonly #block: RunFile | undefined

  constructor(directory: DatasetDirectory, sound: SoundSegments = new Map(), block?: RunFile) {
    this.directory = directory
    this.#sound = sound
    this.#block = block
  }

  static at(disk: Disk, path: string): DatasetView {
    return new DatasetView(new DatasetDirectory(disk, path))
  }

  /** A view of the same directory that has read nothing yet (rule 2). */
  refresh(): DatasetView {
    return new DatasetView(this.directory, this.#sound, this.#block)
  }

  /** A view of each block that has rows, by number; none of a dataset that one process makes (rule 6). */
  blocks(): Promise<readonly DatasetView[]> {
    return this.#once('blocks', async () => {
      const found = await this.run()
      const run = found.kind === 'read' ? found.contents : undefined
      if (run?.blocks === undefined || this.#block !== undefined) return []
      const numbers = Array.from({ length: run.blocks.count }, (_, block) => block)
      return numbers.flatMap((block) => blockView(this.directory, run, block) ?? [])
    })
  }

  /** This view once run.json was replaced: what was read stays, but for what the plan decides and what is written with it. */
  withRun(run: RunFile): DatasetView {
    const view = this.refresh()
    for (const part of ['metadata', 'tools', 'history', 'logs', 'journal']) {
      const found = this.#parts.get(part)
      if (found !== undefined) view.#parts.set(part, found)
    }
    view.#parts.set('run', Promise.resolve({ kind: 'read', contents: run }))
    return view
  }

  /** `.rowsmith/run.json`: the plan file. */
  run(): Promise<Found<RunFile>> {
    return this.#once('run', async () =>
      this.#block === undefined ? readRunFile(this.directory) : { kind: 'read', contents: this.#block },
    )
  }

  /** Undefined in a directory that Rowsmith did not begin. @throws RowsmithError run_json_damaged, format_unsupported */
  async plannedRun(): Promise<RunFile | undefined> {
    return contentsOf(await this.run())
  }

  /** metadata.json, with what says whether it is still the same file. */
  metadataFile(): Promise<MetadataAsFound> {
    return this.#once('metadata', () => metadataAsFound(this.directory))
  }

  /** Everything in metadata.json. */
  async storedMetadata(): Promise<Found<ValueObject>> {
    return (await this.metadataFile()).found
  }

  async metadata(): Promise<Found<MetadataFacts>> {
    // Its target is that of the whole dataset.
    return this.#block === undefined ? metadataIn(await this.storedMetadata()) : { kind: 'absent' }
  }

  /** Where files of another tool's dataset are not what its metadata.json says; nothing where Rowsmith began a run, since it replaces that file. */
  unlikeMetadata(): Promise<readonly Lacking[]> {
    return this.#once('claims', async () => {
      const stored = contentsOf(await this.storedMetadata())
      if (stored === undefined || (await this.run()).kind !== 'absent') return []
      return unlikeMetadata(this.directory, stored, () => this.footers())
    })
  }

  /** What the footers of the files in `parquet-files` say: for a dataset that another tool made. */
  footers(): Promise<readonly FileFooter[]> {
    return this.#once('footers', () => footersIn(this.directory))
  }

  /** Everything in builder_config.json. */
  builderFile(): Promise<BuilderFile> {
    return this.#once('builder config', () => readBuilderFile(this.directory))
  }

  /** The config in builder_config.json. */
  async builderConfig(): Promise<Found<Value>> {
    return builderConfigIn(await this.builderFile())
  }

  /** The same as an object, no matter which tool wrote it; empty when it cannot be read. */
  async savedConfig(): Promise<ValueObject> {
    const found = await this.builderConfig()
    return found.kind === 'read' && isValueObject(found.contents) ? found.contents : {}
  }

  /** How the dataset was last started. */
  launch(): Promise<Found<LaunchFile>> {
    return this.#once('launch', () => readLaunchFile(this.directory))
  }

  tools(): Promise<Found<ToolLists>> {
    return this.#once('tools', () => readToolsFile(this.directory))
  }

  history(): Promise<FoundHistory | undefined> {
    return this.#once('history', async () =>
      this.#block === undefined ? readLastLine(this.directory) : undefined,
    )
  }

  /**
   * What the commit logs say: commits, retries, tables of a stage, writers, cuts. Of a dataset in blocks, what is of a journal, such as cuts, is
   * that of its own folder. @throws RowsmithError journal_damaged
   */
  logs(): Promise<CommitLogs> {
    return this.#once('logs', async () => {
      const blocks = await Promise.all((await this.blocks()).map((block) => block.logs()))
      return withBlocks(await readCommitLogs(this.directory), blocks)
    })
  }

  /** Looks whether another process writes now. @param nonce of the lock that the caller holds */
  lock(self: ProcessIdentity, nonce?: string): Promise<LockFacts> {
    return this.#once('lock', async () => {
      if (this.#block === undefined || nonce !== undefined) return lockFacts(this.directory, self, nonce)
      // A block is mostly written by another machine: whether its process lives is not known here.
      const holder = await lockHolder(this.directory, self)
      return holder === undefined ? { kind: 'free' } : { kind: 'held', holder }
    })
  }

  /** Which rows belong to which row group, by whichever tool. */
  async plan(): Promise<readonly PlanRange[]> {
    return storedPlan({ run: await this.run(), metadata: await this.metadata() })
  }

  /** The state of every row group (rule 4). @throws RowsmithError run_json_damaged, journal_damaged */
  scan(): Promise<DirectoryScan> {
    return this.#once('scan', async () =>
      joined(
        await this.#scan((await this.logs()).commits, true),
        await this.#ofBlocks((block) => block.scan()),
      ),
    )
  }

  /** The same without looking at sidecar files: what counts as progress, at a third of the cost. @param commits when logs are damaged */
  progress(commits?: readonly Commit[]): Promise<DirectoryScan> {
    const scanned = this.#parts.get('scan') as Promise<DirectoryScan> | undefined
    if (scanned !== undefined && commits === undefined) return scanned
    return this.#once('progress', async () =>
      joined(
        await this.#scan(commits ?? (await this.logs()).commits, false),
        await this.#ofBlocks((block) => block.progress()),
      ),
    )
  }

  /** One thing of every block, in their order. */
  async #ofBlocks<T>(read: (block: DatasetView) => Promise<T>): Promise<T[]> {
    return Promise.all((await this.blocks()).map(read))
  }

  async #scan(commits: readonly Commit[], sidecars: boolean): Promise<DirectoryScan> {
    const run = await this.plannedRun()
    const options =
      run === undefined ? { importing: await this.plan() } : scanOptions(run, await this.metadata())
    const includes = run === undefined ? {} : { includes: this.#includes(run) }
    return scanRowGroups(this.directory, commits, { ...options, ...includes, sidecars })
  }

  /** The row groups whose files are looked at here: those of the block, or those of none. */
  #includes(run: RunFile): (group: number | undefined) => boolean {
    const { blocks, segments } = run
    if (this.#block !== undefined) return (group) => group !== undefined && holdsGroup(segments, group)
    if (blocks === undefined) return () => true
    const { first_group: from } = blocks
    return (group) => group === undefined || group < from || group >= groupCount(segments)
  }

  /** The commits of the row groups whose data files are there. */
  async published(): Promise<readonly Commit[]> {
    const { groups } = await this.progress()
    return [...groups.values()].flatMap((state) => (state.kind === 'open' ? [] : [state.commit]))
  }

  /** Whether every row group has its files under their final names, and no retry is open. */
  async isWhole(): Promise<boolean> {
    const run = await this.plannedRun()
    const { retries } = await this.logs()
    if (run === undefined || retries.all.some(({ number }) => !retries.done.has(number))) return false
    const states = [...(await this.progress()).groups.values()]
    return states.length === groupsIn(run.segments) && states.every(({ kind }) => kind === 'published')
  }

  /** How far post-processing is, and its last table. @throws RowsmithError run_json_damaged, journal_damaged */
  stage(): Promise<{ readonly last: PostProcessingCommit | undefined; readonly state: PostProcessingState }> {
    return this.#once('stage', async () => {
      const run = await this.plannedRun()
      const { postProcessing: last } = await this.logs()
      if (run === undefined) return { last, state: 'none' }
      return { last, state: await postProcessingState(this.directory, run, await this.published(), last) }
    })
  }

  /** Stored answers that open row groups need and that are missing. */
  losses(): Promise<Losses> {
    return this.#once('losses', async () => {
      const blocks = await this.#ofBlocks(async (block) => [...(await block.losses())])
      // In blocks, the dataset itself has no journal.
      if (blocks.length > 0) return new Map(blocks.flat())
      return lossesIn(this.directory, await this.logs(), await this.published(), await this.pictured())
    })
  }

  /** The segments of the journal, one at a time, up to where they count (E12). Not stored: each caller reads them. */
  async *journal(): AsyncGenerator<SegmentContents, void, undefined> {
    const { disk, layout } = this.directory
    yield* journalSegments(disk, layout.journal, (await this.logs()).cuts)
    for (const block of await this.blocks()) yield* block.journal()
  }

  /** The same where answers may name media; null where the config has no image columns, or a segment is damaged: that is reported first. */
  async pictured(): Promise<AsyncIterable<SegmentContents> | null> {
    const config = await this.builderConfig()
    if (config.kind === 'read' && !formatJson(config.contents).includes('"image"')) return null
    try {
      await this.checkJournal()
    } catch (cause) {
      if (RowsmithError.isInstance(cause) && cause.code === 'journal_damaged') return null
      throw cause
    }
    return this.journal()
  }

  /** All of them at once, of its own folder, read before the commits where these were not read yet. */
  wholeJournal(): Promise<SegmentContents[]> {
    const { disk, layout } = this.directory
    return readJournal(disk, layout.journal, async () => (await this.logs()).cuts)
  }

  /** Looks the journal through (rule 5). @throws RowsmithError journal_damaged */
  checkJournal(): Promise<void> {
    return this.#once('journal', async () => {
      await checkJournal(this.directory.disk, this.directory.layout.journal, this.#sound)
      await this.#ofBlocks((block) => block.checkJournal())
    })
  }

  #once<T>(part: string, read: () => Promise<T>): Promise<T> {
    let found = this.#parts.get(part) as Promise<T> | undefined
    if (found === undefined) {
      found = read()
      found.catch(() => {})
      this.#parts.set(part, found)
    }
    return found
  }
}

/** @param run of the dataset @returns undefined for a block without rows, and where there are no blocks */
export function blockView(directory: DatasetDirectory, run: RunFile, block: number): DatasetView | undefined {
  const segments = run.blocks === undefined ? [] : blockRanges(run.segments, run.blocks, block)
  if (segments.length === 0) return undefined
  return new DatasetView(directory.ofBlock(block), new Map(), { ...run, segments })
}

/** Commits and retries of all of them; the last commit of a row group is that of the dataset itself. */
function withBlocks(own: CommitLogs, blocks: readonly CommitLogs[]): CommitLogs {
  if (blocks.length === 0) return own
  const all = [...blocks, own]
  return {
    ...own,
    commits: all.flatMap(({ commits }) => commits),
    retries: joinedRetries(all.map(({ retries }) => retries)),
    batches: all.flatMap(({ batches }) => batches),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

function joined(own: DirectoryScan, blocks: readonly DirectoryScan[]): DirectoryScan {
  if (blocks.length === 0) return own
  const all = [own, ...blocks]
  return {
    groups: new Map(all.flatMap(({ groups }) => [...groups])),
    foreign: all.flatMap(({ foreign }) => foreign).sort(),
    drafts: own.drafts,
  }
}

/** Views of the directories that one command looks at: all its code sees the same one, until it looks again. */
export class DatasetViews {
  readonly #disk: Disk
  readonly #views = new Map<string, DatasetView>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  at(path: string): DatasetView {
    const place = normalize(path)
    const view = this.#views.get(place) ?? DatasetView.at(this.#disk, place)
    this.#views.set(place, view)
    return view
  }

  /** A new view, which `at` gives from now on. */
  again(path: string): DatasetView {
    const view = this.at(path).refresh()
    this.#views.set(normalize(path), view)
    return view
  }

  /** Every directory is looked at again from now on. */
  forget(): void {
    for (const [place, view] of this.#views) this.#views.set(place, view.refresh())
  }
}
