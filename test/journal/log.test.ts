import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RowsmithError } from '../../src/base/errors/errors.ts'
import { Log, MAX_UNSYNCED_NOTES } from '../../src/journal/log.ts'
import { HEADER_BYTES } from '../../src/journal/log-record.ts'
import { readLog } from '../../src/journal/replay.ts'
import { recordsIn } from '../../src/testing/crash/independent-reader.ts'
import { type FaultCode, SimulatedDisk } from '../../src/testing/disks/simulated-disk.ts'
import type { OperationName } from '../../src/testing/disks/simulated-tree.ts'
import { HeldDisk, settlesSoon } from '../support/held-disk.ts'

const path = '/d/1.log'

function operations(disk: SimulatedDisk, ...names: OperationName[]): OperationName[] {
  return disk.operations.map(({ name }) => name).filter((name) => names.includes(name))
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => 'resolved',
    (reason: unknown) => reason,
  )
  return error instanceof RowsmithError ? error.code : String(error)
}

describe('durability', () => {
  test('a new log has a durable first frame and a durable name before it is usable', async () => {
    const disk = new SimulatedDisk({ directories: ['/d'] })
    await Log.create(disk, path, 'one')
    expect(operations(disk, 'create', 'append', 'sync', 'syncDirectory')).toEqual([
      'create',
      'append',
      'sync',
      'syncDirectory',
    ])
    const left = disk.afterPowerLoss(() => 'lost').files()
    expect(left.get(path)?.length).toBe(HEADER_BYTES)
  })

  test('of notes that have resolved a power loss takes only so many, however many there are', async () => {
    const step = fc.record({
      notes: fc.integer({ min: 1, max: 200 }),
      append: fc.boolean(),
      turns: fc.nat(4),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const disk = new SimulatedDisk({ directories: ['/d'] })
        const log = await Log.create(disk, path, 'one')
        let resolved = 0
        let most = 0
        const look = (): void => {
          const lost = disk.afterPowerLoss(() => 'lost').files()
          const left = recordsIn(lost.get(path)!).filter((body) => body === '{"note":1}').length
          most = Math.max(most, resolved - left)
        }
        for (const { notes, append, turns } of steps) {
          for (let note = 0; note < notes; note++) void log.note('{"note":1}').then(() => resolved++)
          if (append) void log.append('{"n":1}')
          for (let turn = 0; turn < turns; turn++) {
            await new Promise((resolve) => setImmediate(resolve))
            look()
          }
        }
        await log.close()
        look()
        expect(most).toBeLessThanOrEqual(MAX_UNSYNCED_NOTES)
        expect(resolved).toBe(steps.reduce((sum, { notes }) => sum + notes, 0))
      }),
    )
  })

  test('an append resolves only after its sync, and survives a power loss then', async () => {
    const disk = new HeldDisk('sync')
    const log = await Log.create(disk, path, 'one')
    disk.hold()
    const appended = log.append('{"n":1}')
    await disk.arrival()
    expect(await settlesSoon(appended)).toBe(false)
    expect(
      recordsIn(
        disk
          .afterPowerLoss(() => 'lost')
          .files()
          .get(path)!,
      ),
    ).toEqual([])
    disk.release()
    await appended
    expect(
      recordsIn(
        disk
          .afterPowerLoss(() => 'lost')
          .files()
          .get(path)!,
      ),
    ).toEqual(['{"n":1}'])
  })

  test('a note resolves when it is written, without a sync', async () => {
    const disk = new SimulatedDisk({ directories: ['/d'] })
    const log = await Log.create(disk, path, 'one')
    await log.note('{"n":1}')
    expect(operations(disk, 'append', 'sync')).toEqual(['append', 'sync', 'append'])
    expect(recordsIn(disk.files().get(path)!)).toEqual(['{"n":1}'])
  })

  test('a note rides on the sync of the next append', async () => {
    const disk = new SimulatedDisk({ directories: ['/d'] })
    const log = await Log.create(disk, path, 'one')
    await log.note('{"n":1}')
    await log.append('{"n":2}')
    expect(
      recordsIn(
        disk
          .afterPowerLoss(() => 'lost')
          .files()
          .get(path)!,
      ),
    ).toEqual(['{"n":1}', '{"n":2}'])
  })

  test('close makes notes durable and leaves a file that is whole up to its end mark', async () => {
    const disk = new SimulatedDisk({ directories: ['/d'] })
    const log = await Log.create(disk, path, 'one')
    void log.note('{"n":1}')
    await log.close()
    const after = disk.afterPowerLoss(() => 'lost')
    expect(await readLog(after, path)).toMatchObject({ records: ['{"n":1}'], tornBytes: 0, ended: true })
  })
})

