import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { checkConfig } from '../../../src/config/check/check.ts'
import { parseConfig } from '../../../src/config/form/load.ts'

function verdict(yaml: string): { code: string; issues: readonly unknown[] } | 'fine' {
  const config = parseConfig(yaml, 'c.yaml')
  try {
    checkConfig(config)
  } catch (error) {
    if (!RowsmithError.isInstance(error)) throw error
    return { code: error.code, issues: error.facts.issues as string[] }
  }
  return 'fine'
}

const models = 'model_configs: [{alias: writer, model: x, provider: p}]\n'
const topic = '- {name: topic, column_type: sampler, sampler_type: category, params: {values: [x]}}\n'
const start = `${models}columns:\n${topic}`

const table: readonly [about: string, yaml: string, code: string, issues: readonly string[]][] = [
  [
    'a prompt that reads an unknown column',
    `${start}- {name: a, column_type: llm-text, model_alias: writer, prompt: "On {{ topc }}"}`,
    'config_invalid',
    ['c.yaml:4: columns[1].prompt: "topc" is not a column; did you mean "topic"?'],
  ],
  [
    'an expression that reads an unknown column',
    `${start}- {name: a, column_type: expression, expr: "{{ nothing_like_it }}"}`,
    'config_invalid',
    ['c.yaml:4: columns[1].expr: "nothing_like_it" is not a column'],
  ],
  [
    'an unknown model alias',
    `${start}- {name: a, column_type: llm-text, model_alias: writr, prompt: Hi}`,
    'unknown_model_alias',
    [
      'c.yaml:4: columns[1].model_alias: unknown model alias "writr"; defined are writer; did you mean "writer"?',
    ],
  ],
  [
    'an unknown tool alias',
    `${start}- {name: a, column_type: llm-text, model_alias: writer, prompt: Hi, tool_alias: t}`,
    'config_invalid',
    ['c.yaml:4: columns[1].tool_alias: unknown tool alias "t"'],
  ],
  [
    "a subcategory's missing parent",
    `${start}- {name: a, column_type: sampler, sampler_type: subcategory, params: {category: topics, values: {x: [y]}}}`,
    'config_invalid',
    ['c.yaml:4: columns[1].params.category: "topics" is not a sampler column; did you mean "topic"?'],
  ],
  [
    'a subcategory of something else',
    `${start}- {name: u, column_type: sampler, sampler_type: uuid, params: {}}\n- {name: a, column_type: sampler, sampler_type: subcategory, params: {category: u, values: {x: [y]}}}`,
    'config_invalid',
    ['c.yaml:5: columns[2].params.category: "u" must be a category sampler, but is a uuid sampler column'],
  ],
  [
    'a timedelta without its date',
    `${start}- {name: a, column_type: sampler, sampler_type: timedelta, params: {dt_min: 1, dt_max: 2, reference_column_name: when}}`,
    'config_invalid',
    ['c.yaml:4: columns[1].params.reference_column_name: "when" is not a sampler column'],
  ],
  [
    'a condition on something that is not sampled',
    `${start}- {name: a, column_type: sampler, sampler_type: poisson, params: {mean: 1}, conditional_params: {"b == 1": {mean: 2}}}\n- {name: b, column_type: expression, expr: "1"}`,
    'config_invalid',
    ['c.yaml:4: columns[1].conditional_params["b == 1"]: "b" is not a sampler column'],
  ],
  [
    'a conversion that there is not',
    `${models}columns:\n- {name: a, column_type: sampler, sampler_type: poisson, params: {mean: 1}, convert_to: integer}`,
    'config_invalid',
    [
      'c.yaml:3: columns[0].convert_to: is not one of the allowed values (seen "integer"); allowed float, int, str',
    ],
  ],
  [
    'a skip that reads nothing, itself, or an unknown column',
    `${start}- {name: a, column_type: expression, expr: "1", skip: {when: "true"}}\n- {name: b, column_type: expression, expr: "1", skip: {when: "{{ b }}"}}\n- {name: c, column_type: expression, expr: "1", skip: {when: "{{ d }}"}}`,
    'config_invalid',
    [
      'c.yaml:4: columns[1].skip.when: must read a column, inside {{ }}',
      'c.yaml:5: columns[2].skip.when: "b" is what the column itself makes',
      'c.yaml:6: columns[3].skip.when: "d" is not a column',
    ],
  ],
  [
    'code checked in another language',
    `${models}columns:\n- {name: a, column_type: llm-code, model_alias: writer, prompt: Hi, code_lang: python}\n- {name: b, column_type: validation, target_columns: [a, z], validator_type: code, validator_params: {code_lang: "sql:ansi"}}`,
    'config_invalid',
    [
      'c.yaml:4: columns[1].target_columns[1]: "z" is not a column',
      'c.yaml:4: columns[1].target_columns[0]: "a" is written in python, but checked as sql:ansi',
    ],
  ],
  [
    'constraints on what is not sampled',
    `${start}constraints:\n- {target_column: topc, operator: lt, rhs: other}`,
    'config_invalid',
    [
      'c.yaml:5: constraints[0].target_column: "topc" is not a sampler column; did you mean "topic"?',
      'c.yaml:5: constraints[0].rhs: "other" is not a sampler column',
    ],
  ],
  [
    'processors that name unknown columns',
    `${start}processors:\n- {name: p, processor_type: drop_columns, column_names: [tpic, "none*"]}\n- {name: q, processor_type: schema_transform, template: {x: ["{{ y }}"]}}`,
    'config_invalid',
    [
      'c.yaml:5: processors[0].column_names[0]: "tpic" is not a column; did you mean "topic"?',
      'c.yaml:6: processors[1].template.x[0]: "y" is not a column',
    ],
  ],
  [
    'a processor whose folder would lie elsewhere',
    `${start}processors:\n- {name: ../p, processor_type: schema_transform, template: {a: x}}`,
    'path_escapes',
    ['c.yaml:5: processors[0].name: "../p" is not a plain folder name'],
  ],
  [
    'processors whose folders no file system takes, or one takes for another',
    `${start}processors:\n${['..', '"a\\nb"', 'con.x', 'Chat', 'chat', '"x\\\\y"']
      .map((name) => `- {name: ${name}, processor_type: schema_transform, template: {a: x}}\n`)
      .join('')}`,
    'path_escapes',
    [
      'c.yaml:5: processors[0].name: ".." is not a plain folder name',
      'c.yaml:6: processors[1].name: "a\\nb" is not a plain folder name',
      'c.yaml:7: processors[2].name: "con.x" is not a plain folder name',
      'c.yaml:9: processors[4].name: "chat" differs from processors[3] by no more than case, and names a folder',
      'c.yaml:10: processors[5].name: "x\\\\y" is not a plain folder name',
    ],
  ],
  [
    'a schema transform without columns, or with a template for the name of one',
    `${start}processors:
- {name: p, processor_type: schema_transform, template: {}}
- {name: q, processor_type: schema_transform, template: {"{{ topic }}": x}}`,
    'config_invalid',
    [
      'c.yaml:5: processors[0].template: must have at least 1 key: each is a column',
      'c.yaml:6: processors[1].template["{{ topic }}"]: names a column, so it cannot be a template',
    ],
  ],
  [
    'a dataset without columns',
    `${models}columns:\n- {name: a, column_type: expression, expr: "1", drop: true}`,
    'config_invalid',
    ['c.yaml:2: columns: every column is dropped, so nothing is left in the dataset'],
  ],
]

