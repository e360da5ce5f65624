/**
 * Every call site of a small run, crashed in every way: the proof on the modelled disk.
 *
 * Owns: which crashes there are and in which order they are tried. What must hold is `small-proof.ts`.
 * A case is a course of events: a process stops before or after an operation (or an operation fails), the machine
 * loses what was not synced in one of many ways (or nothing: only the process died), and another process goes on;
 * perhaps it is stopped too. A sample is drawn by a seed, so it can be had again.
 */

import { errorCodes } from '../../../src/base/errors/error-codes.ts'
import { keyedRandom, type Random } from '../../../src/base/numbers/random.ts'
import {
  canFail,
  changesDisk,
  type FaultCode,
  type Interruption,
  type SimulatedDisk,
} from '../../../src/testing/disks/simulated-disk.ts'
import type { Operation, TornState, Unsynced } from '../../../src/testing/disks/simulated-tree.ts'
import type { InjectedBug } from '../bugs/injected-bugs.ts'
import type { ProviderBook } from '../small/provider-book.ts'
import { checkCrash, checkEnd, describe, lostAnswers, type Promised } from '../small/small-proof.ts'
import { type EngineName, type Outcome, smallRun, sourceDirectory } from '../small/small-run.ts'
import { type SceneName, type SmallScene, smallScene } from '../small/small-scenes.ts'
import { turns } from './turns.ts'

export interface SweepOptions {
  /** Cases to try, drawn from all of them. @default all */
  readonly cases?: number
  /** What is crashed. @default 'begin' */
  readonly scene?: SceneName
  /**
   * The engine of the process that is crashed, and of those that go on after it. What they make must equal what the
   * concurrent one makes. @default both 'concurrent'
   */
  readonly engines?: readonly [crashed: EngineName, later: EngineName]
  /** Stops lie from the first operation on whose site is like this. @default anywhere */
  readonly from?: RegExp
  /** Draws the sample. @default 0 */
  readonly seed?: number
  readonly injectBug?: InjectedBug
  /** Ends the sweep at the first violation, or the first that says this. @default false */
  readonly untilViolation?: boolean | RegExp
  readonly onProgress?: (done: number, of: number) => void
  /** Asked between two cases: whether the sweep ends with those that it has. @default never */
  readonly isTimeUp?: () => boolean
}

export interface SweepReport {
  readonly cases: number
  /** Call sites of an uninterrupted run at which no case was stopped. */
  readonly sitesNotReached: readonly string[]
  /** Call sites at which a failure was no reason to stop. */
  readonly shruggedOff: readonly string[]
  /** Sentences: the course of events, then what did not hold. */
  readonly violations: readonly string[]
}

/** One way in which the machine forgets. */
interface Loss {
  readonly name: string
  readonly happen: (disk: SimulatedDisk) => SimulatedDisk
  readonly lossless: boolean
}

/** An operation that fails; `lasting`: and every one after it that can. */
interface Fault {
  readonly operation: number
  readonly code: FaultCode
  readonly lasting: boolean
}

interface Stop {
  readonly operation: number
  readonly when: 'stop-before' | 'stop-after'
}

/** One process stopped anywhere, and every way to lose what it had not synced. */
export async function sweepCrashes(options: SweepOptions = {}): Promise<SweepReport> {
  const random = keyedRandom(BigInt(options.seed ?? 0), 'crashes', 0)
  const scene = await sceneOf(options)
  const operations = await rehearse(scene, options.injectBug)
  const { from = /^/ } = options
  const first = operations.findIndex(({ site }) => from.test(site))
  const stops = operations
    .filter(({ name, number }) => changesDisk(name) && number > first)
    .flatMap(({ number }) => [
      { operation: number, when: 'stop-before' as const },
      { operation: number, when: 'stop-after' as const },
    ])
  const sweep = new Sweep(options, scene, operations.slice(first))
  // A sample visits as many stops as it can, each with a few losses; the whole visits all pairs of unsynced changes.
  const perStop = options.cases === undefined ? Number.POSITIVE_INFINITY : 3
  for (const stop of shuffled(stops, random)) {
    if (sweep.isOver(options.cases ?? Number.POSITIVE_INFINITY)) break
    const begun = await sweep.begin(stop)
    const losses = shuffled(lossesOf(begun.disk), random)
    for (const loss of losses.slice(0, perStop)) {
      const crashed = loss.happen(begun.disk)
      const course = new Course(
        scene,
        options.injectBug,
        begun.provider.fork(),
        [begun.history],
        loss.lossless,
      )
      await course.crash(crashed, loss)
      await course.finish(crashed)
      sweep.note(course)
      if (options.isTimeUp?.() === true) break
    }
  }
  return sweep.report()
}

