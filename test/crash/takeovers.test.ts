/** Writers that are held up, taken over from, and wake. `npm run torture` tries more. */
import { expect, test } from 'vitest'
import { sweepTakeovers } from '../proof/sweeps/takeover-sweep.ts'

test.each([
  ['begin', 40],
  ['extend', 12],
  ['retry', 12],
  ['import', 12],
  ['stage', 12],
  ['tools', 6],
] as const)(
  'a writer held up anywhere in "%s" changes nothing and sends nothing once it was taken over',
  async (scene, cases) => {
    const report = await sweepTakeovers({ scene, cases })
    expect(report.violations).toEqual([])
    expect(report.wakened).toBeGreaterThan(cases / 2)
  },
)

test('nor does one that is held up at its journal, and wakes while its successor is held up in turn', async () => {
  const report = await sweepTakeovers({ from: /journal/, cases: 15 })
  expect(report.violations).toEqual([])
})

test('where no two answers are equal, all files are made of those that counted at the takeover', async () => {
  const report = await sweepTakeovers({ from: /^append/, cases: 18, isSerial: true })
  expect(report.violations).toEqual([])
})
