import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { parseRunConfig } from '../../src/config/files/run-config.ts'
import type { Example } from './example.ts'

const runConfig = join(import.meta.dirname, '../../examples/batched-reviews/run.yaml')

export const example: Example = {
  rows: 12,
  columns: ['product', 'stars', 'review', 'judgement'],
  options: async () => ({ runConfig: parseRunConfig(await readFile(runConfig, 'utf8'), 'run.yaml') }),
  /** Every answer came with a batch, at half its price. */
  check(rows, { summary }) {
    expect(rows.every(({ review }) => String(review).length > 0)).toBe(true)
    const { models, cost } = summary.total
    expect(models.map(({ model, replies }) => [model, replies])).toEqual([
      ['simulator/simulated-judge@batch', 12],
      ['simulator/simulated-writer@batch', 12],
    ])
    const [judge, writer] = models.map(({ usage }) => usage)
    const whole =
      3 * writer!.input_tokens +
      15 * writer!.output_tokens +
      0.4 * judge!.input_tokens +
      1.6 * judge!.output_tokens
    expect(cost).toBeCloseTo(whole / 2 / 1e6, 12)
  },
}
