/** Datasets that Rowsmith did not make alone: row groups of Data Designer, rows of a seed. */
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { create, loadConfig, open, type ProviderConfig, resume } from '../../src/index.ts'
import { echo, quick } from '../support/small-runs.ts'
import { components, dataOf, filesOf, flip, grave, scratchFolder } from './datasets.ts'

const fixtures = join(import.meta.dirname, '../fixtures/data-designer')
const scratch = scratchFolder()

const mock: ProviderConfig = {
  name: 'mock',
  endpoint: 'http://mock.invalid/v1',
  provider_type: 'openai',
  api_key: null,
  extra_body: null,
  extra_headers: null,
}

let made = 0
/** A dataset that Data Designer began and Rowsmith finished. */
async function adopted(name: string, numRecords: number): Promise<string> {
  const folder = join(scratch.path, `${name}-${++made}`)
  cpSync(join(fixtures, name), folder, { recursive: true })
  const config = await loadConfig(join(folder, 'config.yaml'))
  const options = {
    artifactPath: folder,
    numRecords,
    providers: [mock],
    launch: { seedFolder: folder },
    // What the test answers fits no structured column.
    runConfig: { disable_early_shutdown: true },
  }
  return (await create(config, options, quick(echo).components)).path
}

async function goOn(path: string): Promise<string[]> {
  const { asked, components: parts } = quick(echo)
  await resume(path, { providers: [mock] }, parts)
  return asked.map(({ key }) => key)
}

const batch = (number: number) => `parquet-files/batch_0000${number}.parquet`

describe('a dataset that Data Designer began', () => {
  it('is whole; its own row groups cannot be replayed, ours come out equal', async () => {
    const path = await adopted('interrupted', 60)
    const report = await open(path, components).verify({ replay: true })
    expect(report).toMatchObject({ whole: true, findings: [], row_groups: { total: 6, published: 6 } })
    expect(report.replay).toMatchObject({
      equal: 4,
      differing: 0,
      groups: [
        { group: 1, outcome: 'not replayed', reason: 'another tool made it' },
        { group: 2, outcome: 'not replayed', reason: 'another tool made it' },
      ],
    })
  })

  it('whose own file is damaged costs what its cells cost, and keeps the rest', async () => {
    const path = await adopted('interrupted', 60)
    const before = dataOf(path)
    flip(join(path, batch(2)), 0.5)
    const { findings, cost } = await open(path, components).verify()
    expect(grave(findings)).toMatchObject([{ path: batch(2), severity: 'damaged', cost: { requests: 10 } }])
    expect(cost).toMatchObject({ requests: 10, at_most: 10 })
    await open(path, components).verify({ repair: true })
    expect(await goOn(path)).toHaveLength(10)
    const after = dataOf(path)
    expect({ ...after, [batch(2)]: '' }).toEqual({ ...before, [batch(2)]: '' })
    expect((await open(path, components).verify()).whole).toBe(true)
  })

  it('whose own files were swapped gets them back', async () => {
    const path = await adopted('interrupted', 60)
    const before = dataOf(path)
    renameSync(join(path, batch(1)), join(path, 'x'))
    renameSync(join(path, batch(2)), join(path, batch(1)))
    renameSync(join(path, 'x'), join(path, batch(2)))
    expect((await open(path, components).verify()).cost).toMatchObject({ requests: 0 })
    expect((await open(path, components).verify({ repair: true })).whole).toBe(true)
    expect(dataOf(path)).toEqual(before)
  })

  it('with dropped columns and processors of its own is whole, and a lost one of those is named', async () => {
    // Read through and committed by a run of ours; or never touched by one.
    for (const rows of [60, 20]) {
      const path = await adopted('rich', rows)
      expect(await open(path, components).verify()).toMatchObject({ whole: true, findings: [] })
      for (const folder of ['dropped-columns-parquet-files/', 'processors-files/']) {
        const copy = scratch.copyOf(path)
        const lost = filesOf(copy).find((name) => name.startsWith(folder))!
        rmSync(join(copy, lost))
        const { findings } = await open(copy, components).verify()
        expect(grave(findings)).toMatchObject([{ path: lost, severity: 'missing', repairable: false }])
      }
    }
  })
})

describe("a directory of Data Designer's that nobody went on with", () => {
  it('is read through', async () => {
    const path = join(scratch.path, 'untouched')
    cpSync(join(fixtures, 'complete/dataset'), path, { recursive: true })
    const report = await open(path, components).verify()
    expect(report).toMatchObject({ whole: true, findings: [], row_groups: null })
    expect(report.checked.files).toBeGreaterThan(0)
  })

  it('has its damaged page named', async () => {
    const path = join(scratch.path, 'damaged')
    cpSync(join(fixtures, 'complete/dataset'), path, { recursive: true })
    const bytes = readFileSync(join(path, batch(0)))
    bytes.fill(0xff, 8, 60)
    writeFileSync(join(path, batch(0)), bytes)
    const { findings } = await open(path, components).verify()
    expect(grave(findings)).toMatchObject([{ path: batch(0), severity: 'damaged' }])
  })
})

describe('a dataset with a seed', () => {
  it('is replayed with it; without it, it says so, and the rows are whole', async () => {
    const path = await adopted('seeded', 20)
    const report = await open(path, components).verify({ replay: true })
    expect(report).toMatchObject({ whole: true, findings: [], replay: { differing: 0 } })
    const { equal } = report.replay!
    expect(equal).toBeGreaterThan(0)
    renameSync(join(path, '../products.csv'), join(path, '../gone.csv'))
    const without = await open(path, components).verify({ replay: true })
    expect(without).toMatchObject({ whole: true, findings: [], replay: { equal: 0, differing: 0 } })
    expect(without.replay!.groups.map(({ reason }) => reason)).toContainEqual(
      expect.stringContaining('products.csv'),
    )
  })
})
