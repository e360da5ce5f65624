import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import type { ProviderConfig } from '../../../src/config/files/providers.ts'
import type { ModelConfig } from '../../../src/config/schema/schema.ts'
import { connectModels } from '../../../src/models/connect/connect.ts'
import type { Transport } from '../../../src/models/http/transport.ts'
import { completion } from '../scripted-server.ts'

type Parameters = Extract<ModelConfig['inference_parameters'], { generation_type: 'chat-completion' }>

function alias(
  name: string,
  more: Partial<ModelConfig> = {},
  parameters: Partial<Parameters> = {},
): ModelConfig {
  return {
    alias: name,
    model: 'some/model',
    provider: 'acme',
    skip_health_check: false,
    inference_parameters: {
      generation_type: 'chat-completion',
      max_parallel_requests: 4,
      timeout: null,
      extra_body: null,
      temperature: null,
      top_p: null,
      max_tokens: null,
      ...parameters,
    },
    ...more,
  }
}

const acme: ProviderConfig = {
  name: 'acme',
  endpoint: 'https://acme.example/v1',
  provider_type: 'openai',
  api_key: null,
  extra_body: null,
  extra_headers: null,
}

interface Posted {
  url: string
  headers: Readonly<Record<string, string>>
  body: string
  timeoutMs: number
}

function connect(
  models: ModelConfig[],
  options: { providers?: ProviderConfig[]; env?: Record<string, string> } = {},
) {
  const posted: Posted[] = []
  const connections: [string, number][] = []
  let closed = 0
  const transport: Transport = {
    post: async (url, headers, body, _signal, timeoutMs) => {
      posted.push({ url, headers, body, timeoutMs })
      return { status: 200, headers: {}, body: completion('Hi') }
    },
    close: async () => {
      closed++
    },
  }
  const connected = connectModels({
    models,
    providers: options.providers ?? [acme],
    env: options.env ?? {},
    transport: (provider, count) => {
      connections.push([provider.name, count])
      return transport
    },
  })
  return { connected, posted, connections, closed: () => closed }
}

const prompt = { kind: 'chat' as const, messages: [{ role: 'user' as const, content: 'Hello' }] }
const signal = new AbortController().signal
const noDraw = (): number => {
  throw new Error('Nothing here is drawn.')
}

function thrown(act: () => unknown): RowsmithError {
  try {
    act()
  } catch (error) {
    if (error instanceof RowsmithError) return error
    throw error
  }
  throw new Error('Nothing was thrown.')
}

