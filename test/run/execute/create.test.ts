import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { create, type RunEvent, resume } from '../../../src/index.ts'
import { failure } from '../../support/scripted-transport.ts'
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

describe('create()', () => {
  it('makes every row, buys one answer per cell and keeps dropped columns apart', async () => {
    const { asked, components } = scripted(echo)
    const results = await create(smallConfig(), smallOptions(folder.path, 10), components)
    expect(results.decision).toBe('fresh')
    expect(asked).toHaveLength(10)
    const rows = await rowsOf(results)
    expect(rows).toHaveLength(10)
    expect(Object.keys(rows[0]!)).toEqual(['id', 'text', 'upper'])
    expect(rows[3]!.upper).toBe(String(rows[3]!.text).toUpperCase())
    expect(readdirSync(join(results.path, 'parquet-files'))).toEqual([
      'batch_00000.parquet',
      'batch_00001.parquet',
      'batch_00002.parquet',
    ])
    expect(readdirSync(join(results.path, 'dropped-columns-parquet-files'))).toHaveLength(3)
    expect(readdirSync(join(results.path, '.rowsmith', 'journal'))).toEqual([])
    expect(results.summary).toMatchObject({
      rows_planned: 10,
      rows_written: 10,
      rows_open: 0,
      row_groups: { total: 3, reused: 0, generated: 3 },
      total: { requests: 10, unknown: 0, usage: { input_tokens: 100, output_tokens: 50 }, cost: null },
      replies_unused: 0,
      resume_command: null,
    })
    expect(await results.countRecords()).toBe(10)
  })

  it('is already complete when asked the same again, and sends nothing', async () => {
    const first = scripted(echo)
    await create(smallConfig(), smallOptions(folder.path, 6), first.components)
    const again = scripted(echo)
    const results = await create(smallConfig(), smallOptions(folder.path, 6), again.components)
    expect(results.decision).toBe('already_complete')
    expect(again.asked).toEqual([])
    expect(results.summary.total.requests).toBe(6)
    expect(await rowsOf(results)).toHaveLength(6)
  })

  it('extends without touching the groups that are there, also when they are short', async () => {
    const first = scripted(echo)
    const { path } = await create(smallConfig(), smallOptions(folder.path, 5), first.components)
    const before = readFileSync(join(path, 'parquet-files', 'batch_00001.parquet'))
    const more = scripted(echo)
    await create(smallConfig(), smallOptions(folder.path, 7), more.components)
    const last = scripted(echo)
    const results = await create(smallConfig(), smallOptions(folder.path, 12), last.components)
    expect(results.decision).toBe('resume')
    expect(last.asked.map(rowOf).sort((a, b) => a - b)).toEqual([7, 8, 9, 10, 11])
    expect(await results.countRecords()).toBe(12)
    expect(readFileSync(join(path, 'parquet-files', 'batch_00001.parquet'))).toEqual(before)
  })

  it('starts beside when another prompt is asked for, with the same seed, and leaves the old one alone', async () => {
    const first = await create(smallConfig(), smallOptions(folder.path, 4), scripted(echo).components)
    const beside = await create(
      smallConfig('Now {{ topic }} {{ id }}'),
      smallOptions(folder.path, 4),
      scripted(echo).components,
    )
    expect(beside.decision).toBe('fresh_beside')
    expect(beside.path).not.toBe(first.path)
    expect((await rowsOf(beside)).map((row) => row.id)).toEqual((await rowsOf(first)).map((row) => row.id))
    const again = await create(
      smallConfig('Now {{ topic }} {{ id }}'),
      smallOptions(folder.path, 4),
      scripted(echo).components,
    )
    expect(again).toMatchObject({ decision: 'already_complete', path: beside.path })
  })

  it('refuses fewer rows than there are without changing a byte', async () => {
    const { path } = await create(smallConfig(), smallOptions(folder.path, 6), scripted(echo).components)
    const before = readFileSync(join(path, 'metadata.json'))
    const error = await failureOf(
      create(smallConfig(), smallOptions(folder.path, 3), scripted(echo).components),
    )
    expect(error.code).toBe('fewer_than_on_disk')
    expect(readFileSync(join(path, 'metadata.json'))).toEqual(before)
  })
})

