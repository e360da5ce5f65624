import { expect } from 'vitest'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 30,
  columns: ['exercise_id', 'topic', 'level', 'task', 'solution', 'lint'],
  /** What stood outside of the code block is gone, and what stood in it is Python. */
  check(rows) {
    for (const { solution, lint } of rows) {
      expect(solution).toMatch(/^def \w+\(/)
      expect(lint).toMatchObject({ is_valid: true })
    }
  },
}
