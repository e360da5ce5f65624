import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/form/load.ts'
import { limitParallelRequests, overrideModels } from '../../../src/config/form/override.ts'

const config = parseConfig(
  'columns: []\nmodel_configs: [{alias: writer, model: x, provider: p, inference_parameters: {temperature: 0.5}}, {alias: judge, model: y, provider: p}]',
  'c.yaml',
)

describe('overriding a config', () => {
  it('puts another model under an alias and keeps its parameters', () => {
    const changed = overrideModels(config, [{ alias: 'writer', provider: 'openai', model: 'gpt-4.1-mini' }])
    expect(changed.model_configs.map(({ alias, provider, model }) => [alias, provider, model])).toEqual([
      ['writer', 'openai', 'gpt-4.1-mini'],
      ['judge', 'p', 'y'],
    ])
    expect(changed.model_configs[0]?.inference_parameters).toEqual(
      config.model_configs[0]?.inference_parameters,
    )
  })

  it('refuses an alias that is not there', () => {
    expect(() => overrideModels(config, [{ alias: 'writr', provider: 'p', model: 'm' }])).toThrow(
      expect.objectContaining({
        code: 'unknown_model_alias',
        message: 'c.yaml has no model alias "writr"; it defines writer, judge; did you mean "writer"?',
      }),
    )
  })

  it('limits the requests of every model', () => {
    const limited = limitParallelRequests(config, 64)
    expect(limited.model_configs.map((model) => model.inference_parameters.max_parallel_requests)).toEqual([
      64, 64,
    ])
  })
})
