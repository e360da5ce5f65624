/** Previews: kept like any dataset, and taken over by the dataset they are a preview of. The provider counts. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { create, preview } from '../../../src/index.ts'
import { answer } from '../../support/scripted-transport.ts'
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
const asked = (numRecords: number) => ({ artifactPath: folder.path, numRecords })
const dataFiles = (path: string) =>
  ['parquet-files', 'dropped-columns-parquet-files'].flatMap((name) =>
    readdirSync(join(path, name)).map((file) => readFileSync(join(path, name, file), 'base64')),
  )

describe('preview()', () => {
  it('makes the first rows and gives every column of them, dropped ones too, in config order', async () => {
    const run = scripted(echo)
    const made = await preview(smallConfig(), asked(3), run.components)
    expect(run.asked).toHaveLength(3)
    expect(made.columns.map(({ name, type, dropped }) => [name, type, dropped])).toEqual([
      ['id', 'sampler', false],
      ['topic', 'sampler', true],
      ['text', 'llm-text', false],
      ['upper', 'expression', false],
    ])
    expect(made.records.map(({ row }) => row)).toEqual([0, 1, 2])
    for (const { values, failure } of made.records) {
      expect(Object.keys(values!)).toEqual(['id', 'topic', 'text', 'upper'])
      expect(values!.text).toContain(String(values!.topic))
      expect(failure).toBeNull()
    }
    expect(readdirSync(folder.path)).toEqual(['.rowsmith-previews'])
  })

  it('buys nothing when it is asked for again, and only the missing rows when it is asked for more', async () => {
    const first = await preview(smallConfig(), asked(3), scripted(echo).components)
    const again = scripted(echo)
    const same = await preview(smallConfig(), asked(3), again.components)
    expect(again.asked).toEqual([])
    expect(same.records).toEqual(first.records)
    const more = scripted(echo)
    const larger = await preview(smallConfig(), asked(14), more.components)
    expect(more.asked.map(rowOf).sort((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
    expect(larger.records.slice(0, 3)).toEqual(first.records)
    const fewer = scripted(echo)
    expect((await preview(smallConfig(), asked(2), fewer.components)).records).toEqual(
      first.records.slice(0, 2),
    )
    expect(fewer.asked).toEqual([])
  })

  it('that was stopped makes no more than a later one asks for', async () => {
    const stop = new AbortController()
    const first = scripted((request) => {
      if (first.asked.length === 4) stop.abort()
      return echo(request)
    })
    await failureOf(preview(smallConfig(), { ...asked(40), signal: stop.signal }, first.components))
    const fewer = scripted(echo)
    const made = await preview(smallConfig(), asked(5), fewer.components)
    expect(made.records).toHaveLength(5)
    expect(first.asked.length + fewer.asked.length).toBeLessThanOrEqual(10 + 4)
    expect(fewer.asked.every((request) => rowOf(request) < 10)).toBe(true)
  })

  it('shows why a row was lost, also when it is asked for again', async () => {
    const lossy = (request: Parameters<typeof echo>[0]) =>
      rowOf(request) === 1 ? answer('', 'content_filter') : echo(request)
    const made = await preview(smallConfig(), asked(3), scripted(lossy).components)
    expect(made.records[1]).toMatchObject({
      row: 1,
      values: null,
      failure: { column: 'text', code: 'content_filtered', message: expect.any(String) },
    })
    expect(made.records[2]!.values).toMatchObject({ text: expect.stringContaining('about') })
    const again = scripted(echo)
    const same = await preview(smallConfig(), asked(3), again.components)
    expect(again.asked).toEqual([])
    expect(same.records[1]!.failure).toEqual({ column: 'text', code: 'content_filtered', message: null })
  })

  it('stops early when its answers keep failing', async () => {
    const failing = scripted(() => answer('', 'content_filter'))
    const error = await failureOf(
      preview(
        smallConfig(),
        { ...asked(30), runConfig: { shutdown_error_window: 5, shutdown_error_rate: 0.5 } },
        failing.components,
      ),
    )
    expect(error.code).toBe('early_shutdown')
    expect(failing.asked.length).toBeLessThan(12)
  })

  it('buys only what changed when a prompt is edited, with the same sampled values', async () => {
    const before = await preview(smallConfig(), asked(4), scripted(echo).components)
    const edited = scripted(echo)
    const after = await preview(smallConfig('Now {{ topic }}'), asked(4), edited.components)
    expect(edited.asked).toHaveLength(4)
    expect(after.records.map(({ values }) => values!.id)).toEqual(
      before.records.map(({ values }) => values!.id),
    )
  })
})

describe('a dataset whose config was previewed', () => {
  it('has the previewed rows, buys only the others, and is the same as without a preview', async () => {
    const first = scripted(echo)
    const seen = await preview(smallConfig(), asked(5), first.components)
    const rest = scripted(echo)
    const results = await create(smallConfig(), smallOptions(folder.path, 12), rest.components)
    expect(results.decision).toBe('fresh')
    expect(rest.asked.map(rowOf).sort((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10, 11])
    expect(results.summary).toMatchObject({
      reuse_sources: [seen.path],
      this_run: { requests_sent: 7, replies_reused: 5 },
      total: { requests: 7, replies_reused: 5 },
    })
    const rows = await rowsOf(results)
    expect(rows.slice(0, 5)).toEqual(
      seen.records.map(({ values }) => {
        const { topic: _, ...kept } = values!
        return kept
      }),
    )
    const { run_seed } = JSON.parse(
      readFileSync(join(results.path, '.rowsmith', 'run.json'), 'utf8').replace(
        /"run_seed": (\d+)/,
        '"run_seed": "$1"',
      ),
    )
    const without = await create(
      smallConfig(),
      { ...smallOptions(folder.path, 12), datasetName: 'without', seed: BigInt(run_seed), reuse: 'none' },
      scripted(echo).components,
    )
    expect(dataFiles(results.path)).toEqual(dataFiles(without.path))
  })

  it('is another dataset under another seed, and the same under the same one', async () => {
    await preview(smallConfig(), { ...asked(4), seed: 5n }, scripted(echo).components)
    const other = scripted(echo)
    await create(
      smallConfig(),
      { ...smallOptions(folder.path, 4), datasetName: 'other', seed: 6n },
      other.components,
    )
    expect(other.asked).toHaveLength(4)
    for (const seed of [{ seed: 5n }, {}]) {
      const same = scripted(echo)
      await create(
        smallConfig(),
        { ...smallOptions(folder.path, 4), datasetName: `same${Object.keys(seed).length}`, ...seed },
        same.components,
      )
      expect(same.asked).toEqual([])
    }
  })

  it('that was begun loses nothing when the previews are deleted', async () => {
    await preview(smallConfig(), asked(10), scripted(echo).components)
    const stop = new AbortController()
    const first = scripted((request) => {
      stop.abort()
      return echo(request)
    })
    await failureOf(
      create(smallConfig(), { ...smallOptions(folder.path, 20), signal: stop.signal }, first.components),
    )
    rmSync(join(folder.path, '.rowsmith-previews'), { recursive: true })
    const rest = scripted(echo)
    const results = await create(smallConfig(), smallOptions(folder.path, 20), rest.components)
    const { replies_reused: reused, requests } = results.summary.total
    expect(reused).toBeGreaterThan(0)
    expect(reused + requests).toBe(20)
    expect(results.summary.rows_written).toBe(20)
  })

  it('can be previewed after it was made, for nothing', async () => {
    const results = await create(smallConfig(), smallOptions(folder.path, 6), scripted(echo).components)
    const run = scripted(echo)
    const made = await preview(smallConfig(), asked(6), run.components)
    expect(run.asked).toEqual([])
    expect(made.records.map(({ values }) => values!.id)).toEqual((await rowsOf(results)).map(({ id }) => id))
  })
})
