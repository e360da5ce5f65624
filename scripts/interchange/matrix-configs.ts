/** The configs of the matrix: one for each kind of column, sampler, seed and processor whose files could differ between the tools. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { provider, type Wanted } from './configs.ts'

export interface Cell {
  readonly name: string
  readonly wanted: Wanted
  /** Why the two tools write other types here, where they do; all files are read as one dataset all the same. */
  readonly drift?: string
  /** Pythons divide its weights differently: metadata.json has no hash while Rowsmith alone made the rows. */
  readonly weighted?: true
  /** Why pyarrow and DuckDB cannot read all files with the first one's schema, whichever tool writes them. */
  readonly unread?: string
}

type Column = Readonly<Record<string, unknown>>

const writer = {
  alias: 'writer',
  provider,
  model: 'writer',
  skip_health_check: true,
  inference_parameters: { max_tokens: 256, max_parallel_requests: 4 },
}
const embedder = {
  alias: 'embedder',
  provider,
  model: 'embedder',
  skip_health_check: true,
  inference_parameters: { generation_type: 'embedding' },
}

const painter = {
  alias: 'painter',
  provider,
  model: 'dall-e-3',
  skip_health_check: true,
  inference_parameters: { generation_type: 'image' },
}

const id = sampler('id', 'uuid', {})

function sampler(name: string, sampler_type: string, params: object, more: object = {}): Column {
  return { name, column_type: 'sampler', sampler_type, params, ...more }
}

function text(name: string, more: object = {}): Column {
  return { name, column_type: 'llm-text', model_alias: 'writer', prompt: `${name} {{ id }}`, ...more }
}

function structured(name: string, properties: object, required: readonly string[]): Column {
  const output_format = { type: 'object', properties, required }
  return {
    name,
    column_type: 'llm-structured',
    model_alias: 'writer',
    prompt: `${name} {{ id }}`,
    output_format,
  }
}

function wanted(columns: readonly Column[], requestsPerRow: number, more: object = {}): Wanted {
  const config = {
    data_designer: { model_configs: [writer, embedder, painter], columns: [id, ...columns], ...more },
  }
  return { config, requestsPerRow, types: {}, dropped: [], processors: [], seed: null }
}

function seeded(source: object, more: object = {}, columns: readonly Column[] = []): Wanted {
  return wanted(columns, 0, { seed_config: { source, sampling_strategy: 'ordered', ...more } })
}

