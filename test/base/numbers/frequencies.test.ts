import { expect, it } from 'vitest'
import { Frequencies } from '../../../src/base/numbers/frequencies.ts'

const cases: readonly [numbers: readonly number[], median: number, ends: readonly [number, number]][] = [
  [[], 0, [0, 0]],
  [[7], 7, [7, 7]],
  [[3, 1], 2, [1, 3]],
  [[10, 9, 10, 2, 10], 10, [2, 10]],
  [[1, 1, 4, 100], 2.5, [1, 100]],
]

it.each(cases)(
  'of %j the median, the sum and the number at each place are those of the sorted list',
  (numbers, median, [first, last]) => {
    const counted = new Frequencies()
    for (const number of numbers) counted.add(number)
    const sorted = [...numbers].sort((a, b) => a - b)
    expect(sorted.map((_, at) => counted.at(at + 1))).toEqual(sorted)
    expect([counted.at(1), counted.at(numbers.length)]).toEqual([first, last])
    expect(counted.median).toBe(median)
    expect(counted.count).toBe(numbers.length)
    expect(counted.sum).toBe(numbers.reduce((sum, number) => sum + number, 0))
  },
)
