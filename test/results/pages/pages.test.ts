/** Rows from any position: written, dropped and open ones, read once. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { create, open, type PageRow, retry } from '../../../src/index.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { over } from '../../../src/testing/disks/over.ts'
import { failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'
import { unsyncedDisk } from '../../support/unsynced-disk.ts'

const folder = artifactFolder()
const components = { encoder: () => inThread }
const dataset = () => join(folder.path, 'dataset')

const states = (rows: readonly PageRow[]) => rows.map(({ state, row }) => `${row} ${state}`)
/** Row 2 is refused, and the budget ends in the second row group: rows 0 to 3 are published, of 4 to 7 some are there. */
async function stopped(): Promise<string> {
  const run = quick((asked) => (rowOf(asked) === 2 ? failure(400, 'not this one') : echo(asked)))
  await create(smallConfig(), smallOptions(folder.path, 4), run.components)
  const options = { ...smallOptions(folder.path, 10), resume: 'always', maxRequests: 6 } as const
  const error = await failureOf(create(smallConfig(), options, quick().components))
  expect(error.code, error.message).toBe('budget_reached')
  return dataset()
}

describe('a page', () => {
  it('has each planned row at its position: written, dropped with its reason, and open with what is there', async () => {
    const { rows, of, why } = await open(await stopped(), components).page(1, 8)
    expect(of).toBe(10)
    expect(why).toBeNull()
    expect(states(rows)).toEqual([
      '1 written',
      '2 dropped',
      '3 written',
      '4 open',
      '5 open',
      '6 open',
      '7 open',
      '8 open',
    ])
    expect(rows[0]!.values).toMatchObject({ text: expect.stringContaining('about') })
    expect(rows[1]).toMatchObject({ values: null, failed: { column: 'text', code: 'bad_request' } })
    expect(rows[2]!.values!.upper).toBe(String(rows[2]!.values!.text).toUpperCase())
    expect(rows[3]!.values).toMatchObject({
      topic: expect.any(String),
      text: expect.stringContaining('about'),
    })
    // Its topic is drawn, its text is not there yet.
    expect(rows[6]!.values).toMatchObject({ topic: expect.any(String), text: null })
    // Nothing of the third row group has begun.
    expect(rows[7]!.values).toBeNull()
  })

  it('ends with the dataset, and a position beyond it is an error', async () => {
    const found = open(await stopped(), components)
    expect((await found.page(9, 100)).rows).toHaveLength(1)
    expect((await found.page(10, 5)).rows).toEqual([])
    expect(await found.row(3)).toMatchObject({ row: 3, state: 'written' })
    expect((await failureOf(found.row(10))).code).toBe('usage')
    expect((await failureOf(found.page(-1, 5))).code).toBe('usage')
    expect((await failureOf(open(join(folder.path, 'none')).page(0, 1))).code).toBe('dataset_not_found')
  })

  it('shows what a retry wrote', async () => {
    const found = open(await stopped(), components)
    expect(states((await found.page(2, 1)).rows)).toEqual(['2 dropped'])
    await retry(dataset(), { rows: [[2, 2]], maxRequests: 20 }, quick().components)
    expect(states((await found.page(2, 1)).rows)).toEqual(['2 written'])
  })

  it('belongs to its reader: what is changed in it changes nothing for the next', async () => {
    const found = open(await stopped(), components)
    const first = await found.row(0)
    const before = structuredClone(first)
    Object.assign(first.values!, { text: 'changed' })
    expect(await found.row(0)).toEqual(before)
    expect((await found.head(1))[0]).toEqual(before.values)
  })
})

describe('rows that were read', () => {
  it('are not read again for the next page, nor answers for the next row that is inspected, until something changes', async () => {
    const directory = await stopped()
    const reads: string[] = []
    const disk = over(unsyncedDisk, {
      readFile: (path) => {
        reads.push(path)
        return unsyncedDisk.readFile(path)
      },
    })
    const found = open(directory, { ...components, disk })
    await found.page(0, 10)
    await found.inspect({ row: 0 })
    reads.length = 0
    await found.page(2, 6)
    await found.inspect({ row: 3 })
    await found.inspect({ row: 5 })
    await found.head(2)
    expect(reads).toEqual([])
    await retry(directory, { rows: [[2, 2]], maxRequests: 20 }, quick().components)
    expect(states((await found.page(0, 3)).rows)).toEqual(['0 written', '1 written', '2 written'])
    expect(reads).not.toEqual([])
  })
})
