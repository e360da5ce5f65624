/** Resuming what Data Designer left: its row groups keep their bytes, ours follow them, and the union is one dataset. */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { create, loadConfig, open, type ProviderConfig, resume } from '../../../src/index.ts'
import { query } from '../../support/duckdb.ts'
import type { Asked, answer } from '../../support/scripted-transport.ts'
import { artifactFolder, echo, failureOf, rowOf, scripted } from '../../support/small-runs.ts'

const fixtures = join(import.meta.dirname, '../../fixtures/data-designer')
const folder = artifactFolder()

const mock: ProviderConfig = {
  name: 'mock',
  endpoint: 'http://mock.invalid/v1',
  provider_type: 'openai',
  api_key: null,
  extra_body: null,
  extra_headers: null,
}

/** A copy of the fixture in the artifact folder, as a dataset "dataset". */
function copyOf(name: string): string {
  const path = join(folder.path, 'dataset')
  cpSync(join(fixtures, name, 'dataset'), path, { recursive: true })
  return path
}

const configOf = (name: string) => loadConfig(join(fixtures, name, 'config.yaml'))

async function goOn(
  name: string,
  numRecords: number,
  reply: (asked: Asked) => ReturnType<typeof answer> = echo,
) {
  const { asked, components } = scripted(reply)
  const results = await create(
    await configOf(name),
    { artifactPath: folder.path, numRecords, providers: [mock] },
    components,
  )
  return { asked, results }
}

/** SHA-256 of every file below a folder, by relative path. */
function hashes(path: string): Record<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [
        file.slice(path.length + 1),
        createHash('sha256').update(readFileSync(file)).digest('hex'),
      ]),
  )
}

const parquet = (path: string, what = 'parquet-files') => `read_parquet('${path}/${what}/*.parquet')`

describe('an interrupted run of Data Designer', () => {
  it('is finished: its groups keep their bytes, the others are made, the union reads as one dataset', async () => {
    const path = copyOf('interrupted')
    const before = hashes(join(path, 'parquet-files'))
    const { asked, results } = await goOn('interrupted', 60)
    expect(results.decision).toBe('resume')
    expect(results.path).toBe(path)
    expect(asked).toHaveLength(40)
    expect(asked.map(rowOf).every((row) => row < 10 || row >= 30)).toBe(true)
    expect(results.summary).toMatchObject({
      rows_planned: 60,
      rows_written: 60,
      rows_dropped: 0,
      rows_open: 0,
      row_groups: { total: 6, reused: 2, generated: 4 },
      total: { requests: 40 },
    })
    expect(hashes(join(path, 'parquet-files'))).toMatchObject(before)
    expect(await query(`SELECT count(*)::INT AS rows FROM ${parquet(path)}`)).toEqual([{ rows: 60 }])
    expect(await query(`DESCRIBE SELECT * FROM ${parquet(path)}`)).toMatchObject([
      { column_name: 'product_category', column_type: 'VARCHAR' },
      { column_name: 'stars', column_type: 'BIGINT' },
      { column_name: 'headline', column_type: 'VARCHAR' },
      { column_name: 'review', column_type: 'VARCHAR' },
    ])
  })

  it('has its groups read through while the run goes on, and committed: later damage would be seen', async () => {
    const path = copyOf('interrupted')
    await goOn('interrupted', 60)
    const commits = readFileSync(join(path, '.rowsmith/commits-1.log'), 'utf8')
    const sha256 = hashes(join(path, 'parquet-files'))
    expect(commits).toContain(sha256['batch_00001.parquet'])
    expect(commits).toContain(sha256['batch_00002.parquet'])
  })

  it('is complete afterwards, and can be extended', async () => {
    copyOf('interrupted')
    await goOn('interrupted', 60)
    const again = await goOn('interrupted', 60)
    expect(again.results.decision).toBe('already_complete')
    expect(again.asked).toEqual([])
    const more = await goOn('interrupted', 65)
    expect(more.results.summary).toMatchObject({ rows_written: 65, row_groups: { total: 7, reused: 6 } })
    expect(more.asked).toHaveLength(5)
  })

  it('goes on in the middle of a group of ours after a stop, and pays for nothing twice', async () => {
    const path = copyOf('interrupted')
    const stop = new AbortController()
    const first = scripted((asked) => {
      if (first.asked.length === 13) stop.abort()
      return echo(asked)
    })
    const options = { artifactPath: folder.path, numRecords: 60, providers: [mock] }
    const run = create(await configOf('interrupted'), { ...options, signal: stop.signal }, first.components)
    expect((await failureOf(run)).code).toBe('aborted')
    const { asked, results } = await goOn('interrupted', 60)
    const keys = new Set(first.asked.map(({ key }) => key))
    expect(asked.filter(({ key }) => keys.has(key))).toEqual([])
    expect(first.asked.length + asked.length).toBe(40)
    expect(results.summary).toMatchObject({ rows_written: 60, total: { requests: 40, unknown: 0 } })
    expect(await query(`SELECT count(*)::INT AS rows FROM ${parquet(path)}`)).toEqual([{ rows: 60 }])
  })

  it('counts in status what Data Designer made, before and after ours went on', async () => {
    const path = copyOf('interrupted')
    expect(await open(path).status()).toMatchObject({
      rows_planned: 60,
      rows_written: 20,
      row_groups: { published: 2 },
    })
    const stop = new AbortController()
    const { components } = scripted((asked) => {
      if (rowOf(asked) === 3) stop.abort()
      return echo(asked)
    })
    const options = { artifactPath: folder.path, numRecords: 60, providers: [mock] }
    const run = create(await configOf('interrupted'), { ...options, signal: stop.signal }, components)
    await failureOf(run)
    const seen = await open(path).status()
    expect(seen.rows_written + seen.rows_open).toBe(60)
    expect(seen.row_groups.published).toBeGreaterThanOrEqual(2)
  })

  it('is gone on with by `resume DIRECTORY` too, with what its files say', async () => {
    const path = copyOf('interrupted')
    const { asked, components } = scripted(echo)
    const results = await resume(path, { providers: [mock] }, components)
    expect(results.summary).toMatchObject({ rows_written: 60 })
    expect(asked).toHaveLength(40)
  })

  it('is refused by the sequential engine, which names the hole, and not a byte changes', async () => {
    const path = copyOf('interrupted')
    const before = hashes(path)
    const { asked, components } = scripted(echo)
    const options = {
      artifactPath: folder.path,
      numRecords: 60,
      providers: [mock],
      runConfig: { engine: 'sequential' as const },
    }
    const error = await failureOf(create(await configOf('interrupted'), options, components))
    expect(error).toMatchObject({ code: 'holes_in_sequential', facts: { missing_groups: [0] } })
    expect(hashes(path)).toEqual(before)
    expect(asked).toEqual([])
  })
})

