/** What a profile says of a dataset as a whole: near-duplicates, contamination, diversity, agreement, requested against got, cost. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { configFromValue } from '../../../src/entries/config.ts'
import { create, type Dataset, open, type ProfileOptions } from '../../../src/index.ts'
import { type Asked, answer, failure } from '../../support/scripted-transport.ts'
import { artifactFolder, failureOf, quick, rowOf, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()

const scores = [{ name: 'clarity', description: 'd', options: { 1: 'bad', 2: 'good', 3: 'best' } }]
const judge = (name: string) => ({
  name,
  column_type: 'llm-judge',
  model_alias: 'writer',
  prompt: '{{ text }}',
  scores,
})
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
      { name: 'level', column_type: 'sampler', sampler_type: 'category', params: { values: [1, 2, 3] } },
      { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Write' },
      judge('first'),
      judge('second'),
    ],
  } as never,
  'test',
)

const texts = [
  'The capital of France is Paris, and the river there is the Seine.',
  'Owls hunt at night over the fields behind the old mill.',
  'the capital of France is Paris and the river there is the Seine',
  'Owls hunt at night over the fields behind the old mill.',
  'Owls hunt at night over the fields behind the old barn.',
  '東京は日本の首都です',
]
/** Labels of both judges by row; row 5 fails. */
const first = [1, 2, 3, 3, 1]
const second = [1, 2, 3, 2, 1]

function reply(asked: Asked) {
  const row = rowOf(asked)
  if (asked.key.includes('/text/')) return row === 5 ? failure(400) : answer(texts[row]!)
  const score = (asked.key.includes('/first/') ? first : second)[row]
  return answer(`\`\`\`json\n${JSON.stringify({ clarity: { reasoning: 'r', score } })}\n\`\`\``)
}

async function made(): Promise<Dataset> {
  const { components } = quick(reply)
  const { path } = await create(config, { ...smallOptions(folder.path, 6), seed: 3n }, components)
  return open(path)
}

