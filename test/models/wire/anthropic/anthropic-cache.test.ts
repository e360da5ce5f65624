import { describe, expect, it } from 'vitest'
import type { ChatRequest } from '../../../../src/models/contract/contract.ts'
import { requestHash } from '../../../../src/models/contract/request-hash.ts'
import { dialectOf } from '../../../../src/models/wire/dialects.ts'
import { wires } from '../../../../src/models/wire/wires.ts'

const sentence = 'Write about the sea, and be brief. '
const long = sentence.repeat(120)

const dialect = dialectOf({ provider_type: 'anthropic', endpoint: 'https://api.anthropic.com' })

function request(given: Partial<ChatRequest> & { system?: string; user?: string } = {}): ChatRequest {
  const { system, user = `${long}topic: tea`, ...more } = given
  return {
    kind: 'chat',
    provider: 'p',
    model: 'claude-sonnet-4-5',
    messages: [
      ...(system === undefined ? [] : [{ role: 'system', content: system } as const]),
      { role: 'user', content: user },
    ],
    common: { system: true, characters: long.length },
    ...more,
  }
}

function body(given: ChatRequest, cacheTime?: '1h') {
  const options = { streamed: false, enforcement: 'none', ...(cacheTime && { cacheTime }) } as const
  return wires.anthropic.encode(given, dialect, options).body
}

const mark = { cache_control: { type: 'ephemeral' } }
const tools = [{ name: 'search', description: long, parameters: { type: 'object' } }]

describe('the start that prompts have in common', () => {
  it.each<[string, ChatRequest, object]>([
    [
      'behind the fixed start of a prompt, between two words',
      request(),
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: long.trimEnd(), ...mark },
              { type: 'text', text: ' topic: tea' },
            ],
          },
        ],
      },
    ],
    [
      'behind all of a prompt that is the same',
      request({ user: long.trimEnd() }),
      { messages: [{ role: 'user', content: [{ type: 'text', text: long.trimEnd(), ...mark }] }] },
    ],
    [
      'behind the system prompt, where the fixed start adds little',
      request({ system: long, user: 'On tea', common: { system: true, characters: 3 } }),
      {
        system: [{ type: 'text', text: long, ...mark }],
        messages: [{ role: 'user', content: [{ type: 'text', text: 'On tea' }] }],
      },
    ],
    [
      'behind the tools, where the system prompt differs',
      request({ tools, system: 'You like tea.', user: 'Go', common: { system: false, characters: 0 } }),
      {
        system: 'You like tea.',
        tools: [{ name: 'search', description: long, input_schema: { type: 'object' }, ...mark }],
      },
    ],
  ])('is marked %s', (_, given, expected) => {
    expect(body(given)).toMatchObject(expected)
  })

  it.each<[string, ChatRequest]>([
    [
      'it is too short',
      request({ user: `${sentence}tea`, common: { system: true, characters: sentence.length } }),
    ],
    ['it is too short for the model', request({ model: 'claude-haiku-4-5' })],
    ['there is none', request({ common: { system: true, characters: 0 } })],
    [
      'a picture stands before it',
      request({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', source: { kind: 'url', url: 'https://x.y/z.png' } },
              { type: 'text', text: long },
            ],
          },
        ],
      }),
    ],
    ['the user marks requests', request({ extraBody: { cache_control: { type: 'ephemeral' } } })],
  ])('is not marked where %s', (_, given) => {
    const { extraBody: _own, ...rest } = given
    const { cache_control: _theirs, ...sent } = body(given)
    const { common: _common, ...plain } = rest
    expect(sent).toEqual(body(plain))
  })

  it('is long enough for a model that caches less', () => {
    const short = request({
      model: 'claude-opus-5',
      user: long.slice(0, 1600),
      common: { system: true, characters: 1600 },
    })
    expect(
      JSON.stringify(body(short), (_, value) => (typeof value === 'bigint' ? Number(value) : value)),
    ).toContain('cache_control')
  })

  it('is to be kept for an hour by who answers later', () => {
    const [{ content }] = body(request(), '1h').messages as unknown as [{ content: unknown[] }]
    expect(content[0]).toMatchObject({ cache_control: { type: 'ephemeral', ttl: '1h' } })
  })

  it('is no part of what makes a request the same', () => {
    const { common: _, ...plain } = request()
    expect(requestHash(request())).toBe(requestHash(plain))
  })
})
