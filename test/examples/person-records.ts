import { expect } from 'vitest'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 100,
  columns: [
    'customer',
    'age',
    'email',
    'address',
    'kind',
    'article',
    'pieces',
    'price',
    'ordered',
    'delivered',
  ],
  /** Everything is delivered after it was ordered, and nobody is nameless. */
  check(rows) {
    for (const { customer, email, ordered, delivered } of rows) {
      expect(String(customer)).toMatch(/\S \S/)
      expect(String(email)).toMatch(/^\S+@\S+$/)
      expect(Date.parse(String(delivered))).toBeGreaterThan(Date.parse(String(ordered).slice(0, 10)))
    }
  },
}