let prompts = ''
beforeEach(() => {
  prompts = join(folder.path, 'prompts.jsonl')
  const lines = [
    { q: 'Owls hunt at night over the fields behind the old mill', n: 1 },
    { q: 'Why?', n: 2 },
  ]
  writeFileSync(prompts, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
})

test('labels, losses and cost are counted without being requested; texts when they are', async () => {
  const dataset = await made()
  const found = await dataset.profile()
  expect(found).toMatchObject({
    agreement: [
      {
        judges: ['first.clarity', 'second.clarity'],
        level: 'ordinal',
        rows: 5,
        raw_agreement: 0.8,
        base_rate: 0.4,
        labels: [1, 2, 3],
      },
    ],
    dropped: [{ column: 'text', rows: 1 }],
    spending: { cost: null, columns: [{ column_name: 'text', model: 'simulator/m', cells: 5 }, {}, {}] },
    crosses: [{ column_names: ['topic', 'level'], cells: 6 }],
  })
  expect(found.text_lengths.find(({ column_name: name }) => name === 'text')).toMatchObject({
    min: 55,
    max: 65,
    repeated: 1,
  })
  const [topic] = found.requested
  expect(topic).toMatchObject({
    column_name: 'topic',
    rows: 5,
    categories: [{ requested: 0.75 }, { requested: 0.25 }],
  })
  expect(found).not.toHaveProperty('near_duplicates')
  const asked = await dataset.profile({
    nearDuplicates: { threshold: 0.6 },
    diversity: true,
    contamination: { against: [prompts], field: 'q' },
  })
  expect(asked).toMatchObject({
    rows_named_by: 'number',
    near_duplicates: [
      {
        column_name: 'text',
        texts: 5,
        equal: 1,
        near: 2,
        examples: [
          { row: 2, kind: 'near', like: 0, similarity: 1 },
          { row: 3, kind: 'equal', like: 1, similarity: 1 },
          { row: 4, kind: 'near', like: 1 },
        ],
        most: [
          { row: 1, duplicates: 2 },
          { row: 0, duplicates: 1 },
        ],
      },
    ],
    contamination: [
      {
        hit: 3,
        prompts: 2,
        prompts_hit: 1,
        uncheckable: 1,
        examples: [
          { row: 1, file: prompts, line: 1, share: 1 },
          { row: 3, line: 1 },
          { row: 4, line: 1 },
        ],
      },
    ],
    diversity: [{ texts: 5, same_opening: 1 }],
  })
  expect(await dataset.profile()).toEqual(found)
})

test('columns may be called as a query would call its results', async () => {
  const names = ['topic', 'label', 'one', 'two', 'label_0', 'times']
  const columns = names.map((name, at) => ({
    name,
    column_type: 'sampler',
    sampler_type: 'category',
    params: { values: [`a${at}`, `b${at}`] },
  }))
  const sampled = configFromValue({ columns } as never, 'test')
  const { path } = await create(
    sampled,
    { ...smallOptions(folder.path, 20), seed: 3n },
    quick(reply).components,
  )
  const found = await open(path).profile({ agreement: [{ judges: ['topic', 'label_0'] }] })
  expect(found.requested.map(({ rows, other }) => [rows, other])).toEqual(names.map(() => [20, 0]))
  expect(found.crosses.map(({ empty }) => empty)).toEqual(Array.from({ length: 15 }, () => 0))
  expect(found.agreement).toMatchObject([{ rows: 20, labels: ['a0', 'a4', 'b0', 'b4'] }])
})

test('categories that are whole numbers among floats are found in rows', async () => {
  const columns = [
    [1.5, 2, 1e22],
    ['1.0', '2.50'],
  ].map((values, at) => ({
    name: `n${at}`,
    column_type: 'sampler',
    sampler_type: 'category',
    params: { values },
    ...(at === 1 ? { convert_to: 'float' } : {}),
  }))
  const sampled = configFromValue({ columns } as never, 'test')
  const { path } = await create(
    sampled,
    { ...smallOptions(folder.path, 40), seed: 3n },
    quick(reply).components,
  )
  const { requested, crosses } = await open(path).profile()
  for (const { rows, other, categories } of requested) {
    expect([rows, other]).toEqual([40, 0])
    expect(categories.filter(({ rows: got }) => got === 0)).toEqual([])
  }
  expect(crosses).toMatchObject([{ cells: 6, empty: 0 }])
})

describe('bad options name what is wrong', () => {
  const file = (name: string, text: string): string => {
    const path = join(folder.path, name)
    writeFileSync(path, text)
    return path
  }
  const against = (name: string, text: string, field?: string): ProfileOptions => ({
    contamination: { against: [file(name, text)], ...(field === undefined ? {} : { field }) },
  })
  const cases: readonly [what: string, options: () => ProfileOptions, says: RegExp][] = [
    ['threshold', () => ({ nearDuplicates: { threshold: 1.5 } }), /above 0 and up to 1/],
    ['no such column', () => ({ nearDuplicates: true, columns: ['nope'] }), /no column "nope"/],
    ['a column without texts', () => ({ diversity: true, columns: ['first'] }), /its type is struct/],
    ['one judge', () => ({ agreement: [{ judges: ['first.clarity'] }] }), /two judges or more/],
    ['the same judge twice', () => ({ agreement: [{ judges: ['topic', 'topic'] }] }), /two judges or more/],
    [
      'a judge without score',
      () => ({ agreement: [{ judges: ['first', 'second'] }] }),
      /has the fields clarity/,
    ],
    ['no files', () => ({ contamination: { against: [] } }), /No file of prompts/],
    ['a missing file', () => ({ contamination: { against: ['nowhere.jsonl'] } }), /no file nowhere\.jsonl/],
    ['an empty file', () => against('e.txt', '\n \n'), /has no prompts: it is empty/],
    ['a line that is not JSON', () => against('b.jsonl', '{"q":"a"}\n{"q":\n', 'q'), /line 2, is not JSON/],
    ['several fields', () => against('s.jsonl', '{"a":"x","b":"y"}\n'), /several fields with text: a, b/],
    [
      'a line without the field',
      () => against('f.jsonl', '{"q":"x"}\n{"r":"y"}\n', 'q'),
      /line 2, has no field "q"/,
    ],
    ['a field that is no text', () => against('n.jsonl', '{"q":7}\n', 'q'), /line 1, has no text .* but 7/],
    ['no list', () => against('o.json', '{"q":"x"}'), /is no list of prompts/],
    ['a packed file', () => against('p.jsonl.gz', 'x'), /is packed/],
    ['no Parquet', () => against('p.parquet', 'x'), /no Parquet file that can be read/],
  ]
  test('in a sentence of class usage', async () => {
    const dataset = await made()
    for (const [what, options, says] of cases) {
      const error = await failureOf(dataset.profile(options()))
      expect(error.message, what).toMatch(says)
      expect(['usage', 'unknown_column'], what).toContain(error.code)
    }
  })
})
