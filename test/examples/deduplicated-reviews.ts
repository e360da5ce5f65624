import { expect } from 'vitest'
import { open } from '../../src/index.ts'
import { rowsOf } from '../support/small-runs.ts'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 40,
  left: 14,
  columns: ['product', 'stars', 'review', 'place'],
  /** One row of each pair is left, numbered; how many there are of a product is counted beside. */
  async check(rows, { path }) {
    const pairs = rows.map(({ product, stars }) => `${product} ${stars}`)
    expect(new Set(pairs).size).toBe(pairs.length)
    expect(rows.map(({ place }) => place)).toEqual(rows.map((_, index) => BigInt(index + 1)))
    const counted = await rowsOf({
      rows: () => open(path).loadProcessorDataset('per-product', { integers: 'bigint' }),
    })
    expect(counted.reduce((sum, { reviews }) => sum + Number(reviews), 0)).toBe(rows.length)
  },
}
