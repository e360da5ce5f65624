import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errnoOf } from '../../../src/base/errors/errors.ts'
import { DiskStopped, SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import type { TornState } from '../../../src/testing/disks/simulated-tree.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (content: Uint8Array | undefined): string | undefined =>
  content === undefined ? undefined : new TextDecoder().decode(content)

const allFates: readonly TornState[] = [
  'lost',
  'survives',
  { front: 0.5, rest: 'missing' },
  { front: 0.5, rest: 'zeros' },
  { front: 0, rest: 'garbage' },
]

/** Everything one disk can be after a power loss, over all combinations of fates. */
function everyLoss(disk: SimulatedDisk): SimulatedDisk[] {
  const unsynced = disk.unsynced()
  const found: SimulatedDisk[] = []
  for (let code = 0; code < allFates.length ** unsynced.length; code++) {
    found.push(
      disk.afterPowerLoss(
        (item) =>
          allFates[Math.floor(code / allFates.length ** unsynced.indexOf(item)) % allFates.length] ?? 'lost',
      ),
    )
  }
  return found
}

describe('the modelled disk', () => {
  test('loses data that was not synced, and keeps what was, under a synced name', async () => {
    const disk = new SimulatedDisk()
    const file = await disk.create('/a')
    await file.append(bytes('one '))
    await file.sync()
    await disk.syncDirectory('/')
    await file.append(bytes('two'))
    expect(text(disk.files().get('/a'))).toBe('one two')
    expect(new Set(everyLoss(disk).map((left) => text(left.files().get('/a'))))).toEqual(
      new Set(['one ', 'one two', 'one t', 'one t\0\0', expect.stringMatching(/^one ..+$/s)]),
    )
    expect(text(disk.afterKill().files().get('/a'))).toBe('one two')
  })

  test('loses synced data whose name was never synced', async () => {
    const disk = new SimulatedDisk()
    const file = await disk.create('/a')
    await file.append(bytes('one'))
    await file.sync()
    expect(everyLoss(disk).some((left) => left.files().size === 0)).toBe(true)
  })

  test('leaves a hole of zeros where a lost write lies before a kept one', async () => {
    const disk = new SimulatedDisk()
    const file = await disk.create('/a')
    await disk.syncDirectory('/')
    await file.append(bytes('one'))
    await file.append(bytes('two'))
    const left = disk.afterPowerLoss((item) => (item.operation.number === 3 ? 'lost' : 'survives'))
    expect(text(left.files().get('/a'))).toBe('\0\0\0two')
  })

  test('keeps either the old or the new content when a replacement was not synced', async () => {
    const disk = new SimulatedDisk()
    for (const [name, content] of [
      ['/a', 'old'],
      ['/b', 'new'],
    ] as const) {
      const file = await disk.create(name)
      await file.append(bytes(content))
      await file.sync()
    }
    await disk.syncDirectory('/')
    await disk.rename('/b', '/a')
    const found = everyLoss(disk).map((left) =>
      [...left.files()].map(([path, b]) => `${path}=${text(b)}`).join(),
    )
    expect(new Set(found)).toEqual(new Set(['/a=old,/b=new', '/a=new']))
  })

  test('never loses a file that is renamed from one folder to another', async () => {
    const disk = new SimulatedDisk({ directories: ['/x', '/y'] })
    const file = await disk.create('/x/a')
    await file.append(bytes('one'))
    await file.sync()
    await disk.syncDirectory('/x')
    await disk.rename('/x/a', '/y/a')
    for (const synced of [undefined, '/x', '/y']) {
      const now = disk.afterKill()
      if (synced !== undefined) await now.syncDirectory(synced)
      for (const left of everyLoss(now)) {
        expect(left.files().size).toBeGreaterThan(0)
        for (const content of left.files().values()) expect(text(content)).toBe('one')
        if (synced !== undefined) expect([...left.files().keys()]).toContain('/y/a')
      }
    }
  })

  test('loses a whole folder whose own name was not synced', async () => {
    const disk = new SimulatedDisk()
    await disk.makeDirectory('/d')
    const file = await disk.create('/d/a')
    await file.sync()
    await disk.syncDirectory('/d')
    expect(await disk.afterPowerLoss(() => 'lost').stat('/d')).toBeUndefined()
    await disk.syncDirectory('/')
    expect(await disk.afterPowerLoss(() => 'lost').stat('/d/a')).toBeDefined()
  })

  test('lets exactly one of several racers have a name', async () => {
    const disk = new SimulatedDisk({ directories: ['/d'] })
    await disk.create('/t')
    const outcomes = await Promise.allSettled([
      disk.link('/t', '/d/lock'),
      disk.link('/t', '/d/lock'),
      disk.makeDirectory('/d/lock'),
    ])
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(errnoOf(outcome.reason)).toBe('EEXIST')
    }
  })

  test('is dead for ever after a stop, and the operation it died at happened or not as asked', async () => {
    for (const when of ['stop-before', 'stop-after'] as const) {
      const disk = new SimulatedDisk({
        interrupt: (operation) => (operation.number === 2 ? when : undefined),
      })
      const file = await disk.create('/a')
      await expect(file.append(bytes('x'))).rejects.toThrow(DiskStopped)
      await expect(disk.stat('/a')).rejects.toThrow(DiskStopped)
      expect(text(disk.files().get('/a'))).toBe(when === 'stop-after' ? 'x' : '')
      expect(text(await disk.afterKill().readFile('/a'))).toBe(when === 'stop-after' ? 'x' : '')
    }
  })

  test('never makes durable what a failed sync left behind, however often it is synced again', async () => {
    const disk = new SimulatedDisk({
      interrupt: (operation) => (operation.number === 4 ? 'EIO' : undefined),
    })
    const file = await disk.create('/a')
    await disk.syncDirectory('/')
    await file.append(bytes('one'))
    await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' })
    await file.sync()
    await disk.syncFile('/a')
    expect(
      text(
        disk
          .afterPowerLoss(() => 'lost')
          .files()
          .get('/a'),
      ),
    ).toBe('')
  })

  test('a full disk takes a part of an append, and goes on afterwards', async () => {
    const disk = new SimulatedDisk({ interrupt: ({ name }) => (name === 'append' ? 'ENOSPC' : undefined) })
    const file = await disk.create('/a')
    await expect(file.append(bytes('abcd'))).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(text(await disk.readFile('/a'))).toBe('ab')
  })

  test('names call sites without what differs from run to run', async () => {
    const disk = new SimulatedDisk({
      directories: ['/out/set-7/.rowsmith/journal', '/out/set-7/parquet-files'],
    })
    await disk.create('/out/set-7/.rowsmith/journal/12-3.log')
    await disk.create('/out/set-7/parquet-files/batch_00041.parquet')
    await disk.create('/out/set-7/metadata.json.tmp.412.7f0e9a1b')
    expect(disk.operations.map((operation) => operation.site)).toEqual([
      'create .rowsmith/journal/#-#.log',
      'create parquet-files/batch_#.parquet',
      'create metadata.json.tmp.#.*',
    ])
  })

  test('whatever is done, synced data under a synced name survives every crash', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('append' as const),
        file: fc.nat(2),
        content: fc.string({ minLength: 1, maxLength: 6 }),
      }),
      fc.record({ kind: fc.constant('sync' as const), file: fc.nat(2) }),
      fc.record({ kind: fc.constant('syncDirectory' as const) }),
      fc.record({ kind: fc.constant('rename' as const), file: fc.nat(2), to: fc.nat(3) }),
      fc.record({ kind: fc.constant('remove' as const), file: fc.nat(2) }),
    )
    const fates = fc.infiniteStream(fc.constantFrom<TornState[]>(...allFates))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 24 }), fates, async (steps, stream) => {
        const disk = new SimulatedDisk({ directories: ['/d'] })
        const names = ['/d/0', '/d/1', '/d/2']
        const files = await Promise.all(names.map((name) => disk.create(name)))
        // The plain meaning of D1 and D2, apart from the model: what each file must begin with, and which names must be there.
        const content = ['', '', '']
        const synced = ['', '', '']
        const where = new Map(names.map((name, index) => [name, index]))
        let durableNames = new Map<string, number>()
        let changedSince = new Set<string>(names)
        for (const item of steps) {
          if (item.kind === 'append') {
            await files[item.file]?.append(bytes(item.content))
            content[item.file] += item.content
          } else if (item.kind === 'sync') {
            await files[item.file]?.sync()
            synced[item.file] = content[item.file] ?? ''
          } else if (item.kind === 'syncDirectory') {
            await disk.syncDirectory('/d')
            durableNames = new Map(where)
            changedSince = new Set()
          } else {
            const from = `/d/${item.file}`
            const node = where.get(from)
            if (node === undefined) continue
            where.delete(from)
            changedSince.add(from)
            if (item.kind === 'remove') await disk.remove(from)
            else {
              await disk.rename(from, `/d/${item.to}`)
              where.set(`/d/${item.to}`, node)
              changedSince.add(`/d/${item.to}`)
            }
          }
        }
        expect(new Map([...where].map(([name, node]) => [name, content[node]] as const).sort())).toEqual(
          new Map([...disk.files('/d')].map(([name, found]) => [name, text(found)] as const).sort()),
        )
        for (let round = 0; round < 5; round++) {
          const left = disk.afterPowerLoss(() => stream.next().value).files('/d')
          for (const [name, node] of durableNames) {
            if (changedSince.has(name)) continue
            const found = left.get(name)
            expect(found).toBeDefined()
            const kept = bytes(synced[node] ?? '')
            expect(found?.slice(0, kept.byteLength)).toEqual(kept)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