/** Two processes stopped, one after the other. There are too many to try all: `cases` is needed. */
export async function sweepTwoCrashes(
  options: SweepOptions & { readonly cases: number },
): Promise<SweepReport> {
  const scene = await sceneOf(options)
  const operations = await rehearse(scene, options.injectBug)
  const sweep = new Sweep(options, scene, operations)
  // Every other case is the nastiest kind: killed just before a sync, so that the next process sees what is not
  // durable, and then everything that is still unsynced goes.
  const syncs = operations.filter(({ name }) => name === 'sync').map(({ number }) => number)
  for (let index = 0; !sweep.isOver(options.cases); index++) {
    const random = keyedRandom(BigInt(options.seed ?? 0), 'two crashes', index)
    const nasty = index % 2 === 1
    const begun = await sweep.begin(
      nasty ? { operation: pick(syncs, random), when: 'stop-before' } : randomStop(operations.length, random),
    )
    const course = new Course(scene, options.injectBug, begun.provider, [begun.history], true)
    const first = nasty ? killed : pick(lossesOf(begun.disk), random)
    const crashed = first.happen(begun.disk)
    await course.crash(crashed, first)
    const second = await course.goOn(crashed, randomStop(operations.length, random))
    if (second.stopped === undefined) {
      sweep.note(course)
      continue
    }
    const loss = nasty ? allLost : pick(lossesOf(second), random)
    const left = loss.happen(second)
    await course.crash(left, loss)
    await course.finish(left)
    sweep.note(course)
  }
  return sweep.report()
}

/**
 * Every operation failing with every error it can have, once or (a full disk) from then on: the run says so, and can
 * be gone on with.
 */
export async function sweepFaults(options: SweepOptions = {}): Promise<SweepReport> {
  const random = keyedRandom(BigInt(options.seed ?? 0), 'faults', 0)
  const scene = await sceneOf(options)
  const operations = await rehearse(scene, options.injectBug)
  const sweep = new Sweep(options, scene, operations)
  // A source of answers that is damaged is a warning, and bought again; one that cannot be read for a moment stops the run (U3 of `reuse.ts`).
  const faults = operations.flatMap((operation) =>
    faultsAt(operation).filter(
      ({ code }) => code === 'EMFILE' || !operation.path.startsWith(sourceDirectory),
    ),
  )
  for (const fault of shuffled(faults, random)) {
    if (sweep.isOver(options.cases ?? Number.POSITIVE_INFINITY)) break
    const { disk, provider, outcome } = await firstProcess(scene, options.injectBug, failing(fault))
    sweep.reached(fault.site)
    const course = new Course(scene, options.injectBug, provider, [sayFault(fault)], true)
    await course.afterFault(disk, outcome)
    if (outcome.kind === 'done' || isBudgetReached(outcome)) sweep.shruggedOff(fault.site)
    const loss = pick(lossesOf(disk), random)
    const left = loss.happen(disk)
    await course.crash(left, loss)
    await course.finish(left)
    sweep.note(course)
  }
  return sweep.report()
}

/** The same while a run goes on after a crash: a disk may fail during recovery, too. */
export async function sweepFaultsInRecovery(
  options: SweepOptions & { readonly cases: number },
): Promise<SweepReport> {
  const scene = await sceneOf(options)
  const operations = await rehearse(scene, options.injectBug)
  const sweep = new Sweep(options, scene, operations)
  for (let index = 0; !sweep.isOver(options.cases); index++) {
    const random = keyedRandom(BigInt(options.seed ?? 0), 'faults in recovery', index)
    const begun = await sweep.begin(randomStop(operations.length, random))
    const course = new Course(scene, options.injectBug, begun.provider, [begun.history], true)
    const first = pick(lossesOf(begun.disk), random)
    const crashed = first.happen(begun.disk)
    await course.crash(crashed, first)
    const fault = {
      operation: 1 + random.below(operations.length),
      code: pick(['ENOSPC', 'EIO', 'EMFILE'] as const, random),
      lasting: false,
    }
    const disk = await course.goOnFailing(crashed, fault)
    const loss = pick(lossesOf(disk), random)
    const left = loss.happen(disk)
    await course.crash(left, loss)
    await course.finish(left)
    sweep.note(course)
  }
  return sweep.report()
}

