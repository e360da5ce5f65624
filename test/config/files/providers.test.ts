import { describe, expect, it } from 'vitest'
import {
  allProviders,
  builtInProviders,
  type ProviderConfig,
  parseProviders,
} from '../../../src/config/files/providers.ts'

const read = (text: string): unknown => parseProviders(text, 'providers.yaml')

describe('a providers file', () => {
  it('has the shape of model_providers.yaml', () => {
    expect(
      read(
        'providers:\n- {name: a, endpoint: "http://localhost:1/v1", provider_type: OpenAI, api_key: A_KEY, extra_headers: {x: y}}\n- {name: b, endpoint: "https://b"}\ndefault: a',
      ),
    ).toEqual([
      {
        name: 'a',
        endpoint: 'http://localhost:1/v1',
        provider_type: 'openai',
        api_key: 'A_KEY',
        extra_body: null,
        extra_headers: { x: 'y' },
      },
      {
        name: 'b',
        endpoint: 'https://b',
        provider_type: 'openai',
        api_key: null,
        extra_body: null,
        extra_headers: null,
      },
    ])
  })

  const wrong: [string, string, string][] = [
    ['no provider', 'providers: []', 'providers.yaml:1: providers: must have at least 1 item'],
    [
      'an endpoint that is no URL',
      'providers:\n- {name: a, endpoint: localhost}',
      'providers.yaml:2: providers[0].endpoint: must be a URL that begins with http:// or https://',
    ],
    [
      'a name given twice',
      'providers:\n- {name: a, endpoint: "http://a"}\n- {name: a, endpoint: "http://a"}',
      'providers.yaml:3: providers[1].name: duplicate provider name "a"; providers[0] has it too',
    ],
    [
      'a default that is not there',
      'providers: [{name: alpha, endpoint: "http://a"}]\ndefault: alpa',
      'providers.yaml:2: default: no provider is called "alpa"; there are alpha; did you mean "alpha"?',
    ],
  ]
  for (const [about, text, message] of wrong) {
    it(`is refused with ${about}`, () => expect(() => read(text)).toThrow(message))
  }

  it('is refused without showing what may be a key', () => {
    const message = (text: string): string => {
      try {
        read(text)
      } catch (error) {
        return JSON.stringify([(error as Error).message, (error as { facts?: unknown }).facts])
      }
      return ''
    }
    const shown = message(
      'providers: [{name: a, endpoint: "http://a", api_key: 123456789, extra_headers: {auth: 987654321}}]',
    )
    expect(shown).toContain('providers[0].api_key: must be a string')
    expect(shown).not.toMatch(/123456789|987654321/)
  })
})

describe('providers that a program made', () => {
  const made = (...given: object[]) => allProviders(given as ProviderConfig[])

  it('get what they left out, and copies of read ones stay as they are', () => {
    expect(made({ name: 'x', endpoint: 'http://x/v1', tls: undefined })[0]).toEqual({
      name: 'x',
      endpoint: 'http://x/v1',
      provider_type: 'openai',
      api_key: null,
      extra_body: null,
      extra_headers: null,
    })
    const text =
      'providers: [{name: s, endpoint: "simulator:", provider_type: simulator, scenario: {latency: 5ms}}]'
    const [read] = parseProviders(text, 'providers.yaml')
    expect(made(read!)[0]).toBe(read)
    expect(made({ ...read! })[0]).toEqual(read)
    const byHand = { ...read!, scenario: { latency: '5ms' } }
    expect(made(byHand)[0]).toEqual(read)
  })

  it.each([
    [{ name: 'x' }, 'providers: [0].endpoint: is required'],
    [
      { name: 'x', endpoint: 'http://x', provider_type: 'what' },
      'providers: [0].provider_type: is not one of',
    ],
    [{ name: 'x', endpoint: 'nowhere' }, 'providers: [0].endpoint: must be a URL'],
    [
      { name: 's', endpoint: 'simulator:', provider_type: 'simulator', scenario: { kinds: 3 } },
      'providers: [0].scenario: kinds: unknown key',
    ],
  ])('%j is told with its place', (given, message) => {
    expect(() => made(given)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
    expect(() => made(given)).toThrow(message)
  })
})

describe('the built-in providers', () => {
  it('are these', () => {
    expect(
      builtInProviders.map(({ name, api_key, provider_type }) => [name, api_key, provider_type]),
    ).toEqual([
      ['openai', 'OPENAI_API_KEY', 'openai'],
      ['nvidia', 'NVIDIA_API_KEY', 'openai'],
      ['openrouter', 'OPENROUTER_API_KEY', 'openai'],
      ['simulator', null, 'simulator'],
    ])
  })
})
