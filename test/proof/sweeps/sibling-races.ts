/** Equal commands that start at once beside a dataset of another config: one makes a sibling, and pays (rule O4). */

import { keyedRandom } from '../../../src/base/numbers/random.ts'
import { type Clock, systemClock } from '../../../src/base/work/clock.ts'
import type { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { describe } from '../small/small-proof.ts'
import { type SmallProcess, smallDisk, smallProvider, smallRun } from '../small/small-run.ts'
import { turns } from './turns.ts'

/** Whoever waits for a lock looks again at once. */
const hasty: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === 1_000 ? 2 : ms, signal),
}

const racers = 5

/** @returns what did not hold, in sentences */
export async function raceSiblings(rounds: number, seed = 0): Promise<string[]> {
  const provider = smallProvider()
  const before = smallDisk()
  await smallRun(before, provider, { start: 1, seed: 1n })
  const alone = provider.fork()
  const racer: SmallProcess = { start: 2, seed: 2n, world: 'tools', clock: hasty }
  await smallRun(before.afterKill(), alone, racer)
  const violations: string[] = []
  for (let round = 0; round < rounds; round++) {
    const random = keyedRandom(BigInt(seed), 'siblings', round)
    const disk = before.afterKill({ speed: () => turns(random.below(5)) })
    const paid = provider.fork()
    const ends = await Promise.all(Array.from({ length: racers }, () => smallRun(disk, paid, racer)))
    const reported = ends.map((end) => describe(end).split(':')[0] ?? '')
    if (!reported.includes('done'))
      violations.push(`round ${round}: none made a dataset: ${reported.join(', ')}`)
    const others = reported.filter((each) => each !== 'done' && each !== 'dataset_in_use')
    if (others.length > 0) violations.push(`round ${round}: ended with ${others.join(', ')}`)
    const made = datasets(disk)
    if (made.length !== 2) violations.push(`round ${round}: there are ${made.join(', ')}`)
    if (paid.total !== alone.total)
      violations.push(`round ${round}: ${paid.total} requests, not ${alone.total}`)
  }
  return violations
}

function datasets(disk: SimulatedDisk): string[] {
  const names = [...disk.files('/out').keys()].map((path) => path.split('/')[2] ?? '')
  return [...new Set(names)].sort()
}
