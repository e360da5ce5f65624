import { expect } from 'vitest'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 30,
  columns: ['review_id', 'product', 'stars', 'headline', 'review', 'insight'],
  /** Headlines count the stars they were given. */
  check(rows) {
    for (const { stars, headline } of rows) expect(String(headline)).toContain(`${stars} of 5 stars`)
  },
}
