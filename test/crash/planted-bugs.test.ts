/** The proof of the proof: with each planted bug the sweeps that find nothing otherwise find what it breaks. */
import { describe, expect, test } from 'vitest'
import { injectBug, injectedBugs } from '../proof/bugs/injected-bugs.ts'
import type { SceneName } from '../proof/small/small-scenes.ts'
import { type DamageOptions, sweepDamages } from '../proof/sweeps/damage-sweep.ts'
import {
  type SweepOptions,
  type SweepReport,
  sweepCrashes,
  sweepFaults,
  sweepRaces,
  sweepTwoCrashes,
} from '../proof/sweeps/fault-sweep.ts'
import { sweepPictures } from '../proof/sweeps/picture-sweep.ts'
import { sweepTakeovers } from '../proof/sweeps/takeover-sweep.ts'

type Sweep = (options: SweepOptions & { cases: number }) => Promise<SweepReport>

/** Damage of one kind only. */
const damage =
  (kind: NonNullable<DamageOptions['aim']>['damage'], path: RegExp): Sweep =>
  (options) =>
    sweepDamages({ ...options, aim: { damage: kind, path } })

/** Where no two answers are equal, whose they are can be seen. */
const serialTakeovers: Sweep = (options) => sweepTakeovers({ ...options, isSerial: true })

/** Here and there is enough to see them. */
const somePictures: Sweep = (options) => sweepPictures({ ...options, cases: 75 })

const found: Readonly<
  Record<
    number,
    { readonly by: Sweep; readonly says: RegExp; readonly scene?: SceneName; readonly from?: RegExp }
  >
> = {
  1: { by: sweepCrashes, says: /P1: the answer for row \d was used and is not on the disk/ },
  2: { by: sweepCrashes, says: /P1: the answer for row \d was used and is not on the disk/ },
  3: {
    by: sweepCrashes,
    says: /P3: not whole under its final name|differs .* after a power loss that followed/,
  },
  4: { by: sweepCrashes, says: /after a power loss that followed|run_json_damaged|P1: / },
  5: { by: sweepCrashes, says: /dropped-columns-parquet-files\/batch_0000\d\.parquet is missing/ },
  6: { by: sweepTwoCrashes, says: /P1: the answer for row \d was used and is not on the disk/ },
  7: { by: sweepCrashes, says: /P1: an answer on the disk was requested again/ },
  8: { by: sweepRaces, says: /P4: / },
  // Found by the run itself now, which refuses: a row group under its final name whose commit is not there.
  9: { by: sweepCrashes, says: /P8: the accounting says|P2: .* is missing|whole, but its commit is lost/ },
  11: { by: sweepCrashes, scene: 'stage', says: /S2: metadata.json says "complete" of a table/ },
  12: {
    by: sweepCrashes,
    scene: 'reprocess',
    from: /^makeDirectory \.rowsmith\/stage/,
    says: /P6: the table is neither the one of before nor the new/,
  },
  13: { by: sweepCrashes, says: /P6: a row of the dataset is gone/, scene: 'retry' },
  14: { by: sweepCrashes, says: /P8: the accounting says \d+ (tokens|requests)/ },
  15: {
    by: sweepCrashes,
    scene: 'tools',
    from: /^create \.rowsmith\/journal/,
    says: /E10: a tool marked once ran 2 times/,
  },
  16: { by: somePictures, says: /I1: images\/picture\/\d-0\.png is not whole/ },
  // Found by the run itself now, which refuses: an answer on the disk whose image is not there.
  17: { by: somePictures, says: /could not be finished: .*\.rowsmith\/media\/\w+.*: missing or damaged/ },
  18: { by: sweepCrashes, scene: 'reuse', says: /U1: an answer was taken that is not that of its key/ },
  19: { by: sweepCrashes, scene: 'budget', says: /B1: \d+ requests were sent beyond a budget/ },
  20: { by: sweepTakeovers, says: /W1: a writer that was taken over ended with io_error/ },
  21: { by: sweepTakeovers, from: /^rename (?!.*lock)/, says: /W2: .* differs/ },
  22: { by: sweepCrashes, scene: 'shutdown', says: /P2: .* differs/ },
  23: { by: damage('flip', /^parquet-files/), says: /X1: a reader got a row that was never written/ },
  24: { by: damage('delete', /journal/), says: /X2: \d+ answers were bought again, unsaid/ },
  // Found as commands that disagree, before wrong bytes are: those that list logs miss what verify reads.
  25: { by: sweepDamages, says: /X[124]: / },
  26: { by: damage('swap', /commits-/), says: /X[1-6]: / },
  27: { by: damage('flip', /generated|processors-files/), says: /X6: .* and the run says nothing/ },
  28: { by: sweepTakeovers, from: /^append \.rowsmith\/journal/, says: /W3: it sent \d+ requests/ },
  29: { by: sweepFaults, scene: 'budget', says: /P1: an answer was lost to the disk/ },
  30: {
    by: serialTakeovers,
    from: /^append \.rowsmith\/journal/,
    says: /P4: the answer in use was displaced/,
  },
  31: {
    by: serialTakeovers,
    from: /^append \.rowsmith\/commits/,
    says: /W2: .*(replies|dropped-columns-parquet-files|processors-files)\/.* differs/,
  },
  10: { by: sweepCrashes, says: /the run could not be finished|P1: an answer on the disk was thrown away/ },
}

describe('the sweeps find the planted bug', () => {
  test.each(injectedBugs.map(({ number, name }) => [number, name] as const))('%i, %s', async (number) => {
    const { by, says, scene = 'begin', from = /^/ } = found[number]!
    const report = await by({ scene, from, cases: 800, injectBug: injectBug(number), untilViolation: says })
    expect(report.violations).not.toEqual([])
    expect(report.violations.join('\n')).toMatch(says)
  })
})

test('planted bugs have numbers, and another is an error', () => {
  const numbers = injectedBugs.map(({ number }) => number)
  expect(new Set(numbers).size).toBe(numbers.length)
  expect(numbers.length).toBeGreaterThanOrEqual(12)
  expect(() => injectBug(99)).toThrow(`There is no planted bug 99; they are ${numbers.join(', ')}.`)
})