describe('group commit', () => {
  test('appends of one turn share one write and one sync', async () => {
    const disk = new SimulatedDisk({ directories: ['/d'] })
    const log = await Log.create(disk, path, 'one')
    await Promise.all(Array.from({ length: 50 }, (_, n) => log.append(`{"n":${n}}`)))
    expect(operations(disk, 'append', 'sync')).toEqual(['append', 'sync', 'append', 'sync'])
  })

  test('what is appended during a write and sync shares the next one, and no two are ever under way', async () => {
    let underWay = 0
    let most = 0
    const disk = new SimulatedDisk({
      directories: ['/d'],
      speed: async ({ name }) => {
        if (name !== 'append' && name !== 'sync') return
        most = Math.max(most, ++underWay)
        await new Promise((resolve) => setImmediate(resolve))
        underWay--
      },
    })
    const log = await Log.create(disk, path, 'one')
    const writer = async (name: number): Promise<void> => {
      for (let n = 0; n < 20; n++) await log.append(`{"w":${name},"n":${n}}`)
    }
    await Promise.all(Array.from({ length: 16 }, (_, name) => writer(name)))
    expect(most).toBe(1)
    expect(operations(disk, 'sync').length).toBeLessThanOrEqual(45)
    expect(recordsIn(disk.files().get(path)!)).toHaveLength(320)
  })

  test('frames come in the order they were appended', async () => {
    const disk = new SimulatedDisk({ directories: ['/d'] })
    const log = await Log.create(disk, path, 'one')
    const bodies = Array.from({ length: 30 }, (_, n) => `{"n":${n}}`)
    for (const [n, body] of bodies.entries()) {
      void (n % 3 === 0 ? log.note(body) : log.append(body))
      if (n % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await log.close()
    expect((await readLog(disk, path)).records).toEqual(bodies)
  })

  test('every write begins with a mark that carries the offset synced so far', async () => {
    const disk = new SimulatedDisk({ directories: ['/d'] })
    const log = await Log.create(disk, path, 'one')
    await log.append('{"n":1}')
    const synced = log.size
    await log.note('{"n":2}')
    await log.note('{"n":3}')
    const marks = [
      ...Buffer.from(disk.files().get(path)!)
        .toString()
        .matchAll(/^\S+ \d+ @(\d+)$/gm),
    ]
    expect(marks.map(([, offset]) => Number(offset))).toEqual([HEADER_BYTES, synced, synced])
  })
})

describe('failure', () => {
  const cases: [OperationName, FaultCode, string][] = [
    ['append', 'ENOSPC', 'disk_full'],
    ['append', 'EIO', 'io_error'],
    ['sync', 'EIO', 'sync_failed'],
    ['sync', 'ENOSPC', 'disk_full'],
  ]

  test.each(cases)(
    'when %s fails with %s, all who wait and all who come later get %s',
    async (name, errno, code) => {
      let failing = false
      const disk = new HeldDisk(name, (operation) => (failing && operation.name === name ? errno : undefined))
      const log = await Log.create(disk, path, 'one')
      await log.append('{"n":0}')
      failing = true
      disk.hold()
      const first = log.append('{"n":1}')
      await disk.arrival()
      const waiting = [first, log.append('{"n":2}'), log.note('{"n":3}')]
      disk.release()
      expect(await Promise.all(waiting.map(codeOf))).toEqual([code, code, code])

      failing = false
      const before = operations(disk, 'append', 'sync').length
      expect(await codeOf(log.append('{"n":4}'))).toBe(code)
      expect(await codeOf(log.note('{"n":5}'))).toBe(code)
      expect(await codeOf(log.close())).toBe(code)
      expect(operations(disk, 'append', 'sync')).toHaveLength(before)
      expect(operations(disk, 'close')).toHaveLength(1)
      expect((await readLog(disk, path)).records[0]).toBe('{"n":0}')
    },
  )

  test('all who fail get the same error', async () => {
    let failing = false
    const disk = new SimulatedDisk({
      directories: ['/d'],
      interrupt: ({ name }) => (failing && name === 'sync' ? 'EIO' : undefined),
    })
    const log = await Log.create(disk, path, 'one')
    failing = true
    const reasons = await Promise.all(
      [log.append('{"n":1}'), log.append('{"n":2}')].map((promise) =>
        promise.catch((reason: unknown) => reason),
      ),
    )
    reasons.push(await log.append('{"n":3}').catch((reason: unknown) => reason))
    expect(new Set(reasons).size).toBe(1)
  })

  test('a log that cannot be created leaves no open file and says why', async () => {
    const disk = new SimulatedDisk({
      directories: ['/d'],
      interrupt: ({ name }) => (name === 'syncDirectory' ? 'EIO' : undefined),
    })
    expect(await codeOf(Log.create(disk, path, 'one'))).toBe('sync_failed')
    expect(operations(disk, 'close')).toHaveLength(1)
  })

  test('a closed log takes nothing more', async () => {
    const disk = new SimulatedDisk({ directories: ['/d'] })
    const log = await Log.create(disk, path, 'one')
    await log.close()
    expect(await codeOf(log.append('{"n":1}'))).toBe('internal')
  })

  test.each(['', '@1'])('the body %j is refused', async (body) => {
    const log = await Log.create(new SimulatedDisk({ directories: ['/d'] }), path, 'one')
    expect(() => log.append(body)).toThrow(RowsmithError)
  })
})

test('any text comes back as it was, whichever reader reads it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }).filter((body) => !body.startsWith('@')),
      ),
      async (bodies) => {
        const disk = new SimulatedDisk({ directories: ['/d'] })
        const log = await Log.create(disk, path, 'one')
        await Promise.all(bodies.map((body) => log.append(body)))
        expect((await readLog(disk, path)).records).toEqual(bodies)
        expect(recordsIn(disk.files().get(path)!)).toEqual(bodies)
      },
    ),
  )
})
