import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RowsmithError } from '../../src/base/errors/errors.ts'
import { crc32c } from '../../src/base/numbers/crc32c.ts'
import type { Disk } from '../../src/disk/disk.ts'
import { Log } from '../../src/journal/log.ts'
import { HEADER_BYTES } from '../../src/journal/log-record.ts'
import { readLog } from '../../src/journal/replay.ts'
import { recordsIn } from '../../src/testing/crash/independent-reader.ts'
import { SimulatedDisk } from '../../src/testing/disks/simulated-disk.ts'
import type { TornState } from '../../src/testing/disks/simulated-tree.ts'

const path = '/d/1.log'

/** A disk that holds one file, whose bytes a test made up. */
function diskWith(bytes: Uint8Array): Disk {
  const disk: Disk = new SimulatedDisk()
  return { ...disk, readFile: async () => bytes }
}

async function read(
  bytes: Uint8Array,
): Promise<{ frames: string[]; tornBytes: number } | { offset: number }> {
  try {
    const { records: frames, tornBytes } = await readLog(diskWith(bytes), path)
    return { frames, tornBytes }
  } catch (error) {
    if (!(error instanceof RowsmithError) || error.code !== 'journal_damaged') throw error
    expect(error.facts.path).toBe(path)
    return { offset: Number(error.facts.offset) }
  }
}

/** What one turn of the event loop appends. */
type Step = { readonly appends: number; readonly notes: number }

interface Written {
  readonly bytes: Buffer
  readonly frames: string[]
  /** How many frames, and bytes, were acknowledged as durable: those of the last sync and before. */
  readonly acknowledged: number
  readonly synced: number
  /** The offset the last mark carries. */
  readonly marked: number
}

/** The file after so many steps and a kill: `size` after a step is its end, as each step is one write. */
async function write(steps: readonly Step[], fileId = 'one'): Promise<Written> {
  const disk = new SimulatedDisk({ directories: ['/d'] })
  const log = await Log.create(disk, path, fileId)
  const frames: string[] = []
  let [acknowledged, synced, marked] = [0, HEADER_BYTES, HEADER_BYTES]
  for (const step of steps) {
    const waiting: Promise<void>[] = []
    for (let n = 0; n < step.appends + step.notes; n++) {
      const body = `{"n":${frames.length},"text":"${'über '.repeat(frames.length % 9)}"}`
      waiting.push(n < step.appends ? log.append(body) : log.note(body))
      frames.push(body)
    }
    if (waiting.length === 0) continue
    marked = synced
    await Promise.all(waiting)
    if (step.appends > 0) {
      acknowledged = frames.length
      synced = log.size
    }
  }
  return { bytes: Buffer.from(disk.files().get(path)!), frames, acknowledged, synced, marked }
}

async function appendAndClose(
  disk: SimulatedDisk,
  taken: readonly Step[],
  onDurable: (body: string) => void,
): Promise<void> {
  const log = await Log.create(disk, path, 'one')
  for (const [index, { appends, notes }] of taken.entries()) {
    const waiting: Promise<void>[] = []
    for (let n = 0; n < appends + notes; n++) {
      const body = `{"step":${index},"n":${n}}`
      waiting.push(n < appends ? log.append(body).then(() => onDurable(body)) : log.note(body))
    }
    await Promise.all(waiting)
  }
  await log.close()
}

const steps = fc.array(fc.record({ appends: fc.nat(3), notes: fc.nat(3) }), { minLength: 1, maxLength: 8 })

/** Whether `some` can be had from `all` by leaving out elements. */
function isSubsequence(some: readonly string[], all: readonly string[]): boolean {
  let at = 0
  for (const body of all) if (body === some[at]) at++
  return at === some.length
}

