/** What the bill says after the machine went down: what the disk kept, and how much it may have lost. */
import { expect, it } from 'vitest'
import { readStatus } from '../../../src/results/status/status.ts'
import type { Interruption } from '../../../src/testing/disks/simulated-disk.ts'
import { asProcess } from '../../../src/testing/disks/simulated-process.ts'
import type { Operation } from '../../../src/testing/disks/simulated-tree.ts'
import { smallDirectory, smallDisk, smallProvider, smallRows, smallRun } from '../../proof/small/small-run.ts'

/** Stops a run in the middle of its answers. */
function once(): (operation: Operation) => Interruption | undefined {
  let appends = 0
  return ({ name, path }) =>
    name === 'append' && path.includes('/journal/') && ++appends === 4 ? 'stop-after' : undefined
}

it('after a power loss the bill says how many requests it may lack, and after a kill none', async () => {
  const provider = smallProvider()
  const disk = smallDisk({ interrupt: once() })
  expect(await smallRun(disk, provider, { start: 1, seed: 1n })).toMatchObject({ kind: 'failed' })

  const unrecorded = async (after: typeof disk, boot?: string): Promise<number> =>
    (await readStatus(asProcess(after, 2, boot), smallDirectory)).total.unrecorded_at_most
  expect(await unrecorded(disk.afterKill())).toBe(0)
  const left = disk.afterPowerLoss(() => 'lost')
  expect(await unrecorded(left, 'next-boot')).toBe(64)
})

it('a run that goes on says so, too, and so does whoever looks when it is done', async () => {
  const provider = smallProvider()
  const disk = smallDisk({ interrupt: once() })
  await smallRun(disk, provider, { start: 1, seed: 1n })
  const left = disk.afterPowerLoss(() => 'lost')
  // As if it had been started anew: nobody waits for the holder of a lock that is not there.
  for (const path of left.files().keys()) if (/\/\.rowsmith\/lock/.test(path)) await left.remove(path)
  const outcome = await smallRun(left, provider, { start: 2, seed: 1n, boot: 'next-boot' })
  expect(outcome).toMatchObject({ kind: 'done', summary: { total: { unrecorded_at_most: 64 } } })
  const found = await readStatus(asProcess(left.afterKill(), 3, 'next-boot'), smallDirectory)
  expect(found.total.unrecorded_at_most).toBe(64)
})

it('nor is it forgotten when the shards of a dataset are merged, in which a machine went down when all rows were there', async () => {
  const provider = smallProvider('none')
  const whole = smallDisk()
  await smallRun(whole, smallProvider('none'), { start: 1, seed: 1n, command: 'two shards' })
  const groups = [...whole.files().keys()].filter((path) => /\/parquet-files\/batch_/.test(path)).length
  let published = 0
  const disk = smallDisk({
    interrupt: ({ name, path }) => {
      if (name === 'link' && path.includes('/parquet-files/batch_')) published++
      return published === groups && name === 'remove' && path.includes('/drafts/')
        ? 'stop-before'
        : undefined
    },
  })
  await smallRun(disk, provider, { start: 1, seed: 1n, command: 'two shards' })
  const left = disk.afterPowerLoss(() => 'lost')
  for (const path of left.files().keys()) if (/\/lock\.\d+$/.test(path)) await left.remove(path)
  const unrecorded = async (start: number): Promise<number> =>
    (await readStatus(asProcess(left.afterKill(), start, 'next-boot'), smallDirectory)).total
      .unrecorded_at_most
  const before = await unrecorded(2)
  expect(before).toBeGreaterThanOrEqual(64)
  const outcome = await smallRun(left, provider, { start: 3, seed: 1n, boot: 'next-boot' })
  expect(outcome).toMatchObject({ kind: 'done', summary: { rows_open: 0 } })
  expect([...left.files().keys()].filter((path) => path.includes('/blocks/'))).toEqual([])
  expect(await unrecorded(4)).toBe(before)

  const more = { command: 'two shards', rows: smallRows + 4, boot: 'next-boot' } as const
  expect(await smallRun(left, provider, { start: 5, seed: 1n, ...more })).toMatchObject({ kind: 'done' })
  expect(await unrecorded(6)).toBe(before)
})
