import { describe, expect, test } from 'vitest'
import { RowsmithError } from '../../src/base/errors/errors.ts'
import { Journal, type JournalOptions } from '../../src/journal/journal.ts'
import {
  checkJournal,
  readJournal as read,
  type SoundSegments,
  syncJournal,
} from '../../src/journal/replay.ts'
import { over } from '../../src/testing/disks/over.ts'
import { type Interruption, SimulatedDisk } from '../../src/testing/disks/simulated-disk.ts'
import type { Operation } from '../../src/testing/disks/simulated-tree.ts'

const directory = '/d/journal'

/** With the frames of each as lists. */
async function readJournal(...of: Parameters<typeof read>) {
  const segments = await read(...of)
  return segments.map((segment) => ({
    ...segment,
    records: [...segment.records],
    fenced: [...segment.fenced],
  }))
}

function simulatedDisk(
  interrupt: (operation: Operation) => Interruption | undefined = () => undefined,
): SimulatedDisk {
  return new SimulatedDisk({ directories: ['/d'], interrupt })
}

function open(disk: SimulatedDisk, options: Partial<JournalOptions> = {}): Promise<Journal> {
  return Journal.create({ disk, directory, epoch: 1, ...options })
}

function names(disk: SimulatedDisk): string[] {
  return [...disk.files(directory).keys()].map((path) => path.slice(directory.length + 1))
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => 'resolved',
    (reason: unknown) => reason,
  )
  return error instanceof RowsmithError ? error.code : String(error)
}

describe('a segment that is cut', () => {
  test('gives what was read before the cut, and what came later apart', async () => {
    const disk = simulatedDisk()
    const journal = await open(disk)
    await journal.append(0, '{"n":1}')
    const [before] = await readJournal(disk, directory, async () => new Map())
    await journal.append(0, '{"n":2}')
    const cuts = new Map([['1-00000.log', before!.bytes]])
    const [segment] = await readJournal(disk, directory, async () => cuts)
    expect(segment).toMatchObject({ records: ['{"n":1}'], fenced: ['{"n":2}'] })
    const [whole] = await readJournal(disk, directory, async () => new Map())
    expect(whole).toMatchObject({ records: ['{"n":1}', '{"n":2}'], fenced: [] })
  })

  test('takes a frame for late that was half there when it was read', async () => {
    const disk = simulatedDisk()
    const journal = await open(disk)
    await journal.append(0, '{"n":1}')
    const [before] = await readJournal(disk, directory, async () => new Map())
    await journal.append(0, '{"n":2}')
    const [after] = await readJournal(disk, directory, async () => new Map())
    expect(after!.bytes - 1).toBeGreaterThan(before!.bytes)
    const cuts = new Map([['1-00000.log', after!.bytes - 1]])
    const [segment] = await readJournal(disk, directory, async () => cuts)
    expect(segment).toMatchObject({ records: ['{"n":1}'], fenced: ['{"n":2}'] })
  })
})

