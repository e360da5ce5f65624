/** What a run would ask for is told beforehand: nothing is sent, and not a byte is written. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configFromCode, configFromValue } from '../../src/entries/config.ts'
import { scenarioFromValue, simulatorTransport } from '../../src/entries/simulator.ts'
import {
  type Config,
  type CreateOptions,
  create,
  estimate,
  type Forecast,
  fullColumn,
  open,
  preview,
  resume,
  retry,
} from '../../src/index.ts'
import { inThread } from '../../src/testing/datasets/in-thread.ts'
import { answer, failure } from '../support/scripted-transport.ts'
import { artifactFolder, echo, failureOf, quick, rowOf, smallOptions } from '../support/small-runs.ts'

const folder = artifactFolder()

/** Three model columns; the third reads the second. */
function threeColumns(second = 'Second for {{ id }}', limits: Record<string, bigint> = {}): Config {
  return configFromValue(
    {
      model_configs: [
        {
          alias: 'writer',
          provider: 'simulator',
          model: 'm',
          inference_parameters: { max_parallel_requests: 2n, ...limits },
        },
      ],
      columns: [
        { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        { name: 'first', column_type: 'llm-text', model_alias: 'writer', prompt: 'First for {{ id }}' },
        { name: 'second', column_type: 'llm-text', model_alias: 'writer', prompt: second },
        { name: 'middle', column_type: 'expression', expr: '{{ second | upper }}' },
        { name: 'third', column_type: 'llm-text', model_alias: 'writer', prompt: 'After {{ middle }}' },
      ],
    },
    'test',
  )
}

/** Every path below the folder, with its bytes. */
function tree(): Record<string, string> {
  const names = readdirSync(folder.path, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [path, entry.isFile() ? readFileSync(path, 'base64') : 'folder']
    }),
  )
}

/** Looks, and makes sure that nothing else happened. */
async function looked(
  look: (components: ReturnType<typeof quick>['components']) => Promise<Forecast>,
): Promise<Forecast> {
  const before = tree()
  const { asked, components } = quick()
  const found = await look(components)
  expect(asked).toEqual([])
  expect(tree()).toEqual(before)
  return found
}

const requestsOf = ({ columns }: Forecast) =>
  Object.fromEntries(columns.map(({ column, requests }) => [column, requests]))

/** Stops a run after so many requests. */
async function stopped(requests: number, options: CreateOptions): Promise<void> {
  const stop = new AbortController()
  const run = quick((asked) => {
    if (run.asked.length === requests) stop.abort()
    return echo(asked)
  })
  const error = await failureOf(
    create(threeColumns(), { ...options, graceMs: 0, signal: stop.signal }, run.components),
  )
  expect(error.code).toBe('aborted')
}

