import { describe, expect, it } from 'vitest'
import type { ProviderConfig } from '../../../src/config/files/providers.ts'
import { defaultRunConfig, type RunConfig } from '../../../src/config/files/run-config.ts'
import type { Config } from '../../../src/config/schema/schema.ts'
import { buildCompiledConfig } from '../../../src/run/prepare/compiled-config.ts'
import { smallConfig } from '../../support/small-runs.ts'

const provider: ProviderConfig = {
  name: 'simulator',
  provider_type: 'openai',
  endpoint: 'https://one.example/v1',
  api_key: 'ONE',
  extra_body: null,
  extra_headers: null,
}

function identity(
  config: Config = smallConfig(),
  runConfig: Partial<RunConfig> = {},
  changes: Partial<ProviderConfig> = {},
  maxParallelRequests: number | null = null,
): string {
  return buildCompiledConfig(
    config,
    { ...defaultRunConfig, ...runConfig },
    { models: [], maxParallelRequests },
    [{ ...provider, ...changes }],
  ).rowsIdentity.hash
}

describe('whether a dataset may go on', () => {
  const plain = identity()

  it('does not depend on key, endpoint, headers, time-outs or how many requests are in flight', () => {
    expect(identity(undefined, {}, { api_key: 'TWO' })).toBe(plain)
    expect(identity(undefined, {}, { endpoint: 'https://two.example/v1' })).toBe(plain)
    expect(identity(undefined, {}, { extra_headers: { 'x-team': 'a' } })).toBe(plain)
    expect(identity(smallConfig(undefined, 7n))).toBe(plain)
    expect(identity(undefined, {}, {}, 9)).toBe(plain)
    const config = smallConfig()
    const [model] = config.model_configs
    const patient = { ...model!.inference_parameters, timeout: 600 }
    expect(identity({ ...config, model_configs: [{ ...model!, inference_parameters: patient }] })).toBe(plain)
  })

  it('does not depend on models that no column asks', () => {
    const config = smallConfig()
    const unused = { ...config.model_configs[0]!, alias: 'unused', model: 'other' }
    expect(identity({ ...config, model_configs: [unused, ...config.model_configs] })).toBe(plain)
  })

  it('does not depend on how a run is watched, stopped or cut into groups', () => {
    const settings: Partial<RunConfig>[] = [
      { buffer_size: 3 },
      { disable_early_shutdown: true },
      { shutdown_error_rate: 0.9 },
      { async_trace: true },
      { salvage: true },
      { max_in_flight_tasks: 1 },
    ]
    for (const setting of settings) expect(identity(undefined, setting)).toBe(plain)
  })

  it('depends on whether the simulator answers, on the prompt, and on settings that change an answer', () => {
    const others = [
      identity(undefined, {}, { provider_type: 'simulator' }),
      identity(smallConfig('Another prompt')),
      identity(undefined, { max_conversation_restarts: 0 }),
      identity(undefined, { jinja_rendering_engine: 'native' }),
    ]
    expect(new Set([plain, ...others]).size).toBe(5)
  })
})
