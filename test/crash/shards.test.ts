/** Workers of two shards of one dataset, at once, on the modelled disk. `npm run torture` tries more; `npm run cluster` real processes. */
import { expect, test } from 'vitest'
import { injectBug } from '../proof/bugs/injected-bugs.ts'
import { sweepCrashes, sweepFaults, sweepTwoCrashes } from '../proof/sweeps/fault-sweep.ts'
import { sweepTakeovers } from '../proof/sweeps/takeover-sweep.ts'

test('two shards stopped at any operation are gone on with, by two or by one, to the bytes of one process', async () => {
  expect((await sweepCrashes({ scene: 'shards', cases: 24 })).violations).toEqual([])
  expect((await sweepTwoCrashes({ scene: 'shards', cases: 6 })).violations).toEqual([])
})

test('two shards whose disk fails say so, and are gone on with', async () => {
  expect((await sweepFaults({ scene: 'shards', cases: 8 })).violations).toEqual([])
})

test('two shards held up, taken over and let go change no row group, and send nothing for one', async () => {
  const report = await sweepTakeovers({ scene: 'shards', cases: 8 })
  expect(report.violations).toEqual([])
  expect(report.wakened).toBeGreaterThan(4)
})

test.each([1, 2, 4])('with planted bug %i the sweep of two shards fails', async (number) => {
  const { violations } = await sweepCrashes({
    ...{ scene: 'shards', cases: 60, untilViolation: true },
    injectBug: injectBug(number),
  })
  expect(violations).not.toEqual([])
})