describe('a hole in a finished run of Data Designer', () => {
  it('is filled with its own rows', async () => {
    const path = copyOf('hole')
    const { asked, results } = await goOn('hole', 30)
    expect(asked.map(rowOf).sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
    expect(results.summary).toMatchObject({ rows_written: 30, row_groups: { reused: 2, generated: 1 } })
    expect(await query(`SELECT count(*)::INT AS rows FROM ${parquet(path)}`)).toEqual([{ rows: 30 }])
  })
})

describe('a finished run of Data Designer', () => {
  it('is already complete: no request, and not a byte changes', async () => {
    const path = copyOf('complete')
    const before = hashes(path)
    const { asked, results } = await goOn('complete', 25)
    expect(results.decision).toBe('already_complete')
    expect(results.summary).toMatchObject({ rows_planned: 25, rows_written: 25, row_groups: { reused: 3 } })
    expect(await results.countRecords()).toBe(25)
    expect(asked).toEqual([])
    expect(hashes(path)).toEqual(before)
  })

  it('is extended by groups of its own: its short last group stays short', async () => {
    const path = copyOf('complete')
    const before = hashes(join(path, 'parquet-files'))
    const { asked, results } = await goOn('complete', 41)
    expect(asked).toHaveLength(16)
    expect(results.summary).toMatchObject({ rows_written: 41, row_groups: { total: 5, reused: 3 } })
    expect(hashes(join(path, 'parquet-files'))).toMatchObject(before)
    expect(
      await query(`SELECT parse_filename(filename) AS file, count(*)::INT AS rows
        FROM read_parquet('${path}/parquet-files/*.parquet', filename = true) GROUP BY 1 ORDER BY 1`),
    ).toEqual([
      { file: 'batch_00000.parquet', rows: 10 },
      { file: 'batch_00001.parquet', rows: 10 },
      { file: 'batch_00002.parquet', rows: 5 },
      { file: 'batch_00003.parquet', rows: 10 },
      { file: 'batch_00004.parquet', rows: 6 },
    ])
    expect(JSON.parse(readFileSync(join(path, 'metadata.json'), 'utf8'))).toMatchObject({
      target_num_records: 41,
      original_target_num_records: 25,
      actual_num_records: 41,
      buffer_size: 10,
    })
  })

  it('refuses fewer rows than it has', async () => {
    const path = copyOf('complete')
    const before = hashes(path)
    const error = await failureOf(goOn('complete', 20))
    expect(error).toMatchObject({
      code: 'fewer_than_on_disk',
      facts: { asked_records: 20, rows_on_disk: 25 },
    })
    expect(hashes(path)).toEqual(before)
  })
})

describe('a run of Data Designer whose processing had started', () => {
  it('is refused, for its files may be half rewritten, and not a byte changes', async () => {
    const path = copyOf('post-started')
    const before = hashes(path)
    expect(await failureOf(goOn('post-started', 20))).toMatchObject({ code: 'post_generation_started' })
    expect(hashes(path)).toEqual(before)
  })
})

describe('files of Data Designer that are damaged', () => {
  it('a page that cannot be read is found while the run goes on: the group is made again, the file put aside', async () => {
    const path = copyOf('interrupted')
    const file = join(path, 'parquet-files/batch_00001.parquet')
    const bytes = readFileSync(file)
    bytes.fill(0xff, 4, 400)
    writeFileSync(file, bytes)
    const { asked, components } = scripted(echo)
    const options = { artifactPath: folder.path, numRecords: 60, providers: [mock] }
    const run = create(await configOf('interrupted'), options, components)
    const warnings: string[] = []
    for await (const event of run.events()) if (event.type === 'warning') warnings.push(event.message)
    const results = await run
    expect(warnings).toEqual([
      'parquet-files/batch_00001.parquet cannot be read to its end: it is .rowsmith/quarantine/batch_00001.parquet now, and its row group is made again',
    ])
    expect(asked).toHaveLength(50)
    expect(results.summary).toMatchObject({
      rows_written: 60,
      rows_open: 0,
      row_groups: { total: 6, reused: 1, generated: 5 },
    })
    expect(readFileSync(join(path, '.rowsmith/quarantine/batch_00001.parquet'))).toEqual(bytes)
    expect(await query(`SELECT count(*)::INT AS rows FROM ${parquet(path)}`)).toEqual([{ rows: 60 }])
  })

  it('a cut file is put aside and its group made again', async () => {
    const path = copyOf('interrupted')
    const file = join(path, 'parquet-files/batch_00002.parquet')
    writeFileSync(file, readFileSync(file).subarray(0, 900))
    const { asked, results } = await goOn('interrupted', 60)
    expect(asked).toHaveLength(50)
    expect(results.summary).toMatchObject({ rows_written: 60 })
    expect(existsSync(join(path, '.rowsmith/quarantine/batch_00002.parquet'))).toBe(true)
  })
})

describe('files that do not belong to a run of Data Designer', () => {
  it('a name that no row group has is named and refused', async () => {
    const path = copyOf('interrupted')
    cpSync(join(path, 'parquet-files/batch_00001.parquet'), join(path, 'parquet-files/batch_1.parquet'))
    const error = await failureOf(goOn('interrupted', 60))
    expect(error).toMatchObject({ code: 'foreign_batch_files', facts: { files: ['batch_1.parquet'] } })
  })

  it('other columns than the config makes are refused', async () => {
    const path = copyOf('interrupted')
    rmSync(join(path, 'parquet-files/batch_00001.parquet'))
    cpSync(
      join(fixtures, 'seeded/dataset/parquet-files/batch_00001.parquet'),
      join(path, 'parquet-files/batch_00001.parquet'),
    )
    const error = await failureOf(goOn('interrupted', 60))
    expect(error.code).toBe('foreign_batch_files')
    expect(error.message).toContain('"sku", "product_name", "blurb"')
  })

  it('row groups without metadata.json are refused: their plan is not known', async () => {
    const path = copyOf('interrupted')
    rmSync(join(path, 'metadata.json'))
    expect(await failureOf(goOn('interrupted', 60))).toMatchObject({ code: 'metadata_missing' })
  })
})

describe('a run of Data Designer that completed nothing', () => {
  it('begins anew in its folder', async () => {
    const path = copyOf('complete')
    rmSync(join(path, 'metadata.json'))
    rmSync(join(path, 'parquet-files'), { recursive: true })
    const { asked, results } = await goOn('complete', 12)
    expect(results).toMatchObject({ decision: 'fresh', path })
    expect(asked).toHaveLength(12)
  })
})
