/** Answers that another dataset paid for are taken over, never bought again. The provider counts. */

import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import {
  type ColumnAnswers,
  type Config,
  create,
  open,
  type RunEvent,
  type Summary,
} from '../../../src/index.ts'
import { readRunFile } from '../../../src/store/control/run-file.ts'
import { DatasetDirectory } from '../../../src/store/files/dataset-directory.ts'
import { answer } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  rowOf,
  rowsOf,
  scripted,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()

/** Three model columns; the third reads the second. */
function threeColumns(changes: { second?: string; provider?: string; format?: object } = {}): Config {
  const { second = 'Second for {{ id }}', provider = 'simulator' } = changes
  return configFromValue(
    {
      model_configs: [
        { alias: 'writer', provider, model: 'm', inference_parameters: { max_parallel_requests: 2n } },
      ],
      columns: [
        { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        { name: 'first', column_type: 'llm-text', model_alias: 'writer', prompt: 'First for {{ id }}' },
        { name: 'second', column_type: 'llm-text', model_alias: 'writer', prompt: second },
        { name: 'third', column_type: 'llm-text', model_alias: 'writer', prompt: 'After {{ second }}' },
        { name: 'shown', column_type: 'expression', expr: '{{ third | upper }}' },
        ...(changes.format === undefined ? [] : [changes.format]),
      ],
    } as Parameters<typeof configFromValue>[0],
    'test',
  )
}

const columnOf = (asked: { key: string }) => asked.key.split('/')[1]!
const countBy = (asked: readonly { key: string }[]) =>
  asked.reduce<Record<string, number>>((counts, each) => {
    counts[columnOf(each)] = (counts[columnOf(each)] ?? 0) + 1
    return counts
  }, {})

/** An answer costs 0.02, a half for each direction. */
function pricedOptions(numRecords: number) {
  const writer = { input: 1000, cached_input: null, output: 2000, request: 0 }
  return { ...smallOptions(folder.path, numRecords), runConfig: { buffer_size: 4, prices: { writer } } }
}

/** Made beside a dataset with another second prompt, and stopped after so many requests. */
async function stoppedBeside(requests: number, numRecords = 12) {
  const stop = new AbortController()
  const run = scripted((asked) => {
    if (run.asked.length === requests) stop.abort()
    return echo(asked)
  })
  const options = { ...pricedOptions(numRecords), graceMs: 0, signal: stop.signal }
  const error = await failureOf(create(threeColumns({ second: 'Other {{ id }}' }), options, run.components))
  expect(error.code).toBe('aborted')
  return { asked: run.asked, summary: error.summary as Summary }
}

/** Waits for a run. @returns its results, and the events and warnings on the way */
async function watched(run: ReturnType<typeof create>) {
  const events: RunEvent[] = []
  const watching = (async () => {
    for await (const event of run.events()) events.push(event)
  })()
  const results = await run
  await watching
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))
  return { results, events, warnings }
}

