/**
 * One writer per dataset: the lock in `.rowsmith/lock.<n>`. The highest number owns the dataset.
 *
 * Owns: who may write, and noticing that another process does. The fence itself is structural: a writer that lost the lock
 * writes journals and commits of another epoch, and first publishes never replace a file.
 * Rules:
 *   1. A lock is taken by `link` of a written and synced file to the next number: of several takers one succeeds.
 *      The process that succeeds looks again, gives way to a higher number, then deletes lower ones. The highest is never deleted.
 *   2. A number is never used twice, also after the lock files were deleted by hand: it is higher than the epoch
 *      of any journal or commit.
 *   3. A holder of the same boot and pid namespace is dead when its process has ended. Any other is dead when its
 *      lock did not change for 30 seconds of our own clock.
 *   4. Only the nonce makes a lock our own: another run in this process is a stranger.
 *   5. A holder that finds a higher number, or its own lock missing, has lost: it writes to no lock any more. A lock that it
 *      rewrote in the same moment is lower than the new one, so no reader uses it.
 *   6. A holder whose last heartbeat is older than `CONFIRM_MS` may have been taken for dead while it was stopped. Before it
 *      sends a request or decides anything it looks again, and shows that it lives (`confirm`). Both clocks count: a
 *      stopped process has a monotonic clock that went on, a machine that slept may not.
 */

import { join } from 'node:path'
import { errnoOf, RowsmithError } from '../../base/errors/errors.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import { toValue, type ValueObject } from '../../base/values/value.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { Disk } from '../../disk/disk.ts'
import { lifeOf, type ProcessIdentity } from '../../disk/process-identity.ts'
import { storageError, wrapDiskError } from '../../disk/storage-error.ts'
import type { LockFacts } from '../../plan/facts.ts'
import { type FileOwner, NO_LINKS, temporaryName, writeSynced } from '../files/atomic-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { type DatasetLayout, parseCommitsName, parseJournalEpoch, parseLockName } from '../files/layout.ts'
import { Fields } from '../files/read-file.ts'

/** How often a holder shows that it lives. */
export const HEARTBEAT_MS = 5_000
/** How long a holder must be silent to be taken for dead, when nothing else shows it. */
export const SILENCE_MS = 30_000
/** A holder that could not write its heartbeat for so long gives up before others take it for dead. */
const MUTE_MS = 20_000
/** A heartbeat that is older says nothing any more: two of them, and some time for a slow disk (rule 6). */
const CONFIRM_MS = 12_000
const RECHECK_MS = 1_000

export interface LockOptions {
  readonly clock: Clock
  readonly directory: DatasetDirectory
  readonly self: ProcessIdentity
  /** Different for every run, also within one process. */
  readonly nonce: string
  /** How long to wait for a writer of which it is unknown whether it lives; 0 does not wait. */
  readonly waitMs: number
  /** How long to wait for one that surely lives. @default waitMs */
  readonly waitForLivingMs?: number
  /** A lock that was silent for too long when `watchLock` looked: not waited for. */
  readonly silent?: string
  /** Called about once a second while waiting. */
  readonly onWait?: (waiting: { holder: string; remainingMs: number }) => void
  /** Called once when the lock is lost: the run must stop. */
  readonly onLost?: (error: RowsmithError) => void
  readonly signal?: AbortSignal | undefined
}

/** How long to wait for a writer of which it is unknown whether it lives, where the user did not say. */
const waitForUnknownMs = 60_000

/** As long as the user said; else not for a writer that surely lives, and for one of unknown state until its heartbeat decides. */
export function lockWaits(
  given: number | null | undefined,
): Required<Pick<LockOptions, 'waitMs' | 'waitForLivingMs'>> {
  return { waitMs: given ?? waitForUnknownMs, waitForLivingMs: given ?? 0 }
}

interface LockState extends ProcessIdentity {
  readonly nonce: string
  /** Counts up; only its changing means something. */
  readonly heartbeat: number
  readonly released: boolean
}

/** The highest lock, as found. `state` is undefined when it cannot be read as a lock. */
interface FoundLock {
  readonly number: number
  readonly text: string
  readonly state: LockState | undefined
}

/**
 * Takes the lock, waiting for another writer as long as `waitMs`.
 *
 * @throws RowsmithError dataset_in_use after that; storage errors; the signal's reason when it fires
 */
