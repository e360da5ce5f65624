import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import { Schema } from 'effect'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { configFromCode } from '../../src/code/from-code.ts'
import { dumpConfig } from '../../src/config/form/save.ts'
import {
  category,
  check,
  compute,
  computeAll,
  configColumn,
  dropColumns,
  embedding,
  expr,
  image,
  llmJudge,
  llmStructured,
  llmText,
  mapRows,
  personFromDataset,
  remoteCheck,
  sql,
  uniform,
} from '../../src/entries/columns.ts'
import { create, dataset, defineTool, type TypedDataset } from '../../src/index.ts'
import { answer } from '../support/scripted-transport.ts'
import { artifactFolder, quick } from '../support/small-runs.ts'

const folder = artifactFolder()
const models = { writer: 'simulator/m' } as const
const begun = dataset({ models }).column('topic', category(['tea', 'rope']))

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}

/** What a dataset says, as it is saved. */
function saved(typed: TypedDataset<unknown>) {
  return dumpConfig(configFromCode(typed, 'test'))
}

/** Makes one row, for which the model answers these texts in turn, the last one for ever. */
async function oneRow<R extends object>(typed: TypedDataset<R>, ...texts: string[]) {
  let turn = 0
  const { asked, components } = quick(() => answer(texts[Math.min(turn++, texts.length - 1)] ?? ''))
  const options = { artifactPath: folder.path, rows: 1, seed: 1 }
  const results = await create(typed, options, components)
  return { asked, results, rows: await all(results.rows()) }
}

test('rows are what the dataset says: numbers, scores too, which files hold as text', async () => {
  const judged = begun.column('stars', uniform({ low: 1, high: 5, as: 'int' })).column(
    'quality',
    llmJudge({
      model: 'writer',
      prompt: '{{ topic }}',
      scores: {
        fit: { description: 'Does it fit?', options: { 1: 'no', 2: 'yes' } },
        voice: { description: 'Whose is it?', options: { human: 'a person', machine: 'a model' } },
      },
    }),
  )
  const text = '{"fit": {"score": 2, "reasoning": "r"}, "voice": {"score": "human", "reasoning": "r"}}'
  const { results, rows } = await oneRow(judged, text)
  const quality = { fit: { score: 2, reasoning: 'r' }, voice: { score: 'human', reasoning: 'r' } }
  expect(rows).toMatchObject([{ stars: expect.any(Number), quality }])
  expect(JSON.parse(JSON.stringify(rows))).toEqual(rows)
  expect(await results.head(1)).toEqual(rows)
  expect(await all(results.rows({ integers: 'bigint' }))).toMatchObject([{ quality: { fit: { score: 2n } } }])
  expect(await all(results.rows({ integers: 'string' }))).toMatchObject([
    { quality: { fit: { score: '2' } } },
  ])
})

test('functions get numbers and the columns that they read; what they return is the cell', async () => {
  const made = begun
    .column('n', category([3]))
    .columns({
      double: compute({ reads: ['n'], as: 'int' }, ({ n }) => n * 2),
      seen: compute({ reads: ['n'] }, (row) => Object.keys(row)),
      asked: compute({ reads: ['topic'], models: ['writer'], also: { tries: 'int' } }, async (_, tools) => ({
        value: (await tools.models.writer.generate('hello')).content,
        tries: 1,
      })),
      grouped: computeAll({ reads: ['n'] }, (rows) => rows.map(({ n }) => ({ half: n / 2 }))),
    })
    .column(
      'fits',
      check(['double'], ({ double }) => ({ is_valid: double === 6, why: 'it is 6' })),
    )
    .processor(
      'more',
      mapRows(
        async function* (rows) {
          for await (const row of rows) yield { ...row, next: row.n + 1 }
        },
        { newColumns: { next: 'int' } },
      ),
    )
  const { rows } = await oneRow(made, 'hi')
  const { topic: _, ...others } = rows[0]!
  expect(others).toEqual({
    n: 3,
    double: 6,
    seen: ['n'],
    asked: 'hi',
    tries: 1,
    grouped: { half: 1.5 },
    fits: { is_valid: true, why: 'it is 6' },
    next: 4,
  })
})

