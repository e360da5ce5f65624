/** Processes that are killed at moments which the world tells of, until one comes to its end. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from '../../src/base/numbers/random.ts'
import type { Summary } from '../../src/run/report/summary.ts'
import type { Simulator } from '../../src/simulate/server/server.ts'
import type { CrashProcess } from '../../src/testing/crash/crash-processes.ts'

export interface KilledCourse {
  readonly simulator: Simulator
  readonly random: Random
  /** How many processes are killed, as long as one lives until its moment. */
  readonly kills: number
  /** What the world was asked for so far: calls of tools, or of functions. */
  readonly events: () => number
  /** A process is killed after one more event than before, or so many. */
  readonly eventsMax: number
  readonly start: () => Promise<CrashProcess>
  /** Looks at the disk after a process has ended. */
  readonly look: () => Promise<void>
}

/** @returns how many were killed, and what the last one made. @throws when one fails that nobody killed */
export async function killedCourse(
  course: KilledCourse,
): Promise<{ readonly killed: number; readonly summary: Summary }> {
  const { simulator, random, kills, events } = course
  for (let killed = 0; ; killed++) {
    const process = await course.start()
    let hasEnded = false
    void process.end.then(() => {
      hasEnded = true
    })
    const enough = events() + 1 + random.below(course.eventsMax)
    while (!hasEnded && (killed >= kills || events() < enough)) await wait(3)
    await wait(random.below(30))
    if (killed < kills) process.kill()
    const end = await process.end
    // What the dead one had sent is still being read by the simulator.
    while (simulator.stats().in_flight > 0) await wait(3)
    await course.look()
    if (end.kind === 'failed') throw new Error(`A run that nobody killed failed: ${end.code}: ${end.message}`)
    if (end.kind === 'done') return { killed, summary: end.summary }
  }
}

/** What was on the disk at a kill stays there, and is never asked for again. */
export class Promised {
  /** How often a key had been asked when its answer was found on the disk. */
  readonly #times = new Map<string, number>()
  readonly violations: string[] = []

  look(kept: ReadonlyMap<string, string>, effects: Readonly<Record<string, number>>): void {
    for (const [key, times] of this.#times) {
      if (!kept.has(key)) this.violations.push(`P1: an answer on the disk is gone: ${key}`)
      if ((effects[key] ?? 0) !== times)
        this.violations.push(`P1: an answer on the disk was asked for again: ${key}`)
    }
    for (const key of kept.keys()) this.#times.set(key, effects[key] ?? 0)
  }
}
