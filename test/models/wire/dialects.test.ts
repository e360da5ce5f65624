import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dialectOf } from '../../../src/models/wire/dialects.ts'
import { encodeOpenAi } from '../../../src/models/wire/openai/openai-request.ts'

const at = (endpoint: string) => dialectOf({ provider_type: 'openai', endpoint })
const plain = { streamed: false, enforcement: 'strict' } as const
const base = { provider: 'p', model: 'm' } as const

describe('the habits of a provider', () => {
  it.each([
    ['https://api.openai.com/v1', 'max_completion_tokens', 'authorization'],
    ['https://mine.openai.azure.com/openai/v1', 'max_completion_tokens', 'api-key'],
    ['https://integrate.api.nvidia.com/v1', 'max_tokens', 'authorization'],
    ['https://api.openai.com.evil.example/v1', 'max_tokens', 'authorization'],
  ])('are known by the host of %s: %s, %s', (endpoint, tokenLimit, keyHeader) => {
    expect(at(endpoint)).toMatchObject({ tokenLimit, keyHeader })
  })

  it('decide how an answer is bounded, unless the extra body does', () => {
    const request = { ...base, kind: 'chat', messages: [], maxTokens: 5 } as const
    const openai = at('https://api.openai.com/v1')
    expect(encodeOpenAi(request, openai, plain).body).toMatchObject({ max_completion_tokens: 5n })
    const bounded = { ...request, extraBody: { max_tokens: 7n } }
    expect(encodeOpenAi(bounded, openai, plain).body).toEqual({ model: 'm', messages: [], max_tokens: 7n })
  })

  it('decide what goes along with embeddings', () => {
    const request = { ...base, kind: 'embedding', inputs: ['a'] } as const
    const nim = dialectOf({ provider_type: 'nim', endpoint: 'http://nim:8000/v1' })
    expect(encodeOpenAi(request, nim, plain).body).toMatchObject({ input_type: 'query' })
    const passage = { ...request, extraBody: { input_type: 'passage' } }
    expect(encodeOpenAi(passage, nim, plain).body).toMatchObject({ input_type: 'passage' })
  })
})

it('docs/providers.md shows them', () => {
  const page = readFileSync('docs/providers.md', 'utf8')
  const [, table] = page.split('## What they speak')
  const rows = [
    ...table!.split('A provider of type')[0]!.matchAll(/^\| `(\w+)`(.*?)\| (.*?) \| (.*?) \| (\w+) \|/gm),
  ]
  expect(rows.length).toBe(9)
  for (const [, type, where, requests, bound, json] of rows) {
    const endpoint = where!.includes('api.openai.com')
      ? 'https://api.openai.com/v1'
      : 'https://unknown.example/v1'
    const dialect = dialectOf({ provider_type: type as 'openai', endpoint })
    const { kinds, structured, tokenLimit, wire } = dialect
    const named = { chat: 'chat', embedding: 'embeddings', image: 'images' }
    expect([type, requests, json]).toEqual([type, kinds.map((kind) => named[kind]).join(', '), structured])
    expect(bound).toContain(wire === 'gemini' ? '`maxOutputTokens`' : `\`${tokenLimit}\``)
  }
})