export async function acquireLock(options: LockOptions): Promise<Lock> {
  const { directory, clock, self, onWait, signal } = options
  const { layout, disk } = directory
  await directory.ensure(layout.own)
  const startedAt = clock.monotonic()
  const { waitMs, waitForLivingMs = waitMs } = options
  let watched: { number: number; text: string; since: number } | undefined
  for (;;) {
    signal?.throwIfAborted()
    const found = await highestLock(directory)
    const now = clock.monotonic()
    if (found !== undefined && (watched?.number !== found.number || watched.text !== found.text)) {
      watched = { number: found.number, text: found.text, since: now }
    }
    const isKnown = found !== undefined && options.silent === signOf(found)
    const silentMs = isKnown ? SILENCE_MS : watched === undefined ? 0 : now - watched.since
    const isLocked = found === undefined ? 'no' : await lockState(disk, found.state, self)
    if (found === undefined || isLocked === 'no' || (isLocked === 'unknown' && silentMs >= SILENCE_MS)) {
      const lock = await take(options, found?.number ?? 0)
      if (lock !== undefined) return lock
      continue
    }
    const holder = describe(found.state)
    const remainingMs = startedAt + (isLocked === 'yes' ? waitForLivingMs : waitMs) - now
    if (remainingMs <= 0) throw inUse(layout, holder, found.state)
    onWait?.({ holder, remainingMs })
    await clock.sleep(Math.min(RECHECK_MS, remainingMs), signal)
  }
}

/**
 * Whether a process surely writes now, looked at without touching anything. A holder about which only waiting can
 * decide counts as free here: taking the lock finds out.
 *
 * @param nonce of the calling run: its own lock counts as free
 */
export async function lockFacts(
  directory: DatasetDirectory,
  self: ProcessIdentity,
  nonce?: string,
): Promise<LockFacts> {
  const { disk } = directory
  const found = await highestLock(directory)
  if (found?.state === undefined || found.state.nonce === nonce) return { kind: 'free' }
  const isLocked = await lockState(disk, found.state, self)
  return isLocked === 'yes' ? { kind: 'held', holder: describe(found.state) } : { kind: 'free' }
}

/**
 * Whether a lock is free, found out for certain: one of whose holder it is unknown whether it lives is watched until its heartbeat changes, or was silent for
 * too long.
 *
 * @throws the signal's reason when it fires
 */
export async function watchLock({
  directory,
  clock,
  self,
  signal,
}: Pick<LockOptions, 'directory' | 'clock' | 'self' | 'signal'>): Promise<WatchedLock> {
  const since = clock.monotonic()
  let first: string | undefined
  for (;;) {
    const found = await highestLock(directory)
    const isLocked = found === undefined ? 'no' : await lockState(directory.disk, found.state, self)
    if (found === undefined || isLocked === 'no') return { isFree: true }
    const sign = signOf(found)
    first ??= sign
    if (isLocked === 'yes' || sign !== first) return { isFree: false, holder: describe(found.state) }
    if (clock.monotonic() - since >= SILENCE_MS) return { isFree: true, silent: sign }
    await clock.sleep(RECHECK_MS, signal)
  }
}

/** Whether a lock can be taken. @property silent what to say when it is taken, so that it is not waited for again */
export type WatchedLock =
  | { readonly isFree: true; readonly silent?: string }
  | { readonly isFree: false; readonly holder: string }

/** Changes with each heartbeat. */
function signOf({ number, text }: FoundLock): string {
  return `${number} ${text}`
}

/** Who holds a lock, as far as it looks: one that may be dead counts too; undefined for no process. */
export async function lockHolder(
  directory: DatasetDirectory,
  self: ProcessIdentity,
): Promise<string | undefined> {
  const found = await highestLock(directory)
  if (found === undefined) return undefined
  return (await lockState(directory.disk, found.state, self)) === 'no' ? undefined : describe(found.state)
}

/** A lock that is held: shows signs of life until it is released. */
export class Lock {
  /** The number of the lock, which no other run ever has: names this run's journal and commits. */
  readonly epoch: number
  readonly #options: LockOptions
  readonly #stop = new AbortController()
  readonly #beating: Promise<void>
  #heartbeat = 0
  /** When the lock was last seen to be held, by both clocks. */
  #lastBeat: { readonly monotonic: number; readonly now: number }
  #lost: RowsmithError | undefined
  /** A heartbeat on its way: each caller that needs one waits for it. */
  #showing: Promise<void> | undefined

  /** Not for callers: `acquireLock` makes locks. */
  constructor(epoch: number, options: LockOptions) {
    this.epoch = epoch
    this.#options = options
    this.#lastBeat = this.#time()
    this.#beating = this.#beat()
  }

