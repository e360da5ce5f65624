import { expect, test } from 'vitest'
import { compile } from './examples.ts'

const text = { column_type: 'llm-text', model_alias: 'writer', prompt: 'Write.' }
const schema = { type: 'object', properties: { mood: { type: 'string' } }, required: ['mood'] }

test('columns keep config order, names, types, what they read and drop', () => {
  const { columns, notBuilt } = compile([
    {
      name: 'review',
      ...text,
      prompt: 'Review {{ product }} as {{ mood.name }}.',
      system_prompt: 'Be {{ tone }}.',
    },
    { name: 'tone', column_type: 'expression', expr: '{{ stars }}', dtype: 'int', drop: true },
    { name: 'stars', column_type: 'sampler', sampler_type: 'category', params: { values: [1n, 2n] } },
    {
      name: 'mood',
      column_type: 'llm-structured',
      model_alias: 'writer',
      prompt: 'Mood of {{ product }}.',
      output_format: schema,
    },
    { name: 'product', column_type: 'sampler', sampler_type: 'uuid', params: {} },
  ])
  expect(notBuilt).toEqual([])
  expect(
    columns.map(({ kind, name, type, reads, drop }) => [kind, name, type.kind, [...reads].sort(), drop]),
  ).toEqual([
    ['model', 'review', 'string', ['mood', 'product', 'tone'], false],
    ['computed', 'tone', 'int', ['stars'], true],
    ['sampled', 'stars', 'int', [], false],
    ['model', 'mood', 'struct', ['product'], false],
    ['sampled', 'product', 'string', [], false],
  ])
})

test('columns that are dropped by a processor are marked, and nothing is left that cannot be made', () => {
  const sampler = { column_type: 'sampler', sampler_type: 'uuid', params: {} }
  const { columns, notBuilt } = compile(
    [
      { name: 'id', ...sampler },
      { name: 'tooled', ...text, tool_alias: 'search' },
      { name: 'longer', ...text, allow_resize: true },
    ],
    {},
    {
      processors: [
        { name: 'shape', processor_type: 'schema_transform', template: { a: '{{ id }}' } },
        { name: 'drop', processor_type: 'drop_columns', column_names: ['id'] },
      ],
    },
  )
  expect(columns.map(({ name, drop }) => [name, drop])).toEqual([
    ['id', true],
    ['tooled', false],
    ['longer', false],
  ])
  expect(notBuilt).toEqual([])
})

test('a config that cannot be drawn from is refused, naming the column', () => {
  const build = (): unknown =>
    compile([
      {
        name: 'size',
        column_type: 'sampler',
        sampler_type: 'category',
        params: { values: ['small'] },
        convert_to: 'integer',
      },
    ])
  expect(build).toThrow('Column "size": convert_to is "integer"; allowed are int, float and str.')
})
