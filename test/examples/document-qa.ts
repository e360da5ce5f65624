import { expect } from 'vitest'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 10,
  columns: ['id', 'title', 'text', 'difficulty', 'question', 'answer', 'quote', 'grounded'],
  /** Every document comes twice, in the order of the file, each time with a question of its own. */
  check(rows) {
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5].map((number) => `d-${number}`))
    expect(rows.every(({ question, answer, quote }) => [question, answer, quote].every(Boolean))).toBe(true)
    for (const { grounded } of rows) {
      expect(grounded).toMatchObject({ support: { score: expect.toBeOneOf(['1', '2', '3']) } })
    }
  },
}
