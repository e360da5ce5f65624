/** Everything that an example says in YAML is said in TypeScript by the file beside it: the hash of the config is the same. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configFromCode } from '../../src/code/from-code.ts'
import { configHash } from '../../src/config/identity/fingerprint.ts'
import { isWorkflowFile, loadWorkflow, type Workflow } from '../../src/entries/workflow.ts'
import { loadConfig, type TypedDataset } from '../../src/index.ts'

const examples = join(import.meta.dirname, '../../examples')
const names = readdirSync(examples)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length))

describe.each(names)('%s', (name) => {
  test('has a twin in TypeScript with the same config_hash', async () => {
    const path = join(examples, `${name}.yaml`)
    const twin: unknown = await (await import(join(examples, `${name}.ts`))).default
    if (await isWorkflowFile(path)) {
      const { stages, ...rest } = await loadWorkflow(path)
      const written = twin as Workflow
      expect({ ...written, stages: [], source: '' }).toEqual({ ...rest, stages: [], source: '' })
      expect(written.stages.map(({ config, ...step }) => [step, configHash(config)])).toEqual(
        stages.map(({ config, ...step }) => [step, configHash(config)]),
      )
      return
    }
    const typed = configFromCode(twin as TypedDataset<unknown>, `${name}.ts`)
    expect(configHash(typed)).toEqual(configHash(await loadConfig(path)))
  })
})
