import { expect, it } from 'vitest'
import { configFromValue } from '../../../src/entries/config.ts'
import { create } from '../../../src/index.ts'
import { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'

const config = configFromValue(
  {
    model_configs: [{ alias: 'writer', model: 'm', provider: 'somewhere-else' }],
    columns: [
      { name: 't', column_type: 'llm-text', model_alias: 'writer', prompt: 'Say {{ n }}' },
      { name: 'n', column_type: 'sampler', sampler_type: 'uuid', params: {} },
    ],
  },
  'config',
)

it('a model object of the AI SDK answers in place of a provider that is nowhere, and is paid once', async () => {
  const disk = new SimulatedDisk()
  let asked = 0
  const writer = {
    specificationVersion: 'v2',
    provider: 'mine.chat',
    modelId: 'm',
    async doGenerate() {
      asked++
      return {
        content: [{ type: 'text', text: `answer ${asked}` }],
        finishReason: 'stop',
        usage: { inputTokens: 3, outputTokens: 2 },
      }
    },
  }
  const components = { disk, languageModels: { writer } }
  const made = await create(config, { numRecords: 2 }, components)
  const texts: unknown[] = []
  for await (const row of made.rows({ integers: 'bigint' })) texts.push(row.t)
  expect(texts.toSorted()).toEqual(['answer 1', 'answer 2'])
  expect(made.summary.this_run.usage).toMatchObject({ input_tokens: 6, output_tokens: 4 })
  await create(config, { numRecords: 3 }, components)
  expect(asked).toBe(3)
})
