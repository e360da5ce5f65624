/**
 * A writer that is held up before every operation, taken over from, and wakes: the proof that it knows that it lost.
 *
 * A process that had no lock yet when it was held up is no writer that lost: when it wakes, it is one that starts.
 *
 * Owns: which writers are held up, where, and who takes over. What must hold in the end is `small-proof.ts`.
 * A case: the first process stops before an operation, as by SIGSTOP; a second one takes its lock, and ends, or is held up
 * in turn; then the first goes on, with clocks that went on meanwhile. Rules, beside those of every end:
 *   W1. A writer that was taken over ends with `lock_lost`; where it had nothing left to decide, as it would have ended.
 *   W2. It changes no file that its successor left, except logs of its own and temporary files.
 *   W3. It sends no request.
 *   W4. A process that starts while others write finds the dataset in use, or done.
 */

import { keyedRandom, type Random } from '../../../src/base/numbers/random.ts'
import { type Clock, systemClock } from '../../../src/base/work/clock.ts'
import type { Disk } from '../../../src/disk/disk.ts'
import { differentFiles } from '../../../src/testing/crash/compare.ts'
import { over } from '../../../src/testing/disks/over.ts'
import type { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import type { InjectedBug } from '../bugs/injected-bugs.ts'
import type { ProviderBook } from '../small/provider-book.ts'
import { checkCrash, checkEnd, describe, type Promised } from '../small/small-proof.ts'
import { type Outcome, smallDirectory, smallRun } from '../small/small-run.ts'
import { type SmallScene, smallScene } from '../small/small-scenes.ts'
import type { SweepOptions, SweepReport } from './fault-sweep.ts'
import { turns } from './turns.ts'

/** What the sweep reports, and in how many cases a writer woke that had been taken over. */
export interface TakeoverReport extends SweepReport {
  readonly wakened: number
}

/**
 * One writer is held up, or two, one after the other; of two, the first wakes after the end, or while the second is held up.
 *
 * @param options `from`: the first writer is held up before operations whose site is like this; `isSerial`: no two answers are equal
 */
export async function sweepTakeovers(
  options: Omit<SweepOptions, 'engines'> & { readonly cases: number; readonly isSerial?: boolean },
): Promise<TakeoverReport> {
  const { cases, injectBug, untilViolation: until = false } = options
  const scene = await smallScene(options.scene ?? 'begin', 'concurrent')
  scene.provider.isSerial = options.isSerial ?? false
  const { from = /^/ } = options
  const operations = await operationsOf(scene, from)
  const isEnough = (violation: string): boolean => (until instanceof RegExp ? until.test(violation) : until)
  const violations: string[] = []
  let [done, wakened] = [0, 0]
  while (done < cases && !violations.some(isEnough) && options.isTimeUp?.() !== true) {
    const random = keyedRandom(BigInt(options.seed ?? 0), 'takeovers', done)
    const held = { from, places: placesOf(operations, done, random), wakesAmid: done % 3 === 2 }
    const found = await takeover(scene, held, injectBug)
    if (found.woke) wakened++
    violations.push(...found.violations)
    done++
    options.onProgress?.(done, cases)
  }
  return { cases: done, wakened, violations, sitesNotReached: [], shruggedOff: [] }
}

/** The cases go through the operations evenly; the second writer's place is drawn. */
function placesOf(operations: number, index: number, random: Random): readonly number[] {
  const first = 1 + ((index * 7919) % operations)
  return index % 3 === 0 ? [first] : [first, 1 + random.below(operations)]
}

interface HeldUp {
  readonly from: RegExp
  readonly places: readonly number[]
  /** Whether the first one wakes while the second is held up. */
  readonly wakesAmid: boolean
}

async function takeover(
  scene: SmallScene,
  { from, places, wakesAmid }: HeldUp,
  injectBug: InjectedBug | undefined,
): Promise<{ readonly woke: boolean; readonly violations: readonly string[] }> {
  const disk = scene.disk.afterKill()
  const provider = scene.provider.fork()
  const paused: PausedWriter[] = []
  const promised: Promised[] = []
  let course = ''
  const violations: string[] = []
  const violated = (what: readonly string[]): void => {
    for (const sentence of what) violations.push(`${course}: ${sentence}`)
  }
  const check = async (): Promise<void> => {
    const seen = await checkCrash(disk, provider, scene, true)
    violated(seen.violations)
    promised.push(promised[0] === undefined ? seen.promised : withoutBegun(seen.promised, promised[0]))
  }
  for (const [index, place] of places.entries()) {
    const writer = hold(disk, provider, scene, index + 1, { from, place }, injectBug)
    await Promise.race([writer.reached, writer.outcome])
    course += `${course === '' ? '' : '; '}held up before its operation ${place} (${writer.site() ?? 'ended'})`
    if (writer.site() === undefined) break
    // Until everything that needs no disk has happened.
    await turns(20)
    paused.push(writer)
    await check()
  }
  if (paused.length === 0) return { woke: false, violations }
  const wake = async (writer: PausedWriter, isAmid = false): Promise<void> => {
    const before = { files: settledFiles(disk, scene), requests: provider.total }
    const outcome = await writer.wake()
    course += '; woke'
    violated(wakeViolations(writer, outcome, scene))
    if (!writer.owned() && scene.name !== 'shards') return
    // What it had committed gets its names by whoever is first, as long as its successor goes on with that too.
    const changes = isAmid ? [] : differentFiles(before.files, settledFiles(disk, scene))
    violated(changes.map((each) => `W2: ${each}`))
    // Of two shards, one may make what nobody makes.
    if (provider.total !== before.requests && !(isAmid && scene.name === 'shards'))
      violated([`W3: it sent ${provider.total - before.requests} requests`])
  }
  if (wakesAmid && paused.length > 1 && paused.every((writer) => writer.owned())) {
    await wake(paused.shift()!, true)
    // What it adds to its journal is no answer (E12), but may tell of a call.
    const { uncertain } = (await checkCrash(disk, provider, scene, true)).promised
    promised.push({ shown: new Map(), durable: new Map(), uncertain })
  }
  const last = places.length + 1
  const end = await smallRun(disk, provider, { ...processOf(scene, last), injectBug })
  violated(await checkEnd(disk, end, provider, promised, false, scene))
  for (const writer of paused) await wake(writer)
  const again = await smallRun(disk, provider, processOf(scene, last + 1))
  violated(await checkEnd(disk, again, provider, promised, true, scene))
  return { woke: true, violations }
}

function wakeViolations(writer: PausedWriter, outcome: Outcome, { name }: SmallScene): string[] {
  if (name === 'shards') {
    // Each of its workers holds locks in turn, and takes them while others do.
    const code = outcome.kind === 'failed' ? outcome.error.code : outcome.kind
    const isKnown = ['done', 'lock_lost', 'dataset_in_use'].includes(code)
    return isKnown ? [] : [`W4: two shards that were taken over ended with ${describe(outcome)}`]
  }
  if (!writer.owned()) {
    const lost = outcome.kind !== 'done' && describe(outcome).split(':')[0] !== 'dataset_in_use'
    return lost ? [`W4: a process that started beside others ended with ${describe(outcome)}`] : []
  }
  // One that had nothing left to decide ends as it would have.
  const ends = outcome.kind === 'failed' ? outcome.error.code : outcome.kind
  if (['done', 'budget_reached', 'lock_lost'].includes(ends)) return []
  return [`W1: a writer that was taken over ended with ${describe(outcome)}`]
}

/**
 * A function that had begun when its writer was held up goes on when that wakes, whoever called it meanwhile. It buys nothing, and its
 * result is not taken. One that is an effect by itself is confirmed first, as a request is.
 */
function withoutBegun(promised: Promised, first: Promised): Promised {
  const among = (calls: Promised['shown']): Promised['shown'] =>
    new Map([...calls].filter(([call]) => !call.startsWith('asks ') || first.shown.has(call)))
  return { ...promised, shown: among(promised.shown), durable: among(promised.durable) }
}

interface PausedWriter {
  readonly outcome: Promise<Outcome>
  /** Resolves when it is held up. */
  readonly reached: Promise<void>
  /** Where it is held up. */
  site(): string | undefined
  /** Whether it had the lock when it was held up, and has taken no other since: a second command of its own begins anew. */
  owned(): boolean
  /** Lets it go on a minute later, by its clocks. */
  wake(): Promise<Outcome>
}

/** A process that is held up before an operation, the `place`th of those that are like `from`; what comes after waits, too. */
function hold(
  disk: SimulatedDisk,
  provider: ProviderBook,
  scene: SmallScene,
  start: number,
  { from, place }: { readonly from: RegExp; readonly place: number },
  injectBug: InjectedBug | undefined,
): PausedWriter {
  const reached = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  let operations = 0
  let linked = false
  let site: string | undefined
  let late = 0
  let owned = false
  const pass = async (name: string, path: string): Promise<void> => {
    const here = siteOf(name, path)
    if (from.test(here)) operations++
    const takesLock = name === 'link' && /\/lock\.[^/]*$/.test(path)
    if (operations < place) {
      // What follows the link of a lock comes after it.
      owned ||= linked && name === 'syncDirectory'
      linked ||= takesLock
      return
    }
    if (site !== undefined && takesLock) owned = false
    site ??= here
    reached.resolve()
    await gate.promise
  }
  const clock: Clock = {
    now: () => systemClock.now() + late,
    monotonic: () => systemClock.monotonic() + late,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
  }
  const outcome = smallRun(disk, provider, {
    ...processOf(scene, start),
    clock,
    // Others run while it is held up.
    hungMs: 600_000,
    injectBug: {
      number: 0,
      name: 'held up',
      rule: 'none',
      wrap: (given) => (injectBug?.wrap ?? same)(gated(given, pass)),
    },
  })
  return {
    outcome,
    reached: reached.promise,
    site: () => site,
    owned: () => owned,
    wake: () => {
      late = 60_000
      gate.resolve()
      return outcome
    },
  }
}

function same(disk: Disk): Disk {
  return disk
}

function processOf(scene: SmallScene, start: number) {
  return { ...scene.process(start), start, seed: 100n + BigInt(start), rows: scene.rows }
}

/** A disk that asks before each operation, those of files included. */
function gated(disk: Disk, pass: (name: string, path: string) => Promise<void>): Disk {
  const before =
    <A extends [string, ...unknown[]], R>(name: string, act: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      await pass(name, given[0])
      return act(...given)
    }
  return over(disk, {
    readFile: before('readFile', (path) => disk.readFile(path)),
    readRange: before('readRange', (path, at: number, length: number) => disk.readRange(path, at, length)),
    list: before('list', (path) => disk.list(path)),
    makeDirectory: before('makeDirectory', (path) => disk.makeDirectory(path)),
    rename: before('rename', (from, to: string) => disk.rename(from, to)),
    link: before('link', (from, to: string) => disk.link(from, to)),
    remove: before('remove', (path) => disk.remove(path)),
    removeDirectory: before('removeDirectory', (path) => disk.removeDirectory(path)),
    syncFile: before('syncFile', (path) => disk.syncFile(path)),
    syncDirectory: before('syncDirectory', (path) => disk.syncDirectory(path)),
    create: before('create', async (path) => {
      const file = await disk.create(path)
      return {
        append: async (bytes: Uint8Array) => {
          await pass('append', path)
          await file.append(bytes)
        },
        sync: async () => {
          await pass('sync', path)
          await file.sync()
        },
        close: () => file.close(),
      }
    }),
  })
}

/** Files that a writer which lost may not touch: not its logs and drafts, not temporary files, not the lock. */
function settledFiles(disk: SimulatedDisk, { name }: SmallScene): ReadonlyMap<string, Uint8Array> {
  const own = /\/\.rowsmith\/(blocks\/\d+\/)?(lock\.|journal\/|commits-|drafts\/|stage\/new-)|\.tmp\./
  // A shard that finds all rows there says in the history that it came and went.
  const isOwn = (path: string): boolean =>
    own.test(path) || (name === 'shards' && path.endsWith('/events.jsonl'))
  return new Map([...disk.files(smallDirectory)].filter(([path]) => !isOwn(path)))
}

/** How many operations of an uninterrupted run are like `from`, of those that a writer can be held up before. */
async function operationsOf(scene: SmallScene, from: RegExp): Promise<number> {
  const disk = scene.disk.afterKill()
  await smallRun(disk, scene.provider.fork(), processOf(scene, 1))
  const such = disk.operations.filter(
    ({ name, path }) => name !== 'stat' && name !== 'close' && from.test(siteOf(name, path)),
  )
  return such.length
}

function siteOf(name: string, path: string): string {
  return `${name} ${path.replace(`${smallDirectory}/`, '')}`
}
