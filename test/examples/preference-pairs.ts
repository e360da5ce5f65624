import { expect } from 'vitest'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 20,
  columns: ['task', 'subject', 'prompt', 'preference', 'chosen', 'rejected'],
  /** What the judge prefers is chosen: both answers are there, and both of its options occur. */
  check(rows) {
    const scores = rows.map(({ preference }) => (preference as { better: { score: string } }).better.score)
    expect(new Set(scores)).toEqual(new Set(['A', 'B']))
    for (const { chosen, rejected } of rows) {
      expect(String(chosen).length).toBeGreaterThan(0)
      expect(String(rejected).length).toBeGreaterThan(0)
      expect(chosen).not.toBe(rejected)
    }
  },
}