/** Configs without files of their own. */
const plain: readonly Cell[] = [
  { name: 'text', wanted: wanted([text('t')], 1) },
  {
    name: 'traces, all messages',
    wanted: wanted([text('t', { with_trace: 'all_messages' })], 1),
    drift: 'the keys that occur',
  },
  {
    name: 'traces, last message',
    wanted: wanted([text('t', { with_trace: 'last_message' })], 1),
    drift: 'the keys that occur',
  },
  {
    name: 'reasoning',
    wanted: wanted([text('t', { extract_reasoning_content: true })], 1),
    drift: 'columns of nulls',
  },
  {
    name: 'numeric rubric',
    wanted: wanted(
      [
        {
          name: 'j',
          column_type: 'llm-judge',
          model_alias: 'writer',
          prompt: 'Judge {{ id }}',
          scores: [{ name: 'quality', description: 'q', options: { 1: 'bad', 2: 'ok' } }],
        },
      ],
      1,
    ),
  },
  {
    name: 'word rubric',
    wanted: wanted(
      [
        {
          name: 'j',
          column_type: 'llm-judge',
          model_alias: 'writer',
          prompt: 'Judge {{ id }}',
          scores: [{ name: 'tone', description: 't', options: { dry: 'no life', warm: 'kind' } }],
        },
      ],
      1,
    ),
  },
  {
    name: 'structured, nested',
    wanted: wanted(
      [
        structured(
          's',
          {
            n: { type: 'string' },
            l: {
              type: 'array',
              minItems: 1,
              items: { type: 'object', required: ['ok'], properties: { ok: { type: 'boolean' } } },
            },
          },
          ['n', 'l'],
        ),
      ],
      1,
    ),
  },
  {
    name: 'union of scalars',
    wanted: wanted(
      [
        structured('s', { n: { type: 'string' }, p: { anyOf: [{ type: 'number' }, { type: 'string' }] } }, [
          'n',
          'p',
        ]),
      ],
      1,
    ),
    drift: 'numbers among texts',
  },
  {
    name: 'dictionary',
    wanted: wanted(
      [
        structured(
          's',
          {
            n: { type: 'string' },
            d: { type: 'object', minProperties: 1, additionalProperties: { type: 'number' } },
          },
          ['n', 'd'],
        ),
      ],
      1,
    ),
    drift: 'the keys that occur',
  },
  {
    name: 'embedding',
    wanted: wanted(
      [text('t'), { name: 'e', column_type: 'embedding', model_alias: 'embedder', target_column: 't' }],
      2,
    ),
  },
  {
    name: 'code and its validation',
    wanted: wanted(
      [
        {
          name: 'c',
          column_type: 'llm-code',
          model_alias: 'writer',
          prompt: 'SQL {{ id }}',
          code_lang: 'sql:postgres',
        },
        {
          name: 'v',
          column_type: 'validation',
          target_columns: ['c'],
          validator_type: 'code',
          validator_params: { code_lang: 'sql:postgres' },
        },
      ],
      1,
    ),
    drift: 'messages that occur',
  },
  {
    name: 'images',
    wanted: wanted(
      [{ name: 'i', column_type: 'image', model_alias: 'painter', prompt: 'Paint {{ id }}' }],
      1,
    ),
  },
  {
    name: 'persons of word lists',
    wanted: wanted([sampler('p', 'person_from_faker', { locale: 'en_US' })], 0),
    drift: 'an e-mail address of Rowsmith',
  },
  {
    name: 'persons of a dataset',
    wanted: wanted([sampler('p', 'person', { locale: 'en_GB', with_synthetic_personas: true })], 0),
    drift: 'fields of nulls, outside en_US',
  },
  {
    name: 'numbers',
    wanted: wanted(
      [
        sampler('u', 'uniform', { low: 0, high: 9, decimal_places: 2 }),
        sampler('g', 'gaussian', { mean: 0, stddev: 1 }),
        sampler('b', 'bernoulli', { p: 0.5 }),
        sampler('o', 'poisson', { mean: 3 }),
        sampler('n', 'binomial', { n: 5, p: 0.5 }),
        sampler('m', 'bernoulli_mixture', { p: 0.5, dist_name: 'norm', dist_params: { loc: 1, scale: 2 } }),
        sampler('s', 'scipy', { dist_name: 'gamma', dist_params: { a: 2 }, decimal_places: 3 }),
      ],
      0,
    ),
  },
  {
    name: 'dates',
    wanted: wanted(
      [
        sampler('d', 'datetime', { start: '2024-01-01', end: '2025-01-01' }),
        sampler('l', 'timedelta', { dt_min: 1, dt_max: 9, reference_column_name: 'd' }),
      ],
      0,
    ),
  },
  {
    name: 'weights',
    wanted: wanted(
      [sampler('c', 'category', { values: ['a', 'b', 'c', 'd'], weights: [0.4, 0.3, 0.2, 0.1] })],
      0,
    ),
    weighted: true,
  },
  {
    name: 'weights that add up to nearly 1',
    wanted: wanted(
      [
        sampler('c', 'category', {
          values: ['a', 'b', 'c'],
          weights: [1 / 997, 10 / 991, 0.9889061736167128],
        }),
      ],
      0,
    ),
    weighted: true,
  },
  {
    name: 'weights of any size',
    wanted: wanted([sampler('c', 'category', { values: ['a', 'b', 'c'], weights: [0.1, 0.2, 0.3] })], 0),
    weighted: true,
  },
  {
    name: 'category and subcategory',
    wanted: wanted(
      [
        sampler('c', 'category', { values: ['a', 'b'] }),
        sampler('s', 'subcategory', { category: 'c', values: { a: ['x', 'y'], b: ['z'] } }),
      ],
      0,
    ),
  },
  {
    name: 'skipped everywhere',
    wanted: wanted(
      [sampler('c', 'category', { values: ['a'] }), text('t', { skip: { when: '{{ c == "a" }}' } })],
      0,
    ),
    drift: 'columns of nulls',
  },
  {
    name: 'skipped with a value',
    wanted: wanted(
      [
        sampler('c', 'category', { values: ['a'] }),
        text('t', { skip: { when: '{{ c == "a" }}', value: 'none' } }),
      ],
      0,
    ),
  },
  {
    name: 'expressions',
    wanted: wanted(
      [
        sampler('n', 'uniform', { low: 1, high: 9 }, { convert_to: 'int' }),
        { name: 'i', column_type: 'expression', expr: '{{ n * 2 }}', dtype: 'int' },
        { name: 'f', column_type: 'expression', expr: '{{ n / 2 }}', dtype: 'float' },
        { name: 'b', column_type: 'expression', expr: '{{ n > 4 }}', dtype: 'bool' },
      ],
      0,
    ),
  },
  {
    name: 'dropped columns, schema transform',
    wanted: wanted([text('t'), sampler('c', 'category', { values: ['a', 'b'] })], 1, {
      processors: [
        { processor_type: 'drop_columns', name: 'd', column_names: ['c'] },
        { processor_type: 'schema_transform', name: 'chat', template: { text: '{{ t }}' } },
      ],
    }),
  },
]

