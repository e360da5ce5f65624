import { describe, expect, it } from 'vitest'
import { parseWorkflow, workflowFromValue } from '../../../src/config/files/workflow.ts'
import { parseConfig } from '../../../src/config/form/load.ts'

const files: Readonly<Record<string, string>> = {
  'good.yaml': 'columns: []',
  'bad.yaml': 'columns:\n- {name: x}',
}
const readFile = async (path: string) => parseConfig(files[path] ?? '', path)
const read = (text: string, name = 'w.yaml') => parseWorkflow(text, name, readFile)

describe('a workflow', () => {
  it('has stages with every default filled in, and the name of its file when it has none', async () => {
    const { name, stages } = await read(
      'stages: [{name: a, config: good.yaml}]',
      'some/my chain.workflow.yaml',
    )
    expect(name).toBe('my-chain')
    expect(stages).toMatchObject([
      {
        name: 'a',
        numRecords: null,
        sampling: 'ordered',
        selection: null,
        output: { processor: null, where: null },
        allowEmpty: false,
      },
    ])
  })

  it('may call its stages steps', async () => {
    const [stages, steps] = await Promise.all(
      ['stages', 'steps'].map((key) =>
        read(`${key}: [{name: a, config: good.yaml}, {name: b, config: good.yaml}]`),
      ),
    )
    expect(steps).toEqual(stages)
  })

  it('shares its models: a stage has those it uses, and its own come first', async () => {
    const model = (alias: string, id: string) => `{alias: ${alias}, provider: simulator, model: ${id}}`
    const column = (alias: string) => `{name: t, column_type: llm-text, model_alias: ${alias}, prompt: x}`
    const { stages } = await read(`
model_configs: [${model('writer', 'shared')}, ${model('judge', 'shared')}]
stages:
- {name: a, config: {columns: [${column('writer')}]}}
- {name: b, config: {columns: [${column('writer')}], model_configs: [${model('writer', 'own')}, ${model('spare', 'own')}]}}
- {name: c, config: {data_designer: {columns: [${column('judge')}]}}}
`)
    const models = stages.map(({ config }) =>
      config.model_configs.map(({ alias, model: id }) => `${alias} ${id}`),
    )
    expect(models).toEqual([['writer shared'], ['writer own', 'spare own'], ['judge shared']])
  })

  it.each<[string, RegExp]>([
    ['stages: []', /^w\.yaml:1: stages: must have at least 1 item/],
    ['workflow: w\nsteps: []', /^w\.yaml:2: steps: must have at least 1 item/],
    ['steps:\n- name: a/b\n  config: {columns: []}', /^w\.yaml:2: steps\[0\]\.name: must be letters, digits/],
    ['steps: [{name: a, config: good.yaml}]\nstages: []', /^w\.yaml:1: steps: unknown key/],
    ['[]', /^w\.yaml.*: must be a map/],
    ['columns: []', /^w\.yaml:1: columns: this is a config of one dataset: give it to `rowsmith create`$/],
    ['stages: [{name: a/b, config: {columns: []}}]', /stages\[0\]\.name: must be letters, digits/],
    ['stages: [{name: a, config: 7}]', /stages\[0\]\.config: must be a config, or the name of a file/],
    ['stages: [{name: a, config: bad.yaml}]', /^bad\.yaml:2: columns\[0\]\.column_type: is required/],
    [
      'stages:\n- name: a\n  config:\n    columns: [{name: x}]',
      /^w\.yaml:4: columns\[0\]\.column_type: is required/,
    ],
    [
      'model_configs: [{alias: x}]\nstages: [{name: a, config: good.yaml}]',
      /^w\.yaml:1: model_configs\[0\]\.model: is required/,
    ],
    [
      'stages: [{name: a, config: good.yaml}, {name: A, config: good.yaml}]',
      /"A" is the name of stages\[0\] too/,
    ],
    [
      'stages: [{name: a, config: good.yaml}, {name: b, config: {columns: [], seed_config: {source: {seed_type: df}}}}]',
      /stages\[1\]\.config: has a seed_config, but its rows start from/,
    ],
    [
      'stages: [{name: a, sampling_strategy: shuffle, config: good.yaml}]',
      /stages\[0\]\.sampling_strategy: .* this is the first; write it in seed_config/,
    ],
    ['stages: [{name: a, output: "processor:x", config: good.yaml}]', /"x" is no schema_transform processor/],
    ['stages: [{name: a, output: other, config: good.yaml}]', /output: must be final, or processor:/],
    ['stages: [{name: a, num_records: 0, config: good.yaml}]', /num_records: must be at least 1 \(seen 0\)/],
    ['stages: [{name: a, wher: x, config: good.yaml}]', /wher: unknown key; .*did you mean "where"/],
    ['stages: [{name: a, where: "", config: good.yaml}]', /where: must not be empty/],
    ['workflow: ../x\nstages: [{name: a, config: good.yaml}]', /^w\.yaml:1: workflow: must be letters/],
  ])('is not %j', async (text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(message),
    })
  })

  it('written as code holds its configs', async () => {
    const stage = { name: 'a', config: 'good.yaml' }
    await expect(workflowFromValue({ stages: [stage] }, 'code')).rejects.toThrow(/write the config itself/)
    const { name } = await workflowFromValue({ stages: [{ ...stage, config: { columns: [] } }] }, 'code')
    expect(name).toBe('code')
  })
})