/** Two runs of one process at the same dataset at once, some after a crash, in many interleavings: one writes. */
export async function sweepRaces(options: SweepOptions & { readonly cases: number }): Promise<SweepReport> {
  const scene = await sceneOf(options)
  const operations = await rehearse(scene, undefined)
  const sweep = new Sweep(options, scene, operations)
  for (let index = 0; !sweep.isOver(options.cases); index++) {
    const random = keyedRandom(BigInt(options.seed ?? 0), 'races', index)
    let provider = scene.provider.fork()
    let { disk } = scene
    let history = 'two runs at once'
    if (index % 2 === 1) {
      const begun = await sweep.begin(randomStop(operations.length, random))
      disk = begun.disk
      history = `${begun.history}, then two runs at once`
      provider = begun.provider
    }
    const course = new Course(scene, options.injectBug, provider, [history], true)
    await course.race(disk.afterKill({ speed: () => turns(random.below(6)) }))
    sweep.note(course)
  }
  return sweep.report()
}

/** What happened so far in one case, and what did not hold. */
class Course {
  readonly violations: string[] = []
  readonly #scene: Scene
  readonly #injectBug: InjectedBug | undefined
  readonly #provider: ProviderBook
  readonly #history: string[]
  #promised: Promised[] = []
  #lossless: boolean
  #processes = 1

  constructor(
    scene: Scene,
    injectBug: InjectedBug | undefined,
    provider: ProviderBook,
    history: string[],
    lossless: boolean,
  ) {
    this.#scene = scene
    this.#injectBug = injectBug
    this.#provider = provider
    this.#history = history
    this.#lossless = lossless
  }