describe('a run that is stopped', () => {
  it('goes on where it was, with every answer it had paid for', async () => {
    const stop = new AbortController()
    const first = scripted((asked) => {
      if (first.asked.length === 6) stop.abort()
      return echo(asked)
    })
    const error = await failureOf(
      create(smallConfig(), { ...smallOptions(folder.path, 12), signal: stop.signal }, first.components),
    )
    expect(error.code).toBe('aborted')
    expect(error.summary).toMatchObject({
      rows_planned: 12,
      resume_command: expect.stringContaining('rowsmith resume'),
    })
    const bought = new Set(first.asked.map(({ key }) => key))
    const second = scripted(echo)
    const results = await create(smallConfig(), smallOptions(folder.path, 12), second.components)
    expect(results.decision).toBe('resume')
    expect(second.asked.filter(({ key }) => bought.has(key))).toEqual([])
    expect(bought.size + second.asked.length).toBe(12)
    expect(results.summary.total).toMatchObject({ requests: 12, unknown: 0 })
    expect(results.summary.replies_unused).toBe(0)
  })

  it('can be resumed by its directory alone', async () => {
    const stop = new AbortController()
    const first = scripted((asked) => {
      if (first.asked.length === 5) stop.abort()
      return echo(asked)
    })
    const error = await failureOf(
      create(smallConfig(), { ...smallOptions(folder.path, 9), signal: stop.signal }, first.components),
    )
    const { dataset_path: path } = error.summary as { dataset_path: string }
    const second = scripted(echo)
    const results = await resume(path, {}, second.components)
    expect(results.summary).toMatchObject({ rows_planned: 9, rows_written: 9 })
    expect(first.asked.length + second.asked.length).toBe(9)
  })

  it('tells its watchers what happens, from the decision to the summary', async () => {
    const run = create(smallConfig(), smallOptions(folder.path, 5), scripted(echo).components)
    const events: RunEvent[] = []
    for await (const event of run.events()) events.push(event)
    await run
    const types = events.map(({ type }) => type)
    expect(types[0]).toBe('decided')
    expect(types).toContain('started')
    expect(types.filter((type) => type === 'group-published')).toHaveLength(2)
    expect(types.at(-1)).toBe('finished')
  })
})

describe('failures of a model', () => {
  it('never lose a row to rate limits', async () => {
    const { asked, components } = scripted((each) => (each.before < 7 ? failure(429) : echo(each)))
    const results = await create(smallConfig(), smallOptions(folder.path, 4), components)
    expect(results.summary).toMatchObject({ rows_written: 4, rows_dropped: 0, total: { requests: 32 } })
    expect(asked).toHaveLength(32)
  })

  it('are asked again when the server fails, and billed each time', async () => {
    const { components } = scripted((each) => (each.before === 0 ? failure(503) : echo(each)))
    const results = await create(smallConfig(), smallOptions(folder.path, 4), components)
    expect(results.summary).toMatchObject({ rows_written: 4, total: { requests: 8, unknown: 0 } })
  })

  it('drop the row that cannot be had, for good: a resume honours it and buys nothing for it', async () => {
    const stop = new AbortController()
    const first = scripted((each) => {
      if (rowOf(each) === 1) return failure(400, 'bad parameters')
      if (rowOf(each) === 6) stop.abort()
      return echo(each)
    })
    const settings = {
      ...smallOptions(folder.path, 12),
      runConfig: { buffer_size: 12, disable_early_shutdown: true },
    }
    await failureOf(create(smallConfig(), { ...settings, signal: stop.signal }, first.components))
    const second = scripted(echo)
    const results = await create(smallConfig(), settings, second.components)
    expect(second.asked.map(rowOf)).not.toContain(1)
    expect(results.summary).toMatchObject({
      rows_written: 11,
      rows_dropped: 1,
      failures: [{ column: 'text', code: 'bad_request', rows: 1 }],
    })
  })

  it('stop the run at a refused key, with every row still open', async () => {
    const { asked, components } = scripted(() => failure(401))
    const error = await failureOf(create(smallConfig(), smallOptions(folder.path, 8), components))
    expect(error.code).toBe('authentication_failed')
    expect(error.summary).toMatchObject({ rows_dropped: 0, rows_open: 8 })
    expect(asked.length).toBeLessThanOrEqual(2)
    const results = await create(smallConfig(), smallOptions(folder.path, 8), scripted(echo).components)
    expect(results.summary.rows_written).toBe(8)
  })

  it('stop the run, and drop no row, when the endpoint answers nobody', async () => {
    const error = await failureOf(
      create(smallConfig(), smallOptions(folder.path, 8), scripted(() => failure(503)).components),
    )
    expect(error.code).toBe('endpoint_unreachable')
    expect(error.summary).toMatchObject({ rows_dropped: 0, rows_open: 8 })
  })

  it('shut the run down early when answers keep failing', async () => {
    const { asked, components } = scripted(() => failure(400))
    const error = await failureOf(
      create(
        smallConfig(),
        { ...smallOptions(folder.path, 100), runConfig: { buffer_size: 50 } },
        components,
      ),
    )
    expect(error.code).toBe('early_shutdown')
    expect(asked.length).toBeLessThan(20)
  })

  it('leave the surviving rows published after an early shutdown when asked to salvage', async () => {
    const { components } = scripted((each) => (rowOf(each) < 5 ? echo(each) : failure(400)))
    const runConfig = { buffer_size: 50, salvage: true }
    const results = await create(smallConfig(), { ...smallOptions(folder.path, 50), runConfig }, components)
    expect(results.earlyShutdown).toBe(true)
    expect(results.summary.rows_written).toBe(5)
    expect(results.summary.rows_written + results.summary.rows_dropped).toBe(50)
    expect(results.firstNonRetryableError?.code).toBe('bad_request')
  })
})

describe('a dataset directory', () => {
  it('never holds a key, and no dataset leaves its folder', async () => {
    const error = await failureOf(
      create(
        smallConfig(),
        { ...smallOptions(folder.path, 2), datasetName: '../x' },
        scripted(echo).components,
      ),
    )
    expect(error.code).toBe('path_escapes')
    expect(existsSync(join(folder.path, '..', 'x'))).toBe(false)
  })
})
