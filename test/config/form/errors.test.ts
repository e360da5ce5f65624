import { describe, expect, it } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { parseConfig } from '../../../src/config/form/load.ts'

function issuesOf(yaml: string): readonly unknown[] {
  try {
    parseConfig(yaml, 'c.yaml')
  } catch (error) {
    if (!RowsmithError.isInstance(error)) throw error
    expect(error.code).toBe('config_invalid')
    return error.facts.issues as string[]
  }
  return []
}

const columnTypes =
  'sampler, llm-text, llm-code, llm-structured, llm-judge, expression, validation, embedding, image, seed-dataset, custom'
const sampler = (type: string, params: string): string =>
  `columns:\n- name: a\n  column_type: sampler\n  sampler_type: ${type}\n  params: ${params}\n`
const model = (parameters: string): string =>
  `columns: []\nmodel_configs:\n- alias: m\n  model: x\n  provider: p\n  inference_parameters: ${parameters}\n`

const table: readonly [about: string, yaml: string, issues: readonly string[]][] = [
  ['nothing', '', ['c.yaml:1: a config must be a map with "columns" (seen nothing)']],
  ['a list', '- 1', ['c.yaml:1: a config must be a map with "columns" (seen a list)']],
  ['no columns', 'models: []', ['c.yaml:1: a config needs "columns"']],
  ['a misspelt root', '\ncolums: []', ['c.yaml:2: colums: unknown key; did you mean "columns"?']],
  [
    'both shapes at once',
    'data_designer: {columns: []}\ncolumns: []',
    ['c.yaml:2: columns: cannot stand next to "data_designer"; move it inside'],
  ],
  [
    'an unknown key beside the envelope',
    'data_designer: {columns: []}\nextra: 1',
    ['c.yaml:2: extra: unknown key; allowed data_designer, library_version'],
  ],
  ['an empty envelope', 'data_designer:', ['c.yaml:1: data_designer: must be a map with "columns"']],
  ['a wrong type', 'columns: 3', ['c.yaml:1: columns: must be a list (seen 3)']],
  [
    'a path inside the envelope',
    'data_designer:\n  columns:\n  - 3',
    ['c.yaml:3: columns[0]: must be a map (seen 3)'],
  ],
  [
    'an unknown column type',
    'columns:\n- name: a\n  column_type: llm_text',
    [
      `c.yaml:3: columns[0].column_type: is not one of the allowed values (seen "llm_text"); allowed ${columnTypes}; did you mean "llm-text"?`,
    ],
  ],
  [
    'no column type',
    'columns:\n- name: a',
    [`c.yaml:2: columns[0].column_type: is required; allowed ${columnTypes}`],
  ],
  [
    'an unknown key, which explains the missing one',
    'columns:\n- name: a\n  column_type: expression\n  exp: "1"',
    [
      'c.yaml:4: columns[0].exp: unknown key; allowed name, drop, allow_resize, column_type, skip, propagate_skip, expr, dtype; did you mean "expr"?',
    ],
  ],
  [
    'a missing key',
    'columns:\n- name: a\n  column_type: expression',
    ['c.yaml:2: columns[0].expr: is required; it must be a string'],
  ],
  [
    'a number as a name',
    'columns:\n- name: 5\n  column_type: expression\n  expr: "1"',
    ['c.yaml:2: columns[0].name: must be a string (seen 5)'],
  ],
  [
    'a duplicate column',
    'columns:\n- {name: a, column_type: expression, expr: "1"}\n- {name: a, column_type: expression, expr: "2"}',
    ['c.yaml:3: columns[1].name: duplicate column name "a"; columns[0] has it too'],
  ],
  [
    'duplicate aliases',
    'columns: []\nmodel_configs:\n- {alias: m, model: x, provider: p}\n- {alias: m, model: x, provider: p}',
    ['c.yaml:4: model_configs[1].alias: duplicate model alias "m"; model_configs[0] has it too'],
  ],
  [
    'an unknown sampler, said once',
    sampler('unifrm', '{low: 0, high: 1}'),
    [
      'c.yaml:4: columns[0].sampler_type: is not one of the allowed values (seen "unifrm"); allowed category, subcategory, uniform, gaussian, bernoulli, bernoulli_mixture, binomial, poisson, scipy, uuid, datetime, timedelta, person, person_from_faker; did you mean "uniform"?',
    ],
  ],
  [
    'several wrong values in file order',
    sampler('uniform', '{low: x, high: [1], decimal_places: 1.5}'),
    [
      'c.yaml:5: columns[0].params.low: must be a number (seen "x")',
      'c.yaml:5: columns[0].params.high: must be a number (seen a list)',
      'c.yaml:5: columns[0].params.decimal_places: must be a whole number (seen 1.5)',
    ],
  ],
  [
    'an infinite bound',
    sampler('uniform', '{low: 0, high: .inf}'),
    ['c.yaml:5: columns[0].params.high: must be a number (seen Infinity)'],
  ],
  [
    'no values',
    sampler('category', '{values: []}'),
    ['c.yaml:5: columns[0].params.values: must have at least 1 item'],
  ],
  [
    'weights that do not fit',
    sampler('category', '{values: [a, b], weights: [1]}'),
    ['c.yaml:5: columns[0].params.weights: there must be one weight for each value'],
  ],
  [
    'weights without weight',
    sampler('category', '{values: [a, b], weights: [0, 0]}'),
    ['c.yaml:5: columns[0].params.weights: weights must add up to more than 0'],
  ],
  [
    'a negative weight',
    sampler('category', '{values: [a, b], weights: [2, -1]}'),
    ['c.yaml:5: columns[0].params.weights[1]: must be at least 0 (seen -1)'],
  ],
  [
    'a probability above 1',
    sampler('bernoulli', '{p: 1.5}'),
    ['c.yaml:5: columns[0].params.p: must be at most 1 (seen 1.5)'],
  ],
  [
    'ages in the wrong order',
    sampler('person', '{age_range: [30, 20]}'),
    ['c.yaml:5: columns[0].params.age_range: the first age must be below the second'],
  ],
  [
    'no date',
    sampler('datetime', '{start: soon, end: 2024-01-01}'),
    ['c.yaml:5: columns[0].params.start: is not a date'],
  ],
  [
    'parameters of another sampler',
    sampler('uniform', '{p: 0.5, sampler_type: bernoulli}'),
    ["c.yaml:5: columns[0].params.sampler_type: must be the column's own sampler_type"],
  ],
  [
    'skip on a sampler',
    `${sampler('uuid', '{}')}  skip: {when: "{{ b }}"}`,
    ['c.yaml:6: columns[0].skip: cannot be used on a sampler column'],
  ],
  [
    'a wrong truth',
    `${sampler('uuid', '{}')}  drop: maybe`,
    ['c.yaml:6: columns[0].drop: must be true or false (seen "maybe")'],
  ],
  [
    'a temperature out of range',
    model('{temperature: 3}'),
    ['c.yaml:6: model_configs[0].inference_parameters.temperature: must be at most 2 (seen 3)'],
  ],
  [
    'a distribution upside down',
    model('{temperature: {params: {low: 1, high: 0}}}'),
    ['c.yaml:6: model_configs[0].inference_parameters.temperature.params.high: high must be above low'],
  ],
  [
    'a distribution that contradicts itself',
    model('{top_p: {distribution_type: manual, params: {low: 0, high: 1}}}'),
    [
      'c.yaml:6: model_configs[0].inference_parameters.top_p.params.values: is required; it must be a list',
      'c.yaml:6: model_configs[0].inference_parameters.top_p.params.low: unknown key; allowed values, weights',
      'c.yaml:6: model_configs[0].inference_parameters.top_p.params.high: unknown key; allowed values, weights',
    ],
  ],
  [
    'a seed range upside down',
    'columns: []\nseed_config: {source: {seed_type: local, path: x}, selection_strategy: {start: 3, end: 1}}',
    ['c.yaml:2: seed_config.selection_strategy.end: end must not be below start'],
  ],
  [
    'a wrong operator',
    'columns: []\nconstraints: [{target_column: a, operator: "<", rhs: 4}]',
    [
      'c.yaml:2: constraints[0].operator: is not one of the allowed values (seen "<"); allowed lt, le, gt, ge',
    ],
  ],
]

describe('a config that is wrong is told what, where, what was seen and what is allowed', () => {
  for (const [about, yaml, issues] of table) {
    it(about, () => expect(issuesOf(yaml)).toEqual(issues))
  }

  it('and the message holds the first problem, the facts all of them', () => {
    expect(() => parseConfig('columns:\n- 1\n- 2\n- 3', 'c.yaml')).toThrow(
      expect.objectContaining({
        message: 'c.yaml:2: columns[0]: must be a map (seen 1) (and 2 more problems)',
        facts: {
          file: 'c.yaml',
          line: 2,
          path: 'columns[0]',
          issues: [1, 2, 3].map((n) => `c.yaml:${n + 1}: columns[${n - 1}]: must be a map (seen ${n})`),
        },
      }),
    )
  })

  it('without the text of prompts, and without long values', () => {
    const [prompt, name] = issuesOf(
      `columns:\n- {name: a, column_type: llm-text, model_alias: m, prompt: 12345}\n- {name: b, column_type: ${'x'.repeat(500)}}`,
    )
    expect(prompt).toBe('c.yaml:2: columns[0].prompt: must be a string')
    expect(String(name).length).toBeLessThan(400)
  })
})
