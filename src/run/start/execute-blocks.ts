/**
 * A dataset in blocks, as one of several processes makes it.
 *
 * Owns: which block is next, and what remains when none is. Each block is a run of its own (`execute/execute-run.ts`), with a lock, a journal and
 * commits of its own; the dataset itself is held for moments, at the start and at the end. Rules:
 *   B1. Its own block comes first, then those that no process makes, in turn. A block of whose holder it is unknown whether it lives is watched: it is free when
 *       its heartbeat was silent for too long.
 *   B2. A block that is lost to another process is given up, and no other: nothing of it was changed since.
 *   B3. A block that used up its part of the budget is left; every other failure ends the process.
 *   B4. Who finds all row groups there ends the blocks (`merge-blocks.ts`), and does what is done with all rows.
 */
import { asRowsmithError, RowsmithError } from '../../base/errors/errors.ts'
import { LazyResource } from '../../base/work/lazy-resource.ts'
import { currentProcess, type ProcessIdentity } from '../../disk/process-identity.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { lockWaits, watchLock } from '../../store/lock/lock.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import type { DatasetWriter } from '../../store/writing/dataset-store.ts'
import { DirectoryStore } from '../../store/writing/directory-store.ts'
import { Counted } from '../effects/counted.ts'
import { executeRun, type RunOutcome, totalsOf } from '../execute/execute-run.ts'
import type { OpenedRun } from '../execute/run-context.ts'
import { RunHistory } from '../execute/run-history.ts'
import type { Totals } from '../execute/totals.ts'
import { isRemoved, lookAround, type Outlook } from '../open/choose.ts'
import type { OpenDataset } from '../open/open-dataset.ts'
import type { Connections } from '../prepare/connections.ts'
import { abortedError } from '../request/aborted.ts'
import { hasBudget } from '../request/options.ts'
import type { Shard } from '../request/shard.ts'
import { shardOf } from '../request/shards.ts'
import { mergeBlocks } from './merge-blocks.ts'
import { openBlock } from './open-block.ts'
import { readProgress } from './read-progress.ts'

/** How long to wait for a process that holds the dataset itself, where the user did not say: none does for long. */
const wholeWaitMs = 60_000

/** Never rejects. Gives the lock back. */
export async function executeBlocks(work: OpenedRun): Promise<RunOutcome> {
  return new BlockByBlock(work, await currentProcess(work.components.disk)).run()
}

/** What an outcome has next to its summary. */
const failedRun = { error: null, earlyShutdown: false, taskTraces: [], firstNonRetryableError: null }

/** A block that can be opened. */
interface FreeBlock {
  readonly block: number
  readonly waitMs: number
  readonly silent?: string
}

class BlockByBlock {
  readonly #work: OpenedRun
  readonly #self: ProcessIdentity
  /** The part that it makes first; null for a process that was not given one. */
  readonly #shard: Shard | null
  readonly #began: number
  readonly #counted = new Counted()
  /** Blocks that this process leaves alone from now on. */
  readonly #left = new Set<number>()
  readonly #outcomes: RunOutcome[] = []
  #error: RowsmithError | null = null

  constructor(work: OpenedRun, self: ProcessIdentity) {
    this.#work = work
    this.#self = self
    this.#shard = shardOf(work)
    this.#began = work.components.clock.monotonic()
  }

  async run(): Promise<RunOutcome> {
    try {
      await this.#begin()
      await this.#makeAll()
    } catch (cause) {
      if (!(await this.#isEnded(cause))) this.#error ??= asRowsmithError(cause)
    }
    return this.#end()
  }

  /** Whether a file was missing since another process ended the blocks while this one looked at them. */
  async #isEnded(cause: unknown): Promise<boolean> {
    if (!isRemoved(cause)) return false
    const run = await this.#view()
      .plannedRun()
      .catch(() => this.#work.dataset.run)
    return run !== undefined && run.blocks === undefined
  }

  /** Says in the dataset itself that this process is here, and gives it back. */
  async #begin(): Promise<void> {
    const { dataset } = this.#work
    const { writer } = dataset
    try {
      await this.#record(dataset, 'start')
    } catch (cause) {
      const failure = await writer.failure(cause)
      await writer.release().catch(() => {})
      throw failure
    }
    await writer.release()
  }

  async #makeAll(): Promise<void> {
    const { options } = this.#work
    const outlook = await lookAround(this.#work)
    this.#sayBudget()
    for (;;) {
      if (options.signal?.aborted) throw abortedError(options.signal)
      const next = await this.#next()
      if (next === undefined) return
      await this.#make(next, outlook)
    }
  }

  /** A budget is of the dataset: each block has an equal part, by whichever process it is made. */
  #sayBudget(): void {
    const { options, events, dataset } = this.#work
    if (!hasBudget(options)) return
    const count = dataset.run.blocks?.count ?? 1
    const message = `The budget is divided by the ${count} shards: each may spend an equal part of it, rounded down`
    events.emit({ type: 'warning', code: 'budget_divided', message })
  }