describe('a config that leads nowhere is refused before any request', () => {
  for (const [about, yaml, code, issues] of table) {
    it(about, () => expect(verdict(yaml)).toEqual({ code, issues }))
  }

  it('a template that does not parse', () => {
    const result = verdict(`${start}- name: a\n  column_type: expression\n  expr: "{{ topic "`)
    expect(result).toMatchObject({ code: 'template_invalid' })
    expect(result).toMatchObject({ issues: [expect.stringMatching(/^c\.yaml:6: columns\[1\]\.expr: /)] })
  })
})

describe('a config that holds together passes', () => {
  it('the example in this repository', () => {
    const path = `${import.meta.dirname}/../../../examples/product-reviews.yaml`
    expect(verdict(readFileSync(path, 'utf8'))).toBe('fine')
  })

  it('traces and reasoning may be read in prompts', () => {
    expect(
      verdict(
        `${models}columns:\n- {name: a, column_type: llm-text, model_alias: writer, prompt: Hi, with_trace: last_message, extract_reasoning_content: true}\n- {name: b, column_type: expression, expr: "{{ a__trace }}{{ a__reasoning_content }}"}`,
      ),
    ).toBe('fine')
  })

  it('names may come from a seed that nobody has read yet', () => {
    expect(
      verdict(
        `${models}seed_config: {source: {seed_type: local, path: x.csv}}\ncolumns:\n- {name: a, column_type: llm-text, model_alias: writer, prompt: "{{ from_seed }}"}`,
      ),
    ).toBe('fine')
  })
})
