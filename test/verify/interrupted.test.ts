/** A repair that is stopped anywhere, by a kill or a power loss, is finished by the next one; and who may repair when. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { sha256 } from '../../src/base/numbers/hash.ts'
import { create, open, type Verification } from '../../src/index.ts'
import { dataFiles } from '../../src/testing/crash/independent-reader.ts'
import { inThread } from '../../src/testing/datasets/in-thread.ts'
import { changesDisk, type SimulatedDisk } from '../../src/testing/disks/simulated-disk.ts'
import { asProcess } from '../../src/testing/disks/simulated-process.ts'
import { smallDirectory, smallDisk, smallProvider, smallRun } from '../proof/small/small-run.ts'
import { failureOf, quick, smallOptions } from '../support/small-runs.ts'
import { components, config, grave, reply } from './datasets.ts'

async function overwrite(disk: SimulatedDisk, path: string, bytes: Uint8Array): Promise<void> {
  await disk.remove(path)
  const file = await disk.create(path)
  await file.append(bytes)
  await file.sync()
  await file.close()
  await disk.syncDirectory(path.slice(0, path.lastIndexOf('/')))
}

async function flipIn(disk: SimulatedDisk, relative: string): Promise<void> {
  const path = `${smallDirectory}/${relative}`
  const bytes = Uint8Array.from(await disk.readFile(path))
  bytes[Math.floor(bytes.length / 2)]! ^= 1
  await overwrite(disk, path, bytes)
}

/** Two row groups, one of them open when `stopped`; every kind of file damaged that can be mended without a request. */
async function damagedDisk(): Promise<SimulatedDisk> {
  const disk = smallDisk()
  const outcome = await smallRun(disk, smallProvider(), { start: 1, seed: 7n })
  expect(outcome.kind).toBe('done')
  const [one, other] = ['parquet-files/batch_00000.parquet', 'parquet-files/batch_00001.parquet'].map(
    (name) => `${smallDirectory}/${name}`,
  ) as [string, string]
  const [first, second] = [await disk.readFile(one), await disk.readFile(other)]
  await overwrite(disk, one, second)
  await overwrite(disk, other, first)
  await flipIn(disk, 'processors-files/chat/batch_00001.parquet')
  await flipIn(disk, '.rowsmith/commits-1.log')
  await flipIn(disk, 'builder_config.json')
  await flipIn(disk, 'metadata.json')
  await flipIn(disk, '.rowsmith/launch.json')
  await flipIn(disk, '.rowsmith/events.jsonl')
  return disk
}

const repairOn = (disk: SimulatedDisk, at: number) =>
  open(smallDirectory, { disk: asProcess(disk, at), encoder: () => inThread }).verify({ repair: true })

async function dataOn(disk: SimulatedDisk): Promise<Map<string, string>> {
  const files = await dataFiles(disk, smallDirectory)
  return new Map([...files].map(([path, bytes]) => [path, sha256(bytes)]))
}

it('stopped before and after every operation, with all that was not synced kept or lost, it is finished by the next', async () => {
  const undamaged = smallDisk()
  await smallRun(undamaged, smallProvider(), { start: 1, seed: 7n })
  const due = await dataOn(undamaged)
  const damaged = await damagedDisk()
  const rehearsal = damaged.afterKill()
  expect((await repairOn(rehearsal, 2)).whole).toBe(true)
  expect(await dataOn(rehearsal)).toEqual(due)
  const operations = rehearsal.operations.filter(({ name }) => changesDisk(name))
  expect(operations.length).toBeGreaterThan(50)
  for (const { number, site } of operations) {
    for (const when of ['stop-before', 'stop-after'] as const) {
      const disk = damaged.afterKill({ interrupt: (at) => (at.number === number ? when : undefined) })
      await repairOn(disk, 2).catch(() => undefined)
      for (const left of [disk.afterKill(), disk.afterPowerLoss(() => 'lost')]) {
        const { repaired } = await repairOn(left, 3)
        expect(grave(repaired!.remaining), `${when} ${number} (${site})`).toEqual([])
        expect(await dataOn(left), `${when} ${number} (${site})`).toEqual(due)
        const provider = smallProvider()
        expect((await smallRun(left, provider, { start: 4, seed: 8n })).kind).toBe('done')
        expect(provider.total).toBe(0)
      }
    }
  }
})

describe('beside a living writer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-verify-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('published files are checked, it says who writes, a repair is refused, and the run ends as ever', async () => {
    const looks: Promise<Verification>[] = []
    const path = join(folder, 'dataset')
    let refused: Promise<{ readonly code: string }> | undefined
    const { asked, components: parts } = quick(async (request) => {
      if (asked.length % 5 === 0) looks.push(open(path, components).verify())
      if (asked.length === 20) refused = failureOf(open(path, components).verify({ repair: true }))
      if (asked.length % 5 === 0) await Promise.allSettled([...looks, refused])
      return reply(request)
    })
    const { summary } = await create(config, smallOptions(folder, 14), parts)
    expect(summary).toMatchObject({ rows_open: 0, rows_dropped: 1 })
    expect(looks.length).toBeGreaterThan(3)
    for (const report of await Promise.all(looks)) {
      expect(report).toMatchObject({ whole: true, findings: [], writer: expect.stringContaining('process') })
    }
    expect((await refused)?.code).toBe('dataset_in_use')
    expect(await open(path, components).verify()).toMatchObject({ whole: true, writer: null })
  })
})
