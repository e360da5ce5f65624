/** Files beside the rows: dropped columns, metadata.json, what a killed process left. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { create } from '../../../src/index.ts'
import { over } from '../../../src/testing/disks/over.ts'
import { failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  rowsOf,
  scripted,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()

const metadataOf = (path: string) => JSON.parse(readFileSync(join(path, 'metadata.json'), 'utf8'))

describe('dropped columns', () => {
  it('stand beside the rows they belong to, whatever rows were lost and however often the run was stopped', async () => {
    const options = {
      ...smallOptions(folder.path, 14),
      runConfig: { buffer_size: 4, disable_early_shutdown: true },
    }
    const lost = new Set([1, 4, 5, 6, 7, 10])
    for (const last of [2, 8, 13]) {
      const stop = new AbortController()
      const { components } = scripted((asked) => {
        if (rowOf(asked) >= last && last < 13) stop.abort()
        return lost.has(rowOf(asked)) ? failure(400) : echo(asked)
      })
      await create(smallConfig(), { ...options, signal: stop.signal }, components).catch(() => {})
    }
    const path = join(folder.path, 'dataset')
    // The prompt, which the answer repeats, names the dropped topic.
    const instance = await DuckDBInstance.create()
    const connection = await instance.connect()
    const read = (file: string) =>
      `SELECT *, row_number() OVER () AS place FROM read_parquet('${join(path, file)}/*.parquet', file_row_number = true)`
    const found = await connection.runAndReadAll(
      `SELECT text, topic FROM (${read('parquet-files')}) JOIN (${read('dropped-columns-parquet-files')}) USING (place) ORDER BY place`,
    )
    const rows = found.getRowObjects()
    connection.closeSync()
    instance.closeSync()
    expect(rows).toHaveLength(14 - lost.size)
    for (const { text, topic } of rows) expect(text).toMatch(new RegExp(`^about Tell about ${topic} `))
    expect(readdirSync(join(path, 'dropped-columns-parquet-files'))).toEqual(
      readdirSync(join(path, 'parquet-files')),
    )
  })

  it('are not kept when the run config says so, and metadata.json tells', async () => {
    const runConfig = { buffer_size: 4, preserve_dropped_columns: false }
    const { path } = await create(
      smallConfig(),
      { ...smallOptions(folder.path, 4), runConfig },
      scripted(echo).components,
    )
    expect(readdirSync(path)).not.toContain('dropped-columns-parquet-files')
    expect(metadataOf(path).preserve_dropped_columns).toBe(false)
    const kept = await create(smallConfig(), smallOptions(folder.path, 4), scripted(echo).components)
    expect(metadataOf(kept.path).preserve_dropped_columns).toBe(true)
    expect(kept.path).not.toBe(path)
  })
})

describe('metadata.json', () => {
  /** A run of five groups, one cell at a time, on a clock of its own. @returns how often metadata.json was written */
  async function writesOf(
    answering: (row: number, written: (times: number) => Promise<void>) => Promise<number>,
  ) {
    const writes = Array.from({ length: 20 }, () => Promise.withResolvers<void>())
    let [now, seen] = [0, 0]
    const { components } = quick(async (asked) => {
      now += await answering(rowOf(asked), (times) => writes[times - 1]!.promise)
      return echo(asked)
    })
    const disk = over(nodeDisk, {
      rename: async (from, to) => {
        await nodeDisk.rename(from, to)
        if (to.endsWith('/metadata.json')) writes[seen++]!.resolve()
      },
    })
    const clock = { ...components.clock, monotonic: () => now }
    const options = { ...smallOptions(folder.path, 20), maxParallelRequests: 1 }
    await create(smallConfig(), options, { ...components, clock, disk })
    return seen
  }

  it('is written at the start, after the first group and at the end, however many groups there are', async () => {
    expect(await writesOf(async () => 0)).toBe(3)
  })

  it('is written after each group that took ten seconds', async () => {
    const perGroup = async (row: number, written: (times: number) => Promise<void>) => {
      // Nothing of a group is asked for before the one before it is told of.
      await written(1 + Math.floor(row / 4))
      return 2_500
    }
    expect(await writesOf(perGroup)).toBe(7)
  })

  it('that is gone is made again from what the dataset knows, and nothing is bought', async () => {
    const options = smallOptions(folder.path, 10)
    const { path } = await create(smallConfig(), options, scripted(echo).components)
    const before = readFileSync(join(path, 'metadata.json'), 'utf8')
    rmSync(join(path, 'metadata.json'))
    const again = scripted(echo)
    const results = await create(smallConfig(), options, again.components)
    expect(results.decision).toBe('already_complete')
    expect(again.asked).toEqual([])
    expect(readFileSync(join(path, 'metadata.json'), 'utf8')).toBe(before)
  })

  it('that was lost in a stopped run costs no row group that is published', async () => {
    const stop = new AbortController()
    const first = scripted((asked) => {
      if (rowOf(asked) === 9) stop.abort()
      return echo(asked)
    })
    const options = smallOptions(folder.path, 20)
    const config = smallConfig(undefined, 1n)
    await failureOf(create(config, { ...options, signal: stop.signal }, first.components))
    const path = join(folder.path, 'dataset')
    rmSync(join(path, 'metadata.json'))
    const files = readdirSync(join(path, 'parquet-files'))
    expect(files.length).toBeGreaterThanOrEqual(2)
    const bytes = files.map((name) => readFileSync(join(path, 'parquet-files', name)))
    const second = scripted(echo)
    const results = await create(config, options, second.components)
    expect(results.summary).toMatchObject({ decision: 'resume', row_groups: { reused: files.length } })
    expect(first.asked.length + second.asked.length).toBe(20)
    expect(files.map((name) => readFileSync(join(path, 'parquet-files', name)))).toEqual(bytes)
  })

  it('keeps what a user and other tools put there, and statistics until there are other rows', async () => {
    const options = smallOptions(folder.path, 6)
    const { path } = await create(smallConfig(), options, scripted(echo).components)
    const statistics = [{ column_name: 'text', num_records: 6 }]
    const noted = { ...metadataOf(path), owner: 'reviews team', column_statistics: statistics }
    writeFileSync(join(path, 'metadata.json'), JSON.stringify(noted))
    const again = await create(smallConfig(), options, scripted(echo).components)
    expect(metadataOf(path)).toEqual(noted)
    expect(await again.loadAnalysis()).toEqual([{ column_name: 'text', num_records: 6n }])
    const grown = await create(smallConfig(), { ...options, numRecords: 8 }, scripted(echo).components)
    expect(metadataOf(path)).toMatchObject({ owner: 'reviews team', actual_num_records: 8 })
    expect(metadataOf(path)).not.toHaveProperty('column_statistics')
    expect((await grown.loadAnalysis())?.[0]).toMatchObject({ column_name: 'id', num_records: 8n })
  })
})

