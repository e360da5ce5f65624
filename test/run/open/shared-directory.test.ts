/** A directory of ours in which Data Designer went on meanwhile: what it made counts, and is never made again. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { create, open } from '../../../src/index.ts'
import { query } from '../../support/duckdb.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  rowOf,
  rowsOf,
  scripted,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()
const path = () => join(folder.path, 'dataset')
const file = (group: number) => join(path(), `parquet-files/batch_0000${group}.parquet`)

/** A row group as another tool writes it: columns in another order, no footer keys of ours. */
async function madeElsewhere(group: number, rows = 4): Promise<void> {
  await query(
    `COPY (SELECT 'ELSEWHERE ' || i AS upper, 'elsewhere ' || i AS text, 'id ' || i AS id FROM range(${rows}) t(i))
     TO '${file(group)}' (FORMAT parquet, COMPRESSION snappy)`,
  )
}

/** metadata.json as Data Designer replaces it. */
function replaceMetadata(changes: object): void {
  const metadata = JSON.parse(readFileSync(join(path(), 'metadata.json'), 'utf8'))
  writeFileSync(join(path(), 'metadata.json'), JSON.stringify({ ...metadata, ...changes }))
}

const make = async (numRecords: number) => {
  const { asked, components } = scripted(echo)
  const results = await create(smallConfig(), smallOptions(folder.path, numRecords), components)
  return { asked, results }
}

describe('row groups that Data Designer made in a directory of ours', () => {
  it('fill a hole: they count, keep their bytes, and nothing is asked for them', async () => {
    await make(12)
    rmSync(file(1))
    await madeElsewhere(1)
    const bytes = readFileSync(file(1))
    const same = await make(12)
    expect(same.results.decision).toBe('already_complete')
    expect(same.asked).toEqual([])
    const more = await make(16)
    expect(more.asked.map(rowOf)).toEqual([12, 13, 14, 15])
    expect(more.results.summary).toMatchObject({ rows_written: 16, row_groups: { total: 4, reused: 3 } })
    expect(readFileSync(file(1))).toEqual(bytes)
    expect(readFileSync(join(path(), '.rowsmith/commits-3.log'), 'utf8')).toContain('batch_00001.parquet')
  })

  it('extend it: the larger target wins, and a further extension begins after it', async () => {
    await make(5)
    await madeElsewhere(2, 3)
    replaceMetadata({ target_num_records: 8, original_target_num_records: 5 })
    expect(await failureOf(make(5))).toMatchObject({
      code: 'fewer_than_on_disk',
      facts: { asked_records: 5, rows_on_disk: 8 },
    })
    const { asked, results } = await make(10)
    expect(asked.map(rowOf)).toEqual([8, 9])
    expect(results.summary).toMatchObject({ rows_planned: 10, rows_written: 10, row_groups: { total: 4 } })
    expect(
      await query(`SELECT count(*)::INT AS rows FROM read_parquet('${path()}/parquet-files/*.parquet')`),
    ).toEqual([{ rows: 10 }])
  })

  it('extend it: status, counts and rows see them at once, before ours goes on', async () => {
    await make(5)
    await madeElsewhere(2, 3)
    replaceMetadata({ target_num_records: 8, original_target_num_records: 5 })
    expect(await open(path()).status()).toMatchObject({
      rows_planned: 8,
      rows_written: 8,
      rows_open: 0,
      row_groups: { total: 3, published: 3 },
    })
    const results = await open(path())
    expect(await results.countRecords()).toBe(8)
    expect((await rowsOf(results)).map(({ upper }) => upper).slice(5)).toEqual([
      'ELSEWHERE 0',
      'ELSEWHERE 1',
      'ELSEWHERE 2',
    ])
  })

  it('come before what was bought for the same group and not published: the bill keeps it', async () => {
    const stop = new AbortController()
    const first = scripted((asked) => {
      if (rowOf(asked) === 3) stop.abort()
      return echo(asked)
    })
    const options = { ...smallOptions(folder.path, 8), signal: stop.signal }
    await failureOf(create(smallConfig('x {{ id }}', 1n), options, first.components))
    const bought = (await open(path()).status()).total.requests
    expect(bought).toBeGreaterThanOrEqual(4)
    rmSync(file(0), { force: true })
    await madeElsewhere(0)
    const second = scripted(echo)
    const results = await create(
      smallConfig('x {{ id }}', 1n),
      smallOptions(folder.path, 8),
      second.components,
    )
    expect(second.asked.map(rowOf).filter((row) => row < 4)).toEqual([])
    expect(results.summary).toMatchObject({
      rows_written: 8,
      total: { requests: bought + second.asked.length, unknown: 0 },
    })
  })

  it('are refused when metadata.json says that they were made of another config', async () => {
    await make(12)
    rmSync(file(1))
    await madeElsewhere(1)
    replaceMetadata({ config_hash: 'sha256:another' })
    expect(await failureOf(make(12))).toMatchObject({
      code: 'foreign_batch_files',
      facts: { files: ['batch_00001.parquet'] },
    })
  })

  it('are refused when they lie beyond what is asked for, and taken when the ask reaches them', async () => {
    await make(8)
    await madeElsewhere(3)
    expect(await failureOf(make(8))).toMatchObject({ code: 'fewer_than_on_disk' })
    const { asked } = await make(16)
    expect(asked.map(rowOf)).toEqual([8, 9, 10, 11])
  })
})
