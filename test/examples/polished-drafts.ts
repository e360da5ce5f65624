import { expect } from 'vitest'
import { open } from '../../src/index.ts'
import { rowsOf } from '../support/small-runs.ts'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 30,
  stages: ['drafts', 'polished', 'pairs'],
  columns: ['prompt', 'completion', 'score'],
  /** Exactly the drafts that passed the gate come out, polished, each once. */
  async check(rows, { path }) {
    const drafts = await rowsOf(open(path.replace('stage-2-pairs', 'stage-0-drafts')))
    const passed = drafts.filter(({ review }) => {
      const { score, exaggerates } = review as { score: bigint; exaggerates: boolean }
      return score >= 3n && !exaggerates
    })
    expect(passed.length).toBeGreaterThan(0)
    expect(passed.length).toBeLessThan(drafts.length)
    const prompts = passed.map(({ article }) => `Describe ${article} for a catalogue.`)
    expect(rows.map(({ prompt }) => prompt).sort()).toEqual(prompts.sort())
  },
}