describe('segments', () => {
  test('the folder, its name and the first segment are durable before the journal is usable', async () => {
    const disk = simulatedDisk()
    await open(disk)
    expect(names(disk.afterPowerLoss(() => 'lost'))).toEqual(['1-00000.log'])
  })

  test('a full segment is synced and closed before the next is created, and nothing is lost between', async () => {
    const disk = simulatedDisk()
    const journal = await open(disk, { segmentBytes: 600 })
    const bodies = Array.from({ length: 60 }, (_, n) => `{"n":${n}}`)
    for (let n = 0; n < bodies.length; n += 6) {
      await Promise.all(
        bodies.slice(n, n + 6).map((body, k) => (k % 2 ? journal.note(n, body) : journal.append(n, body))),
      )
    }
    const segments = await readJournal(
      disk.afterPowerLoss(() => 'lost'),
      directory,
      async () => new Map(),
    )
    expect(segments.length).toBeGreaterThan(2)
    expect(segments.flatMap(({ records: frames }) => frames)).toEqual(bodies)
    let openFiles = 0
    for (const { name } of disk.operations) {
      if (name === 'create') expect(++openFiles).toBe(1)
      if (name === 'close') openFiles--
    }
  })

  test('segments are read by epoch, then number, as numbers; other files are left alone', async () => {
    const disk = simulatedDisk()
    for (const epoch of [10, 9, 100]) {
      const journal = await open(disk, { epoch, segmentBytes: 1 })
      for (let n = 0; n < 11; n++) await journal.append(n, `{"epoch":${epoch},"n":${n}}`)
    }
    await (await disk.create(`${directory}/notes.txt`)).close()
    const frames = (await readJournal(disk, directory, async () => new Map())).flatMap(
      (segment) => segment.records,
    )
    expect(frames).toEqual(
      [9, 10, 100].flatMap((epoch) => Array.from({ length: 11 }, (_, n) => `{"epoch":${epoch},"n":${n}}`)),
    )
  })

  test('a folder that is not there is an empty journal', async () => {
    const disk = simulatedDisk()
    await syncJournal(disk, directory)
    expect(await readJournal(disk, directory, async () => new Map())).toEqual([])
  })

  test('an epoch that was used before is refused: another process writes here', async () => {
    const disk = simulatedDisk()
    await open(disk)
    expect(await codeOf(open(disk))).toBe('lock_lost')
  })

  test('a segment that has a successor but lost its end is damaged', async () => {
    const disk = simulatedDisk()
    const journal = await open(disk, { segmentBytes: 1 })
    for (let n = 0; n < 3; n++) await journal.append(n, `{"n":${n}}`)
    const first = `${directory}/1-00000.log`
    const bytes = disk.files().get(first)!
    await disk.remove(first)
    const shorter = await disk.create(first)
    await shorter.append(bytes.subarray(0, bytes.length - 20))
    await expect(readJournal(disk, directory, async () => new Map())).rejects.toMatchObject({
      code: 'journal_damaged',
      facts: { path: first },
    })
  })
})

describe('a look for damage', () => {
  /** Three segments, the last one open; and a disk that tells which files were read. */
  async function looked() {
    const disk = simulatedDisk()
    const journal = await open(disk, { segmentBytes: 300 })
    for (let n = 0; names(disk).length < 3; n++) await journal.append(n, `{"n":${n}}`)
    const read: string[] = []
    const telling = (path: string) => {
      read.push(path.slice(directory.length + 1))
      return disk.readFile(path)
    }
    return { disk, journal, read, seen: over(disk, { readFile: telling }) }
  }

  test('reads a segment once: again only when it has grown, or is new', async () => {
    const { journal, read, seen } = await looked()
    const sound: SoundSegments = new Map()
    await checkJournal(seen, directory, sound)
    expect(read).toEqual(['1-00000.log', '1-00001.log', '1-00002.log'])
    await checkJournal(seen, directory, sound)
    expect(read).toHaveLength(3)
    await journal.append(99, '{"n":99}')
    await checkJournal(seen, directory, sound)
    expect(read.slice(3)).toEqual(['1-00002.log'])
  })

  test('a segment that was sound while it was the last one is damaged when it lost its end and has a successor', async () => {
    const { disk, seen } = await looked()
    const last = `${directory}/1-00002.log`
    const sound: SoundSegments = new Map()
    await checkJournal(seen, directory, sound)
    const next = await disk.create(`${directory}/1-00003.log`)
    await next.close()
    expect(await codeOf(checkJournal(seen, directory, sound))).toBe('journal_damaged')
    expect(await codeOf(readJournal(disk, directory, async () => new Map()))).toBe('journal_damaged')
    expect(sound.get(last)).toMatchObject({ ended: false })
  })

  test('finds the damage that reading finds, and does not take it for sound', async () => {
    const { disk } = await looked()
    const bytes = Uint8Array.from(await disk.readFile(`${directory}/1-00000.log`))
    bytes[150]! ^= 1
    const damaged = over(disk, { readFile: async () => bytes })
    const sound: SoundSegments = new Map()
    for (const _ of [1, 2])
      expect(await codeOf(checkJournal(damaged, directory, sound))).toBe('journal_damaged')
    expect(sound.size).toBe(0)
    expect(await codeOf(readJournal(damaged, directory, async () => new Map()))).toBe('journal_damaged')
  })
})

