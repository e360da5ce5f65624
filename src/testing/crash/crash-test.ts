/**
 * Kills real processes while they make a dataset, and looks whether a promise was broken.
 *
 * Owns: the two parts and their order; what is looked at after each kill and at each end is `crash-part.ts`.
 *   serial      real processes on a volatile disk, each answer with a number that is never given twice: nothing is
 *               requested twice, nothing requested is lost
 *   repeatable  the same with answers that depend on the request alone: the data files of a run that was killed many
 *               times equal those of one that was not, byte for byte
 * What the datasets go through, `crash-scenes.ts` says. Only kills with a request in flight count.
 */
import { join } from 'node:path'
import { systemClock } from '../../base/work/clock.ts'
import type { Config } from '../../config/schema/schema.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import { CrashPart } from './crash-part.ts'
import { CrashProcesses } from './crash-processes.ts'
import { type CrashSceneName, crashScenes } from './crash-scenes.ts'

export interface CrashTestOptions {
  readonly config: Config
  /** An empty folder for the datasets, absolute. They are left there. */
  readonly directory: string
  /** Kills with a request in flight, over both parts. @default 50 */
  readonly kills?: number
  /**
   * Called before each kill: whether those that there were are enough.
   *
   * @param share of the whole time that the part may have used: the first part has half of it
   * @default never
   */
  readonly isTimeUp?: ((share: number) => boolean) | undefined
  /** Rows of a dataset; when one is finished before the kills are, the next begins. @default 200 */
  readonly numRecords?: number
  /** The address of a module whose `wrap(disk)` gives the disk that each process works with: for a disk of your own. @default the disk as it is */
  readonly wrapDisk?: URL
  /** What the datasets go through, in an order that the seed draws. @default all */
  readonly scenes?: readonly CrashSceneName[]
  /** Chooses the moments. @default 0 */
  readonly seed?: number
  readonly onProgress?: (progress: CrashProgress) => void
}

export interface CrashProgress {
  readonly part: 'serial' | 'repeatable'
  /** Kills of this part so far. */
  readonly done: number
  readonly of: number
}

export interface CrashTestReport {
  /** What was broken, as sentences; empty when every guarantee held. */
  readonly violations: readonly string[]
  readonly kills: number
  /** Kills while a stage was at work in addition. */
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

/** Kills runs of a config until there were as many kills as requested. What was broken is in the report. */
export async function crashTest(options: CrashTestOptions): Promise<CrashTestReport> {
  const { kills = 50, numRecords = 200, seed = 0 } = options
  const began = systemClock.monotonic()
  const processes = new CrashProcesses(options.directory)
  const common = {
    processes,
    config: options.config,
    numRecords,
    scenes: options.scenes ?? crashScenes,
    wrapDisk: options.wrapDisk?.href ?? null,
  }
  const parts: CrashPart[] = []
  try {
    for (const answers of ['serial', 'repeatable'] as const) {
      const directory = join(options.directory, answers)
      await nodeDisk.makeDirectory(directory)
      const of = answers === 'serial' ? Math.ceil(kills / 2) : Math.floor(kills / 2)
      if (of === 0) continue
      const share = answers === 'serial' ? 0.5 : 1
      const isTimeUp = () => options.isTimeUp?.(share) === true
      const part = new CrashPart({ ...common, answers, directory, kills: of, seed, isTimeUp })
      parts.push(part)
      await part.run((done) => options.onProgress?.({ part: answers, done, of }))
    }
  } finally {
    processes.close()
  }
  const sum = (of: (part: CrashPart) => number): number => parts.reduce((total, part) => total + of(part), 0)
  return {
    violations: parts.flatMap(({ violations }) => violations),
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
