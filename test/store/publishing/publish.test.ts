import { describe, expect, it } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import type { Disk } from '../../../src/disk/disk.ts'
import { groupFileName, parseGroupFileName } from '../../../src/store/files/layout.ts'
import { readCommits } from '../../../src/store/logs/commits.ts'
import { Publisher } from '../../../src/store/publishing/publish.ts'
import { over } from '../../../src/testing/disks/over.ts'
import { changesDisk, type SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import {
  emptyDataset,
  filesOf,
  finalFiles,
  held,
  layout,
  on,
  publication,
  publish,
  putFile,
  recover,
} from '../dataset.ts'

/** What happened to the disk from an operation on, without the folders being made. */
function steps(disk: SimulatedDisk, from: number): string[] {
  return disk.operations
    .slice(from)
    .filter(({ name }) => changesDisk(name) && name !== 'makeDirectory')
    .map(({ name, path }) => `${name} ${path.slice(layout.directory.length + 1)}`)
}

it('publishes step by step: drafts, commit, companions, main file, and only then are drafts gone', async () => {
  const disk = emptyDataset()
  const publisher = await Publisher.open({ directory: on(disk), epoch: 4, check: held })
  await publisher.publish(publication(0))
  const before = disk.operations.length
  await publisher.publish(publication(1))
  expect(steps(disk, before)).toStrictEqual([
    ...['create', 'append', 'sync'].map((name) => `${name} .rowsmith/drafts/4-4`),
    ...['create', 'append', 'sync'].map((name) => `${name} .rowsmith/drafts/4-5`),
    ...['create', 'append', 'sync'].map((name) => `${name} .rowsmith/drafts/4-6`),
    'syncDirectory .rowsmith/drafts',
    'append .rowsmith/commits-4.log',
    'sync .rowsmith/commits-4.log',
    'link dropped-columns-parquet-files/batch_00001.parquet',
    'link .rowsmith/replies/batch_1.zst',
    'syncDirectory dropped-columns-parquet-files',
    'syncDirectory .rowsmith/replies',
    'link parquet-files/batch_00001.parquet',
    'syncDirectory parquet-files',
    'remove .rowsmith/drafts/4-4',
    'remove .rowsmith/drafts/4-5',
    'remove .rowsmith/drafts/4-6',
  ])
})

it('makes a new folder durable before a file in it counts', async () => {
  const disk = emptyDataset()
  await publish(disk, 1, [publication(0)])
  const all = steps(disk, 0)
  const lastParentSync = all.lastIndexOf('syncDirectory ')
  expect(lastParentSync).toBeGreaterThan(0)
  expect(lastParentSync).toBeLessThan(all.indexOf('link parquet-files/batch_00000.parquet'))
})

it('leaves what it was given, readable as commits', async () => {
  const disk = emptyDataset()
  await publish(disk, 1, [publication(0), publication(1)])
  await publish(disk, 2, [publication(2)])
  const commits = await readCommits(on(disk))
  expect(commits.map(({ epoch, group }) => [epoch, group])).toStrictEqual([
    [1, 0],
    [1, 1],
    [2, 2],
  ])
  const { files, ...about } = publication(2)
  expect(commits[2]).toMatchObject(about)
  expect(commits[2]?.files).toMatchObject(
    files.map(({ path, role, bytes, sha256 }) => ({ path, role, size: bytes.byteLength, sha256 })),
  )
  expect(finalFiles(disk)).toStrictEqual(filesOf([publication(0), publication(1), publication(2)]))
})

it('never replaces a main file that is there, and commits nothing then', async () => {
  const disk = emptyDataset()
  await publish(disk, 1, [publication(0)])
  const publisher = await Publisher.open({ directory: on(disk), epoch: 2, check: held })
  await expect(publisher.publish(publication(0, { word: 'other' }))).rejects.toMatchObject({
    code: 'lock_lost',
  })
  expect(await readCommits(on(disk))).toHaveLength(1)
  expect(finalFiles(disk)).toStrictEqual(filesOf([publication(0)]))
})

it('changes nothing of a successor that published the group while it was held up', async () => {
  const disk = emptyDataset()
  let taken = false
  const heldUp = over(disk, {
    syncDirectory: async (path) => {
      if (path === layout.drafts && !taken) {
        taken = true
        await publish(disk, 2, [publication(0, { word: 'winner' })])
      }
      await disk.syncDirectory(path)
    },
  })
  const lost = new RowsmithError('lock_lost', 'The lock is lost.')
  const check = () => (taken ? Promise.reject(lost) : Promise.resolve())
  const publisher = await Publisher.open({ directory: on(heldUp), epoch: 1, check })
  await expect(publisher.publish(publication(0, { word: 'loser' }))).rejects.toBe(lost)
  expect(finalFiles(disk)).toStrictEqual(filesOf([publication(0, { word: 'winner' })]))
  expect((await readCommits(on(disk))).map(({ epoch }) => epoch)).toStrictEqual([2])
})

it('never replaces a main file that appears while it publishes', async () => {
  const intruder = 'another writer was faster'
  const disk = emptyDataset({
    speed: async ({ name, path }) => {
      if (name === 'link' && path.includes('dropped-columns')) {
        await putFile(disk, layout.file('parquet-files/batch_00000.parquet'), intruder)
      }
    },
  })
  await expect(publish(disk, 1, [publication(0)])).rejects.toMatchObject({ code: 'lock_lost' })
  expect(finalFiles(disk)['parquet-files/batch_00000.parquet']).toBe(intruder)
})

it.each(['EPERM', 'ENOTSUP', 'EXDEV'])(
  'renames drafts where the file system has no links (%s)',
  async (code) => {
    const disk = emptyDataset()
    const unlinked = over(disk, {
      link: async () => {
        throw Object.assign(new Error(code), { code })
      },
    })
    await publish(unlinked, 1, [publication(0)])
    expect(finalFiles(disk)).toStrictEqual(filesOf([publication(0)]))
    expect(await disk.list(layout.drafts)).toStrictEqual([])
  },
)

it.each([
  ['ENOSPC', 'disk_full'],
  ['EIO', 'io_error'],
] as const)('gives a failed write (%s) its meaning, with the path', async (fault, code) => {
  const disk = emptyDataset({
    interrupt: ({ name, path }) => (name === 'append' && path.includes('/drafts/') ? fault : undefined),
  })
  await expect(publish(disk, 1, [publication(0)])).rejects.toMatchObject({
    code,
    facts: { path: `${layout.drafts}/1-1`, errno: fault },
  })
  expect(finalFiles(disk)).toStrictEqual({})
})

/** The disk as its file system allows: with links, or without. */
function withLinks(disk: SimulatedDisk, links: boolean): Disk {
  if (links) return disk
  const refuse = async () => {
    throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
  }
  return over(disk, { link: refuse })
}

/** Every operation that changes something while two groups are published. */
async function operations(links: boolean): Promise<{ number: number; site: string }[]> {
  const disk = emptyDataset()
  await publish(withLinks(disk, links), 1, [publication(0), publication(1)])
  return disk.operations.filter(({ name }) => changesDisk(name))
}

/** What a process leaves that dies at an operation, and the groups that it was told are published. */
async function dieAt(number: number, interruption: 'stop-before' | 'stop-after', links: boolean) {
  const dying = emptyDataset({
    interrupt: (operation) => (operation.number === number ? interruption : undefined),
  })
  const acknowledged: number[] = []
  try {
    const publisher = await Publisher.open({ directory: on(withLinks(dying, links)), epoch: 1, check: held })
    for (const group of [0, 1]) {
      await publisher.publish(publication(group))
      acknowledged.push(group)
    }
    await publisher.close()
  } catch (error) {
    if (dying.stopped === undefined) throw error
  }
  return { dying, acknowledged }
}

function worldsAfter(dying: SimulatedDisk): Record<string, SimulatedDisk> {
  const torn = { front: 0.5, rest: 'garbage' } as const
  return {
    kill: dying.afterKill(),
    'all lost': dying.afterPowerLoss(() => 'lost'),
    'all kept': dying.afterPowerLoss(() => 'survives'),
    'names only': dying.afterPowerLoss(({ kind }) => (kind === 'name' ? 'survives' : 'lost')),
    'torn data': dying.afterPowerLoss(({ kind }) => (kind === 'name' ? 'survives' : torn)),
    'even lost': dying.afterPowerLoss(({ operation }) => (operation.number % 2 === 0 ? 'lost' : 'survives')),
    'odd lost': dying.afterPowerLoss(({ operation }) => (operation.number % 2 === 1 ? 'lost' : 'survives')),
  }
}

describe.each([true, false])('on a file system that has links: %s', (links) => {
  it.each(['stop-before', 'stop-after'] as const)(
    'is whole or absent after recovery, wherever a kill or a power loss hits (%s)',
    async (interruption) => {
      const both = [publication(0), publication(1)]
      for (const { number, site } of await operations(links)) {
        const { dying, acknowledged } = await dieAt(number, interruption, links)
        for (const [world, disk] of Object.entries(worldsAfter(dying))) {
          const where = `${site}, ${world}`
          const { published, missing } = await recover(withLinks(disk, links))
          expect(missing, where).toStrictEqual([])
          expect([...published.keys()], where).toStrictEqual(expect.arrayContaining(acknowledged))
          const whole = both.filter(({ group }) => published.has(group))
          expect(finalFiles(disk), where).toStrictEqual(filesOf(whole))
          // What recovery found is durable, ledger included, and what it left open can be published.
          const later = disk.afterPowerLoss(() => 'lost')
          expect((await recover(withLinks(later, links))).published, where).toStrictEqual(published)
          const open = both.filter(({ group }) => !published.has(group))
          await publish(withLinks(later, links), 2, open)
          expect(finalFiles(later.afterPowerLoss(() => 'lost')), where).toStrictEqual(filesOf(both))
        }
      }
    },
  )
})

it('names files so that they outgrow their padding without a clash, and reads no other name as one', () => {
  for (const group of [0, 7, 99_999, 100_000, 1_234_567]) {
    expect(parseGroupFileName(groupFileName(group))).toBe(group)
  }
  for (const name of [
    'batch_1.parquet',
    'batch_x.parquet',
    'batch_000001.parquet',
    'notes.txt',
    'batch_00001.parquet.tmp',
  ]) {
    expect(parseGroupFileName(name)).toBeUndefined()
  }
})