test('a function that is written otherwise is another dataset, and the same one is not', async () => {
  const hash = (typed: TypedDataset<object>) =>
    create(typed, options, quick().components).then(({ decision }) => decision)
  const options = { artifactPath: folder.path, rows: 1, seed: 1 }
  const times = (by: 2 | 3) =>
    begun.column('n', by === 2 ? compute({ reads: [] }, () => 1 * 2) : compute({ reads: [] }, () => 1 * 3))
  expect(await hash(times(2))).toBe('fresh')
  expect(await hash(times(2))).toBe('already_complete')
  expect(await hash(times(3))).toBe('fresh_beside')
})

test('references print themselves as templates', () => {
  const seen = dataset({ models })
    .column('page', category(['a']))
    .column(
      'topics',
      llmStructured({
        model: 'writer',
        prompt: 'p',
        schema: z.object({ items: z.array(z.object({ name: z.string(), 'odd name': z.string() })) }),
      }),
    )
    .column('text', ({ page, topics }) =>
      llmText({
        model: 'writer',
        prompt: `${page.with('upper')}: ${topics.items.each((each) => `${each.name} ${each['odd name']}`)}`,
      }),
    )
  expect(saved(seen).columns).toMatchObject([
    {},
    {},
    {
      prompt:
        '{{ page | upper }}: {% for item in topics.items %}{{ item.name }} {{ item["odd name"] }}{% endfor %}',
    },
  ])
})

describe('a schema', () => {
  const expected = {
    type: 'object',
    properties: { name: { type: 'string' }, size: { type: 'integer' } },
    required: ['name', 'size'],
  }
  const zod = z.object({ name: z.string(), size: z.int() })
  const valibot = v.object({ name: v.string(), size: v.pipe(v.number(), v.integer()) })
  const effect = Schema.Struct({ name: Schema.String, size: Schema.Int })
  test.each([
    ['zod', zod],
    ['valibot', toStandardJsonSchema(valibot)],
    ['arktype', type({ name: 'string', size: 'number.integer' })],
    ['Effect', Schema.toStandardJSONSchemaV1(effect)],
    ['none: JSON Schema', expected],
  ] as const)('of %s says what an answer is, and reads it', async (_, schema) => {
    const typed = begun.column('made', llmStructured({ model: 'writer', prompt: 'p', schema }))
    expect(saved(typed).columns).toMatchObject([
      {},
      {
        output_format: {
          type: 'object',
          properties: { name: { type: 'string' }, size: { type: 'integer' } },
        },
      },
    ])
    const { rows } = await oneRow(typed, '{"name": "x", "size": 2}')
    expect(rows).toMatchObject([{ made: { name: 'x', size: 2 } }])
  })

  test.each([
    ['zod', zod.refine(({ name }) => name !== 'x', 'no x, please')],
    ['zod, async', zod.refine(async ({ name }) => name !== 'x', 'no x, please')],
    [
      'arktype',
      type({ name: 'string', size: 'number' }).narrow(
        (made, at) => made.name !== 'x' || at.mustBe('no x, please'),
      ),
    ],
    [
      'zod, within',
      z.object({ name: z.string().refine((name) => name !== 'x', 'no x, please'), size: z.int() }),
    ],
  ] as const)(
    'has refinements of %s that a model is told when its answer does not meet them',
    async (_, schema) => {
      const typed = begun.column('made', llmStructured({ model: 'writer', prompt: 'p', schema }))
      const { asked, rows } = await oneRow(typed, '{"name": "x", "size": 1}', '{"name": "y", "size": 1}')
      expect(rows).toMatchObject([{ made: { name: 'y' } }])
      expect(asked).toHaveLength(2)
      expect(asked[1]?.prompt).toContain('no x, please')
    },
  )

  test('whose refinement throws is not met, and a row that never meets it is dropped', async () => {
    const broken = zod.refine(() => {
      throw new Error('boom')
    })
    const typed = begun.column('made', llmStructured({ model: 'writer', prompt: 'p', schema: broken }))
    const { asked, results } = await oneRow(typed, '{"name": "x", "size": 1}')
    expect(asked[1]?.prompt).toContain('boom')
    expect(results.summary.rows_dropped).toBe(1)
  })

  test.each([
    ['of valibot, not wrapped', valibot, /valibot does not say its JSON Schema/],
    ['with a date', z.object({ day: z.date() }), /zod is no JSON Schema/],
  ])('%s is refused with what to do', (_, schema, says) => {
    expect(() => llmStructured({ model: 'writer', prompt: 'p', schema }).config).toThrow(says)
  })
})

