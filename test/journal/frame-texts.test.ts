import { expect, it } from 'vitest'
import { type FrameRanges, FrameTexts, readFrames } from '../../src/journal/frame-texts.ts'
import { Log } from '../../src/journal/log.ts'
import { journalSegments } from '../../src/journal/replay.ts'
import { over } from '../../src/testing/disks/over.ts'
import { SimulatedDisk } from '../../src/testing/disks/simulated-disk.ts'

const folder = '/d/journal'
const path = `${folder}/1-00000.log`
/** The second is so long that it is never read together with another. */
const bodies = ['{"n":0}', `{"n":"${'ä'.repeat(700_000)}"}`, '{"n":"Grüße 🎉"}', '{"n":3}']

async function noted() {
  const disk = new SimulatedDisk({ directories: ['/d', folder] })
  const log = await Log.create(disk, path, 'journal/1-00000.log')
  for (const body of bodies) await log.append(body)
  const found = []
  for await (const segment of journalSegments(disk, folder, new Map())) found.push(segment)
  const segment = found[0]!
  return { disk, segment, places: [...segment.records.placed()] }
}

async function textsOf(...from: Parameters<typeof readFrames>): Promise<string[]> {
  const texts: string[] = []
  for await (const text of readFrames(...from)) texts.push(text)
  return texts
}

it('gives frames as text, as often as one likes', async () => {
  const { segment } = await noted()
  expect([...segment.records]).toEqual(bodies)
  expect([...segment.records]).toEqual(bodies)
  expect([...new FrameTexts(new Uint8Array(), [])]).toEqual([])
})

it('reads frames again by their places: one, several, neighbours as one range', async () => {
  const { disk, segment, places } = await noted()
  const rangesOf = (...which: number[]): FrameRanges =>
    which.flatMap((index) => [places[index]!.start, places[index]!.end])
  expect(await textsOf(disk, segment, rangesOf(2))).toEqual([bodies[2]])
  expect(await textsOf(disk, segment, rangesOf(0, 1, 3))).toEqual([bodies[0], bodies[1], bodies[3]])
  expect(await textsOf(disk, segment, [places[0]!.start, places[3]!.end])).toEqual(bodies)
  expect(await textsOf(disk, segment, [])).toEqual([])
})

it('reads only what it was asked for', async () => {
  const { disk, segment, places } = await noted()
  const read: number[] = []
  const watched = over(disk, {
    readRange: (of: string, offset: number, length: number) => {
      read.push(length)
      return disk.readRange(of, offset, length)
    },
  })
  await textsOf(watched, segment, [places[0]!.start, places[0]!.end, places[3]!.start, places[3]!.end])
  expect(read.reduce((sum, length) => sum + length)).toBeLessThan(200)
})

it.each([
  ['a bit was flipped', (bytes: Uint8Array) => bytes.with(bytes.length - 3, 0x21)],
  ['the file became shorter', (bytes: Uint8Array) => bytes.subarray(0, 5)],
])('refuses what is not there any more: %s', async (_, change) => {
  const { disk, segment, places } = await noted()
  const { start, end } = places[2]!
  const changed = over(disk, {
    readRange: async (...of: Parameters<typeof disk.readRange>) => change(await disk.readRange(...of)),
  })
  await expect(textsOf(changed, segment, [start, end])).rejects.toMatchObject({ code: 'journal_damaged' })
})

it('refuses a file that has gone', async () => {
  const { disk, segment, places } = await noted()
  await disk.remove(path)
  const { start, end } = places[0]!
  await expect(textsOf(disk, segment, [start, end])).rejects.toMatchObject({ code: 'journal_damaged' })
})