  async crash(left: SimulatedDisk, loss: Loss): Promise<void> {
    this.#history.push(loss.name)
    const isExact = this.#lossless || this.#processes === 1
    this.#lossless &&= loss.lossless
    const { violations, promised } = await checkCrash(left, this.#provider, this.#scene, isExact)
    // A power loss takes back what was only shown at an earlier crash.
    if (!loss.lossless) this.#promised = this.#promised.map((one) => ({ ...one, shown: one.durable }))
    this.#promised.push(promised)
    this.#violated(violations)
  }

  /** Another process goes on and is stopped in turn, if it comes so far. */
  async goOn(crashed: SimulatedDisk, stop: Stop): Promise<SimulatedDisk> {
    const disk = crashed.afterKill({ interrupt: at(stop) })
    const outcome = await this.#run(disk)
    if (disk.stopped === undefined) {
      this.#violated(
        await checkEnd(disk, outcome, this.#provider, this.#promised, this.#lossless, this.#scene),
      )
    } else this.#history.push(`then stopped ${sayStop(stop)} (${disk.stopped.operation.site})`)
    return disk
  }

  /** Another process goes on and meets a failing disk. */
  async goOnFailing(crashed: SimulatedDisk, fault: Fault): Promise<SimulatedDisk> {
    let site: string | undefined
    const interrupt = failing(fault)
    const disk = crashed.afterKill({
      interrupt: (operation) => {
        const failed = interrupt(operation)
        if (failed !== undefined) site ??= operation.site
        return failed
      },
    })
    const outcome = await this.#run(disk)
    if (site !== undefined) this.#history.push(`then ${sayFault({ ...fault, site })}`)
    await this.afterFault(disk, outcome)
    return disk
  }

  async finish(crashed: SimulatedDisk): Promise<void> {
    const disk = crashed.afterKill()
    const outcome = await this.#run(disk)
    this.#violated(await checkEnd(disk, outcome, this.#provider, this.#promised, this.#lossless, this.#scene))
  }

  /** A run at which something failed says so, or was really done. */
  async afterFault(disk: SimulatedDisk, outcome: Outcome): Promise<void> {
    if (outcome.kind === 'done')
      this.#violated(await checkEnd(disk, outcome, this.#provider, [], this.#lossless, this.#scene))
    else if (this.#scene.name === 'budget' && isBudgetReached(outcome))
      this.#violated(await lostAnswers(disk, this.#provider))
    else if (outcome.kind === 'hung') this.#violated([`it ended with ${describe(outcome)}`])
    else {
      const { code } = outcome.error
      // The second run of one process finds the lock that the first could not give back.
      const isOwnLock = this.#scene.name === 'shutdown' && code === 'dataset_in_use'
      if (errorCodes[code].class !== 'storage' && !isOwnLock) {
        this.#violated([`it ended with ${describe(outcome)}`])
      }
    }
  }

  async race(disk: SimulatedDisk): Promise<void> {
    const { promised } = await checkCrash(disk, this.#provider, this.#scene, true)
    const before = new Map(this.#provider.requests)
    const outcomes = await Promise.all([this.#run(disk, 2), this.#run(disk, 2)])
    for (const outcome of outcomes) {
      const inUse = outcome.kind === 'failed' && outcome.error.code === 'dataset_in_use'
      if (!inUse && outcome.kind !== 'done') this.#violated([`P4: a run ended with ${describe(outcome)}`])
    }
    for (const [key, times] of this.#provider.requests) {
      const requested = times - (before.get(key) ?? 0)
      if (requested > 1) this.#violated([`P4: ${requested} runs asked for ${key}`])
    }
    const winner = outcomes.find(({ kind }) => kind === 'done')
    if (winner === undefined) this.#violated(['P4: none of the runs finished'])
    else this.#violated(await checkEnd(disk, winner, this.#provider, [promised], true, this.#scene))
  }

  #run(disk: SimulatedDisk, start = ++this.#processes): Promise<Outcome> {
    const { rows, engines } = this.#scene
    return smallRun(disk, this.#provider, {
      ...this.#scene.process(start),
      start,
      seed: 100n + BigInt(start),
      rows,
      engine: engines[1],
      injectBug: this.#injectBug,
    })
  }

  #violated(what: readonly string[]): void {
    for (const sentence of what) this.violations.push(`${this.#history.join('; ')}: ${sentence}`)
  }
}

/** Counts cases and sites. */
class Sweep {
  readonly #options: SweepOptions
  readonly #scene: Scene
  readonly #sites: ReadonlySet<string>
  readonly #reached = new Set<string>()
  readonly #shruggedOff = new Set<string>()
  readonly #violations: string[] = []
  #cases = 0

  constructor(options: SweepOptions, scene: Scene, operations: readonly Operation[]) {
    this.#options = options
    this.#scene = scene
    this.#sites = new Set(operations.filter(({ name }) => changesDisk(name)).map(({ site }) => site))
  }

  /** The first process of a case, up to its stop. */
  async begin(stop: Stop): Promise<{ disk: SimulatedDisk; provider: ProviderBook; history: string }> {
    const { disk, provider } = await firstProcess(this.#scene, this.#options.injectBug, at(stop))
    const site = disk.stopped?.operation.site
    if (site !== undefined) this.reached(site)
    return { disk, provider, history: `stopped ${sayStop(stop)} (${site ?? 'after its end'})` }
  }

  reached(site: string): void {
    this.#reached.add(site)
  }

  shruggedOff(site: string): void {
    this.#shruggedOff.add(site)
  }

  note(course: Course): void {
    this.#cases++
    this.#violations.push(...course.violations)
    this.#options.onProgress?.(this.#cases, this.#options.cases ?? Number.NaN)
  }

  isOver(cases: number): boolean {
    const { untilViolation: until = false, isTimeUp } = this.#options
    if (this.#cases >= cases || isTimeUp?.() === true) return true
    return until instanceof RegExp
      ? this.#violations.some((violation) => until.test(violation))
      : until && this.#violations.length > 0
  }

  report(): SweepReport {
    const sitesNotReached = [...this.#sites].filter((site) => !this.#reached.has(site)).sort()
    const shruggedOff = [...this.#shruggedOff].sort()
    return { cases: this.#cases, sitesNotReached, shruggedOff, violations: this.#violations }
  }
}

/** What the first process of every case finds, and who goes on. */
interface Scene extends SmallScene {
  readonly engines: readonly [crashed: EngineName, later: EngineName]
}

async function sceneOf({
  scene = 'begin',
  engines = ['concurrent', 'concurrent'],
}: SweepOptions): Promise<Scene> {
  return { ...(await smallScene(scene, engines[0])), engines }
}

async function firstProcess(
  scene: Scene,
  injectBug: InjectedBug | undefined,
  interrupt: (operation: Operation) => Interruption | undefined,
): Promise<{ disk: SimulatedDisk; provider: ProviderBook; outcome: Outcome }> {
  const disk = scene.disk.afterKill({ interrupt })
  const provider = scene.provider.fork()
  const { rows, engines } = scene
  const outcome = await smallRun(disk, provider, {
    ...scene.process(1),
    start: 1,
    seed: 101n,
    rows,
    engine: engines[0],
    injectBug,
  })
  return { disk, provider, outcome }
}

/** The end of a run that its budget stops, when nothing else is wrong. */
function isBudgetReached(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.error.code === 'budget_reached'
}

/** The operations of an uninterrupted run. */
async function rehearse(scene: Scene, injectBug: InjectedBug | undefined): Promise<readonly Operation[]> {
  const { disk } = await firstProcess(scene, injectBug, () => undefined)
  return disk.operations
}

const tornWays: readonly (readonly [string, TornState])[] = [
  ['all torn', { front: 0.5, rest: 'missing' }],
  ['all torn, then zeros', { front: 0.5, rest: 'zeros' }],
  ['all torn, then garbage', { front: 0.3, rest: 'garbage' }],
]

const killed: Loss = { name: 'killed', happen: (stopped) => stopped.afterKill(), lossless: true }
const allLost: Loss = {
  name: 'power loss, all unsynced lost',
  happen: (stopped) => stopped.afterPowerLoss(() => 'lost'),
  lossless: false,
}

/** Nothing lost; everything lost or torn; each unsynced change and each pair of them alone lost, kept, or torn. */
function lossesOf(disk: SimulatedDisk): Loss[] {
  const unsynced = disk.unsynced()
  const losses = [killed, allLost]
  const add = (name: string, stateOf: (item: Unsynced) => TornState): void => {
    losses.push({ name, happen: (stopped) => stopped.afterPowerLoss(stateOf), lossless: false })
  }
  if (unsynced.length === 0) return losses
  add('power loss, all unsynced kept', () => 'survives')
  for (const [name, state] of tornWays) add(`power loss, ${name}`, () => state)
  for (const [index, one] of unsynced.entries()) {
    add(`power loss, only ${say(one)} lost`, (item) => (item === one ? 'lost' : 'survives'))
    add(`power loss, only ${say(one)} kept`, (item) => (item === one ? 'survives' : 'lost'))
    for (const other of unsynced.slice(index + 1)) {
      const pair = `${say(one)} and ${say(other)}`
      add(`power loss, only ${pair} lost`, (item) => (item === one || item === other ? 'lost' : 'survives'))
      add(`power loss, only ${pair} kept`, (item) => (item === one || item === other ? 'survives' : 'lost'))
      add(`power loss, ${say(one)} lost and ${say(other)} torn`, (item) =>
        item === one ? 'lost' : item === other ? { front: 0.5, rest: 'zeros' } : 'survives',
      )
    }
  }
  return losses
}

function say({ operation }: Unsynced): string {
  return `${operation.number} (${operation.site})`
}

function sayStop({ operation, when }: Stop): string {
  return `${when === 'stop-before' ? 'before' : 'after'} operation ${operation}`
}

function at(stop: Stop): (operation: Operation) => Stop['when'] | undefined {
  return ({ number }) => (number === stop.operation ? stop.when : undefined)
}

function faultsAt({ number, name, site }: Operation): (Fault & { site: string })[] {
  return (['ENOSPC', 'EIO', 'EMFILE'] satisfies FaultCode[])
    .filter((code) => canFail(name, code))
    .flatMap((code) => [
      { operation: number, code, lasting: false, site },
      ...(code === 'ENOSPC' ? [{ operation: number, code, lasting: true, site }] : []),
    ])
}

function failing(fault: Fault): (operation: Operation) => FaultCode | undefined {
  return ({ number, name }) => {
    const due = fault.lasting ? number >= fault.operation : number === fault.operation
    return due && canFail(name, fault.code) ? fault.code : undefined
  }
}

function sayFault({ operation, code, lasting, site }: Fault & { site: string }): string {
  return `${code}${lasting ? ' from' : ' at'} operation ${operation} (${site})`
}

function randomStop(operations: number, random: Random): Stop {
  return {
    operation: 1 + random.below(operations),
    when: random.below(2) === 0 ? 'stop-before' : 'stop-after',
  }
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[random.below(items.length)]!
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items]
  return items.map(() => left.splice(random.below(left.length), 1)[0]!)
}