describe('what a config can say is said by', () => {
  const stock = defineTool({ name: 'stock', description: 'd', parameters: { type: 'object' } }, async () => 1)
  test.each<[string, TypedDataset<unknown>, object]>([
    [
      'a model with all its parameters',
      dataset({
        models: {
          all: {
            kind: 'chat',
            provider: 'p',
            model: 'm',
            temperature: { low: 0.1, high: 0.5 },
            topP: { values: [0.5, 1] },
            maxTokens: 9,
            timeout: 3,
            extraBody: { seed: 1 },
            skipHealthCheck: true,
            thoughtTags: 'keep',
          },
        },
      }),
      {
        model_configs: [
          {
            alias: 'all',
            provider: 'p',
            model: 'm',
            skip_health_check: true,
            thought_tags: 'keep',
            inference_parameters: {
              generation_type: 'chat-completion',
              temperature: { distribution_type: 'uniform', params: { low: 0.1, high: 0.5 } },
              top_p: { distribution_type: 'manual', params: { values: [0.5, 1] } },
              max_tokens: 9n,
              timeout: 3n,
              extra_body: { seed: 1n },
            },
          },
        ],
      },
    ],
    [
      'a model of an organisation',
      dataset({ models: { a: 'nvidia/meta/llama' } }),
      { model_configs: [{ provider: 'nvidia', model: 'meta/llama' }] },
    ],
    [
      'tools, functions among them',
      dataset({
        tools: {
          t: { providers: ['shop', stock], allow: ['a'], maxTurns: 2, timeout: 1, maxResultBytes: 200 },
        },
      }),
      {
        tool_configs: [
          {
            tool_alias: 't',
            providers: ['shop', 'stock'],
            allow_tools: ['a'],
            max_tool_call_turns: 2n,
            timeout_sec: 1,
            max_result_bytes: 200n,
          },
        ],
      },
    ],
    [
      'a file as seed',
      dataset({
        seed: {
          path: 'a.csv',
          order: 'shuffle',
          select: { start: 1, end: 2 },
          delimiter: ';',
          types: { a: 'int' },
        },
      }),
      {
        seed_config: {
          source: { seed_type: 'local', path: 'a.csv', delimiter: ';', types: { a: 'int' } },
          sampling_strategy: 'shuffle',
          selection_strategy: { start: 1n, end: 2n },
        },
      },
    ],
    [
      'a path as seed',
      dataset({ seed: 'a.csv' }),
      { seed_config: { source: { seed_type: 'local', path: 'a.csv' } } },
    ],
    [
      'the hub as seed',
      dataset({ seed: { hub: 'datasets/o/n/a.parquet', token: 't', select: { part: 1, of: 3 } } }),
      {
        seed_config: {
          source: { seed_type: 'hf', path: 'datasets/o/n/a.parquet', token: 't' },
          selection_strategy: { index: 1n, num_partitions: 3n },
        },
      },
    ],
    [
      'a folder as seed',
      dataset({ seed: { directory: 'd', pattern: '*.txt', recursive: false } }),
      {
        seed_config: {
          source: { seed_type: 'directory', path: 'd', file_pattern: '*.txt', recursive: false },
        },
      },
    ],
    [
      'texts of files as seed',
      dataset({ seed: { fileContents: 'd', encoding: 'latin-1' } }),
      { seed_config: { source: { seed_type: 'file_contents', path: 'd', encoding: 'latin-1' } } },
    ],
    [
      'sessions of agents as seed',
      dataset({ seed: { agentSessions: 'codex' } }),
      { seed_config: { source: { seed_type: 'agent_rollout', format: 'codex', path: null } } },
    ],
    [
      'rows in memory as seed',
      dataset({ seed: { inMemory: true } }),
      { seed_config: { source: { seed_type: 'df' } } },
    ],
    [
      'a column of the seed that is left out',
      dataset({ seed: { path: 'a.csv', columns: { text: 'str' } } }).drop('text'),
      { columns: [{ name: 'text', column_type: 'seed-dataset', drop: true }] },
    ],
    [
      'a skip, and what goes along with it',
      begun.column(
        'text',
        llmText({
          model: 'writer',
          prompt: 'p',
          skip: { when: "{{ topic == 'tea' }}", value: 'none' },
          propagateSkip: false,
          trace: 'last_message',
          reasoning: true,
        }),
      ),
      {
        columns: [
          {},
          {
            skip: { when: "{{ topic == 'tea' }}", value: 'none' },
            propagate_skip: false,
            with_trace: 'last_message',
            extract_reasoning_content: true,
          },
        ],
      },
    ],
    [
      'media that go along with a prompt',
      begun.column(
        'i',
        image({
          model: 'writer',
          prompt: 'p',
          context: [{ column: 'topic', kind: 'audio', as: 'base64', format: 'mp3' }],
        }),
      ),
      {
        columns: [
          {},
          {
            multi_modal_context: [
              { modality: 'audio', column_name: 'topic', data_type: 'base64', audio_format: 'mp3' },
            ],
          },
        ],
      },
    ],
    [
      'a server that checks',
      begun.column(
        'ok',
        remoteCheck(['topic'], {
          url: 'http://127.0.0.1:1/',
          timeout: 2,
          maxRetries: 1,
          retryBackoff: 3,
          maxParallelRequests: 5,
        }),
      ),
      {
        columns: [
          {},
          {
            target_columns: ['topic'],
            validator_params: {
              endpoint_url: 'http://127.0.0.1:1/',
              timeout: 2,
              max_retries: 1n,
              retry_backoff: 3,
              max_parallel_requests: 5n,
            },
          },
        ],
      },
    ],
    [
      'an embedding and a profile',
      begun
        .column('v', embedding({ model: 'writer', target: 'topic', drop: true }))
        .profile('writer', { sampleSize: 3 }),
      {
        columns: [{}, { column_type: 'embedding', target_column: 'topic', drop: true }],
        profilers: [{ model_alias: 'writer', summary_score_sample_size: 3n }],
      },
    ],
    [
      'a person of a person dataset',
      dataset().column(
        'who',
        personFromDataset({ locale: 'ja_JP', where: { state: ['X'] }, withPersonas: true }),
      ),
      {
        columns: [
          {
            params: { locale: 'ja_JP', select_field_values: { state: ['X'] }, with_synthetic_personas: true },
          },
        ],
      },
    ],
    [
      'processors',
      begun
        .column('other', expr('{{ topic }}', { as: 'str' }))
        .processor('less', dropColumns(['oth*']))
        .processor('one', sql('SELECT 1 AS n', { outputs: { two: 'SELECT 2' } })),
      {
        processors: [
          { name: 'less', processor_type: 'drop_columns', column_names: ['oth*'] },
          { name: 'one', processor_type: 'sql', sql: 'SELECT 1 AS n', outputs: { two: 'SELECT 2' } },
        ],
      },
    ],
    [
      'any column as a file has it',
      begun.column('raw', configColumn({ column_type: 'expression', expr: '1', allow_resize: false })),
      { columns: [{}, { name: 'raw', column_type: 'expression', expr: '1' }] },
    ],
  ])('%s', (_, typed, config) => {
    expect(saved(typed)).toMatchObject(config)
  })
})

test('a step changes nothing: what was there before is another dataset', () => {
  const first = begun.column('a', expr('{{ topic }}'))
  begun.column('b', expr('{{ topic }}'))
  expect(begun.toConfig().columns.map(({ name }) => name)).toEqual(['topic'])
  expect(first.toConfig().columns.map(({ name }) => name)).toEqual(['topic', 'a'])
})

test('a number of rows that is given twice, and a column to drop that is not there, are refused', async () => {
  const twice = { rows: 1, numRecords: 1, artifactPath: folder.path }
  expect(() => create(begun, twice)).toThrow(/rows and numRecords/)
  const untyped = begun as { drop(name: string): unknown }
  expect(() => untyped.drop('nope')).toThrow('There is no column "nope" to drop')
})