/** Configs of seeds, whose files are written into the folder. */
function seeds(folder: string): readonly Cell[] {
  mkdirSync(join(folder, 'notes'), { recursive: true })
  mkdirSync(join(folder, 'sessions'), { recursive: true })
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const numbers = [1, 2, 3, 4, 5, 6, 7]
  const table = write('table.csv', `sid,word,size\n${numbers.map((n) => `${n},w${n},${n}.5\n`).join('')}`)
  const lines = write(
    'lines.jsonl',
    numbers.map((n) => `{"sid":${n},"at":{"x":${n},"y":"b"},"l":[${n}]}\n`).join(''),
  )
  const gaps = write('gaps.csv', `sid,opt\n${numbers.map((n) => `${n},${n < 5 ? '' : `o${n}`}\n`).join('')}`)
  for (const n of numbers) {
    write(`notes/${n}.txt`, `note ${n}`)
    write(`sessions/${n}.jsonl`, sessionOf(n))
  }
  const local = (path: string) => ({ seed_type: 'local', path })
  const dropping = { processor_type: 'drop_columns', name: 'd', column_names: ['wo*'] }
  return [
    { name: 'seed, csv', wanted: seeded(local(table)) },
    { name: 'seed, csv, shuffled', wanted: seeded(local(table), { sampling_strategy: 'shuffle' }) },
    { name: 'seed, jsonl with structs and lists', wanted: seeded(local(lines)) },
    {
      name: 'seed, partition',
      wanted: seeded(local(table), { selection_strategy: { index: 1, num_partitions: 2 } }),
    },
    {
      name: 'seed, dropped column',
      wanted: wanted([], 0, {
        seed_config: { source: local(table), sampling_strategy: 'ordered' },
        processors: [dropping],
      }),
    },
    {
      name: 'seed, empty at first',
      wanted: seeded(local(gaps)),
      drift: 'columns of nulls',
      unread: 'a column of nulls, and texts later: numbers and texts have no type in common',
    },
    {
      name: 'seed, empty at first, shuffled',
      wanted: seeded(local(gaps), { sampling_strategy: 'shuffle' }),
      drift: 'columns of nulls',
    },
    {
      name: 'seed, files of a folder',
      wanted: seeded({ seed_type: 'file_contents', path: join(folder, 'notes'), file_pattern: '*.txt' }),
    },
    {
      name: 'seed, names of a folder',
      wanted: seeded({ seed_type: 'directory', path: join(folder, 'notes'), file_pattern: '*.txt' }),
    },
    {
      name: 'seed, agent sessions',
      wanted: seeded({ seed_type: 'agent_rollout', path: join(folder, 'sessions'), format: 'claude_code' }),
      drift: 'the keys that occur',
    },
  ]
}

function sessionOf(n: number): string {
  const of = (uuid: string, parentUuid: string | null, role: string, content: unknown) =>
    JSON.stringify({
      type: role,
      sessionId: `s${n}`,
      uuid,
      parentUuid,
      timestamp: `2026-01-0${n}T10:00:0${uuid}Z`,
      cwd: '/project',
      message: { role, content },
    })
  const call = { type: 'tool_use', id: `c${n}`, name: 'Read', input: { path: 'a' } }
  return `${of('1', null, 'user', `Hello ${n}`)}\n${of('2', '1', 'assistant', [{ type: 'text', text: 'Hi' }, call])}\n${of('3', '2', 'user', [{ type: 'tool_result', tool_use_id: `c${n}`, content: 'read' }])}\n`
}

export function cellsIn(folder: string): readonly Cell[] {
  return [...plain, ...seeds(folder)]
}