describe('connecting models', () => {
  it('makes one endpoint per provider and model, as careful and as patient as its aliases', async () => {
    const { connected, posted, connections, closed } = connect([
      alias('a', {}, { max_parallel_requests: 16, timeout: 5 }),
      alias('b', {}, { max_parallel_requests: 8, timeout: 90 }),
      alias('c', { model: 'other' }),
    ])
    expect(connected.endpoint('a')).toBe(connected.endpoint('b'))
    expect(connected.endpoint('a')).not.toBe(connected.endpoint('c'))
    expect(connected.endpoint('a')).toMatchObject({ provider: 'acme', model: 'some/model', limit: 8 })
    expect(connections).toEqual([['acme', 12]])
    for (const name of ['a', 'c']) {
      await connected.endpoint(name).send(connected.request(name, prompt, noDraw), { effectKey: 'k', signal })
    }
    expect(posted.map(({ timeoutMs }) => timeoutMs)).toEqual([90_000, 60_000])
    expect(posted[0]?.url).toBe('https://acme.example/v1/chat/completions')
    expect(posted[0]?.headers.authorization).toBeUndefined()
    await connected.close()
    expect(closed()).toBe(1)
  })

  it('lets the body of the provider win over the body of the model', () => {
    const { connected } = connect([alias('a', {}, { extra_body: { seed: 1n, top_k: 5n } })], {
      providers: [{ ...acme, extra_body: { seed: 2n } }],
    })
    expect(connected.request('a', prompt, noDraw).extraBody).toEqual({ seed: 2n, top_k: 5n })
  })

  it('lets the length that a prompt allows win over every other', () => {
    const longer = { ...prompt, maxTokens: 90 }
    const of = (parameters: object) =>
      connect([alias('a', {}, parameters)]).connected.request('a', longer, noDraw)
    expect(of({ max_tokens: 5 })).toMatchObject({ maxTokens: 90 })
    expect(of({ extra_body: { max_completion_tokens: 5n, top_k: 5n } })).toMatchObject({
      maxTokens: 90,
      extraBody: { max_completion_tokens: 90n, top_k: 5n },
    })
    expect(of({ extra_body: { top_k: 5n } }).extraBody).toEqual({ top_k: 5n })
  })

  it('leaves out what is not set, and makes prompts well-formed', () => {
    const { connected } = connect([alias('a')])
    expect(
      connected.request('a', { kind: 'chat', messages: [{ role: 'user', content: 'a\ud800' }] }, noDraw),
    ).toEqual({
      kind: 'chat',
      provider: 'acme',
      model: 'some/model',
      messages: [{ role: 'user', content: 'a\ufffd' }],
    })
  })

  it('draws temperature first, then top_p, from their distributions', () => {
    const { connected } = connect([
      alias(
        'a',
        {},
        {
          temperature: { distribution_type: 'uniform', params: { low: 0.5, high: 1.5 } },
          top_p: { distribution_type: 'manual', params: { values: [0.1, 0.2, 0.3], weights: [0.5, 0, 0.5] } },
        },
      ),
      alias(
        'b',
        {},
        {
          top_p: { distribution_type: 'manual', params: { values: [0.1, 0.2], weights: null } },
        },
      ),
    ])
    const draws =
      (...numbers: number[]) =>
      () =>
        numbers.shift()!
    expect(connected.request('a', prompt, draws(0.25, 0.49))).toMatchObject({ temperature: 0.75, topP: 0.1 })
    expect(connected.request('a', prompt, draws(0, 0.5))).toMatchObject({ temperature: 0.5, topP: 0.3 })
    expect(connected.request('a', prompt, draws(0, 0.999))).toMatchObject({ topP: 0.3 })
    expect(connected.request('b', prompt, draws(0.5))).toMatchObject({ topP: 0.2 })
  })

  it('takes a key from the variable of that name, else as it stands', async () => {
    for (const [api_key, env, expected] of [
      ['ACME_API_KEY', { ACME_API_KEY: ' sk-from-env ' }, 'Bearer sk-from-env'],
      ['sk-literal', {}, 'Bearer sk-literal'],
      ['lower_name', { lower_name: 'sk-2' }, 'Bearer sk-2'],
    ] as const) {
      const { connected, posted } = connect([alias('a')], { providers: [{ ...acme, api_key }], env })
      await connected.endpoint('a').send(connected.request('a', prompt, noDraw), { effectKey: 'k', signal })
      expect(posted[0]?.headers.authorization).toBe(expected)
    }
  })

  it.each([{}, { ACME_API_KEY: '' }, { ACME_API_KEY: '  ' }])(
    'names the variable that is not set: %o',
    (env) => {
      const error = thrown(() =>
        connect([alias('a')], { providers: [{ ...acme, api_key: 'ACME_API_KEY' }], env }),
      )
      expect(error.code).toBe('missing_api_key')
      expect(error.message).toContain('ACME_API_KEY')
    },
  )

  it('asks for the key of no provider that is not in use', () => {
    const other = { ...acme, name: 'other', api_key: 'OTHER_API_KEY' }
    expect(() => connect([alias('a')], { providers: [acme, other] })).not.toThrow()
  })

  it('never shows a key: not when it is broken, not in the connected models, not in errors', async () => {
    const secret = 'sk-secret-123456'
    const broken = thrown(() =>
      connect([alias('a')], { providers: [{ ...acme, api_key: 'K_K' }], env: { K_K: `${secret}\nX: y` } }),
    )
    expect(broken.code).toBe('missing_api_key')
    const { connected } = connect([alias('a')], { providers: [{ ...acme, api_key: secret }] })
    const unknown = thrown(() => connected.endpoint('b'))
    const seen = [broken, connected, connected.endpoint('a'), unknown].map((thing) =>
      inspect(thing, { depth: 10, showHidden: true }),
    )
    for (const text of [...seen, JSON.stringify(broken), JSON.stringify(broken.facts)]) {
      expect(text).not.toContain('sk-secret')
    }
  })

  it('suggests the provider and the alias that were meant', () => {
    const provider = thrown(() => connect([alias('a', { provider: 'acmee' })]))
    expect(provider.code).toBe('unknown_provider')
    expect(provider.message).toContain('did you mean "acme"?')
    const { connected } = connect([alias('writer')])
    const unknown = thrown(() => connected.request('writter', prompt, noDraw))
    expect(unknown.code).toBe('unknown_model_alias')
    expect(unknown.message).toContain('did you mean "writer"?')
  })

  it('says which endpoint is no URL, and which alias asks for what its provider does not make', () => {
    const embeds = {
      generation_type: 'embedding',
      encoding_format: 'float',
      dimensions: null,
      max_parallel_requests: 4,
      timeout: null,
      extra_body: null,
    } as const
    const vectors = thrown(() =>
      connect([alias('a', { inference_parameters: embeds })], {
        providers: [{ ...acme, provider_type: 'anthropic' }],
      }),
    )
    expect(vectors.code).toBe('config_invalid')
    expect(vectors.message).toContain('embedding')
    const nowhere = thrown(() => connect([alias('a')], { providers: [{ ...acme, endpoint: 'nowhere' }] }))
    expect(nowhere.code).toBe('config_invalid')
  })

  it('needs neither URL nor key for the simulator', () => {
    const simulator = { ...acme, provider_type: 'simulator' as const, endpoint: 'in-process' }
    expect(connect([alias('a')], { providers: [simulator] }).connected.endpoint('a').limit).toBe(4)
  })

  it('says how an answer in JSON is had, and asks for it only of providers that are said to know', () => {
    const schema = { type: 'object' }
    const asking = { ...prompt, responseSchema: schema }
    const plain = connect([alias('a')]).connected
    expect(plain.structuredMode('a')).toBe('prompt')
    expect(plain.request('a', asking, noDraw)).not.toHaveProperty('responseFormat')
    const providers = [{ ...acme, structured_output: 'json_schema' as const }]
    const native = connect([alias('a')], { providers }).connected
    expect(native.structuredMode('a')).toBe('json_schema')
    expect(native.request('a', asking, noDraw)).toMatchObject({ responseFormat: 'json_schema' })
    expect(native.request('a', prompt, noDraw)).not.toHaveProperty('responseFormat')
  })

  it('makes requests for embeddings of an alias with what it is set up with', () => {
    const embedding = { kind: 'embedding', inputs: ['a\ud800'] } as const
    const embeds: ModelConfig = {
      ...alias('a'),
      inference_parameters: {
        generation_type: 'embedding',
        max_parallel_requests: 4,
        timeout: null,
        extra_body: null,
        encoding_format: 'float',
        dimensions: 3,
      },
    }
    const { connected } = connect([embeds, alias('b')])
    expect(connected.request('a', embedding, noDraw)).toEqual({
      kind: 'embedding',
      provider: 'acme',
      model: 'some/model',
      inputs: ['a\ufffd'],
      encodingFormat: 'float',
      dimensions: 3,
    })
    expect(connected.request('b', embedding, noDraw)).toEqual({
      kind: 'embedding',
      provider: 'acme',
      model: 'some/model',
      inputs: ['a\ufffd'],
    })
  })
})
