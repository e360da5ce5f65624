/** One dataset, made by several processes that share its folder. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { create, open, preview, type RowsmithError, resume, retry } from '../../../src/index.ts'
import { dataFiles } from '../../../src/testing/crash/independent-reader.ts'
import { everyByte } from '../../support/every-byte.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'
import { unsyncedDisk } from '../../support/unsynced-disk.ts'

const folder = artifactFolder()
const options = (rows = 40) => ({ ...smallOptions(folder.path, rows), seed: 7 })
const dataset = () => join(folder.path, 'dataset')
const bytes = (path = dataset()) => dataFiles(unsyncedDisk, path)

/** What one process makes. */
async function alone(rows = 40): Promise<Awaited<ReturnType<typeof bytes>>> {
  await create(smallConfig(), { ...options(rows), datasetName: 'alone' }, quick().components)
  return bytes(join(folder.path, 'alone'))
}

/** A worker that ends when it was asked so often, with the dataset unfinished. */
async function stopped(shard: string, requests: number): Promise<RowsmithError> {
  const stop = new AbortController()
  const { asked, components } = quick((each) => {
    if (asked.length === requests) stop.abort()
    return echo(each)
  })
  return failureOf(create(smallConfig(), { ...options(), shard, signal: stop.signal }, components))
}

describe('workers of one dataset', () => {
  test('make it together, to the bytes of one process, and leave nothing of their parts', async () => {
    const workers = ['0/3', '1/3', '2/3'].map((shard) =>
      create(smallConfig(), { ...options(), shard, waitForLockMs: 1e9 }, quick().components),
    )
    await Promise.all(workers)
    expect(await bytes()).toEqual(await alone())
    expect(readdirSync(join(dataset(), '.rowsmith'))).not.toContain('blocks')
    expect((await open(dataset()).verify()).whole).toBe(true)
    expect((await open(dataset()).status()).total.requests).toBe(40)
  })

  test('make the part of one that never started', async () => {
    const { asked, components } = quick()
    const { summary } = await create(smallConfig(), { ...options(), shard: '0/4' }, components)
    expect(summary).toMatchObject({
      rows_written: 40,
      rows_open: 0,
      row_groups: { total: 10, generated: 10 },
    })
    expect(asked).toHaveLength(40)
    expect(await bytes()).toEqual(await alone())
  })

  test.each(['1/4', undefined])('go on with what one that died had paid for (%s)', async (shard) => {
    await stopped('0/4', 5)
    const { asked, components } = quick()
    const given = shard === undefined ? {} : { shard }
    const { summary } = await create(smallConfig(), { ...options(), ...given }, components)
    expect(asked.length).toBeLessThanOrEqual(40 - 5)
    expect(summary.total).toMatchObject({ requests: 40 })
    expect(await bytes()).toEqual(await alone())
  })

  test('are seen as one dataset before it is complete', async () => {
    await stopped('0/4', 10)
    const found = open(dataset())
    expect(await found.status()).toMatchObject({
      rows_planned: 40,
      rows_written: 8,
      writer: null,
      total: { requests: 10 },
    })
    expect(await found.head(100)).toHaveLength(8)
    expect((await found.verify()).findings).toEqual([])
    const to = join(folder.path, 'out.jsonl')
    await found.export({ format: 'jsonl', output: to, partial: true })
    expect(readFileSync(to, 'utf8').trim().split('\n').length).toBeGreaterThanOrEqual(8)
    // Its own block first; which free one comes next is not promised.
    const blocks = readdirSync(join(dataset(), '.rowsmith', 'blocks'))
    expect(blocks).toContain('0')
    expect(blocks).toHaveLength(2)
  })

  test('extend a dataset that one process made, and one that they made', async () => {
    await create(smallConfig(), options(20), quick().components)
    for (const rows of [40, 52])
      await create(smallConfig(), { ...options(rows), shard: '1/2' }, quick().components)
    const found = await open(dataset()).status()
    expect(found).toMatchObject({ rows_written: 52, row_groups: { published: 13 }, total: { requests: 52 } })
    expect(await bytes()).toEqual(await alone(52))
  })

  test('may spend an equal part of a budget each, whoever makes it', async () => {
    const limited = { ...options(), maxRequests: 18 }
    const { asked, components } = quick()
    const error = await failureOf(create(smallConfig(), { ...limited, shard: '0/4' }, components))
    expect(error.code).toBe('budget_reached')
    // A quarter, rounded down, of each block.
    expect(asked).toHaveLength(4 * 4)
    const more = quick()
    await resume(dataset(), { maxRequests: null }, more.components)
    expect(more.asked).toHaveLength(40 - 16)
    expect(await bytes()).toEqual(await alone())
  })

  test('with one shard is one process', async () => {
    await create(smallConfig(), { ...options(), shard: '0/1' }, quick().components)
    const names = (path: string) => readdirSync(join(path, '.rowsmith'))
    expect(await bytes()).toEqual(await alone())
    expect(names(dataset())).toEqual(names(join(folder.path, 'alone')))
  })
})

