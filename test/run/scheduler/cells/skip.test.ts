import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configFromValue } from '../../../../src/entries/config.ts'
import { type Config, create, open, resume } from '../../../../src/index.ts'
import { query } from '../../../support/duckdb.ts'
import { answer } from '../../../support/scripted-transport.ts'
import { artifactFolder, echo, failureOf, quick, rowsOf, smallOptions } from '../../../support/small-runs.ts'

const folder = artifactFolder()
const models = [{ alias: 'writer', provider: 'simulator', model: 'm' }]

/** Rows with an even size have no story, no moral and no length, but always a title. */
function gated(more: object[] = [], story: object = {}): Config {
  const written = { column_type: 'llm-text', model_alias: 'writer' }
  return configFromValue(
    {
      model_configs: models,
      columns: [
        {
          name: 'size',
          column_type: 'sampler',
          sampler_type: 'category',
          params: { values: [1n, 2n, 3n, 4n] },
        },
        {
          name: 'story',
          ...written,
          prompt: 'Tell a story',
          skip: { when: '{{ size % 2 == 0 }}', value: 'none' },
          ...story,
        },
        { name: 'moral', ...written, prompt: 'The moral of {{ story }}' },
        { name: 'length', column_type: 'expression', expr: '{{ story | length }}', dtype: 'int' },
        { name: 'title', ...written, prompt: 'Name {{ story }}', propagate_skip: false },
        ...more,
      ] as never,
    },
    'test',
  )
}

const options = (rows: number, scheduler: 'concurrent' | 'sequential' = 'concurrent') => ({
  ...smallOptions(folder.path, rows),
  seed: 7n,
  runConfig: { buffer_size: 4, engine: scheduler },
})

function dataHashes(path: string): string[] {
  const files = join(path, 'parquet-files')
  return readdirSync(files)
    .sort()
    .map((name) =>
      createHash('sha256')
        .update(readFileSync(join(files, name)))
        .digest('hex'),
    )
}

describe('skipped cells', () => {
  it.each(['concurrent', 'sequential'] as const)(
    'cost nothing, take what is made from them along, and are counted apart (%s)',
    async (scheduler) => {
      const { asked, components } = quick()
      const results = await create(gated(), options(20, scheduler), components)
      const rows = await rowsOf(results)
      const even = rows.filter(({ size }) => (size as bigint) % 2n === 0n)
      const odd = rows.filter(({ size }) => (size as bigint) % 2n === 1n)
      expect([even.length > 0, odd.length > 0, rows.length]).toEqual([true, true, 20])
      for (const row of even) {
        expect(row).toMatchObject({ story: 'none', moral: null, length: null, title: 'about Name none' })
      }
      for (const row of odd) expect(row).toMatchObject({ story: 'about Tell a story', length: 18n })
      const requests = (column: string) => asked.filter(({ key }) => key.includes(`/${column}/`)).length
      expect([requests('story'), requests('moral'), requests('title')]).toEqual([odd.length, odd.length, 20])
      expect(results.summary).toMatchObject({
        rows_written: 20,
        rows_dropped: 0,
        replies_unused: 0,
        cells_skipped: ['length', 'moral', 'story'].map((column) => ({ column, cells: even.length })),
      })
      expect((await open(results.path).status()).cells_skipped).toEqual(results.summary.cells_skipped)
    },
  )

  it('are read by DuckDB as their values', async () => {
    const results = await create(gated(), options(12), quick().components)
    const [counts] = await query(
      `SELECT count(*) FILTER (story = 'none') AS skipped, count(*) FILTER (moral IS NULL) AS morals,
        count(*) FILTER (size % 2 = 0) AS even FROM '${results.path}/parquet-files/*.parquet'`,
    )
    expect(counts).toEqual({ skipped: counts!.even, morals: counts!.even, even: counts!.even })
    expect(counts!.even).not.toBe('0')
  })

  it('never disturb a run that is stopped: the same bytes, the same count, no request twice', async () => {
    const whole = await create(gated(), { ...options(20), datasetName: 'whole' }, quick().components)
    const keys: string[] = []
    const stop = new AbortController()
    const first = quick((asked) => {
      keys.push(asked.key)
      if (keys.length === 9) stop.abort()
      return echo(asked)
    })
    const error = await failureOf(create(gated(), { ...options(20), signal: stop.signal }, first.components))
    expect(error.code).toBe('aborted')
    const second = quick((asked) => {
      keys.push(asked.key)
      return echo(asked)
    })
    const results = await resume(join(folder.path, 'dataset'), {}, second.components)
    expect(new Set(keys).size).toBe(keys.length)
    expect(dataHashes(results.path)).toEqual(dataHashes(whole.path))
    expect(results.summary.cells_skipped).toEqual(whole.summary.cells_skipped)
    expect(results.summary.replies_unused).toBe(0)
  })

  it('of dropped rows are not counted, and a failing row is dropped all the same', async () => {
    const { components } = quick((asked) =>
      asked.key.startsWith('0/title/') || asked.key.startsWith('1/title/')
        ? answer('', 'content_filter')
        : echo(asked),
    )
    const { summary, ...results } = await create(gated(), options(8), components)
    const even = (await rowsOf(results)).filter(({ size }) => (size as bigint) % 2n === 0n).length
    expect(summary).toMatchObject({ rows_written: 6, rows_dropped: 2 })
    expect(summary.cells_skipped).toEqual(
      even === 0 ? [] : ['length', 'moral', 'story'].map((column) => ({ column, cells: even })),
    )
  })

  it('of a condition on an answer wait for that answer', async () => {
    const judged = {
      name: 'sequel',
      column_type: 'llm-text',
      model_alias: 'writer',
      prompt: 'Go on',
      skip: { when: '{{ title == "about Name none" }}' },
    }
    const { asked, components } = quick()
    const rows = await rowsOf(await create(gated([judged]), options(12), components))
    for (const { size, sequel } of rows) {
      expect(sequel).toBe((size as bigint) % 2n === 0n ? null : 'about Go on')
    }
    expect(asked.filter(({ key }) => key.includes('/sequel/')).length).toBe(
      rows.filter(({ sequel }) => sequel !== null).length,
    )
  })

  it('of a condition that cannot be told are skipped, and the run says so once', async () => {
    const { asked, components } = quick()
    const run = create(gated([], { skip: { when: '{{ size.missing }}' } }), options(4), components)
    const warnings: string[] = []
    for await (const event of run.events()) if (event.type === 'warning') warnings.push(event.code)
    const results = await run
    expect((await rowsOf(results)).map(({ story }) => story)).toEqual([null, null, null, null])
    expect(asked.length).toBe(4)
    expect(warnings.filter((code) => code !== 'config_doubtful')).toEqual(['skip_unclear'])
  })
})

describe('a skip value of another type than the column', () => {
  const object = {
    output_format: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
  }
  it.each([
    ['llm-text', {}, -1n, '-1'],
    ['llm-text', {}, true, 'true'],
    ['llm-structured', object, 'none', 'none'],
  ])('in a column of %s is there in a type that holds both', async (column_type, more, value, stored) => {
    const asks = { model_alias: 'writer', prompt: 'Hi' }
    const config = configFromValue(
      {
        model_configs: models,
        columns: [
          { name: 'a', column_type: 'sampler', sampler_type: 'uuid', params: {} },
          { name: 'b', column_type, ...asks, skip: { when: '{{ a }}', value }, ...more },
        ] as never,
      },
      'test',
    )
    const results = await create(config, options(4), quick().components)
    expect((await rowsOf(results)).map(({ b }) => b)).toEqual([stored, stored, stored, stored])
  })
})
