import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { schemasFolder, schemaText } from '../../../scripts/write-schemas.ts'
import { jsonSchema, type SchemaKind, schemaKinds } from '../../../src/config/json-schema/json-schema.ts'
import { parseYaml } from '../../../src/config/reading/yaml.ts'
import { toPlain } from '../../../src/models/schema/schema-walk.ts'

const ajv = new Ajv({ strict: false })
const validators = new Map(schemaKinds.map((kind) => [kind, ajv.compile(jsonSchema(kind))]))
const isValid = (kind: SchemaKind, text: string): boolean =>
  validators.get(kind)!(toPlain(parseYaml(text, 'test').value)) as boolean

const examples = join(import.meta.dirname, '../../../examples')

test.each(readdirSync(examples).filter((file) => file.endsWith('.yaml')))(
  '%s names a schema in its first line, and is valid by it',
  (file) => {
    const text = readFileSync(join(examples, file), 'utf8')
    const kind = /^# yaml-language-server: \$schema=\.\.\/schemas\/([\w-]+)\.json\n/.exec(text)?.[1]
    expect(isValid(kind as SchemaKind, text)).toBe(true)
  },
)

test.each(schemaKinds)('schemas/%s.json is what `node scripts/write-schemas.ts` writes', (kind) => {
  expect(readFileSync(join(schemasFolder, `${kind}.json`), 'utf8')).toBe(schemaText(kind))
})

const column = (fields: string): string => `columns: [{ name: a, ${fields} }]`

describe('an editor', () => {
  test.each<[string, SchemaKind, string, boolean]>([
    [
      'a sampler',
      'config',
      column('column_type: sampler, sampler_type: category, params: { values: [1] }'),
      true,
    ],
    [
      'a misspelt parameter',
      'config',
      column('column_type: sampler, sampler_type: category, params: { vlaues: [1] }'),
      false,
    ],
    [
      'a parameter of another sampler',
      'config',
      column('column_type: sampler, sampler_type: uniform, params: { values: [1] }'),
      false,
    ],
    [
      'a conditional parameter that is misspelt',
      'config',
      column(
        'column_type: sampler, sampler_type: poisson, params: { mean: 1 }, conditional_params: { "b > 1": { maen: 2 } }',
      ),
      false,
    ],
    ['an unknown column_type', 'config', column('column_type: llm-txt, prompt: p, model_alias: m'), false],
    ['a misspelt field', 'config', column('column_type: llm-text, promt: p, model_alias: m'), false],
    ['no prompt', 'config', column('column_type: llm-text, model_alias: m'), false],
    [
      'a check of an unknown language',
      'config',
      column(
        'column_type: validation, target_columns: [b], validator_type: code, validator_params: { code_lang: klingon }',
      ),
      false,
    ],
    [
      'a config in its envelope',
      'config',
      `data_designer: { ${column('column_type: expression, expr: "1"')} }`,
      true,
    ],
    [
      'a misspelt field in an envelope',
      'config',
      `data_designer: { ${column('column_type: expression, exp: "1"')} }`,
      false,
    ],
    [
      'a model with a distribution',
      'config',
      'columns: []\nmodel_configs: [{ alias: a, model: m, provider: p, inference_parameters: { temperature: { params: { low: 0.1, high: 0.5 } } } }]',
      true,
    ],
    [
      'a model with a misspelt parameter',
      'config',
      'columns: []\nmodel_configs: [{ alias: a, model: m, provider: p, inference_parameters: { tempratur: 1 } }]',
      false,
    ],
    [
      'a constraint without its type',
      'config',
      'columns: []\nconstraints: [{ target_column: a, operator: lt, rhs: 3 }]',
      true,
    ],
    [
      'a seed',
      'config',
      'columns: []\nseed_config: { source: { seed_type: local, path: a.csv, delimiter: ";" } }',
      true,
    ],
    [
      'a processor of an unknown type',
      'config',
      'columns: []\nprocessors: [{ name: a, processor_type: drop }]',
      false,
    ],
    [
      'a run config',
      'run-config',
      'buffer_size: 10\ninference: { writer: batch }\nprices: { writer: { input: 1 } }',
      true,
    ],
    ['a misspelt setting', 'run-config', 'bufer_size: 10', false],
    [
      'a list of providers',
      'providers',
      '- { name: a, endpoint: "http://127.0.0.1:1/v1", inference: { mode: batch } }',
      true,
    ],
    [
      'a providers file',
      'providers',
      'providers: [{ name: a, endpoint: "http://127.0.0.1:1/v1" }]\ndefault: a',
      true,
    ],
    [
      'a provider with a misspelt field',
      'providers',
      'providers: [{ name: a, endpont: "http://127.0.0.1:1/v1" }]',
      false,
    ],
    [
      'a workflow',
      'workflow',
      'stages: [{ name: a, config: { columns: [] } }, { name: b, config: b.yaml }]',
      true,
    ],
    ['a workflow of steps', 'workflow', 'steps: [{ name: a, config: { columns: [] } }]', true],
    [
      'a workflow with a misspelt field',
      'workflow',
      'stages: [{ name: a, config: { columns: [] }, num_record: 3 }]',
      false,
    ],
  ])('judges %s as the loader does', (_, kind, text, valid) => {
    expect(isValid(kind, text)).toBe(valid)
  })
})

test.each(schemaKinds)('every field of a %s has a description', (kind) => {
  const missing: string[] = []
  const walk = (part: unknown, path: string): void => {
    if (typeof part !== 'object' || part === null) return
    for (const [key, value] of Object.entries(part)) {
      if (key === 'if' || key === 'default') continue
      if (key === 'properties') {
        for (const [name, field] of Object.entries(value as Record<string, { description?: string }>)) {
          if (field.description === undefined) missing.push(`${path}.${name}`)
          walk(field, `${path}.${name}`)
        }
      } else walk(value, path)
    }
  }
  walk(jsonSchema(kind), kind)
  expect(missing).toEqual([])
})