describe('what a run would ask for', () => {
  it('is one request a cell where nothing is there, within what is known to limit it', async () => {
    const config = threeColumns(undefined, { max_tokens: 100n })
    const found = await looked((components) => estimate(config, smallOptions(folder.path, 12), components))
    expect(found).toMatchObject({ decision: 'fresh', rows_planned: 12, rows_to_make: 12 })
    expect(requestsOf(found)).toEqual({ first: 12, second: 12, third: 12 })
    expect(found.total).toMatchObject({ requests: 36, output_tokens: 3600, cost: null })
    expect(found.columns.map(({ told_from }) => told_from)).toEqual(['limits', 'limits', 'limits'])
  })

  it('has no number for answers of which nothing is known', async () => {
    const found = await looked((components) =>
      estimate(threeColumns(), smallOptions(folder.path, 4), components),
    )
    expect(found.total).toMatchObject({ requests: 12, output_tokens: null, cost: null, cost_complete: false })
  })

  it('is what is missing of a dataset that was stopped', async () => {
    const options = smallOptions(folder.path, 12)
    await stopped(17, options)
    const before = await looked((components) => estimate(threeColumns(), options, components))
    const again = await looked((components) =>
      open(join(folder.path, 'dataset'), components).estimateResume(),
    )
    expect(before.decision).toBe('resume')
    expect(again).toEqual(before)
    const rest = quick()
    const { summary } = await create(threeColumns(), options, rest.components)
    expect(before.total.requests).toBe(rest.asked.length)
    expect(before.total).toMatchObject({
      input_tokens: summary.this_run.usage.input_tokens,
      output_tokens: summary.this_run.usage.output_tokens,
    })
  })

  it('is nothing for a dataset that is complete, and the new rows for more of them', async () => {
    const options = { ...smallOptions(folder.path, 8), runConfig: { buffer_size: 4, prices } }
    await create(threeColumns(), options, quick().components)
    const done = await looked((components) => estimate(threeColumns(), options, components))
    expect(done).toMatchObject({ decision: 'already_complete', rows_to_make: 0 })
    expect(done.total).toEqual({
      requests: 0,
      input_tokens: 0,
      output_tokens: 0,
      cost: 0,
      cost_complete: true,
      range: null,
    })
    const more = await looked((components) =>
      estimate(threeColumns(), { ...options, numRecords: 20 }, components),
    )
    expect(requestsOf(more)).toEqual({ first: 12, second: 12, third: 12 })
    // 10 and 5 tokens a request, at 1 and 2 a million.
    expect(more.total).toEqual({
      requests: 36,
      input_tokens: 360,
      output_tokens: 180,
      cost: 0.00072,
      cost_complete: true,
      range: { input_tokens: [360, 360], output_tokens: [180, 180], cost: [0.00072, 0.00072] },
    })
  })

  it('is the edited column and what depends on it where another dataset has the others', async () => {
    const options = smallOptions(folder.path, 12)
    await create(threeColumns(), options, quick().components)
    const edited = threeColumns('Other {{ id }}')
    const found = await looked((components) => estimate(edited, options, components))
    expect(found.decision).toBe('fresh_beside')
    expect(requestsOf(found)).toEqual({ first: 0, second: 12, third: 12 })
    expect(found.columns[0]).toMatchObject({ replies_reused: 12 })
    const none = { ...options, reuse: 'none' } as const
    const without = await looked((components) => estimate(edited, none, components))
    expect(requestsOf(without)).toEqual({ first: 12, second: 12, third: 12 })
    const run = quick()
    await create(edited, options, run.components)
    expect(run.asked).toHaveLength(found.total.requests)
  })

  it('is refused where the run would be', async () => {
    const options = smallOptions(folder.path, 8)
    await create(threeColumns(), options, quick().components)
    const before = tree()
    const fewer = { ...options, numRecords: 4 }
    const error = await failureOf(estimate(threeColumns(), fewer, quick().components))
    const real = await failureOf(create(threeColumns(), fewer, quick().components))
    expect([error.code, error.message]).toEqual([real.code, real.message])
    const costly = { ...options, numRecords: 9, maxCost: 1 }
    const unpriced = await failureOf(estimate(threeColumns(), costly, quick().components))
    expect(unpriced.code).toBe('price_missing')
    expect(tree()).toEqual(before)
  })
})

const prices = { writer: { input: 1, cached_input: null, output: 2, request: 0 } }

describe('what a retry would ask for', () => {
  it('is the failed cells and what depends on them', async () => {
    const failing = quick((asked) =>
      asked.prompt.startsWith('Second') && rowOf(asked) % 4 === 1
        ? answer('', 'content_filter')
        : echo(asked),
    )
    const { path, summary } = await create(threeColumns(), smallOptions(folder.path, 12), failing.components)
    expect(summary.rows_dropped).toBe(3)
    const found = await looked((components) => open(path, components).estimateRetry())
    expect(found).toMatchObject({ decision: 'retry', rows_to_make: 3 })
    expect(requestsOf(found)).toMatchObject({ first: 0, second: 3, third: 3 })
    const run = quick()
    await retry(path, {}, run.components)
    expect(run.asked).toHaveLength(6)
  })

  it('is the cells that are named', async () => {
    const { path } = await create(threeColumns(), smallOptions(folder.path, 12), quick().components)
    const found = await looked((components) =>
      open(path, components).estimateRetry({ rows: [[2, 4]], columns: ['third'] }),
    )
    expect(requestsOf(found)).toEqual({ first: 0, second: 0, third: 3 })
    const error = await failureOf(open(path, quick().components).estimateRetry())
    expect(error.code).toBe('nothing_to_retry')
  })

  it('leaves out cells that were skipped, whatever kinds of rows there are', async () => {
    const config = configFromValue(
      {
        model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
        columns: [
          {
            name: 'topic',
            column_type: 'sampler',
            sampler_type: 'category',
            params: { values: ['tea', 'rope', 'chess'] },
          },
          {
            name: 'note',
            column_type: 'llm-text',
            model_alias: 'writer',
            prompt: 'On {{ topic }}',
            skip: { when: "{{ topic == 'tea' }}" },
          },
        ],
      },
      'test',
    )
    const { path } = await create(config, { ...smallOptions(folder.path, 20), seed: 3n }, quick().components)
    const cells = { rows: [[0, 9]] as const, columns: ['note'] }
    const found = await looked((components) => open(path, components).estimateRetry(cells))
    const run = quick()
    await retry(path, cells, run.components)
    expect(run.asked.length).toBeGreaterThan(0)
    expect(run.asked.length).toBeLessThan(10)
    expect(requestsOf(found)).toEqual({ note: run.asked.length })
  })
})