  /** Rule B1. @returns undefined when all are there, left, or in the hands of others */
  async #next(): Promise<FreeBlock | undefined> {
    const { components, options } = this.#work
    const { clock } = components
    const deadline = this.#began + (this.#shard === null ? (options.waitForLockMs ?? 0) : 0)
    for (;;) {
      const open = await this.#open()
      const free = open.length === 0 ? undefined : await this.#watch(open)
      if (free !== undefined || open.length === 0 || clock.monotonic() >= deadline) return free
      await clock.sleep(1_000, options.signal)
    }
  }

  /** Watches all of them at once. @returns its own, when it is free; else the first that is; undefined when none is */
  async #watch(open: readonly DatasetView[]): Promise<FreeBlock | undefined> {
    const { components, options } = this.#work
    const decided = new AbortController()
    const signals = [options.signal, decided.signal].filter((signal) => signal !== undefined)
    const watch = async ({ directory }: DatasetView): Promise<FreeBlock> => {
      const signal = AbortSignal.any(signals)
      const found = await watchLock({ directory, clock: components.clock, self: this.#self, signal })
      if (!found.isFree)
        throw new RowsmithError('dataset_in_use', `${directory.path} is in use by ${found.holder}.`)
      const { silent } = found
      return { block: blockOf(directory), waitMs: 0, ...(silent === undefined ? {} : { silent }) }
    }
    const watched = open.map((view) => ({
      isOwn: blockOf(view.directory) === this.#ownBlock,
      free: watch(view),
    }))
    for (const { free } of watched) free.catch(() => {})
    try {
      const own = watched.find(({ isOwn }) => isOwn)?.free
      const first = await own?.catch(() => undefined)
      return first ?? (await Promise.any(watched.map(({ free }) => free)))
    } catch (error) {
      options.signal?.throwIfAborted()
      const failed = error instanceof AggregateError ? error.errors.find((each) => !isInUse(each)) : error
      if (failed !== undefined) throw failed
      return undefined
    } finally {
      decided.abort()
    }
  }

  /** Views of the blocks that are not complete, this process's own first, and then those that follow it. */
  async #open(): Promise<DatasetView[]> {
    const { blocks: { count } = { count: 1 } } = this.#work.dataset.run
    const turn = ({ directory }: DatasetView): number => (blockOf(directory) - this.#ownBlock + count) % count
    const blocks = [...(await this.#view().blocks())].sort((a, b) => turn(a) - turn(b))
    const open: DatasetView[] = []
    for (const view of blocks) {
      if (!this.#left.has(blockOf(view.directory)) && !(await view.isWhole())) open.push(view)
    }
    return open
  }

  /** The one that it begins with. */
  get #ownBlock(): number {
    return this.#shard?.index ?? 0
  }

  #view(): DatasetView {
    return this.#work.components.views.again(this.#work.dataset.directory.path)
  }

  async #make({ block, ...locking }: FreeBlock, outlook: Outlook): Promise<void> {
    const { events, dataset, connections } = this.#work
    let opened: OpenDataset | undefined
    try {
      const place = { path: dataset.directory.path, block }
      opened = await openBlock(outlook, place, locking, (event) => events.emit(event))
    } catch (error) {
      // Another process was faster.
      if (RowsmithError.isInstance(error) && isTaken(error)) return
      throw error
    }
    if (opened === undefined) {
      this.#left.add(block)
      return
    }
    const outcome = await executeRun({
      ...this.#work,
      dataset: opened,
      counted: this.#counted,
      // They stay open for the next block.
      connections: new LazyResource(async (): Promise<Connections> => {
        return { ...(await connections.open()), close: async () => {} }
      }),
    })
    this.#outcomes.push(outcome)
    if (outcome.error === null) return
    if (isTaken(outcome.error)) {
      const message = `Block ${block} was taken over by another process, which goes on with it`
      events.emit({ type: 'warning', code: 'block_lost', message })
    } else if (outcome.error.code === 'budget_reached') {
      this.#left.add(block)
      this.#error = outcome.error
    } else throw outcome.error
  }

  async #end(): Promise<RunOutcome> {
    const dataset = await this.#finish()
    if (dataset !== undefined) {
      const outcome = await executeRun({ ...this.#work, dataset })
      return this.#added({ ...outcome, error: outcome.error ?? this.#error })
    }
    const totals = await this.#countAtEnd().catch((cause: unknown) => {
      this.#error ??= asRowsmithError(cause)
      return totalsOf(this.#work)
    })
    totals.leaveOpen('shard')
    const { planned, done } = totals.rows()
    this.#error ??= await this.#notMade(planned - done)
    const last = this.#outcomes.at(-1)
    return this.#added({
      summary: totals.summary(this.#error),
      error: this.#error,
      earlyShutdown: last?.earlyShutdown ?? false,
      taskTraces: last?.taskTraces ?? [],
      firstNonRetryableError: last?.firstNonRetryableError ?? null,
    })
  }

  /** Rule B4. @returns the dataset, held and without blocks; undefined when rows are missing */
  async #finish(): Promise<OpenDataset | undefined> {
    const { components, dataset } = this.#work
    const writer = await this.#hold()
    if (writer === undefined) return undefined
    try {
      await writer.collectTemporaries()
      await writer.syncFormer()
      await this.#record({ ...dataset, writer }, 'end')
      const view = this.#view()
      const found = await view.plannedRun()
      const isDone = found?.blocks === undefined || this.#error !== null
      const run = isDone ? found : await mergeBlocks(view, writer, components, this.#self)
      if (run !== undefined && run.blocks === undefined) {
        const decision = found?.blocks === undefined ? 'already_complete' : this.#decision()
        return { ...dataset, view: this.#view(), run, writer, decision }
      }
    } catch (cause) {
      this.#error ??= asRowsmithError(await writer.failure(cause))
    }
    await writer.endCommits().catch(() => {})
    await writer.release().catch(() => {})
    return undefined
  }

  /** Holds the dataset itself. @returns undefined where another process does for long */
  async #hold(): Promise<DatasetWriter | undefined> {
    const { components, dataset, options } = this.#work
    const store = new DirectoryStore(components.disk, components.clock)
    // Who was stopped leaves the rest to others.
    const waits = lockWaits(this.#error === null ? (options.waitForLockMs ?? wholeWaitMs) : 0)
    const signal = options.signal?.aborted ? undefined : options.signal
    try {
      return await store.open(dataset.directory.path, { self: this.#self, ...waits, signal })
    } catch (error) {
      if (!isInUse(error)) this.#error ??= asRowsmithError(error)
      return undefined
    }
  }

  /** As `#count`. Where another process ends the blocks meanwhile, the dataset is counted once more, without blocks. */
  async #countAtEnd(): Promise<Totals> {
    const { dataset } = this.#work
    try {
      return await this.#count(dataset)
    } catch (cause) {
      if (await this.#isEnded(cause)) return this.#count(dataset)
      throw cause
    }
  }

  /** What is there of all blocks. */
  async #count(dataset: OpenDataset): Promise<Totals> {
    const view = this.#view()
    const totals = totalsOf({ ...this.#work, dataset: { ...dataset, view } })
    totals.start(await readProgress(view, this.#self))
    return totals
  }

  /** metadata.json, and a line of the history. @param dataset held by this process */
  async #record(dataset: OpenDataset, event: 'start' | 'end'): Promise<void> {
    const totals = await this.#count(dataset)
    await totals.writeMetadata()
    const { epoch } = this.#work.dataset.writer
    const shard = { index: this.#ownBlock, count: dataset.run.blocks?.count ?? 1, epoch }
    const found = { ...dataset, view: this.#view(), decision: this.#decision() }
    const history = new RunHistory(this.#work.components.clock, found, shard)
    if (event === 'start') return history.started(totals, undefined)
    const { summary } = this.#added({ ...failedRun, summary: totals.summary(this.#error) })
    return history.ended(summary, this.#error)
  }

  #decision(): OpenDataset['decision'] {
    const { decision } = this.#work.dataset
    return decision === 'fresh' || decision === 'already_complete' ? 'resume' : decision
  }

  /** Why rows are missing although nothing failed; null where others make them, and this process has done its part. */
  async #notMade(rows: number): Promise<RowsmithError | null> {
    if (rows === 0 || this.#shard !== null) return null
    const { path } = this.#work.dataset.directory
    const locks = await Promise.all((await this.#view().blocks()).map((block) => block.lock(this.#self)))
    const holders = locks.flatMap((lock) => (lock.kind === 'held' ? [lock.holder] : []))
    const [holder = 'other processes'] = holders
    const who = holders.length > 1 ? `${holders.length} processes, such as ${holder}` : holder
    const message = `${rows} rows of ${path} are being made by ${who}.`
    return new RowsmithError('dataset_in_use', message, { facts: { path, holder } })
  }

  /** What this process did, over all of its blocks. */
  #added(outcome: RunOutcome): RunOutcome {
    const last = this.#outcomes.at(-1)?.summary.this_run ?? outcome.summary.this_run
    const seconds = Math.round(this.#work.components.clock.monotonic() - this.#began) / 1000
    const generated = this.#outcomes.reduce((sum, { summary }) => sum + summary.row_groups.generated, 0)
    const unused = this.#outcomes.reduce((sum, { summary }) => sum + summary.replies_unused, 0)
    const { total, reused, generated: more } = outcome.summary.row_groups
    const groups = { total, reused: Math.max(0, reused + more - generated), generated }
    const { decision } = this.#work.dataset
    const added = { this_run: { ...last, seconds }, row_groups: groups, replies_unused: unused, decision }
    return { ...outcome, summary: { ...outcome.summary, ...added } }
  }
}

function blockOf({ block = 0 }: DatasetDirectory): number {
  return block
}

function isTaken(error: RowsmithError): boolean {
  return error.code === 'lock_lost' || error.code === 'dataset_in_use'
}

function isInUse(error: unknown): boolean {
  return RowsmithError.isInstance(error) && error.code === 'dataset_in_use'
}
