import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compileConfig, internalRowId } from '../../../src/config/form/compile.ts'
import { configFromValue, parseConfig } from '../../../src/config/form/load.ts'
import type { Config } from '../../../src/config/schema/schema.ts'

const load = (yaml: string): Config => parseConfig(yaml, 'c.yaml')
const column = (fields: string): Config['columns'][number] =>
  load(`columns: [{name: a, ${fields}}]`).columns[0]!

describe('a config that is read', () => {
  it('has every default filled in', () => {
    expect(
      load(
        'columns: [{name: a, column_type: llm-text, prompt: Hi, model_alias: m}]\nmodel_configs: [{alias: m, model: x, provider: p}]',
      ),
    ).toEqual({
      columns: [
        {
          name: 'a',
          drop: false,
          allow_resize: false,
          column_type: 'llm-text',
          skip: null,
          propagate_skip: true,
          prompt: 'Hi',
          model_alias: 'm',
          system_prompt: null,
          multi_modal_context: null,
          tool_alias: null,
          with_trace: 'none',
          extract_reasoning_content: false,
        },
      ],
      model_configs: [
        {
          alias: 'm',
          model: 'x',
          provider: 'p',
          skip_health_check: false,
          inference_parameters: {
            generation_type: 'chat-completion',
            max_parallel_requests: 4,
            timeout: null,
            extra_body: null,
            temperature: null,
            top_p: null,
            max_tokens: null,
          },
        },
      ],
      tool_configs: [],
      seed_config: null,
      constraints: [],
      profilers: [],
      processors: [],
    })
  })

  it('is the same in an envelope, with null for what is left out', () => {
    const bare = 'columns: [{name: a, column_type: expression, expr: "1"}]'
    const full = `library_version: 0.9.0\ndata_designer: {${bare}, model_configs: null, constraints: null, seed_config: null}`
    expect(load(full)).toEqual(load(bare))
  })

  it('reads fields as pydantic does: text and truths become numbers where numbers are due', () => {
    const sampler = column(
      'column_type: sampler, sampler_type: uniform, drop: "Yes", params: {low: "1_0.5", high: 20, decimal_places: " 2.0 "}',
    )
    expect(sampler).toMatchObject({ drop: true, params: { low: 10.5, high: 20, decimal_places: 2 } })
    expect(column('column_type: sampler, sampler_type: poisson, params: {mean: true}')).toMatchObject({
      params: { mean: 1 },
    })
  })

  it("keeps a category's values as they are, and reads truths among them as numbers", () => {
    expect(
      column('column_type: sampler, sampler_type: category, params: {values: [a, 1, 1.0, yes]}'),
    ).toMatchObject({ params: { values: ['a', 1n, 1, 1n] } })
  })

  it('keeps integers and floats apart in free-form data', () => {
    expect(
      column(
        'column_type: llm-structured, prompt: Hi, model_alias: m, output_format: {minimum: 0, maximum: 1.0}',
      ),
    ).toMatchObject({ output_format: { minimum: 0n, maximum: 1 } })
  })

  it('casts the value of a skipped expression to its dtype', () => {
    const value = (dtype: string, given: string): unknown =>
      column(`column_type: expression, expr: "1", dtype: ${dtype}, skip: {when: "{{ b }}", value: ${given}}`)
        .skip?.value
    expect(value('float', '0')).toBe(0)
    expect(value('str', '0')).toBe('0')
    expect(value('str', '1.0')).toBe('1.0')
    expect(value('int', '2.7')).toBe(2n)
    expect(value('int', 'true')).toBe(true)
    expect(value('bool', '1')).toBe(true)
    expect(value('int', 'null')).toBe(null)
  })

  // What Data Designer's own config objects hold then, asked of version 0.9.7.
  it.each([
    ['int', '" 1_000 "', 1000n],
    ['int', '"-7"', -7n],
    ['int', '"+7"', 7n],
    ['int', '1.0e+300', BigInt(1e300)],
    ['float', '" 1e3 "', 1000],
    ['float', '"-.5"', -0.5],
    ['float', '"1_0."', 10],
    ['float', 'true', 1],
    ['bool', '"x"', true],
    ['bool', '"false"', true],
    ['bool', '"0"', true],
    ['bool', '""', false],
    ['bool', '0.0', false],
    ['str', 'true', 'True'],
    ['str', '1.0e+300', '1e+300'],
  ])('casts the value of a skipped expression as Python does: %s(%s)', (dtype, given, cast) => {
    expect(
      column(`column_type: expression, expr: "1", dtype: ${dtype}, skip: {when: "{{ b }}", value: ${given}}`)
        .skip?.value,
    ).toBe(cast)
  })

  it.each([
    ['int', '"1.0"'],
    ['int', '"0x10"'],
    ['int', '""'],
    ['float', '"0x10"'],
    ['float', '"1__0"'],
    ['float', '"x"'],
  ])('refuses a skip value that Python cannot cast: %s(%s)', (dtype, given) => {
    expect(() =>
      column(`column_type: expression, expr: "1", dtype: ${dtype}, skip: {when: "{{ b }}", value: ${given}}`),
    ).toThrow(/skip\.value/)
  })

  it('gives conditional parameters and validator parameters the type of their column', () => {
    expect(
      column(
        'column_type: sampler, sampler_type: gaussian, params: {mean: 0, stddev: 1}, conditional_params: {"b": {mean: 5, stddev: 1}}',
      ),
    ).toMatchObject({ conditional_params: { b: { sampler_type: 'gaussian', mean: 5 } } })
  })

  it('takes image contexts from before there were modalities', () => {
    expect(
      column(
        'column_type: image, prompt: Draw, model_alias: m, multi_modal_context: [{column_name: b, odd: 1}]',
      ),
    ).toMatchObject({
      multi_modal_context: [{ modality: 'image', column_name: 'b', data_type: null, image_format: null }],
    })
  })

  it('tells embedding models from chat models by their parameters', () => {
    const model = (parameters: string): unknown =>
      load(
        `columns: []\nmodel_configs: [{alias: m, model: x, provider: p, inference_parameters: ${parameters}}]`,
      ).model_configs[0]?.inference_parameters.generation_type
    expect(model('{}')).toBe('chat-completion')
    expect(model('{dimensions: 3}')).toBe('embedding')
    expect(model('{generation_type: image}')).toBe('image')
  })

  it('takes a right side that reads as a number for one, and any other for a column', () => {
    const constraints = (rhs: string): unknown =>
      load(`columns: []\nconstraints: [{target_column: a, operator: lt, rhs: ${rhs}}]`).constraints[0]
    expect(constraints('"4"')).toMatchObject({ constraint_type: 'scalar_inequality', rhs: 4 })
    expect(constraints('"nan"')).toMatchObject({ constraint_type: 'column_inequality', rhs: 'nan' })
    expect(constraints('b')).toMatchObject({ constraint_type: 'column_inequality', rhs: 'b' })
  })

  it('has the columns that a drop_columns processor names marked as dropped', () => {
    const config = load(
      'columns: [{name: tmp.a, column_type: expression, expr: "1"}, {name: tmpxa, column_type: expression, expr: "1"}, {name: b, column_type: expression, expr: "1"}]\nprocessors: [{name: p, processor_type: drop_columns, column_names: ["tmp.*"]}]',
    )
    expect(config.columns.map(({ drop }) => drop)).toEqual([true, false, false])
  })

  it('may be written as code', () => {
    const config = configFromValue(
      { columns: [{ name: 'a', column_type: 'expression', expr: '1' }] },
      'my config',
    )
    expect(config.columns[0]?.name).toBe('a')
    expect(() => configFromValue({ columns: [1n] }, 'my config')).toThrow(
      'my config: columns[0]: must be a map (seen 1)',
    )
  })

  it('accepts the example in this repository', () => {
    const path = `${import.meta.dirname}/../../../examples/product-reviews.yaml`
    const config = parseConfig(readFileSync(path, 'utf8'), 'product-reviews.yaml')
    expect(config.columns.map(({ name, drop }) => (drop ? `(${name})` : name))).toEqual([
      'review_id',
      'product',
      'stars',
      '(mood)',
      'headline',
      'review',
      'insight',
    ])
    expect(compileConfig(config)).toEqual(config)
  })
})

describe('compiling a config', () => {
  const rootless = load('columns: [{name: a, column_type: expression, expr: "1"}]')

  it('puts a row id in front when nothing else makes rows, once', () => {
    const compiled = compileConfig(rootless)
    expect(compiled.columns.map(({ name }) => name)).toEqual([internalRowId, 'a'])
    expect(compiled.columns[0]?.drop).toBe(true)
    expect(compileConfig(compiled)).toEqual(compiled)
  })

  it('puts the columns of a seed at the end, once', () => {
    const compiled = compileConfig(rootless, ['s', 't'])
    expect(compiled.columns.map(({ name }) => name)).toEqual(['a', 's', 't'])
    expect(compileConfig(compiled, ['s', 't'])).toEqual(compiled)
  })

  it('refuses a seed column with the name of a column', () => {
    expect(() => compileConfig(rootless, ['a'])).toThrow(
      'c.yaml: the seed dataset has a column "a", and so has the config',
    )
  })
})
