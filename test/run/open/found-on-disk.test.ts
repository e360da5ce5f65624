/** What a run makes of files that were lost, damaged or put there by somebody else since the last one. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { type CreateOptions, create, open, resume, type Summary } from '../../../src/index.ts'
import { over } from '../../../src/testing/disks/over.ts'
import { everyByte } from '../../support/every-byte.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowsOf,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()
const files = (path: string) => join(path, 'parquet-files')
const batch = (path: string, number: number) => join(files(path), `batch_0000${number}.parquet`)

/** @returns the results, and the effect keys that were bought */
async function make(numRecords: number, changes: Partial<CreateOptions> = {}) {
  const { asked, components } = quick()
  const results = await create(
    smallConfig(),
    { ...smallOptions(folder.path, numRecords), ...changes },
    components,
  )
  return { results, asked, path: results.path }
}

describe('a row group whose file', () => {
  it.each([
    ['is gone', (file: string) => rmSync(file)],
    ['is empty', (file: string) => writeFileSync(file, '')],
    ['is cut', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 300))],
    ['is garbage', (file: string) => writeFileSync(file, 'garbage')],
  ])('%s is made again with the same bytes, from answers that were paid for', async (_, damage) => {
    const { path } = await make(12)
    const before = readFileSync(batch(path, 1))
    damage(batch(path, 1))
    const { results, asked } = await make(12)
    expect(results.decision).toBe('resume')
    expect(asked).toEqual([])
    expect(readFileSync(batch(path, 1))).toEqual(before)
    expect(await rowsOf(results)).toHaveLength(12)
  })

  it('has a damaged page is named by whoever reads it, and no row is said to be dropped', async () => {
    const { path, results } = await make(8)
    const bytes = readFileSync(batch(path, 1))
    bytes.fill(0xff, 8, 60)
    writeFileSync(batch(path, 1), bytes)
    // The run does not say that all is there, either.
    for (const error of [await failureOf(rowsOf(results)), await failureOf(make(8))]) {
      expect(error).toMatchObject({ code: 'file_damaged', nextStep: expect.stringContaining('--repair') })
      expect(error.message).toContain('batch_00001.parquet')
      expect(error.message).not.toMatch(/drop/)
    }
  })
})

describe('the journal of a stopped run', () => {
  it.each(['create', 'resume'] as const)(
    'is looked through once before anything is decided, and read once to be used (%s)',
    async (command) => {
      const stop = new AbortController()
      const first = quick((each) => {
        if (first.asked.length === 3) stop.abort()
        return echo(each)
      })
      const options = smallOptions(folder.path, 12)
      const stopped = create(smallConfig(), { ...options, signal: stop.signal }, first.components)
      const { summary } = await failureOf(stopped)
      const path = (summary as Summary).dataset_path
      const [segment] = readdirSync(join(path, '.rowsmith', 'journal'))
      const read: string[] = []
      const readFile = (file: string) => {
        read.push(basename(file))
        return nodeDisk.readFile(file)
      }
      const components = { ...quick().components, disk: over(nodeDisk, { readFile }) }
      if (command === 'create') await create(smallConfig(), options, components)
      else await resume(path, {}, components)
      expect(read.filter((name) => name === segment)).toHaveLength(2)
    },
  )
})

describe('parquet-files', () => {
  it('that is deleted whole is made again, and nothing is bought twice', async () => {
    const { path } = await make(8)
    const before = readdirSync(files(path)).map((name) => readFileSync(join(files(path), name)))
    rmSync(files(path), { recursive: true })
    const { results, asked } = await make(8)
    expect(asked).toEqual([])
    expect(await results.countRecords()).toBe(8)
    expect(readdirSync(files(path)).map((name) => readFileSync(join(files(path), name)))).toEqual(before)
  })

  it.each(['notes.txt', 'copy.parquet', '.hidden', 'batch_00000.parquet.bak'])(
    'with a file %s in it is read, counted, exported and gone on with as if it were not there',
    async (name) => {
      const { path } = await make(6)
      writeFileSync(join(files(path), name), 'mine')
      const { results } = await make(9)
      expect(results.decision).toBe('resume')
      expect(await rowsOf(results)).toHaveLength(9)
      expect(await results.countRecords()).toBe(9)
      expect((await results.export({ format: 'parquet' })).rows).toBe(9)
      expect(readFileSync(join(files(path), name), 'utf8')).toBe('mine')
    },
  )

  it.each(['batch_00007.parquet', 'batch_x.parquet', 'batch_1.parquet'])(
    'with a readable %s of whatever origin is refused by its name, whether a group is missing or not',
    async (name) => {
      const { path } = await make(8)
      cpSync(batch(path, 0), join(files(path), name))
      for (const missing of [false, true]) {
        if (missing) rmSync(batch(path, 1))
        const before = everyByte(path)
        for (const numRecords of [8, 12]) {
          const error = await failureOf(make(numRecords))
          expect(error).toMatchObject({ code: 'foreign_batch_files', message: expect.stringContaining(name) })
        }
        expect(everyByte(path)).toEqual(before)
      }
    },
  )

  it('with an unreadable batch file outside the plan goes on, and every row is read', async () => {
    const { path } = await make(8)
    writeFileSync(batch(path, 7), 'garbage')
    const { results } = await make(8)
    expect(await rowsOf(results)).toHaveLength(8)
    expect(await open(path).countRecords()).toBe(8)
  })
})

describe('what dead runs left', () => {
  it("drafts, temporary files and Data Designer's partial folder are no progress; what is ours goes", async () => {
    const { path } = await make(6)
    const leftovers = ['.rowsmith/drafts/0-1', 'metadata.json.tmp.4711', '.rowsmith/run.json.tmp.4711.dead']
    for (const name of leftovers) writeFileSync(join(path, name), 'left')
    const { results } = await make(6)
    expect(results.decision).toBe('already_complete')
    expect(leftovers.filter((name) => existsSync(join(path, name)))).toEqual([])
  })
})

it.each([0, -1, 2.5, Number.NaN, 2 ** 60])(
  'numRecords of %d is refused before a folder is made',
  async (numRecords) => {
    expect(await failureOf(make(numRecords))).toMatchObject({
      code: 'usage',
      message: expect.stringContaining(`numRecords must be a whole number of at least 1, not ${numRecords}`),
    })
    expect(readdirSync(folder.path)).toEqual([])
  },
)
