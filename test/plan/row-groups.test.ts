import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  extendRanges,
  groupCount,
  groupOf,
  type PlanRange,
  planRanges,
  rowCount,
} from '../../src/plan/row-groups.ts'

const groupsOf = (segments: readonly PlanRange[]): number[][] =>
  Array.from({ length: groupCount(segments) }, (_, group) => {
    const { firstRow, rows } = groupOf(segments, group)
    return Array.from({ length: rows }, (_, index) => firstRow + index)
  })

test('rows are cut into groups of buffer_size, the last one shorter', () => {
  expect(groupsOf(planRanges(5, 2))).toEqual([[0, 1], [2, 3], [4]])
})

test('an extension leaves short groups short: 5 to 6 to 10 at 2 a group gives 10 rows', () => {
  const six = extendRanges(planRanges(5, 2), 6, 2)
  expect(groupsOf(six)).toEqual([[0, 1], [2, 3], [4], [5]])
  const ten = extendRanges(six, 10, 2)
  expect(groupsOf(ten)).toEqual([[0, 1], [2, 3], [4], [5], [6, 7], [8, 9]])
  expect(rowCount(ten)).toBe(10)
})

test('the same target is the same plan', () => {
  const plan = planRanges(5, 2)
  expect(extendRanges(plan, 5, 3)).toBe(plan)
})

test('any extensions: every row is in exactly one group, and old groups never change', () => {
  const step = fc.record({ more: fc.integer({ min: 1, max: 40 }), buffer: fc.integer({ min: 1, max: 9 }) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
      let plan: readonly PlanRange[] = []
      let target = 0
      for (const { more, buffer } of steps) {
        const before = groupsOf(plan)
        target += more
        plan = extendRanges(plan, target, buffer)
        const after = groupsOf(plan)
        expect(after.slice(0, before.length)).toEqual(before)
        expect(after.flat()).toEqual(Array.from({ length: target }, (_, row) => row))
        expect(rowCount(plan)).toBe(target)
      }
    }),
  )
})

test('a million groups are one segment', () => {
  const plan = planRanges(1_000_000_000, 1000)
  expect(plan).toHaveLength(1)
  expect(groupCount(plan)).toBe(1_000_000)
  expect(groupOf(plan, 999_999)).toEqual({ group: 999_999, firstRow: 999_999_000, rows: 1000 })
})

test.each([-1, 3, 0.5, Number.NaN])('there is no group %d in a plan of three', (group) => {
  expect(() => groupOf(planRanges(5, 2), group)).toThrow(
    new RangeError(`The plan has 3 row groups, none with number ${group}`),
  )
})

test('a target never falls', () => {
  expect(() => extendRanges(planRanges(5, 2), 4, 2)).toThrow('A plan of 5 rows cannot shrink to 4')
})

test.each([
  [0, 1],
  [1.5, 1],
  [1, 0],
  [1, -2],
])('a plan of %d rows in groups of %d is refused', (rows, buffer) => {
  expect(() => planRanges(rows, buffer)).toThrow(RangeError)
})