describe('what a killed process left', () => {
  it('under temporary names goes with the next run, and nothing else does', async () => {
    const stop = new AbortController()
    const { components } = scripted((asked) => {
      if (rowOf(asked) === 2) stop.abort()
      return echo(asked)
    })
    const options = smallOptions(folder.path, 6)
    await failureOf(create(smallConfig(), { ...options, signal: stop.signal }, components))
    const path = join(folder.path, 'dataset')
    const temporary = [
      'metadata.json.tmp.4711',
      'metadata.json.tmp.4711.0c5c4f6e-5c38-4b1a-9d43-7b2f7e5f4c11',
      'builder_config.json.tmp.4711.0c5c4f6e-5c38-4b1a-9d43-7b2f7e5f4c11',
    ]
    for (const name of temporary) writeFileSync(join(path, name), '{"half')
    writeFileSync(join(path, 'notes.tmp.txt'), 'mine')
    const results = await create(smallConfig(), options, scripted(echo).components)
    expect(await rowsOf(results)).toHaveLength(6)
    expect(readdirSync(path).sort()).toEqual([
      '.rowsmith',
      'README.md',
      'builder_config.json',
      'dropped-columns-parquet-files',
      'metadata.json',
      'notes.tmp.txt',
      'parquet-files',
    ])
    expect(readdirSync(join(path, '.rowsmith', 'drafts'))).toEqual([])
  })
})