describe('removal', () => {
  test('a segment goes when all groups it mentions are published, and not before', async () => {
    const disk = simulatedDisk()
    const journal = await open(disk, { segmentBytes: 1 })
    await Promise.all([journal.append(1, '{"g":1}')])
    await journal.append(2, '{"g":2}')
    await journal.append(1, '{"g":1,"again":true}')
    await journal.note(3, '{"g":3}')
    expect(names(disk).slice(0, 3)).toEqual(['1-00000.log', '1-00001.log', '1-00002.log'])
    await journal.published(2)
    expect(names(disk)).not.toContain('1-00001.log')
    expect(names(disk)).toContain('1-00000.log')
    await journal.published(1)
    expect(names(disk)).not.toContain('1-00000.log')
    expect(names(disk)).not.toContain('1-00002.log')
    const left = (await readJournal(disk, directory, async () => new Map())).flatMap(
      ({ records: frames }) => frames,
    )
    expect(left).toEqual(['{"g":3}'])
  })

  test('segments of former epochs go by the same rule', async () => {
    const disk = simulatedDisk()
    const former = await open(disk, { segmentBytes: 1 })
    for (const group of [1, 2, 3]) await former.append(group, `{"g":${group}}`)
    const [first, second, third] = (await readJournal(disk, directory, async () => new Map())).map(
      ({ name }) => name,
    )
    const earlier = [
      { name: first!, groups: new Set([1]) },
      { name: second!, groups: new Set([1, 2]) },
      { name: third!, groups: new Set<number>() },
    ]
    const journal = await open(disk, { epoch: 2, earlier })
    expect(names(disk)).toEqual(['1-00000.log', '1-00001.log', '2-00000.log'])
    await journal.published(1)
    expect(names(disk)).toEqual(['1-00001.log', '2-00000.log'])
    await journal.published(2)
    expect(names(disk)).toEqual(['2-00000.log'])
  })

  test('closing leaves nothing when every group is published, else what open groups need', async () => {
    const disk = simulatedDisk()
    const first = await open(disk)
    await first.append(1, '{"g":1}')
    await first.published(1)
    await first.close()
    expect(names(disk)).toEqual([])
    const second = await open(disk, { epoch: 2 })
    void second.note(1, '{"g":1}')
    await second.close()
    expect(
      (
        await readJournal(
          disk.afterPowerLoss(() => 'lost'),
          directory,
          async () => new Map(),
        )
      ).flatMap(({ records: frames }) => frames),
    ).toEqual(['{"g":1}'])
  })

  test('groups published in order keep at most a few segments on disk, however long the run', async () => {
    const disk = simulatedDisk()
    const journal = await open(disk, { segmentBytes: 500 })
    let most = 0
    for (let group = 0; group < 300; group++) {
      await Promise.all([
        journal.append(group, `{"g":${group}}`),
        journal.append(group + 1, `{"g":${group + 1}}`),
      ])
      await journal.published(group)
      most = Math.max(most, names(disk).length)
    }
    expect(most).toBeLessThanOrEqual(4)
  })
})

describe('failure', () => {
  test('when the next segment cannot be created, what waits for it fails, and so does all that comes later', async () => {
    let full = false
    const disk = simulatedDisk(({ name }) => (full && name === 'create' ? 'ENOSPC' : undefined))
    const journal = await open(disk, { segmentBytes: 1 })
    full = true
    await journal.append(1, '{"n":1}')
    const waiting = [journal.append(1, '{"n":2}'), journal.note(1, '{"n":3}')]
    expect(await Promise.all(waiting.map(codeOf))).toEqual(['disk_full', 'disk_full'])
    full = false
    expect(await codeOf(journal.append(1, '{"n":4}'))).toBe('disk_full')
    expect(await codeOf(journal.close())).toBe('disk_full')
    expect(
      (await readJournal(disk, directory, async () => new Map())).flatMap(({ records: frames }) => frames),
    ).toEqual(['{"n":1}'])
  })

  test('old files are made durable, and then their folder, before they are read', async () => {
    const disk = simulatedDisk()
    const journal = await open(disk)
    await journal.note(1, '{"n":1}')
    const killed = disk.afterKill()
    await syncJournal(killed, directory)
    expect(killed.operations.map(({ name }) => name).filter((name) => name.startsWith('sync'))).toEqual([
      'syncFile',
      'syncDirectory',
    ])
    const frames = (
      await readJournal(
        killed.afterPowerLoss(() => 'lost'),
        directory,
        async () => new Map(),
      )
    ).flatMap((each) => each.records)
    expect(frames).toEqual(['{"n":1}'])
  })
})