  /**
   * Called right before a request is sent or anything is decided (rule 6). Undefined while the last heartbeat is recent
   * enough, as nearly always: nothing to wait for.
   *
   * @throws RowsmithError lock_lost, or a storage error
   */
  confirm(): Promise<void> | undefined {
    if (this.#lost !== undefined) return Promise.reject(this.#lost)
    const time = this.#time()
    const age = Math.max(time.monotonic - this.#lastBeat.monotonic, Math.abs(time.now - this.#lastBeat.now))
    return age < CONFIRM_MS ? undefined : this.#confirmNow()
  }

  async #confirmNow(): Promise<void> {
    await this.#showLife()
    if (this.#lost !== undefined) throw this.#lost
  }

  /** Looks whether the lock is still held. @throws RowsmithError lock_lost, dataset_gone, or a storage error */
  async check(): Promise<void> {
    if (this.#lost === undefined && !(await this.#isOwn())) await this.#loseToAnother()
    if (this.#lost !== undefined) throw this.#lost
  }

  /**
   * What to report about a failure: a writer that was taken over from meets files that are missing, or are not its own, and what it says of
   * them means nothing.
   *
   * @returns lock_lost or dataset_gone when the lock is lost, else the failure
   */
  async failure(error: unknown): Promise<unknown> {
    try {
      await this.check()
      return error
    } catch (lost) {
      return lost === this.#lost ? lost : error
    }
  }

  /** Gives the lock back, so that the next run need not wait. Does nothing when it was lost. @throws RowsmithError storage errors */
  async release(): Promise<void> {
    this.#stop.abort()
    await this.#beating
    await this.#showing?.catch(() => {})
    if (this.#lost !== undefined || !(await this.#isOwn())) return
    try {
      await this.#write(true)
    } catch (error) {
      if (await this.#isOwn()) throw error
    }
  }

  async #beat(): Promise<void> {
    const { clock } = this.#options
    while (this.#lost === undefined) {
      // The only thing that ends a sleep early is the release.
      await clock.sleep(HEARTBEAT_MS, this.#stop.signal).catch(() => {})
      if (this.#stop.signal.aborted) return
      try {
        await this.#showLife()
      } catch (error) {
        const silentMs = clock.monotonic() - this.#lastBeat.monotonic
        if (silentMs >= MUTE_MS) this.#lose('its signs of life cannot be written', error)
      }
    }
  }

  /** One heartbeat, unless the lock turns out to be lost. Two calls at once share one. */
  #showLife(): Promise<void> {
    this.#showing ??= this.#heartbeatNow().finally(() => {
      this.#showing = undefined
    })
    return this.#showing
  }

  async #heartbeatNow(): Promise<void> {
    if (await this.#isOwn()) {
      const time = this.#time()
      await this.#write(false)
      if (await this.#isOwn()) {
        this.#lastBeat = time
        return
      }
    }
    await this.#loseToAnother()
  }

  #time(): { readonly monotonic: number; readonly now: number } {
    const { clock } = this.#options
    return { monotonic: clock.monotonic(), now: clock.now() }
  }

  async #isOwn(): Promise<boolean> {
    const found = await highestLock(this.#options.directory)
    return found?.number === this.epoch && found.state?.nonce === this.#options.nonce
  }

  async #write(released: boolean): Promise<void> {
    const { directory, self, nonce } = this.#options
    const { layout } = directory
    const text = lockText({ ...self, nonce, heartbeat: ++this.#heartbeat, released })
    await directory.replace(layout.lock(this.epoch), text, writerOf(this.#options))
  }

  /** Who takes a lock leaves one of a higher number. Where there is none at all, no process took it: the folder is not here any more. */
  async #loseToAnother(): Promise<void> {
    const { directory } = this.#options
    const isMissing = directory.layout.block === undefined && (await highestLock(directory)) === undefined
    if (!isMissing) return this.#lose('another process took it over')
    const { path } = directory
    const message = `${path} was deleted or moved while this run wrote to it.`
    this.#loseAs(new RowsmithError('dataset_gone', message, { facts: { path } }))
  }

  #lose(why: string, cause?: unknown): void {
    const { path } = this.#options.directory
    const message = `The lock on ${path} is lost: ${why}.`
    this.#loseAs(new RowsmithError('lock_lost', message, { facts: { path }, cause }))
  }

  #loseAs(error: RowsmithError): void {
    if (this.#lost !== undefined) return
    this.#lost = error
    this.#options.onLost?.(error)
  }
}

/** One attempt, after the lock `highest` was found free; undefined when another process was faster. */
async function take(options: LockOptions, highest: number): Promise<Lock | undefined> {
  const { directory, self, nonce } = options
  const { layout, disk } = directory
  const number = Math.max(highest, await highestEpoch(directory)) + 1
  const path = layout.lock(number)
  const temporary = temporaryName(join(layout.own, 'lock'), writerOf(options))
  const text = lockText({ ...self, nonce, heartbeat: 0, released: false })
  await writeSynced(disk, temporary, text)
  try {
    await linkOrCreate(disk, temporary, path, text)
  } catch (error) {
    const errno = errnoOf(error)
    // Taken, or our temporary file was swept by a faster one.
    if (errno === 'EEXIST' || errno === 'ENOENT') return undefined
    throw storageError(error, 'link', path)
  } finally {
    await directory.remove(temporary)
  }
  await directory.sync(layout.own)
  const numbers = await lockNumbers(directory)
  if (numbers.some((other) => other > number)) {
    await directory.remove(path)
    return undefined
  }
  for (const other of numbers) {
    if (other < number) await directory.remove(layout.lock(other))
  }
  return new Lock(number, options)
}

/** Without links, a lock is created in its place: a reader may see it half written, as a holder that cannot be checked. */
async function linkOrCreate(disk: Disk, temporary: string, path: string, text: string): Promise<void> {
  try {
    await disk.link(temporary, path)
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error) ?? '')) throw error
    const file = await disk.create(path)
    await file.append(Buffer.from(text))
    await file.sync()
    await file.close()
  }
}