describe('a torn tail', () => {
  test('cut at every byte after the last sync, a log gives every acknowledged frame and nothing made up', async () => {
    const { bytes, frames, acknowledged, synced } = await write([
      { appends: 2, notes: 1 },
      { appends: 1, notes: 0 },
      { appends: 0, notes: 3 },
      { appends: 0, notes: 2 },
    ])
    for (let end = synced; end <= bytes.length; end++) {
      const found = await read(bytes.subarray(0, end))
      if ('offset' in found) throw new Error(`refused when cut at ${end}`)
      expect(found.frames).toEqual(frames.slice(0, found.frames.length))
      expect(found.frames.length).toBeGreaterThanOrEqual(acknowledged)
    }
  })

  test('zeros, noise and holes after the last sync cost only the frames they hit', async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.boolean()), {
          maxLength: 4,
        }),
        fc.nat(300),
        async (taken, hits, zeros) => {
          const written = await write(taken)
          const bytes = Buffer.concat([written.bytes, Buffer.alloc(zeros)])
          const tail = bytes.subarray(written.synced)
          for (const [where, noise, zero] of hits) {
            if (tail.length > 0)
              tail.set(
                (zero ? noise.fill(0) : noise).subarray(0, tail.length - (where % tail.length)),
                where % tail.length,
              )
          }
          const found = await read(bytes)
          if ('offset' in found) throw new Error('refused')
          expect(found.frames.slice(0, written.acknowledged)).toEqual(
            written.frames.slice(0, written.acknowledged),
          )
          expect(isSubsequence(found.frames, written.frames)).toBe(true)
          expect(found.frames).toEqual(recordsIn(bytes))
        },
      ),
    )
  })

  test('frames after a hole still count', async () => {
    const { bytes, frames } = await write([{ appends: 4, notes: 0 }])
    const second = bytes.indexOf('{"n":1')
    bytes.fill(0, second - 12, second + 4)
    const found = await read(bytes)
    expect(found).toMatchObject({ frames: frames.filter((_, n) => n !== 1) })
  })

  test.each(['0 ', ' '])('a frame of length %j is no frame, though its checksum holds', async (length) => {
    const { bytes, frames } = await write([{ appends: 1, notes: 0 }])
    const checksum = crc32c(Buffer.from(`one ${bytes.length} `))
      .toString(16)
      .padStart(8, '0')
    const empty = Buffer.from(`${checksum} ${length}\n`)
    expect(await read(Buffer.concat([bytes, empty]))).toEqual({ frames, tornBytes: empty.length })
  })

  test('a tail of zeros is no frame', async () => {
    const { bytes, frames } = await write([{ appends: 2, notes: 0 }])
    expect(await read(Buffer.concat([bytes, Buffer.alloc(4096)]))).toEqual({ frames, tornBytes: 4096 })
  })
})

describe('a power loss', () => {
  test('at any operation, whatever becomes of unsynced writes, no acknowledged frame is lost and nothing is refused', async () => {
    const fate = fc.constantFrom<TornState>(
      'lost',
      'survives',
      { front: 0.5, rest: 'zeros' },
      { front: 0.3, rest: 'garbage' },
    )
    const plan = fc.record({
      taken: steps,
      stopAt: fc.integer({ min: 4, max: 30 }),
      fates: fc.array(fate, { minLength: 8, maxLength: 8 }),
    })
    await fc.assert(
      fc.asyncProperty(plan, async ({ taken, stopAt, fates }) => {
        const disk = new SimulatedDisk({
          directories: ['/d'],
          interrupt: ({ number }) => (number === stopAt ? 'stop-after' : undefined),
        })
        const acknowledged: string[] = []
        await appendAndClose(disk, taken, (body) => acknowledged.push(body)).catch(() => {})
        let next = 0
        const after = disk.afterPowerLoss(() => fates[next++ % fates.length] ?? 'lost')
        if (!after.files().has(path)) return expect(acknowledged).toEqual([])
        const { records: frames } = await readLog(after, path)
        expect(frames).toEqual(expect.arrayContaining(acknowledged))
      }),
      { numRuns: 500 },
    )
  })

  // The note is operation 7; closing does 8 to 11.
  test.each([7, 8, 9, 10, 11])(
    'after operation %i of a log that is closed, a lost note is a torn tail even when the end of the file was kept',
    async (stopAt) => {
      const disk = new SimulatedDisk({
        directories: ['/d'],
        interrupt: ({ number }) => (number === stopAt ? 'stop-after' : undefined),
      })
      const log = await Log.create(disk, path, 'one')
      await log.append('{"n":0}')
      await log.note('{"n":1}').catch(() => {})
      await log.close().catch(() => {})
      expect(disk.stopped?.operation.number).toBe(stopAt)
      const lastWrite = disk.operations.findLast(({ name }) => name === 'append')
      const after = disk.afterPowerLoss(({ operation }) => (operation === lastWrite ? 'survives' : 'lost'))
      expect((await readLog(after, path)).records[0]).toBe('{"n":0}')
    },
  )
})