describe('a worker that cannot join is refused, and changes no byte:', () => {
  const config = smallConfig()

  test.each([
    [
      'another number of shards',
      'shards_differ',
      (components: object) => create(config, { ...options(), shard: '0/5' }, components),
    ],
    [
      'one shard',
      'shards_differ',
      (components: object) => create(config, { ...options(), shard: '0/1' }, components),
    ],
    [
      'another config',
      'config_differs',
      (components: object) =>
        create(smallConfig('Else {{ topic }}'), { ...options(), shard: '1/4' }, components),
    ],
    ['a retry', 'shards_differ', (components: object) => retry(dataset(), {}, components)],
    [
      'a repair',
      'shards_differ',
      (components: object) => open(dataset(), components).verify({ repair: true }),
    ],
  ])('%s', async (_, code, start) => {
    await stopped('0/4', 5)
    const before = everyByte(dataset())
    const { asked, components } = quick()
    expect((await failureOf(start(components))).code).toBe(code)
    expect(asked).toHaveLength(0)
    expect(everyByte(dataset())).toEqual(before)
  })

  test('another version', async () => {
    await stopped('0/4', 5)
    const path = join(dataset(), '.rowsmith', 'run.json')
    const run = JSON.parse(readFileSync(path, 'utf8'))
    const { sha256: _, ...rest } = { ...run, blocks: { ...run.blocks, node: 3 } }
    // A file without a checksum counts as one of an earlier Rowsmith.
    writeFileSync(path, JSON.stringify(rest).replace(/"run_seed":\d+/, '"run_seed":7'))
    const before = everyByte(dataset())
    const error = await failureOf(create(config, { ...options(), shard: '1/4' }, quick().components))
    expect(error.code).toBe('worker_differs')
    expect(everyByte(dataset())).toEqual(before)
  })

  test('a dataset that one process has begun', async () => {
    await failureOf(create(config, { ...options(), maxRequests: 6 }, quick().components))
    const before = everyByte(dataset())
    const error = await failureOf(create(config, { ...options(), shard: '0/2' }, quick().components))
    expect(error.code).toBe('shards_differ')
    expect(everyByte(dataset())).toEqual(before)
  })

  test('a folder in which shard 0 does not begin', async () => {
    const given = { ...options(), shard: '1/4', waitForLockMs: 2_000 }
    const error = await failureOf(create(config, given, quick().components))
    expect(error.code).toBe('first_shard_missing')
    expect(readdirSync(folder.path)).toEqual([])
  })

  test('a preview, and a new dataset by force', async () => {
    const { components } = quick()
    expect((await failureOf(preview(config, { ...options(), shard: '0/2' }, components))).code).toBe('usage')
    const never = { ...options(), shard: '0/2', resume: 'never' } as const
    expect((await failureOf(create(config, never, components))).code).toBe('usage')
    expect(readdirSync(folder.path)).toEqual([])
  })
})
