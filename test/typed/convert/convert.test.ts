import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/form/load.ts'
import { configHash } from '../../../src/config/identity/fingerprint.ts'
import { configFormats, convertConfig } from '../../../src/entries/config.ts'
import { isWorkflowFile, loadWorkflow } from '../../../src/entries/workflow.ts'
import { loadConfig } from '../../../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'rowsmith-convert-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function put(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const ending = { yaml: 'yaml', json: 'json', typescript: 'mts' }
const hashOf = async (path: string) => configHash(await loadConfig(path)).config_hash
const sampler = (values: string) =>
  `columns: [{name: a, column_type: sampler, sampler_type: category, params: {values: ${values}}}]`

describe('a config in another form', () => {
  const examples = join(import.meta.dirname, '../../../examples')
  const saved = join(import.meta.dirname, '../../fixtures/data-designer')
  const isConfig = (name: string) => name.endsWith('.yaml') && name !== 'polished-drafts.yaml'
  const configs = [
    ...readdirSync(examples)
      .filter(isConfig)
      .map((name) => join(examples, name)),
    ...readdirSync(saved).map((name) => join(saved, name, 'builder_config.json')),
  ]
  it.each(configs)('has the same hash, and back again: %s', async (path) => {
    const hash = await hashOf(path)
    for (const format of configFormats) {
      const there = put(`there.${ending[format]}`, await convertConfig(path, format))
      expect(await hashOf(there)).toBe(hash)
      if (format === 'typescript') expect(readFileSync(there, 'utf8')).toContain('export default dataset(')
      const back = put('back.yaml', await convertConfig(there, 'yaml'))
      expect(await hashOf(back)).toBe(hash)
    }
  })

  it('is as it was written where a person wrote it, and without defaults where a tool did', async () => {
    const person = put(
      'person.yaml',
      'columns:\n  - {name: a, column_type: expression, expr: "{{ 1 }}", drop: false}\n',
    )
    expect(await convertConfig(person, 'yaml')).toBe(
      'columns:\n  - name: a\n    column_type: expression\n    expr: "{{ 1 }}"\n    drop: false\n',
    )
    const tool = put(
      'tool.yaml',
      `library_version: 0.9.7\ndata_designer:\n  ${readFileSync(person, 'utf8').replaceAll('\n', '\n  ')}`,
    )
    expect(await convertConfig(tool, 'yaml')).not.toContain('drop')
  })

  it.each([
    [
      'texts that YAML 1.1 takes for something else',
      '["yes", "no", "12:30", "1e3", "0x1F", "null", "~", "2024-01-01", "=", "<<", "1_000", "- a", "a: b", "#"]',
    ],
    [
      'texts of odd characters',
      '["", " a ", "a\\tb", "a\\nb\\n", "\\n", "  a\\nb", "a\\u2028b", "é", "`\\u0024{x}`", "\'", "\\\\n"]',
    ],
    ['floats and integers', '[1.0, 2, 1.0e+21, 1.5e-9, -0.0, 12345678901234567890]'],
  ])('keeps %s', async (_what, values) => {
    const path = put('odd.yaml', sampler(values))
    const meant = parseConfig(sampler(values), 'odd').columns
    for (const format of ['yaml', 'json'] as const) {
      const there = put(`odd-there.${format}`, await convertConfig(path, format))
      expect((await loadConfig(there)).columns).toEqual(meant)
    }
  })

  it('keeps odd texts in TypeScript, too', async () => {
    const values = '["a\\nb `\\u0024{x}` \\\\n", "it\'s", "\\"", "\\u0007", "</script>"]'
    const path = put('texts.yaml', sampler(values))
    const there = put('texts-there.mts', await convertConfig(path, 'typescript'))
    expect((await loadConfig(there)).columns).toEqual(parseConfig(sampler(values), 'texts').columns)
  })

  it('is refused where the form has no word for a value, and where functions are no data', async () => {
    const floats = put('floats.yaml', sampler('[1.0, 2.0]'))
    await expect(convertConfig(floats, 'typescript')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('columns[0].params.values[0]: 1.0 -> 1'),
    })
    const code = put(
      'functions.mjs',
      "const up = (row) => row\nexport default { columns: [{ name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }, { name: 'x', column_type: 'custom', generator_function: up }] }",
    )
    await expect(convertConfig(code, 'yaml')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/has functions, which are code: up/),
    })
  })

  const id = '{name: id, column_type: sampler, sampler_type: uuid, params: {}}'
  const model = 'model_configs: [{alias: m, provider: p, model: a/b}]'
  it.each([
    [
      'names that JavaScript sorts first',
      `columns: [${id}, {name: "2022", column_type: expression, expr: "1"}, {name: __proto__, column_type: expression, expr: "{{ id }}"}]`,
      'dataset',
    ],
    [
      'a column that reads a later one',
      `columns: [{name: a, column_type: expression, expr: "{{ id }}"}, ${id}]`,
      'defineConfig',
    ],
    [
      'a remote validator',
      `columns: [${id}, {name: v, column_type: validation, target_columns: [id], validator_type: remote, validator_params: {endpoint_url: "http://x/", timeout: 3, max_retries: 0}, batch_size: 3}]`,
      'dataset',
    ],
    [
      'media, traces, skips',
      `${model}\ncolumns: [${id}, {name: t, column_type: llm-text, model_alias: m, prompt: "x", with_trace: last_message, multi_modal_context: [{modality: image, column_name: id, data_type: base64, image_format: png}], skip: {when: "{{ id }}", value: none}, propagate_skip: false, drop: true}]`,
      'dataset',
    ],
    [
      'scores whose names JavaScript sorts',
      `${model}\ncolumns: [{name: j, column_type: llm-judge, model_alias: m, prompt: x, scores: [{name: b, description: d, options: {1: a}}, {name: "1", description: d, options: {x: a}}]}]`,
      'dataset',
    ],
    [
      'drawn parameters and kinds of models',
      `model_configs: [{alias: m, provider: p, model: x, inference_parameters: {temperature: {params: {low: 0.1, high: 0.9}}, top_p: {params: {values: [0.5, 1], weights: [1, 3]}}}}, {alias: e, provider: p, model: e, inference_parameters: {dimensions: 3}}, {alias: i, provider: p, model: i, inference_parameters: {generation_type: image}, thought_tags: keep}]\ncolumns: [${id}]`,
      'dataset',
    ],
    [
      'a seed, tools, processors, a profile',
      `${model}\ntool_configs: [{tool_alias: t, providers: [a], max_tool_call_turns: 2}]\nseed_config: {source: {seed_type: hf, path: datasets/a/b/c.csv, null_values: [NA]}, sampling_strategy: shuffle, selection_strategy: {index: 1, num_partitions: 3}}\ncolumns: [{name: t, column_type: llm-text, model_alias: m, prompt: "{{ seed_column }}", tool_alias: t}]\nprocessors: [{name: d, processor_type: drop_columns, column_names: ["x*"]}, {name: s, processor_type: sql, sql: "SELECT 1", outputs: {o: "SELECT 2"}}]\nprofilers: [{model_alias: m}]`,
      'dataset',
    ],
    [
      'conditions of samplers',
      `columns: [{name: a, column_type: sampler, sampler_type: gaussian, params: {mean: 1, stddev: 2}}, {name: b, column_type: sampler, sampler_type: bernoulli, params: {p: 0.5}, conditional_params: {"a > 1": {p: 1}}}]\nconstraints: [{target_column: a, operator: le, rhs: 3}]`,
      'dataset',
    ],
    [
      'a condition with a text that is the name of a later column',
      `columns: [{name: a, column_type: sampler, sampler_type: category, params: {values: [b, c]}}, {name: s, column_type: sampler, sampler_type: bernoulli, params: {p: 0.5}, conditional_params: {"a == 'b'": {p: 1}}}, {name: b, column_type: expression, expr: "1"}]`,
      'dataset',
    ],
    [
      'a processor that is a function of the file',
      `columns: [${id}]\nprocessors: [{name: f, processor_type: function}]`,
      'defineConfig',
    ],
  ])('of %s has the same hash in TypeScript', async (_what, text, form) => {
    const path = put('neighbour.yaml', text)
    const code = await convertConfig(path, 'typescript')
    expect(code).toContain(`export default ${form}(`)
    expect(await hashOf(put(`neighbour-${text.length}.mts`, code))).toBe(await hashOf(path))
  })

  it('of a workflow is YAML or JSON', async () => {
    const path = join(examples, 'polished-drafts.yaml')
    const there = put('workflow.json', await convertConfig(path, 'json'))
    expect(put('workflow.yaml', await convertConfig(there, 'yaml'))).toBeTruthy()
    expect(await isWorkflowFile(there)).toBe(true)
    const names = async (file: string) =>
      (await loadWorkflow(file)).stages.map(({ name, config }) => [name, configHash(config)])
    expect(await names(join(folder, 'workflow.yaml'))).toEqual(await names(path))
    await expect(convertConfig(path, 'typescript')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('is a workflow'),
    })
  })
})