describe('what it tells from', () => {
  const written = (name: string, prompt: string) => ({
    name,
    column_type: 'llm-text',
    model_alias: 'writer',
    prompt,
  })
  const model_configs = [{ alias: 'writer', provider: 'simulator', model: 'm' }]
  const uuid = { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }

  it('is what is kept of a retry that was stopped: the rest of it is due, by resume and by the same command', async () => {
    const options = smallOptions(folder.path, 12)
    const refusing = quick((asked) => (rowOf(asked) % 4 === 1 ? failure(400) : echo(asked)))
    const { path } = await create(threeColumns(), options, refusing.components)
    const stop = new AbortController()
    const run = quick((asked) => {
      if (run.asked.length === 1) stop.abort()
      return echo(asked)
    })
    await failureOf(retry(path, { signal: stop.signal, graceMs: 1_000_000 }, run.components))
    const goneOn = quick()
    const byResume = await looked((components) => open(path, components).estimateResume())
    const byRetry = await looked((components) => open(path, components).estimateRetry())
    await resume(path, {}, goneOn.components)
    const asked = Map.groupBy(goneOn.asked, ({ key }) => key.split('/')[1])
    for (const found of [byResume, byRetry]) {
      expect(found).toMatchObject({ rows_to_make: 3 })
      expect(requestsOf(found).first).toBe(asked.get('first')!.length)
      expect(found.total.requests).toBe(goneOn.asked.length)
    }
  })

  it('is the answer to the first row of each row group for a column that is made of whole ones', async () => {
    const whole = fullColumn(
      { name: 'whole', requiredColumns: ['text'], type: 'int', modelAliases: ['writer'] },
      async (rows, { models }) => {
        await models.writer!.generate(`All of ${rows.length}`)
        return rows.map((_, index) => index)
      },
    )
    const config = configFromCode(
      {
        model_configs,
        columns: [
          uuid,
          written('text', 'Text {{ id }}'),
          {
            name: 'made',
            column_type: 'custom',
            generation_strategy: 'full_column',
            generator_function: whole,
          },
          written('after', 'After {{ made }}'),
        ],
      } as never,
      'test',
    )
    const options = smallOptions(folder.path, 8)
    const { summary } = await create(config, options, quick().components)
    expect(summary.this_run.requests_sent).toBe(18)
    const more = { ...options, numRecords: 20 }
    const found = await looked((components) => estimate(config, more, components))
    const bought = quick()
    await create(config, more, bought.components)
    expect(bought.asked).toHaveLength(27)
    expect(found.total.requests).toBe(27)
    expect(requestsOf(found)).toMatchObject({ text: 12, made: 3, after: 12 })
  })

  it('is the rows of a seed dataset, whose values are not drawn', async () => {
    const path = join(folder.path, 'seed.csv')
    writeFileSync(path, ['id,name', ...Array.from({ length: 30 }, (_, row) => `${row},n${row}`)].join('\n'))
    const seed_config = { source: { seed_type: 'local', path } }
    const config = configFromValue(
      { model_configs, seed_config, columns: [written('text', 'About {{ name }}')] },
      'test',
    )
    const options = smallOptions(folder.path, 30)
    await preview(config, { ...options, numRecords: 6 }, quick().components)
    const found = await looked((components) => estimate(config, options, components))
    expect(found.columns).toMatchObject([{ requests: 24, replies_reused: 6, told_from: 'answers', by: null }])
    expect(found.total).toMatchObject({ input_tokens: 240, output_tokens: 120 })
    rmSync(path)
    expect((await failureOf(estimate(config, options, quick().components))).code).toBe('seed_not_found')
  })

  it('is nothing beside a living writer: the run would be refused, and waits where it is told to', async () => {
    const options = smallOptions(folder.path, 12)
    const asks: Promise<unknown>[] = []
    const run = quick(async (asked) => {
      if (run.asked.length === 5) {
        const beside = quick().components
        asks.push(failureOf(estimate(threeColumns(), options, beside)))
        asks.push(failureOf(open(join(folder.path, 'dataset'), beside).estimateResume()))
        await Promise.all(asks)
      }
      return echo(asked)
    })
    await create(threeColumns(), options, run.components)
    expect(await Promise.all(asks)).toMatchObject([{ code: 'dataset_in_use' }, { code: 'dataset_in_use' }])
  })

  it('is what another dataset of the same seed holds: with reuse auto, of the one it is made beside, with none, of nobody', async () => {
    const options = { ...smallOptions(folder.path, 12), seed: 5n }
    await create(threeColumns(), options, quick().components)
    const edited = threeColumns('Otherwise for {{ id }}')
    for (const [reuse, seed, requests] of [
      ['auto', 5n, { first: 0, second: 12, third: 12 }],
      ['auto', 6n, { first: 12, second: 12, third: 12 }],
      ['none', 5n, { first: 12, second: 12, third: 12 }],
    ] as const) {
      const asked = { ...options, reuse, seed }
      const found = await looked((components) => estimate(edited, asked, components))
      expect(requestsOf(found), `${reuse} ${seed}`).toEqual(requests)
      const bought = quick()
      const { path } = await create(edited, asked, bought.components)
      expect(bought.asked, `${reuse} ${seed}`).toHaveLength(found.total.requests)
      rmSync(path, { recursive: true })
    }
  })
})

