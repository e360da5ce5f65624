import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { blockRanges, rowsmithVersion } from '../../src/plan/blocks.ts'
import { extendRanges, groupNumbers, groupOf, planRanges } from '../../src/plan/row-groups.ts'

const groupsOf = (rows: number, count: number): number[][] =>
  Array.from({ length: count }, (_, block) => [
    ...groupNumbers(blockRanges(planRanges(rows, 10), { count, first_group: 0 }, block)),
  ])

describe('a plan in blocks', () => {
  test.each([
    [
      100,
      4,
      [
        [0, 1],
        [2, 3, 4],
        [5, 6],
        [7, 8, 9],
      ],
    ],
    [
      95,
      3,
      [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8, 9],
      ],
    ],
    [10, 3, [[], [], [0]]],
    [1, 2, [[], [0]]],
  ])('of %i rows is divided into %i', (rows, count, groups) => {
    expect(groupsOf(rows, count)).toEqual(groups)
  })

  test('has every row group once, whatever its segments are, with the rows that the plan gives it', () => {
    let plan = planRanges(57, 10)
    for (const [rows, size] of [
      [58, 10],
      [120, 7],
      [400, 3],
    ] as const) {
      plan = extendRanges(plan, rows, size)
      for (const count of [2, 3, 7, 50]) {
        const blocks = Array.from({ length: count }, (_, block) =>
          blockRanges(plan, { count, first_group: 0 }, block),
        )
        const groups = blocks.flatMap((ranges) =>
          [...groupNumbers(ranges)].map((group) => groupOf(ranges, group)),
        )
        const whole = [...groupNumbers(plan)].map((group) => groupOf(plan, group))
        expect(groups.sort((a, b) => a.group - b.group)).toEqual(whole)
      }
    }
  })

  test('leaves out segments that were there before', () => {
    const plan = extendRanges(planRanges(20, 10), 60, 10)
    const groups = [0, 1].map((block) => [
      ...groupNumbers(blockRanges(plan, { count: 2, first_group: 2 }, block)),
    ])
    expect(groups).toEqual([
      [2, 3],
      [4, 5],
    ])
  })

  test('names the version of this package', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    expect(rowsmithVersion).toBe(version)
  })
})
