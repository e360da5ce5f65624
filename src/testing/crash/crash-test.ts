/**
 * Kills real processes while they make a dataset, and looks whether a promise was broken.
 *
 * Owns: the three parts and their order; what is looked at after each kill and at each end is `crash-part.ts`.
 *   modelled    a small run on the modelled disk, crashed at a sample of its operations; two runs at once
 *   serial      real processes on a volatile disk, each answer with a number that is never given twice: nothing is
 *               bought twice, nothing bought is lost
 *   repeatable  the same with answers that depend on the request alone: the data files of a run that was killed many
 *               times equal those of one that was not, byte for byte
 * What the datasets of the real parts go through, `crash-scenes.ts` says. Only kills with a request in flight count.
 */
import { join } from 'node:path'
import { systemClock } from '../../base/work/clock.ts'
import type { Config } from '../../config/schema/schema.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import { injectBug } from '../bugs/injected-bugs.ts'
import type { SceneName } from '../small/small-scenes.ts'
import { sweepDamages } from '../sweeps/damage-sweep.ts'
import { sweepCrashes, sweepFaults, sweepRaces, sweepTwoCrashes } from '../sweeps/fault-sweep.ts'
import { sweepTakeovers } from '../sweeps/takeover-sweep.ts'
import { CrashPart } from './crash-part.ts'
import { CrashProcesses } from './crash-processes.ts'
import { type CrashSceneName, crashScenes } from './crash-scenes.ts'

export interface CrashTestOptions {
  readonly config: Config
  /** An empty folder for the datasets, absolute. They are left there. */
  readonly directory: string
  /** Kills with a request in flight, over both real parts. @default 50 */
  readonly kills?: number
  /** Rows of a dataset; when one is finished before the kills are, the next begins. @default 200 */
  readonly numRecords?: number
  /** Number of a planted bug, see `sabotages`: the test must fail. */
  readonly injectBug?: number
  /** What the datasets of the real parts go through, in an order that the seed draws. @default all */
  readonly scenes?: readonly CrashSceneName[]
  /** Whether the modelled part goes first. @default true */
  readonly modelled?: boolean
  /** Chooses the moments. @default 0 */
  readonly seed?: number
  readonly onProgress?: (progress: CrashProgress) => void
}

export interface CrashProgress {
  readonly part: 'modelled' | 'serial' | 'repeatable'
  /** Cases or kills of this part so far. */
  readonly done: number
  readonly of: number
}

export interface CrashTestReport {
  /** What was broken, as sentences; empty when every promise was kept. */
  readonly violations: readonly string[]
  readonly simulatedCases: number
  readonly kills: number
  /** Kills while a stage was at work, besides. */
  readonly postProcessingKills: number
  /** Runs that a budget stopped. */
  readonly budgetStops: number
  /** Datasets that were finished after being killed. */
  readonly datasets: number
  /** Requests that the simulator took. */
  readonly requests: number
  /** Answers that were found on the disk after a kill. */
  readonly answersStored: number
  /** Answers that were taken from another dataset. */
  readonly answersReused: number
  readonly seconds: number
}

/** @throws RangeError for a sabotage that does not exist */
export async function crashTest(options: CrashTestOptions): Promise<CrashTestReport> {
  const { kills = 50, numRecords = 200, seed = 0 } = options
  const began = systemClock.monotonic()
  const startedAt = options.modelled === false ? { cases: 0, violations: [] } : await simulatedPart(options)
  const processes = new CrashProcesses(join(options.directory, 'compiled'))
  const common = {
    processes,
    config: options.config,
    numRecords,
    scenes: options.scenes ?? crashScenes,
    injectBug: options.injectBug === undefined ? null : injectBug(options.injectBug).number,
  }
  const parts: CrashPart[] = []
  try {
    for (const answers of ['serial', 'repeatable'] as const) {
      const directory = join(options.directory, answers)
      await nodeDisk.makeDirectory(directory)
      const of = answers === 'serial' ? Math.ceil(kills / 2) : Math.floor(kills / 2)
      if (of === 0) continue
      const part = new CrashPart({ ...common, answers, directory, kills: of, seed })
      parts.push(part)
      await part.run((done) => options.onProgress?.({ part: answers, done, of }))
    }
  } finally {
    processes.close()
  }
  const sum = (of: (part: CrashPart) => number): number => parts.reduce((total, part) => total + of(part), 0)
  return {
    violations: [...startedAt.violations, ...parts.flatMap(({ violations }) => violations)],
    simulatedCases: startedAt.cases,
    kills: sum((part) => part.kills),
    postProcessingKills: sum((part) => part.postProcessingKills),
    budgetStops: sum((part) => part.budgetStops),
    datasets: sum((part) => part.datasets),
    requests: sum((part) => part.requests),
    answersStored: sum((part) => part.answersStored),
    answersReused: sum((part) => part.answersReused),
    seconds: Math.round(systemClock.monotonic() - began) / 1000,
  }
}

/** What a kill cannot show: torn and reordered writes, kills without power loss, failing disks, races. */
async function simulatedPart(options: CrashTestOptions): Promise<{ cases: number; violations: string[] }> {
  const bug = options.injectBug === undefined ? undefined : injectBug(options.injectBug)
  const sweeps: readonly { sweep: typeof sweepTwoCrashes; cases: number; scene?: SceneName }[] = [
    { sweep: sweepCrashes, cases: 240 },
    ...(['extend', 'stage', 'extend-staged', 'reprocess', 'retry-staged'] as const).map((scene) => ({
      sweep: sweepCrashes,
      cases: 30,
      scene,
    })),
    { sweep: sweepTwoCrashes, cases: 150 },
    { sweep: sweepFaults, cases: 40 },
    { sweep: sweepRaces, cases: 30 },
    { sweep: sweepTakeovers, cases: 60 },
    // Damage that goes unseen is rare: a planted bug is looked for longer.
    { sweep: sweepDamages, cases: bug === undefined ? 40 : 600 },
    { sweep: sweepCrashes, cases: 90, scene: 'retry' },
    { sweep: sweepCrashes, cases: 40, scene: 'reuse' },
    { sweep: sweepCrashes, cases: 40, scene: 'budget' },
    { sweep: sweepCrashes, cases: 40, scene: 'tools' },
  ]
  const of = sweeps.reduce((total, { cases }) => total + cases, 0)
  const violations: string[] = []
  let cases = 0
  for (const { sweep, cases: wanted, scene = 'begin' } of sweeps) {
    const report = await sweep({
      cases: wanted,
      scene,
      seed: options.seed ?? 0,
      untilViolation: true,
      ...(bug === undefined ? {} : { injectBug: bug }),
      onProgress: (done) => options.onProgress?.({ part: 'modelled', done: cases + done, of }),
    })
    cases += report.cases
    violations.push(...report.violations)
  }
  return { cases, violations }
}