describe('the tokens of a run, told from a preview of 50 rows', () => {
  /** Reply lengths are lognormal, and depend on a column that is rarely "long". */
  const config = configFromValue(
    {
      model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
      columns: [
        { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        {
          name: 'length',
          column_type: 'sampler',
          sampler_type: 'category',
          params: { values: ['short', 'middling', 'long'], weights: [0.6, 0.25, 0.15] },
        },
        {
          name: 'story',
          column_type: 'llm-text',
          model_alias: 'writer',
          prompt: 'Tell a {{ length }} story ({{ id }})',
        },
      ],
    },
    'test',
  )
  const scenario = scenarioFromValue({
    latency: 0n,
    replies: [
      { prompt: 'short', words: { median: 10n, sigma: 0.5 } },
      { prompt: 'middling', words: { median: 40n, sigma: 0.5 } },
      { prompt: 'long', words: { median: 200n, sigma: 0.5 } },
    ],
  })
  const components = { transport: () => simulatorTransport({ scenario }), encoder: () => inThread }

  it.each([400, 10_000])('are within 20 % of the bill of %i rows', async (numRecords) => {
    const options = { artifactPath: folder.path, numRecords, seed: 7n, maxParallelRequests: 64 }
    await preview(config, { ...options, numRecords: 50 }, components)
    const before = tree()
    const found = await estimate(config, options, components)
    expect(tree()).toEqual(before)
    expect(found.columns[0]).toMatchObject({ requests: numRecords - 50, replies_reused: 50, by: 'length' })
    const { summary } = await create(config, options, components)
    expect(summary.this_run.requests_sent).toBe(found.total.requests)
    const { input_tokens: input, output_tokens: output } = summary.this_run.usage
    expect(Math.abs(found.total.input_tokens! / input - 1)).toBeLessThan(0.2)
    expect(Math.abs(found.total.output_tokens! / output - 1)).toBeLessThan(0.2)
    const [low, high] = found.total.range!.output_tokens
    expect(low).toBeLessThan(found.total.output_tokens!)
    expect(high).toBeGreaterThan(found.total.output_tokens!)
  })
})
