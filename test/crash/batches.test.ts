/** Runs by batches that are stopped anywhere. `npm run torture` tries all stops, and hundreds of kills. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type BatchSweepOptions, sweepBatches } from '../proof/sweeps/batch-sweep.ts'
import { batchKills } from './batch-kills.ts'

/** Where a step of the protocol becomes durable. */
const atFrames = /append \.rowsmith.commits/

describe('a run by batches', () => {
  test.each<BatchSweepOptions>([
    { vendor: 'openai', at: atFrames, cases: 14 },
    { vendor: 'openai', crashes: 2, cases: 4 },
    { vendor: 'anthropic', at: atFrames, crashes: 2, cases: 4 },
    { vendor: 'gemini', at: atFrames, cases: 4 },
    {
      vendor: 'openai',
      at: atFrames,
      cases: 4,
      batches: { list_lags: 1, faults: [{ fault: 'create_lost', nth: 1 }] },
    },
  ])('goes on after stops, pays for nothing twice, and makes the same bytes: $vendor', async (options) => {
    const { violations, cases } = await sweepBatches(options)
    expect(violations).toEqual([])
    expect(cases).toBe(options.cases)
  })

  test.each<BatchSweepOptions & { readonly says: RegExp }>([
    { bug: 'repeated create', at: atFrames, cases: 1, says: /charged twice/ },
    { bug: 'create recorded late', at: atFrames, cases: 30, says: /charged twice/ },
    {
      bug: 'results by position',
      at: atFrames,
      cases: 1,
      batches: { faults: [{ fault: 'shuffled' }] },
      says: /differs/,
    },
  ])('the proof sees a planted bug: $bug', async ({ says, ...options }) => {
    expect((await sweepBatches(options)).violations.join('\n')).toMatch(says)
  })

  test('goes on after real kills, right before or after calls about batches', {
    timeout: 120_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rowsmith-batch-kills-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const { kills, violations } = await batchKills({ kills: 2, rows: 10, seed: 5, folder })
    expect(violations).toEqual([])
    expect(kills).toBe(2)
  })
})
