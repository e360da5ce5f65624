/** Runs that stop because their cells keep failing, and what the next one makes of them. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configFromCode } from '../../../../src/entries/config.ts'
import { type Config, create, open } from '../../../../src/index.ts'
import { EarlyShutdown } from '../../../../src/run/scheduler/parts/early-shutdown.ts'
import { answer, failure } from '../../../support/scripted-transport.ts'
import { artifactFolder, echo, failureOf, quick, rowOf, smallConfig } from '../../../support/small-runs.ts'

const folder = artifactFolder()
const options = (rows: number, runConfig: object = {}) => ({
  artifactPath: folder.path,
  numRecords: rows,
  graceMs: 1_000_000,
  runConfig: { buffer_size: 1000, ...runConfig },
})

describe('cells whose failure led to an early shutdown', () => {
  it.each([
    ['were refused', () => failure(400, 'no such parameter'), {}],
    ['were answered in a way that costs a row', () => answer('', 'content_filter'), {}],
    ['were answered so, in small row groups', () => answer('', 'content_filter'), { buffer_size: 4 }],
    ['were answered so, one after the other', () => answer('', 'length'), { engine: 'sequential' }],
  ] as const)('are asked for again when they %s', async (_, bad, runConfig) => {
    const error = await failureOf(create(smallConfig(), options(30, runConfig), quick(bad).components))
    expect(error).toMatchObject({
      code: 'early_shutdown',
      summary: { rows_written: 0, rows_dropped: 0, rows_open: 30, failures: [] },
    })
    const { summary } = await create(smallConfig(), options(30, runConfig), quick().components)
    expect(summary).toMatchObject({ decision: 'resume', rows_written: 30, rows_dropped: 0, failures: [] })
    const directory = join(folder.path, 'dataset')
    expect(await open(directory).status()).toMatchObject({ rows_written: 30, rows_open: 0 })
    expect((await open(directory).verify({ replay: true })).findings).toEqual([])
  })

  it('are asked for again as often as it stops early, and paid for once when they are good', async () => {
    for (let time = 0; time < 3; time++) {
      const error = await failureOf(
        create(smallConfig(), options(30), quick(() => answer('', 'content_filter')).components),
      )
      expect(error.summary).toMatchObject({ rows_dropped: 0, rows_open: 30 })
    }
    const good = quick()
    const { summary } = await create(smallConfig(), options(30), good.components)
    expect(summary).toMatchObject({ rows_written: 30, rows_dropped: 0 })
    expect(good.asked).toHaveLength(30)
  })

  it('leave rows alone that failed long before', async () => {
    const first = quick((each) =>
      rowOf(each) === 2 || rowOf(each) > 40 ? answer('', 'content_filter') : echo(each),
    )
    await failureOf(create(smallConfig(undefined, 1n), options(80), first.components))
    const second = quick()
    const { summary } = await create(smallConfig(undefined, 1n), options(80), second.components)
    expect(summary).toMatchObject({ rows_written: 79, rows_dropped: 1 })
    expect(second.asked.map(rowOf)).not.toContain(2)
  })

  it.each([{ buffer_size: 1 }, { buffer_size: 2 }, { buffer_size: 2, engine: 'sequential' }])(
    'are asked for again where one is asked at a time and few rows may be open: %o',
    async (runConfig) => {
      const config = smallConfig(undefined, 1n)
      const bad = quick(() => answer('', 'content_filter'))
      const error = await failureOf(create(config, options(30, runConfig), bad.components))
      expect(error).toMatchObject({
        code: 'early_shutdown',
        summary: { rows_written: 0, rows_dropped: 0, rows_open: 30 },
      })
      const { summary } = await create(config, options(30, runConfig), quick().components)
      expect(summary).toMatchObject({ rows_written: 30, rows_dropped: 0 })
    },
  )

  it('are asked for again when something else stops the run before it can be told', async () => {
    const first = quick((each) => (rowOf(each) < 4 ? failure(400) : failure(401)))
    const error = await failureOf(create(smallConfig(undefined, 1n), options(30), first.components))
    expect(error).toMatchObject({
      code: 'authentication_failed',
      summary: { rows_written: 0, rows_dropped: 0, rows_open: 30 },
    })
    const { summary } = await create(smallConfig(undefined, 1n), options(30), quick().components)
    expect(summary).toMatchObject({ rows_written: 30, rows_dropped: 0 })
  })

  it('are a verdict when nothing stops the run, also when the window is longer than the run', async () => {
    const bad = quick((each) => (rowOf(each) % 3 === 0 ? failure(400) : echo(each)))
    const { summary } = await create(smallConfig(), options(12, { buffer_size: 4 }), bad.components)
    expect(summary).toMatchObject({ rows_written: 8, rows_dropped: 4, rows_open: 0 })
  })

  it('say what the last failure was', async () => {
    const { components } = quick(() => failure(400, 'max_tokens is not supported'))
    const error = await failureOf(create(smallConfig(), options(30), components))
    expect(error.message).toMatch(
      /^Early shutdown: \d+ of the last 10 cells failed.*max_tokens is not supported/,
    )
  })
})

/** A model column, then one that is made here. */
function withSecond(second: object): Config {
  return configFromCode(
    {
      model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
      columns: [
        { name: 'topic', column_type: 'sampler', sampler_type: 'category', params: { values: ['a', 'b'] } },
        ...['one', 'two', 'three'].map((name) => ({
          name,
          column_type: 'llm-text',
          model_alias: 'writer',
          prompt: `${name} {{ topic }}`,
        })),
        second,
      ],
    },
    'test',
  )
}

