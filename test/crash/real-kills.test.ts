/** Real processes, really killed. `npm run torture` kills two hundred. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/index.ts'
import { crashTest } from '../../src/testing/crash/crash-test.ts'

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
      ...{ config, directory, kills: 10, numRecords: 100 },
      scenes: ['begin', 'extend'],
      onProgress: ({ part }) => parts.add(part),
    })
    expect(report.violations).toEqual([])
    expect(report.kills).toBe(10)
    expect(report.datasets).toBeGreaterThanOrEqual(2)
    expect(report.answersStored).toBeGreaterThan(50)
    expect([...parts]).toEqual(['serial', 'repeatable'])
  })

  test('and with images: those that are published are whole, and none is drawn twice', async () => {
    const report = await crashTest({
      ...{ config: await loadConfig('examples/pictured-products.yaml'), directory, kills: 2, numRecords: 16 },
      scenes: ['begin'],
    })
    expect(report.violations).toEqual([])
    expect(report.kills).toBe(2)
    expect(report.answersStored).toBeGreaterThan(0)
  })

  test('and with processors at work: the rows stay, and the table is that of a run that nobody killed', async () => {
    const report = await crashTest({
      ...{ config, directory, kills: 2, numRecords: 40 },
      scenes: ['stage'],
    })
    expect(report.violations).toEqual([])
    expect(report.postProcessingKills).toBeGreaterThan(0)
  })

  test('and with --reuse: buy the column whose prompt differs, nothing else, and leave the other dataset alone', async () => {
    const rows = 40
    const report = await crashTest({
      ...{ config, directory, kills: 4, numRecords: rows },
      scenes: ['reuse'],
    })
    expect(report.violations).toEqual([])
    const { datasets, kills, requests, answersReused } = report
    // Of two columns that ask a model, one has another prompt there.
    expect(answersReused).toBe(datasets * rows)
    // The other dataset asks for both, this one for one, the retry for both of a third of the rows; a run that nobody killed
    // is made of one dataset in the second part. Three times eight requests may be lost at a kill.
    const third = Math.ceil(rows / 3)
    expect(requests).toBeLessThanOrEqual(datasets * (2 * rows + rows + 2 * third + 2 * rows) + kills * 24)
  })

  test('and within a budget: it stops them, over all of them, before the server has counted more', async () => {
    const report = await crashTest({
      ...{ config, directory, kills: 4, numRecords: 60 },
      scenes: ['budget'],
    })
    expect(report.violations).toEqual([])
    expect(report.budgetStops).toBeGreaterThanOrEqual(2)
  })

  test.each([
    [1, 'journal off', /answers were given and are not on the disk/],
    [2, 'acknowledge before sync', /answers were given and are not on the disk/],
    [3, 'rename before draft sync', /P3: not whole/],
    [4, 'no directory sync', /are not on the disk|is gone|run_json_damaged|foreign_dataset/],
  ])('are caught with planted bug %i, %s', async (number, _name, says) => {
    const report = await crashTest({
      ...{ config, directory, kills: 30, numRecords: 100 },
      scenes: ['begin'],
      wrapDisk: new URL(`../proof/bugs/bug-disk.ts?bug=${number}`, import.meta.url),
    })
    expect(report.violations.join('\n')).toMatch(says)
  })
})