describe('damage', () => {
  test('any change before the highest synced mark is refused, with its place', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), fc.integer({ min: 1, max: 255 }), async (taken, where, change) => {
        const { bytes, marked } = await write([...taken, { appends: 1, notes: 0 }, { appends: 1, notes: 0 }])
        const offset = where % marked
        bytes[offset] = bytes[offset]! ^ change
        const found = await read(bytes)
        if (!('offset' in found)) throw new Error(`not refused when byte ${offset} changed`)
        expect(found.offset).toBeLessThanOrEqual(offset)
      }),
    )
  })

  test('a file whose first frame is not whole is refused once it has grown beyond it', async () => {
    const { bytes } = await write([{ appends: 1, notes: 0 }])
    bytes[20] = 0
    expect(await read(bytes)).toEqual({ offset: 0 })
  })

  test('a file that was being created holds nothing, cut or zeroed anywhere', async () => {
    const { bytes } = await write([])
    for (let end = 0; end < HEADER_BYTES; end++) {
      expect(await read(bytes.subarray(0, end))).toEqual({ frames: [], tornBytes: end })
      const zeroed = Buffer.from(bytes).fill(0, end)
      expect(await read(zeroed)).toEqual({ frames: [], tornBytes: HEADER_BYTES })
    }
  })

  test('a file of another format version says so', async () => {
    const { bytes } = await write([], 'x')
    const body = bytes.toString().slice(13, -1).replace('@log 1', '@log 2')
    const checksum = crc32c(Buffer.from(`x 0 ${body}`))
      .toString(16)
      .padStart(8, '0')
    await expect(read(Buffer.from(`${checksum} ${body.length} ${body}\n`))).rejects.toMatchObject({
      code: 'format_unsupported',
    })
  })
})

describe('bytes that lie elsewhere', () => {
  test('a block repeated at another offset adds no frame', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), fc.nat(), async (taken, from, length) => {
        const { bytes, frames } = await write([...taken, { appends: 2, notes: 0 }])
        const start = from % bytes.length
        const block = bytes.subarray(start, start + (length % (bytes.length - start)) + 1)
        expect(await read(Buffer.concat([bytes, block]))).toEqual({ frames, tornBytes: block.length })
      }),
    )
  })

  test('frames of another file at the same offset do not count', async () => {
    const one = await write(
      [
        { appends: 1, notes: 0 },
        { appends: 0, notes: 2 },
      ],
      'one',
    )
    const two = await write(
      [
        { appends: 1, notes: 0 },
        { appends: 0, notes: 2 },
      ],
      'two',
    )
    const mixed = Buffer.concat([one.bytes.subarray(0, one.synced), two.bytes.subarray(two.synced)])
    expect(await read(mixed)).toMatchObject({ frames: one.frames.slice(0, 1) })
  })

  test('a body that looks like a frame is only a body', async () => {
    const disk = new SimulatedDisk({ directories: ['/d'] })
    const log = await Log.create(disk, path, 'one')
    const { bytes } = await write([{ appends: 2, notes: 0 }])
    const body = `quoted\n${bytes.toString()}\n`
    await log.append(body)
    expect((await readLog(disk, path)).records).toEqual([body])
  })
})
