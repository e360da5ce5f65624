import { expect } from 'vitest'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 12,
  columns: ['product', 'draft', 'words', 'final', 'attempts', 'gate'],
  check: (rows) => {
    for (const { draft, words, final, attempts, gate } of rows) {
      expect(words).toBe(BigInt(String(draft).split(/\s+/).length))
      expect(String(final).split(/\s+/).length).toBeLessThanOrEqual(40)
      expect(attempts === 0n).toBe((words as bigint) <= 40n)
      expect(gate).toMatchObject({ is_valid: true })
    }
  },
}