async function lockState(
  disk: Disk,
  state: LockState | undefined,
  self: ProcessIdentity,
): Promise<'yes' | 'no' | 'unknown'> {
  if (state === undefined) return 'unknown'
  if (state.released) return 'no'
  const life = await lifeOf(disk, state, self)
  return life === 'alive' ? 'yes' : life === 'dead' ? 'no' : 'unknown'
}

async function highestLock(directory: DatasetDirectory): Promise<FoundLock | undefined> {
  const { layout } = directory
  for (;;) {
    const number = (await lockNumbers(directory)).at(-1)
    if (number === undefined) return undefined
    const path = layout.lock(number)
    const bytes = await directory.readIfThere(path)
    // Deleted since it was listed, so there is a higher one, or none.
    if (bytes === undefined) continue
    const text = new TextDecoder().decode(bytes)
    return { number, text, state: parseLock(text, path) }
  }
}

/** The epoch of the writer that holds the lock: the number of the highest lock. */
export async function writingEpoch(directory: DatasetDirectory): Promise<number> {
  return Math.max(...(await lockNumbers(directory)))
}

/** Lowest first. */
async function lockNumbers(directory: DatasetDirectory): Promise<number[]> {
  const { layout, disk } = directory
  return numbersIn(disk, layout.own, parseLockName)
}

async function highestEpoch(directory: DatasetDirectory): Promise<number> {
  const { layout, disk } = directory
  const commits = await numbersIn(disk, layout.own, parseCommitsName)
  const journals = await numbersIn(disk, layout.journal, parseJournalEpoch)
  return Math.max(0, commits.at(-1) ?? 0, journals.at(-1) ?? 0)
}

async function numbersIn(
  disk: Disk,
  folder: string,
  parse: (name: string) => number | undefined,
): Promise<number[]> {
  const names = await wrapDiskError('list', folder, () => disk.list(folder))
  return names
    .map(parse)
    .filter((number) => number !== undefined)
    .sort((a, b) => a - b)
}

function lockText(state: LockState): string {
  return formatJson(toValue(state))
}

/** Undefined for a text that is no lock: it counts as a holder that cannot be checked. */
function parseLock(text: string, path: string): LockState | undefined {
  try {
    const fields = new Fields(parseJson(text) as ValueObject, path, 'io_error')
    return {
      pid: fields.count('pid'),
      start: fields.stringOrNull('start'),
      boot: fields.stringOrNull('boot'),
      namespace: fields.stringOrNull('namespace'),
      host: fields.string('host'),
      nonce: fields.string('nonce'),
      heartbeat: fields.count('heartbeat'),
      released: fields.boolean('released'),
    }
  } catch {
    return undefined
  }
}

function describe(state: LockState | undefined): string {
  return state === undefined ? 'an unknown process' : `process ${state.pid} on host ${state.host}`
}

function inUse(layout: DatasetLayout, holder: string, state: LockState | undefined): RowsmithError {
  const { block } = layout
  const what = block === undefined ? layout.directory : `Block ${block} of ${layout.directory}`
  return new RowsmithError('dataset_in_use', `${what} is in use by ${holder}.`, {
    facts: { path: layout.directory, holder, pid: state?.pid ?? null, host: state?.host ?? null },
  })
}

function writerOf(options: LockOptions): FileOwner {
  return { pid: options.self.pid, nonce: options.nonce }
}