describe('a column that fails everywhere, for a reason of its own', () => {
  const reads = '{{ one }}{{ two }}{{ three }}'
  it.each([
    ['an expression', { name: 'x', column_type: 'expression', expr: `${reads}{{ one.missing.deeper }}` }],
    ['an expression of the wrong type', { name: 'x', column_type: 'expression', expr: reads, dtype: 'int' }],
    [
      'a template of a prompt',
      {
        name: 'x',
        column_type: 'llm-text',
        model_alias: 'writer',
        prompt: `${reads}{{ one.missing.deeper }}`,
      },
    ],
  ])('stops the run before everything is bought: %s', async (_, second) => {
    const { asked, components } = quick()
    const error = await failureOf(create(withSecond(second), options(400), components))
    expect(error).toMatchObject({
      code: 'early_shutdown',
      facts: { column: 'x' },
      summary: { rows_dropped: 0, rows_open: 400 },
    })
    expect(error.message).toContain('column "x" failed for each of its first')
    expect(asked.length).toBeLessThan(60)
    const again = quick()
    const same = await failureOf(create(withSecond(second), options(400), again.components))
    expect(same.code).toBe('early_shutdown')
    expect(again.asked.length).toBeLessThan(60)
  })

  it('goes on where early shutdown is disabled, and where it fails for some', async () => {
    const second = {
      name: 'x',
      column_type: 'expression',
      expr: `${reads}{{ 1 // (0 if topic == 'a' else 1) }}`,
    }
    const some = await create(
      withSecond(second),
      options(60, { shutdown_error_rate: 0.9 }),
      quick().components,
    )
    expect(some.summary.rows_dropped).toBeGreaterThan(10)
    expect(some.summary.rows_open).toBe(0)
    const all = { name: 'x', column_type: 'expression', expr: reads, dtype: 'int' }
    const patient = { ...options(20, { disable_early_shutdown: true }), datasetName: 'patient' }
    const lost = await create(withSecond(all), patient, quick().components)
    expect(lost.summary).toMatchObject({ rows_dropped: 20 })
  })
})

describe('the counts of an early shutdown', () => {
  const make = (window = 4, errorRate = 0.5) => {
    const passed: number[] = []
    const settings = { disabled: false, window, errorRate }
    const shutdown = new EarlyShutdown<number>(settings, { aborted: false }, (cell) => void passed.push(cell))
    return { shutdown, passed }
  }

  it('let a failure pass when a window of its column has ended after it', () => {
    const { shutdown, passed } = make()
    shutdown.failed('a', 1, true, 'no')
    for (let cell = 0; cell < 3; cell++) shutdown.succeeded('a', true)
    for (let cell = 0; cell < 9; cell++) shutdown.succeeded('b', true)
    expect(passed).toEqual([])
    shutdown.succeeded('a', true)
    expect(passed).toEqual([1])
    expect([...shutdown.recent()]).toEqual([])
  })

  it('stop at half of three windows of one column, however many cells of others succeed', () => {
    const { shutdown } = make()
    let stopped: number | undefined
    for (let row = 0; row < 30 && stopped === undefined; row++) {
      for (const column of ['a', 'b', 'c']) shutdown.succeeded(column, true)
      if (row % 3 === 0) shutdown.succeeded('x', false)
      else if (shutdown.failed('x', row, false, 'no') !== undefined) stopped = row
    }
    expect(stopped).toBe(11)
  })
})
