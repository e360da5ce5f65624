/** Got against requested, and crosses. Figures are those of scipy and scikit-learn. */
import { expect, test } from 'vitest'
import { chiSquaredTail, crossOf, requestedAgainstGot } from '../../src/quality/coverage.ts'

test('the chance of a difference is that of scipy.stats.chi2.sf', () => {
  const known: readonly [statistic: number, freedom: number, tail: number][] = [
    [3.84, 1, 0.05004352124870519],
    [100, 99, 0.4529585113209314],
    [0.5, 10, 0.999993388289439],
    [800, 5, 1.1568807904873642e-170],
    [0, 3, 1],
  ]
  for (const [statistic, freedom, tail] of known) {
    expect(chiSquaredTail(statistic, freedom) / tail).toBeCloseTo(1, 10)
  }
})

test('shares requested and got, categories that never came, and values that nobody requested', () => {
  const found = requestedAgainstGot(
    new Map([
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ]),
    new Map([
      ['a', 60],
      ['b', 40],
      ['z', 3],
    ]),
  )
  expect(found).toMatchObject({
    categories: [
      { value: 'a', requested: 0.5, got: 0.6, rows: 60 },
      { value: 'b', requested: 0.25, got: 0.4, rows: 40 },
      { value: 'c', requested: 0.25, got: 0, rows: 0 },
    ],
    rows: 100,
    other: 3,
  })
  expect(found.p_value).toBeCloseTo(1.522997974471264e-8, 18)
})

test('one category, no rows, or a category that was never to come have no chance', () => {
  const one = requestedAgainstGot(new Map([['a', 1]]), new Map([['a', 5]]))
  const none = requestedAgainstGot(
    new Map([
      ['a', 1],
      ['b', 1],
    ]),
    new Map(),
  )
  const never = requestedAgainstGot(
    new Map([
      ['a', 1],
      ['b', 1],
      ['c', 0],
    ]),
    new Map([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]),
  )
  expect([one.p_value, none.p_value, never.p_value]).toEqual([null, null, null])
})

test('a cross names its empty cells first, and how much one column says of the other', () => {
  const counts = [
    { values: ['x', '1'] as const, rows: 30 },
    { values: ['x', '2'] as const, rows: 10 },
    { values: ['y', '1'] as const, rows: 20 },
  ]
  const found = crossOf(counts, ['x', 'y'], ['1', '2', '3'])
  expect(found).toMatchObject({ cells: 6, empty: 3 })
  expect(found.least.slice(0, 4).map(({ values, rows }) => [...values, rows])).toEqual([
    ['x', '3', 0],
    ['y', '2', 0],
    ['y', '3', 0],
    ['x', '2', 10],
  ])
  expect(found.mutual_information).toBeCloseTo(0.13921962366837862, 12)
})
