/** What is counted in the columns of a dataset. */
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import { create, open, retry } from '../../../src/index.ts'
import { columnStatistics } from '../../../src/results/profile/column-statistics.ts'
import type { CountColumns } from '../../../src/run/request/options.ts'
import { type Asked, answer, failure } from '../../support/scripted-transport.ts'
import { artifactFolder, failureOf, quick, rowOf, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()

const config = configFromValue(
  {
    model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
    columns: [
      {
        name: 'topic',
        column_type: 'sampler',
        sampler_type: 'category',
        params: { values: ['tea', 'rain'], weights: [3, 1] },
      },
      {
        name: 'small',
        column_type: 'sampler',
        sampler_type: 'uniform',
        params: { low: 0.001, high: 0.005 },
      },
      { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
      {
        name: 'code',
        column_type: 'llm-code',
        code_lang: 'python',
        model_alias: 'writer',
        prompt: 'Code',
        with_trace: 'last_message',
        skip: { when: "{{ topic == 'rain' }}" },
      },
      {
        name: 'verdict',
        column_type: 'validation',
        target_columns: ['code'],
        validator_type: 'code',
        validator_params: { code_lang: 'python' },
        propagate_skip: false,
      },
      {
        name: 'both',
        column_type: 'validation',
        target_columns: ['code', 'id'],
        validator_type: 'code',
        validator_params: { code_lang: 'python' },
        propagate_skip: false,
      },
      {
        name: 'quality',
        column_type: 'llm-judge',
        model_alias: 'writer',
        prompt: 'Judge {{ code }}',
        scores: [{ name: 'Good sense', description: 'd', options: { 1: 'bad', 2: 'good' } }],
      },
      { name: 'gone', column_type: 'expression', expr: '{{ topic }}', drop: true },
    ],
  } as never,
  'test',
)

/** Every third program has an error; even rows are judged 2. */
function reply(asked: Asked) {
  const row = rowOf(asked)
  if (asked.key.includes('/code/'))
    return answer(`\`\`\`python\n${row % 3 === 0 ? 'x = (' : 'x = 1'}\n\`\`\``)
  const verdict = { 'Good sense': { reasoning: `of ${row}`, score: row % 2 === 0 ? 2 : 1 } }
  return answer(`\`\`\`json\n${JSON.stringify(verdict)}\n\`\`\``)
}

const statistics = async (path: string) =>
  Object.fromEntries(
    (await open(path).profile()).column_statistics.map((column) => [column.column_name, column]),
  )

it('nulls, distinct values, distributions, verdicts and scores are counted; a skipped cell disturbs no count', async () => {
  const { components } = quick(reply)
  const results = await create(config, { ...smallOptions(folder.path, 40), seed: 3n }, components)
  const rows: Record<string, unknown>[] = []
  for await (const row of results.rows({ integers: 'bigint' })) rows.push(row)
  const before = readdirSync(results.path, { recursive: true }).sort()
  const { num_records: records, side_effect_column_names: others } = await open(results.path).profile()
  expect({ records, others }).toEqual({ records: 40, others: ['code__trace'] })
  const found = await statistics(results.path)
  expect(Object.keys(found)).toEqual(['topic', 'small', 'id', 'code', 'verdict', 'both', 'quality'])
  const rain = rows.filter(({ topic }) => topic === 'rain').length
  expect(rain).toBeGreaterThan(0)
  expect(found.topic).toEqual({
    column_name: 'topic',
    column_type: 'sampler',
    simple_dtype: 'string',
    num_records: 40,
    num_null: 0,
    num_unique: 2,
    sampler_type: 'category',
    distribution_type: 'categorical',
    distribution: {
      most_common_value: 'tea',
      least_common_value: 'rain',
      histogram: { categories: ['tea', 'rain'], counts: [40 - rain, rain] },
    },
  })
  const drawn = rows.map(({ small }) => small as number)
  expect(found.small).toMatchObject({
    num_unique: 40,
    simple_dtype: 'float',
    distribution_type: 'numerical',
    distribution: { min: Math.min(...drawn), max: Math.max(...drawn) },
  })
  const { mean, stddev } = found.small!.distribution as { mean: number; stddev: number }
  const average = drawn.reduce((sum, value) => sum + value, 0) / 40
  expect(mean).toBeCloseTo(average, 12)
  expect(stddev).toBeCloseTo(
    Math.sqrt(drawn.reduce((sum, value) => sum + (value - average) ** 2, 0) / 39),
    12,
  )
  expect(found.id).toMatchObject({ num_unique: 40, distribution_type: 'other', distribution: null })
  expect(found.code).toMatchObject({ num_null: rain, num_unique: 2, simple_dtype: 'string' })
  const valid = rows.filter(
    ({ verdict }) => (verdict as { is_valid: boolean | null }).is_valid === true,
  ).length
  expect(found.verdict).toMatchObject({ num_valid_records: valid, simple_dtype: 'dict' })
  expect(valid).toBeGreaterThan(0)
  const all = rows.filter(({ both }) =>
    Object.values(both as Record<string, { is_valid: boolean | null }>).every(
      (each) => each.is_valid === true,
    ),
  ).length
  expect(found.both).toMatchObject({ num_valid_records: all })
  const judged = rows.flatMap(({ quality }, row) => (quality === null ? [] : [row % 2 === 0 ? 2 : 1]))
  const counts = {
    2: judged.filter((score) => score === 2).length,
    1: judged.filter((score) => score === 1).length,
  }
  const { categories, counts: times } = found.quality!.score_distributions!['Good sense']!
  expect(Object.fromEntries(categories.map((score, at) => [String(score), times[at]]))).toEqual(counts)
  expect(found.quality).toMatchObject({ num_null: rain })
  // It changes nothing.
  expect(readdirSync(results.path, { recursive: true }).sort()).toEqual(before)
})

it('a dataset without row groups has nothing to count, and a folder that is none is told', async () => {
  const { path } = await create(
    config,
    { ...smallOptions(folder.path, 4), seed: 3n },
    quick(reply).components,
  )
  for (const name of readdirSync(join(path, 'parquet-files'))) rmSync(join(path, 'parquet-files', name))
  expect(await open(path).profile()).toEqual({
    unfinished: { rows: 0, groups: 0, why: null },
    num_records: 0,
    side_effect_column_names: [],
    column_statistics: [],
    text_lengths: [],
    requested: [],
    crosses: [],
    agreement: [],
    dropped: [],
    spending: { cost: null, cost_per_row: null, columns: [] },
  })
  expect(await failureOf(open(join(folder.path, 'nowhere')).profile())).toMatchObject({
    code: 'dataset_not_found',
  })
})

describe('a run that made rows', () => {
  const stored = (path: string) => JSON.parse(readFileSync(join(path, 'metadata.json'), 'utf8'))
  const counting = (replies: Parameters<typeof quick>[0] = reply) => {
    const { statistics: _none, disk: _unsynced, ...components } = quick(replies).components
    return components
  }
  const options = (rows: number) => ({ ...smallOptions(folder.path, rows), seed: 3n })

  it('stores statistics as Data Designer does, and loadAnalysis gives them', async () => {
    const results = await create(config, options(8), counting())
    const { column_statistics: statistics } = stored(results.path)
    const of = Object.fromEntries(statistics.map((each: { column_name: string }) => [each.column_name, each]))
    expect(of.topic).toMatchObject({ column_type: 'sampler', pyarrow_dtype: 'string', num_records: 8 })
    expect(of.small).toMatchObject({ pyarrow_dtype: 'double', distribution_type: 'numerical' })
    expect(of.id).toMatchObject({ distribution_type: 'other', distribution: null })
    expect(of.both.pyarrow_dtype).toMatch(/^struct<code: struct<is_valid: bool, /)
    const { usage } = results.summary.total
    expect(of.quality).toMatchObject({ input_tokens_stddev: 0, output_tokens_mean: expect.any(Number) })
    const cells = (of.code.num_records - of.code.num_null) * 2
    expect(of.code.input_tokens_mean * cells).toBe(usage.input_tokens)
    const analysis = await results.loadAnalysis()
    expect(analysis?.map(({ column_name: name }) => name)).toEqual(Object.keys(of))
  })

  it('has none any more once it has other rows, until its end', async () => {
    const { path } = await create(config, options(4), counting())
    const stop = new AbortController()
    // One request keeps the last row group open until the run is stopped; the others have their slots.
    let holds = false
    const held = async (asked: Asked) => {
      if (rowOf(asked) >= 8 && !holds) {
        holds = true
        if (!stop.signal.aborted) await once(stop.signal, 'abort')
      }
      return reply(asked)
    }
    const run = create(config, { ...options(12), signal: stop.signal }, counting(held))
    for await (const event of run.events()) if (event.type === 'group-published') stop.abort()
    await failureOf(run)
    expect(stored(path)).not.toHaveProperty('column_statistics')
    expect((await open(path).loadAnalysis())?.length).toBe(7)
  })

  it('ends well when they cannot be counted, and tells so', async () => {
    const statistics = () => Promise.reject(new Error('no DuckDB here'))
    const run = create(config, options(4), { ...quick(reply).components, statistics })
    const warnings: string[] = []
    for await (const event of run.events()) if (event.type === 'warning') warnings.push(event.code)
    expect((await run).summary.rows_open).toBe(0)
    expect(warnings).toContain('not_counted')
  })
})

it('tokens of a cell that is asked again are those of its last round, and of lost rows there are none', async () => {
  const columns = [
    { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
    { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Text' },
  ]
  const texts = configFromValue(
    { model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }], columns } as never,
    'test',
  )
  const took = (input: number) => {
    const usage = { prompt_tokens: input, completion_tokens: 2 * input }
    const choices = [{ message: { role: 'assistant', content: 'words' }, finish_reason: 'stop' }]
    return { status: 200, headers: {}, body: JSON.stringify({ choices, usage }) }
  }
  const counted = (asked: Asked) => (rowOf(asked) === 3 ? failure(400, 'no') : took(1 + rowOf(asked)))
  const seen: { kept: number[]; live: unknown; readBack: unknown }[] = []
  const watched: CountColumns = async (dataset, signal, tokens) => {
    const kept = [...tokens.groups]
    const live = await columnStatistics(nodeDisk, dataset, signal, tokens)
    seen.push({ kept, live, readBack: await columnStatistics(nodeDisk, dataset) })
    return live
  }
  const first = { ...quick(counted).components, statistics: watched }
  const { path } = await create(texts, smallOptions(folder.path, 4), first)
  const counts = async () => (await statistics(path)).text
  expect(await counts()).toMatchObject({
    input_tokens_mean: 2,
    input_tokens_median: 2,
    output_tokens_mean: 4,
  })
  const again = { ...quick(() => took(10)).components, statistics: watched }
  await retry(path, { rows: [[1, 1]] }, again)
  expect(await counts()).toMatchObject({ input_tokens_mean: 14 / 3, input_tokens_median: 3 })
  // What a run has counted itself is not read back, and is the same.
  for (const { live, readBack } of seen) expect(live).toEqual(readBack)
  expect(seen.map(({ kept }) => kept.length)).toEqual([1, 0])
})
