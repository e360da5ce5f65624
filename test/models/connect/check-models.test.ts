import { describe, expect, it } from 'vitest'
import { configFromValue } from '../../../src/entries/config.ts'
import { checkModels } from '../../../src/entries/models.ts'
import type { ModelConfig } from '../../../src/index.ts'
import { completion } from '../scripted-server.ts'

type Transport = ReturnType<NonNullable<NonNullable<Parameters<typeof checkModels>[2]>['transport']>>

const config = configFromValue(
  {
    model_configs: [
      { alias: 'chat', model: 'm', provider: 'p', inference_parameters: { max_tokens: 4000 } },
      { alias: 'vectors', model: 'e', provider: 'p', inference_parameters: { generation_type: 'embedding' } },
      {
        alias: 'pictures',
        model: 'dall-e-3',
        provider: 'p',
        inference_parameters: { generation_type: 'image' },
      },
      { alias: 'unused', model: 'u', provider: 'p' },
    ],
    columns: [{ name: 't', column_type: 'llm-text', model_alias: 'chat', prompt: 'hi' }],
  },
  'config',
)

const provider = {
  name: 'p',
  endpoint: 'https://p.example/v1',
  provider_type: 'openai',
  api_key: null,
  extra_body: null,
  extra_headers: null,
} as const

const answers: Readonly<Record<string, string>> = {
  'chat/completions': completion('Hi'),
  embeddings: JSON.stringify({ data: [{ index: 0, embedding: [0.5] }] }),
  'images/generations': JSON.stringify({ data: [{ b64_json: 'aGk=' }] }),
}

describe('checking models', () => {
  it('asks all of them at once, each the smallest question of its kind', async () => {
    const posted: Record<string, unknown>[] = []
    const all = Promise.withResolvers<void>()
    const transport: Transport = {
      async post(url, _headers, body) {
        posted.push(JSON.parse(body))
        if (posted.length === 4) all.resolve()
        await all.promise
        return { status: 200, headers: {}, body: answers[url.replace('https://p.example/v1/', '')]! }
      },
      close: async () => {},
    }
    const checks = await checkModels(
      config.model_configs,
      { providers: [provider] },
      { transport: () => transport },
    )
    expect(checks.map(({ alias, kind, status }) => [alias, kind, status])).toEqual([
      ['chat', 'chat', 'ok'],
      ['vectors', 'embedding', 'ok'],
      ['pictures', 'image', 'ok'],
      ['unused', 'chat', 'ok'],
    ])
    expect(posted.map(({ max_tokens }) => max_tokens)).toEqual([16, undefined, undefined, 16])
  })

  it('asks only those that the config uses, and tells what is wrong with each', async () => {
    const transport: Transport = {
      post: async () => ({ status: 404, headers: {}, body: '{"error":{"message":"no such model"}}' }),
      close: async () => {},
    }
    const [check, ...others] = await checkModels(
      config,
      { providers: [provider] },
      { transport: () => transport },
    )
    expect(others).toEqual([])
    expect(check).toMatchObject({
      alias: 'chat',
      status: 'failed',
      code: 'model_not_found',
      message: 'The provider answered 404: no such model',
    })
  })

  it('lets no alias hide behind a provider that is nowhere', async () => {
    const lost: ModelConfig = { ...config.model_configs[0]!, provider: 'nobody' }
    const [check] = await checkModels([lost])
    expect(check).toMatchObject({ status: 'failed', code: 'unknown_provider', latency_ms: null })
  })
})
