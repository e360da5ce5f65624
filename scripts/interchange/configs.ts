/** What both tools shall make: each config in Data Designer's own words, and what it must come to. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Both tools have a provider of this name: the simulator over HTTP. */
export const provider = 'simulated'

export interface Wanted {
  readonly config: {
    readonly data_designer: Readonly<Record<string, unknown>> & { readonly columns: readonly object[] }
  }
  /** Requests for one row. */
  readonly requestsPerRow: number
  /** The types of the main files' columns, in DuckDB's words. */
  readonly types: Readonly<Record<string, string>>
  /** Columns set aside in files of their own. */
  readonly dropped: readonly string[]
  /** Processors that write files of their own. */
  readonly processors: readonly string[]
  /** A seed column and its values in the order of the seed file. */
  readonly seed: { readonly column: string; readonly values: readonly string[] } | null
}

const writer = {
  alias: 'writer',
  provider,
  model: 'writer',
  skip_health_check: true,
  inference_parameters: { temperature: 0.7, max_tokens: 256, max_parallel_requests: 4 },
}

const category = {
  name: 'product_category',
  column_type: 'sampler',
  sampler_type: 'category',
  params: { values: ['Electronics', 'Clothing', 'Home & Kitchen', 'Books'] },
}

const stars = {
  name: 'stars',
  column_type: 'sampler',
  sampler_type: 'uniform',
  params: { low: 1, high: 5 },
  convert_to: 'int',
}

const headline = {
  name: 'headline',
  column_type: 'expression',
  expr: '{{ stars }} stars: {{ product_category | upper }}',
}

const review = {
  name: 'review',
  column_type: 'llm-text',
  model_alias: 'writer',
  prompt: 'Write a {{ stars }}-star review of a {{ product_category }} item.',
}

const plainTypes = { product_category: 'VARCHAR', stars: 'BIGINT', headline: 'VARCHAR', review: 'VARCHAR' }

/** Sampled, computed and written columns. */
export const plain: Wanted = {
  config: { data_designer: { model_configs: [writer], columns: [category, stars, headline, review] } },
  requestsPerRow: 1,
  types: plainTypes,
  dropped: [],
  processors: [],
  seed: null,
}

/** Structured answers, columns dropped (by one step: of several, Data Designer keeps the last one's columns only), and a second dataset made of every row group. */
export const rich: Wanted = {
  config: {
    data_designer: {
      model_configs: [writer],
      columns: [
        category,
        stars,
        headline,
        review,
        {
          name: 'profile',
          column_type: 'llm-structured',
          model_alias: 'writer',
          prompt: 'Describe the buyer of {{ product_category }}.',
          output_format: {
            type: 'object',
            properties: {
              title: { type: 'string' },
              score: { type: 'integer' },
              tags: { type: 'array', items: { type: 'string' } },
              summary: { type: 'string' },
            },
            required: ['title', 'score', 'tags', 'summary'],
          },
        },
        { name: 'scratch', column_type: 'sampler', sampler_type: 'uuid', params: {}, drop: true },
        { name: 'note', column_type: 'expression', expr: 'about {{ product_category }}' },
      ],
      processors: [
        { processor_type: 'drop_columns', name: 'tidy', column_names: ['note', 'scratch'] },
        {
          processor_type: 'schema_transform',
          name: 'chat',
          template: {
            messages: [
              { role: 'user', content: '{{ headline }}' },
              { role: 'assistant', content: '{{ review }}' },
            ],
            stars: '{{ stars }}',
            title: '{{ profile.title }}',
            profile: '{{ profile }}',
            version: 1,
          },
        },
      ],
    },
  },
  requestsPerRow: 2,
  types: { ...plainTypes, profile: 'STRUCT(title VARCHAR, score BIGINT, tags VARCHAR[], summary VARCHAR)' },
  dropped: ['scratch', 'note'],
  processors: ['chat'],
  seed: null,
}

/** Seven products, so that row groups of four never fall on the end of the file. */
const products = `sku,product_name,price,stock,on_sale
P-001,Kettle,24.5,12,true
P-002,"Lamp, small",9.0,3,false
P-003,Boots,79.99,40,true
P-004,Tent,149.0,1,false
P-005,Puzzle,12.25,77,true
P-006,Jacket,99.5,8,false
P-007,Radio,35.0,19,true
`

/** The same, each with a day. */
const launches = products
  .trimEnd()
  .split('\n')
  .map((line, row) => (row === 0 ? 'launched' : `2024-0${row}-15`).concat(',', line, '\n'))
  .join('')

/** Writes the seed files. @returns an ordered seed, without and with a column of dates */
export function seededFrom(folder: string): { readonly seeded: Wanted; readonly dated: Wanted } {
  const written = (name: string, content: string) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  const dated = seededBy(written('launches.csv', launches))
  return {
    seeded: seededBy(written('products.csv', products)),
    dated: { ...dated, types: { ...dated.types, launched: 'DATE' } },
  }
}

function seededBy(path: string): Wanted {
  return {
    config: {
      data_designer: {
        model_configs: [writer],
        columns: [
          stars,
          {
            name: 'blurb',
            column_type: 'llm-text',
            model_alias: 'writer',
            prompt: 'Write a blurb for {{ product_name }} ({{ sku }}), {{ price }}.',
          },
        ],
        seed_config: { source: { seed_type: 'local', path }, sampling_strategy: 'ordered' },
      },
    },
    requestsPerRow: 1,
    types: {
      sku: 'VARCHAR',
      product_name: 'VARCHAR',
      price: 'DOUBLE',
      stock: 'BIGINT',
      on_sale: 'BOOLEAN',
      stars: 'BIGINT',
      blurb: 'VARCHAR',
    },
    dropped: [],
    processors: [],
    seed: { column: 'sku', values: [1, 2, 3, 4, 5, 6, 7].map((number) => `P-00${number}`) },
  }
}
