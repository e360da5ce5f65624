import { expect } from 'vitest'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 30,
  columns: ['ticket', 'product', 'complaint', 'answer', 'quality', 'quality__trace', 'accuracy', 'tone'],
  /** Scores are options of the config, of their own kind, each with its reasoning; and the trace is of both sides. */
  check(rows) {
    for (const { quality, accuracy, tone, quality__trace: trace } of rows) {
      expect([1n, 2n, 3n, 4n]).toContain(accuracy)
      expect(['friendly', 'neutral', 'cold']).toContain(tone)
      // Files hold scores as text, as Data Designer stores them.
      expect(quality).toMatchObject({ accuracy: { score: String(accuracy) }, tone: { score: tone } })
      const { accuracy: judged } = quality as unknown as { accuracy: { reasoning: string } }
      expect(judged.reasoning).not.toBe('')
      expect((trace as unknown as { role: string }[]).map(({ role }) => role)).toEqual(['user', 'assistant'])
    }
    expect(new Set(rows.map(({ tone }) => tone)).size).toBeGreaterThan(1)
  },
}
