/** The story of a dataset: what can be told of a file of it that was damaged, and how it goes on. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { HistoryFile, readLastLine } from '../../../src/store/control/history.ts'
import { DatasetDirectory } from '../../../src/store/files/dataset-directory.ts'
import { datasetLayout } from '../../../src/store/files/layout.ts'

const folder = mkdtempSync(join(tmpdir(), 'rowsmith-history-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const layout = datasetLayout(folder)
const file = layout.events

const directory = new DatasetDirectory(nodeDisk, layout.directory)
const record = (...names: string[]) => {
  const events = names.map((event, index) => ({ at: index, epoch: 1, event }))
  return new HistoryFile(directory, { pid: 1, nonce: 'n' }).record(events)
}
const look = () => readLastLine(directory)
const named = async () => ((await look())?.events ?? []).map(({ event }) => event)
const lines = () => readFileSync(file, 'utf8').trimEnd().split('\n')
const write = (texts: readonly string[]) => writeFileSync(file, texts.map((text) => `${text}\n`).join(''))
const whole = { gaps: 0, isCut: false }

beforeEach(async () => {
  rmSync(file, { force: true })
  mkdirSync(layout.own, { recursive: true })
  await record('a', 'b')
  await record('c', 'd')
})

describe('the story of a dataset', () => {
  it('has lines with numbers and checksums, of which readers see nothing', async () => {
    expect(lines().map((line) => JSON.parse(line))).toMatchObject([
      { n: 1, event: 'a', sha256: expect.any(String) },
      { n: 2, event: 'b' },
      { n: 3, event: 'c' },
      { n: 4, event: 'd', last: true },
    ])
    expect(lines().filter((line) => line.includes('"last"'))).toHaveLength(1)
    expect((await look())!.events[3]).toEqual({ at: 1n, epoch: 1n, event: 'd' })
    expect(await look()).toMatchObject({ ...whole, lines: 4 })
  })

  const damages: readonly {
    name: string
    damage: (all: string[]) => string[]
    found: object
    left: readonly string[]
  }[] = [
    {
      name: 'a word changed',
      damage: ([a, b, ...rest]) => [a!, b!.replace('"b"', '"x"'), ...rest],
      found: whole,
      left: ['a', 'c', 'd'],
    },
    {
      name: 'a number changed',
      damage: ([a, ...rest]) => [a!.replace('"n":1', '"n":7'), ...rest],
      found: whole,
      left: ['b', 'c', 'd'],
    },
    {
      name: 'a checksum removed',
      damage: ([a, ...rest]) => [a!.replace(/,"sha256":"\w+"/, ''), ...rest],
      found: whole,
      left: ['b', 'c', 'd'],
    },
    {
      name: 'half a line',
      damage: ([a, b, ...rest]) => [a!, b!.slice(0, 9), ...rest],
      found: whole,
      left: ['a', 'c', 'd'],
    },
    {
      name: 'a line gone',
      damage: ([a, , ...rest]) => [a!, ...rest],
      found: { gaps: 1, isCut: false },
      left: ['a', 'c', 'd'],
    },
    {
      name: 'its end gone',
      damage: (all) => all.slice(0, 2),
      found: { gaps: 0, isCut: true },
      left: ['a', 'b'],
    },
    { name: 'all gone', damage: () => [], found: { gaps: 0, isCut: true }, left: [] },
    {
      name: 'its beginning gone, as of one that grew too long',
      damage: (all) => all.slice(2),
      found: whole,
      left: ['c', 'd'],
    },
  ]
  it.each(damages)('is looked through: $name', async ({ damage, found, left }) => {
    write(damage(lines()))
    expect(await look()).toMatchObject({ ...found, lines: lines().filter((line) => line !== '').length })
    expect(await named()).toEqual(left)
    // The next process adds to it, and hides nothing that can still be told.
    await record('e')
    expect(await named()).toEqual([...left, 'e'])
    const after = (await look())!
    const isDamaged = after.gaps > 0 || after.isCut || after.events.length < after.lines
    const wasDamaged = left.length < 4 && left[0] !== 'c' && left.length > 0
    expect(isDamaged).toBe(wasDamaged)
  })

  it('of an earlier Rowsmith has no numbers: it is read, and nothing is missed', async () => {
    write(['{"at":1,"epoch":1,"event":"old"}', '{"at":2,"epoch":1,"event":"older"}'])
    expect(await look()).toMatchObject({ ...whole, lines: 2 })
    await record('new')
    expect(await named()).toEqual(['old', 'older', 'new'])
    expect(await look()).toMatchObject({ ...whole, lines: 3 })
  })

  it('is nothing where there is no file', async () => {
    rmSync(file)
    expect(await look()).toBeUndefined()
    expect(await named()).toEqual([])
  })
})