describe('a dataset made beside another one', () => {
  it('buys the column whose prompt changed and what depends on it, and nothing else', async () => {
    const first = scripted(echo)
    const old = await create(threeColumns(), smallOptions(folder.path, 12), first.components)
    expect(first.asked).toHaveLength(36)

    const edited = scripted(echo)
    const { results, events } = await watched(
      create(threeColumns({ second: 'Other {{ id }}' }), pricedOptions(12), edited.components),
    )
    expect(results.decision).toBe('fresh_beside')
    expect(countBy(edited.asked)).toEqual({ second: 12, third: 12 })
    expect(results.summary).toMatchObject({
      reuse_sources: [old.path],
      this_run: {
        requests_sent: 24,
        replies_reused: 12,
        columns: [
          { column: 'first', bought: 0, replayed: 0, reused: 12, cost: 0, reused_cost: 0.24 },
          { column: 'second', bought: 12, replayed: 0, reused: 0, cost: 0.24, reused_cost: 0 },
          { column: 'third', bought: 12, replayed: 0, reused: 0, cost: 0.24, reused_cost: 0 },
        ],
      },
      total: { requests: 24, replies_reused: 12, usage: { input_tokens: 240, output_tokens: 120 } },
      replies_unused: 0,
    })
    expect(events).toContainEqual({ type: 'reusing', paths: [old.path] })
    const firsts = async (of: typeof old) => (await rowsOf(of)).map((row) => row.first)
    expect(await firsts(results)).toEqual(await firsts(old))
    expect(await open(results.path).status()).toMatchObject({ total: { requests: 24, replies_reused: 12 } })
  })

  it('buys nothing when only a computed column changed, whatever the row groups are', async () => {
    await create(threeColumns(), smallOptions(folder.path, 12), scripted(echo).components)
    const edited = scripted(echo)
    const results = await create(
      threeColumns({ format: { name: 'more', column_type: 'expression', expr: '{{ first | lower }}' } }),
      { ...smallOptions(folder.path, 12), runConfig: { buffer_size: 5 } },
      edited.components,
    )
    expect(results.decision).toBe('fresh_beside')
    expect(edited.asked).toEqual([])
    expect(results.summary.this_run).toMatchObject({ requests_sent: 0, replies_reused: 36 })
  })

  it('buys only the rows that the other one does not have', async () => {
    await create(threeColumns(), smallOptions(folder.path, 6), scripted(echo).components)
    const edited = scripted(echo)
    await create(
      threeColumns({ format: { name: 'more', column_type: 'expression', expr: '{{ first | lower }}' } }),
      smallOptions(folder.path, 9),
      edited.components,
    )
    expect(edited.asked.map(rowOf).every((row) => row >= 6)).toBe(true)
    expect(countBy(edited.asked)).toEqual({ first: 3, second: 3, third: 3 })
  })

  it('finds through the nearest dataset what an older one paid for', async () => {
    const options = smallOptions(folder.path, 4)
    const oldest = await create(threeColumns(), options, scripted(echo).components)
    const between = await create(
      threeColumns({ second: 'Other {{ id }}' }),
      options,
      scripted(echo).components,
    )
    const back = scripted(echo)
    const results = await create(
      threeColumns({ format: { name: 'more', column_type: 'expression', expr: '{{ first | lower }}' } }),
      options,
      back.components,
    )
    expect(back.asked).toEqual([])
    expect(results.summary.reuse_sources).toEqual([between.path, oldest.path])
  })

  it('goes on after a stop without buying or taking anything twice', async () => {
    await create(threeColumns(), smallOptions(folder.path, 12), scripted(echo).components)
    const before = await stoppedBeside(7)
    const after = scripted(echo)
    const edited = threeColumns({ second: 'Other {{ id }}' })
    const results = await create(edited, pricedOptions(12), after.components)
    expect(results.decision).toBe('resume')
    const kept = results.summary.this_run.replies_replayed
    expect(kept).toBeGreaterThan(0)
    expect(countBy([...before.asked, ...after.asked]).first).toBeUndefined()
    expect(results.summary.total.replies_reused).toBe(12)
    const { requests, unknown } = results.summary.total
    expect(requests - unknown).toBe(24)
    // What a process says by column is of itself; over both it is the bill, and every answer is told once as new.
    const processes = [before.summary, results.summary].map(({ this_run }) => this_run)
    const sum = (of: (column: ColumnAnswers) => number | null) =>
      processes.flatMap(({ columns }) => columns.map(of)).reduce((total: number, each) => total + each!, 0)
    for (const { columns, cost } of processes) {
      expect(columns.reduce((total, column) => total + column.cost!, 0)).toBeCloseTo(cost!, 9)
    }
    expect(sum(({ cost }) => cost)).toBeCloseTo(results.summary.total.cost!, 9)
    expect(sum(({ bought }) => bought)).toBe(24)
    expect(sum(({ reused }) => reused)).toBe(12)
    expect(sum(({ reused_cost }) => reused_cost)).toBeCloseTo(0.24, 9)
    expect(sum(({ replayed }) => replayed)).toBe(kept)
    expect(results.summary.replies_unused).toBe(0)
  })

  it('loses nothing that it took when the other one is deleted in between, and warns', async () => {
    const old = await create(threeColumns(), smallOptions(folder.path, 24), scripted(echo).components)
    const before = await stoppedBeside(7, 24)
    const beside = join(folder.path, readdirSync(folder.path).find((name) => name !== 'dataset')!)
    const reused = (await open(beside).status()).total.replies_reused
    expect(reused).toBeGreaterThan(0)
    expect(reused).toBeLessThan(24)
    rmSync(old.path, { recursive: true })
    const after = scripted(echo)
    const { results, warnings } = await watched(
      create(threeColumns({ second: 'Other {{ id }}' }), smallOptions(folder.path, 24), after.components),
    )
    expect(results).toMatchObject({ decision: 'resume', path: beside })
    expect(countBy([...before.asked, ...after.asked]).first).toBe(24 - reused)
    expect(results.summary.total.replies_reused).toBe(reused)
    expect(results.summary.rows_written).toBe(24)
    expect(warnings).toEqual([expect.stringContaining('it is not there any more')])
  })

  it('buys what a damaged file of the other one held, and warns once', async () => {
    const old = await create(threeColumns(), smallOptions(folder.path, 12), scripted(echo).components)
    const file = join(old.path, '.rowsmith', 'replies', 'batch_00001.jsonl.zst')
    const bytes = readFileSync(file)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(file, bytes)
    const edited = scripted(echo)
    const { warnings } = await watched(
      create(threeColumns({ second: 'Other {{ id }}' }), smallOptions(folder.path, 12), edited.components),
    )
    const rebought = edited.asked.filter((asked) => columnOf(asked) === 'first').map(rowOf)
    expect(rebought.sort()).toEqual([4, 5, 6, 7])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/batch_00001\.jsonl\.zst is not what was written/)
  })

  it('takes what only the journal of the other one holds, torn end included', async () => {
    const stop = new AbortController()
    const first = scripted((asked) => {
      if (first.asked.length === 10) stop.abort()
      return echo(asked)
    })
    await failureOf(
      create(threeColumns(), { ...smallOptions(folder.path, 12), signal: stop.signal }, first.components),
    )
    const journal = join(folder.path, 'dataset', '.rowsmith', 'journal')
    const segment = join(journal, readdirSync(journal)[0]!)
    const bytes = readFileSync(segment)
    // As a writer that was killed leaves it: without its end mark, and with half a frame.
    const whole = bytes.subarray(0, bytes.lastIndexOf('\n', bytes.length - 2) + 1)
    writeFileSync(segment, Buffer.concat([whole, Buffer.from('0badf00d 99 {"t":"rep')]))
    const edited = scripted(echo)
    const results = await create(
      threeColumns({ format: { name: 'more', column_type: 'expression', expr: '{{ first | lower }}' } }),
      smallOptions(folder.path, 12),
      edited.components,
    )
    expect(results.decision).toBe('fresh_beside')
    const bought = new Set(first.asked.map(({ key }) => key))
    expect(edited.asked.filter(({ key }) => bought.has(key))).toEqual([])
    expect(bought.size + edited.asked.length).toBe(36)
  })

  it('takes no answers of failed requests and no verdicts: a lost row is asked for again', async () => {
    const lossy = scripted((asked) =>
      columnOf(asked) === 'second' && rowOf(asked) === 2 ? answer('', 'content_filter') : echo(asked),
    )
    const old = await create(threeColumns(), smallOptions(folder.path, 4), lossy.components)
    expect(old.summary.rows_dropped).toBe(1)
    const edited = scripted(echo)
    const results = await create(
      threeColumns({ second: 'Other {{ id }}' }),
      smallOptions(folder.path, 4),
      edited.components,
    )
    expect(results.summary).toMatchObject({ rows_written: 4, rows_dropped: 0 })
    expect(countBy(edited.asked)).toEqual({ second: 4, third: 4 })
  })
})

