/** Real processes, really killed. `npm run torture` kills two hundred. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/index.ts'
import { crashTest } from '../../src/testing/crash-test.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rowsmith-kills-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const config = await loadConfig('examples/product-reviews.yaml')

describe('processes killed with requests in flight', () => {
  test('lose nothing, buy nothing twice, and end with the same bytes', async () => {
    const parts = new Set<string>()
    const report = await crashTest({
      config,
      directory,
      kills: 10,
      numRecords: 100,
      modelled: false,
      onProgress: ({ part }) => parts.add(part),
    })
    expect(report.violations).toEqual([])
    expect(report.kills).toBe(10)
    expect(report.datasets).toBeGreaterThanOrEqual(2)
    expect(report.answersKept).toBeGreaterThan(50)
    expect([...parts]).toEqual(['serial', 'repeatable'])
  })

  test('and with processors at work: the rows stay, and the table is that of a run that nobody killed', async () => {
    // Work enough that a kill can meet it: the count is of no use.
    const work = '(SELECT count(*) FROM range(150000000) WHERE hash(range) % 7 = 0) > 0'
    const query = `SELECT * FROM dataset WHERE hash(_row) % 3 > 0 AND ${work}`
    const clean = { name: 'clean', processor_type: 'sql', sql: query, outputs: {} } as const
    const report = await crashTest({
      config: { ...config, processors: [...config.processors, clean] },
      directory,
      kills: 2,
      numRecords: 40,
      modelled: false,
    })
    expect(report.violations).toEqual([])
    expect(report.stageKills).toBeGreaterThan(0)
  })

  test.each([
    [1, 'journal off', /answers were given and are not on the disk/],
    [2, 'acknowledge before sync', /answers were given and are not on the disk/],
    [3, 'rename before draft sync', /P3: not whole/],
    [4, 'no directory sync', /are not on the disk|is gone|run_json_damaged|foreign_dataset/],
  ])('are caught with planted bug %i, %s', async (sabotage, _name, says) => {
    const report = await crashTest({
      config,
      directory,
      kills: 30,
      numRecords: 100,
      modelled: false,
      sabotage,
    })
    expect(report.violations.join('\n')).toMatch(says)
  })
})
