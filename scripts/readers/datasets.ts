/** The datasets that readers are tried with, each with its exports and the rows that Rowsmith reads of it. */
import { join } from 'node:path'
import { configFromCode } from '../../src/entries/config.ts'
import { create, customColumn, open, type Row } from '../../src/index.ts'

export interface MadeDataset {
  readonly name: string
  /** The directory. */
  readonly directory: string
  /** By what they show: a file each. */
  readonly exports: Readonly<Record<string, string>>
  /** Columns of JSON, and of maps, which readers have otherwise. */
  readonly json: readonly string[]
  readonly maps: readonly string[]
  /** A folder of another table, where there is one. */
  readonly processor: string | null
  readonly rows: readonly Row[]
  /** How many of them, the first ones, are in files of the directory. */
  readonly published: number
}

const ofIntegers = { type: 'object', additionalProperties: { type: 'integer' } }
const counts = customColumn({ name: 'counts', requiredColumns: ['n'], type: 'map<int>' }, ({ n }) => ({
  b: n,
  a: 2,
  '2022': null,
}))
const anything = customColumn({ name: 'anything', requiredColumns: ['n'], type: 'json' }, ({ n }) =>
  n === 3n ? ['x', 1, null] : { text: 'ünï "q"\n', deep: { list: [1, 2.5, true] } },
)
const wide = customColumn({ name: 'wide', requiredColumns: ['n'], type: 'int' }, ({ n }) =>
  n === 2n ? null : 9_007_199_254_740_993n + (n as bigint),
)
const floats = customColumn({ name: 'floats', requiredColumns: ['n'], type: 'list<float>' }, ({ n }) =>
  n === 1n ? [] : [0.1, Number.NaN, 1e300],
)
const nothing = customColumn({ name: 'nothing', requiredColumns: ['n'], type: 'str' }, () => null)

const sampler = (name: string, sampler_type: string, params: object, more: object = {}) => ({
  name,
  column_type: 'sampler',
  sampler_type,
  params,
  ...more,
})
const custom = (name: string, generator_function: unknown) => ({
  name,
  column_type: 'custom',
  generator_function,
})

const everyKind = [
  sampler('n', 'category', { values: [1, 2, 3] }),
  sampler('2022', 'uniform', { low: 0, high: 1 }),
  sampler('flag', 'bernoulli', { p: 0.5 }),
  sampler('id', 'uuid', {}),
  sampler('day', 'datetime', { start: '2024-01-01', end: '2024-12-31' }),
  custom('wide', wide),
  custom('floats', floats),
  custom('nothing', nothing),
  custom('text\nof two lines', anything),
  custom('counts', counts),
  { name: 'prose', column_type: 'llm-text', model_alias: 'm', prompt: 'Écris {{ n }} 日本 😀' },
  {
    name: 'record',
    column_type: 'llm-structured',
    model_alias: 'm',
    prompt: 'A record {{ n }}',
    output_format: {
      type: 'object',
      properties: { title: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } },
      required: ['title', 'tags'],
    },
  },
  {
    name: 'tallies',
    column_type: 'llm-structured',
    model_alias: 'm',
    prompt: 'Count {{ n }}',
    output_format: { type: 'object', properties: { words: ofIntegers }, required: ['words'] },
    maps: true,
  },
]
const models = [{ alias: 'm', provider: 'simulator', model: 'simulated' }]

interface Wanted {
  readonly name: string
  readonly columns: readonly object[]
  readonly numRecords: number
  readonly bufferSize: number
  readonly json: readonly string[]
  readonly maps: readonly string[]
  readonly processors?: readonly object[]
  /** A run that stops before it is done. */
  readonly maxRequests?: number
}

const plain = everyKind.filter(({ name }) => !['text\nof two lines', 'counts', 'tallies'].includes(name))
const wanted: readonly Wanted[] = [
  { name: 'of one group', columns: plain, numRecords: 6, bufferSize: 1000, json: [], maps: [] },
  {
    name: 'of three groups',
    columns: plain,
    numRecords: 25,
    bufferSize: 10,
    json: [],
    maps: [],
    processors: [
      { name: 'chat', processor_type: 'schema_transform', template: { q: '{{ prose }}', n: '{{ n }}' } },
    ],
  },
  {
    name: 'with JSON and maps',
    columns: everyKind,
    numRecords: 12,
    bufferSize: 5,
    json: ['text\nof two lines'],
    maps: ['counts', 'tallies'],
  },
  { name: 'stopped', columns: plain, numRecords: 30, bufferSize: 5, json: [], maps: [], maxRequests: 34 },
]

const written = [
  ['parquet', 'parquet', {}],
  ['JSON as text', 'parquet', { jsonAsText: true }],
  ['csv', 'csv', {}],
  ['jsonl', 'jsonl', {}],
] as const

/** Makes them one after the other. */
export async function* madeDatasets(folder: string): AsyncGenerator<MadeDataset> {
  for (const {
    name,
    columns,
    numRecords,
    bufferSize,
    json,
    maps,
    processors = [],
    maxRequests = null,
  } of wanted) {
    const config = configFromCode({ model_configs: models, columns, processors }, 'readers')
    const directory = join(folder, name)
    await create(config, {
      artifactPath: folder,
      datasetName: name,
      numRecords,
      seed: 1,
      runConfig: { buffer_size: bufferSize },
      maxRequests,
    }).catch((error: unknown) => {
      if (maxRequests === null) throw error
    })
    const exports: Record<string, string> = {}
    for (const [what, format, more] of written) {
      const output = join(folder, `${name} ${what}.${format}`)
      const partial = maxRequests !== null
      exports[what] = (await open(directory).export({ format, output, partial, ...more })).path
    }
    const { rows } = await open(directory).headSoFar(numRecords, { integers: 'bigint' })
    const published = await open(directory).countRecords()
    const processor = processors.length === 0 ? null : join(directory, 'processors-files', 'chat')
    yield { name, directory, exports, json, maps, processor, rows, published }
  }
}