describe('reuse', () => {
  const edited = threeColumns({
    format: { name: 'more', column_type: 'expression', expr: '{{ first | lower }}' },
  })

  it('none: everything is bought', async () => {
    await create(threeColumns(), smallOptions(folder.path, 4), scripted(echo).components)
    const run = scripted(echo)
    const results = await create(edited, { ...smallOptions(folder.path, 4), reuse: 'none' }, run.components)
    expect(run.asked).toHaveLength(12)
    expect(results.summary.reuse_sources).toEqual([])
  })

  it('of a named dataset: its seed is inherited, and its answers are taken, also under --resume never', async () => {
    const old = await create(threeColumns(), smallOptions(folder.path, 4), scripted(echo).components)
    for (const resume of ['if_possible', 'never'] as const) {
      const run = scripted(echo)
      const results = await create(
        edited,
        {
          ...smallOptions(folder.path, 4),
          datasetName: `other-${resume}`,
          resume,
          reuse: { directory: old.path },
        },
        run.components,
      )
      expect(run.asked).toEqual([])
      const ids = async (of: typeof old) => (await rowsOf(of)).map((row) => row.id)
      expect(await ids(results)).toEqual(await ids(old))
    }
  })

  it('of a named dataset is kept for the next process, and may be given to one that was begun without', async () => {
    const old = await create(threeColumns(), smallOptions(folder.path, 12), scripted(echo).components)
    const found = await readRunFile(new DatasetDirectory(nodeDisk, old.path))
    if (found.kind !== 'read') throw new Error('There is no run.json')
    const seed = found.contents.run_seed
    const options = { ...smallOptions(folder.path, 12), datasetName: 'other', seed }
    const stop = new AbortController()
    const first = scripted((asked) => {
      if (first.asked.length === 5) stop.abort()
      return echo(asked)
    })
    await failureOf(create(edited, { ...options, signal: stop.signal }, first.components))
    const second = scripted(echo)
    const results = await create(edited, { ...options, reuse: { directory: old.path } }, second.components)
    expect(results.decision).toBe('resume')
    expect(second.asked).toEqual([])
    expect(results.summary.total).toMatchObject({ requests: first.asked.length })
  })

  it('of something that is no dataset is refused before anything is made', async () => {
    const run = scripted(echo)
    const error = await failureOf(
      create(
        edited,
        { ...smallOptions(folder.path, 4), reuse: { directory: join(folder.path, 'nowhere') } },
        run.components,
      ),
    )
    expect(error.code).toBe('dataset_not_found')
    expect(readdirSync(folder.path)).toEqual([])
  })

  it('never mixes simulated and real answers, also when a provider keeps its name', async () => {
    const local = (providerType: 'simulator' | 'openai') => ({
      ...smallOptions(folder.path, 4),
      providers: [
        { name: 'local', endpoint: 'http://127.0.0.1:9/v1', provider_type: providerType, api_key: 'KEY' },
      ],
      env: { KEY: 'sk-1' },
    })
    const config = threeColumns({ provider: 'local' })
    const old = await create(config, local('simulator') as never, scripted(echo).components)
    const real = scripted(echo)
    const results = await create(config, local('openai') as never, real.components)
    expect(results.decision).toBe('fresh_beside')
    expect(real.asked).toHaveLength(12)
    expect(results.summary.reuse_sources).toEqual([])
    const error = await failureOf(
      create(
        config,
        { ...(local('openai') as object), datasetName: 'third', reuse: { directory: old.path } },
        real.components,
      ),
    )
    expect(error.code).toBe('reuse_unfit')
    expect(existsSync(join(folder.path, 'third'))).toBe(false)
  })

  it('follows its sources when the artifact folder is moved', async () => {
    await create(threeColumns(), smallOptions(folder.path, 12), scripted(echo).components)
    await stoppedBeside(3)
    renameSync(folder.path, `${folder.path}-moved`)
    try {
      const after = scripted(echo)
      await create(
        threeColumns({ second: 'Other {{ id }}' }),
        smallOptions(`${folder.path}-moved`, 12),
        after.components,
      )
      expect(countBy(after.asked).first).toBeUndefined()
    } finally {
      rmSync(`${folder.path}-moved`, { recursive: true, force: true })
    }
  })
})
