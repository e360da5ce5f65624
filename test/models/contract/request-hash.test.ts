import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ChatRequest } from '../../../src/models/contract/contract.ts'
import { effectHash, requestHash } from '../../../src/models/contract/request-hash.ts'

const plain: ChatRequest = {
  kind: 'chat',
  provider: 'openai',
  model: 'gpt-4.1-mini',
  messages: [{ role: 'user', content: 'Hello' }],
}
const full: ChatRequest = {
  kind: 'chat',
  provider: 'nvidia',
  model: 'meta/llama',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Zoë 👋 \ud800' },
  ],
  responseSchema: { type: 'object', properties: { a: { type: 'integer', minimum: 1n } } },
  temperature: 1,
  topP: 0.95,
  maxTokens: 512,
  extraBody: { seed: 7n, ratio: 1, tiny: 1e-5 },
}

describe('the request hash', () => {
  it('is the SHA-256 of a canonical document, written out here by hand', () => {
    const document =
      '{"extra_body":{},"kind":"chat","messages":[{"content":"Hello","role":"user"}],"model":"gpt-4.1-mini",' +
      '"parameters":{},"provider":"openai","response_schema":null,"v":1}'
    expect(requestHash(plain)).toBe(createHash('sha256').update(document).digest('hex'))
    const fullDocument =
      '{"extra_body":{"ratio":1.0,"seed":7,"tiny":1e-05},"kind":"chat","messages":[{"content":"Be brief.","role":"system"},' +
      '{"content":"Zo\\u00eb \\ud83d\\udc4b \\ud800","role":"user"}],"model":"meta/llama",' +
      '"parameters":{"max_tokens":512,"temperature":1.0,"top_p":0.95},"provider":"nvidia",' +
      '"response_schema":{"properties":{"a":{"minimum":1,"type":"integer"}},"type":"object"},"v":1}'
    expect(requestHash(full)).toBe(createHash('sha256').update(fullDocument).digest('hex'))
  })

  it('never changes: golden vectors', () => {
    expect(requestHash(plain)).toBe('ea63f89b6bb563be6fbfceb4d975c79f615d41277902f27b3895ce426ddf3c62')
    expect(requestHash(full)).toBe('a861b172fde483054dde55697a40c7f977bf8e7e117766a6ee7c4aea19038845')
  })

  it('holds tools, parts and kinds of requests that came later, and nothing of them where they are not used', () => {
    const sha = (text: string) => createHash('sha256').update(text).digest('hex')
    const conversation: ChatRequest = {
      ...plain,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
            { type: 'text', text: 'Hello' },
          ],
        },
        { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'search', arguments: '{}' }] },
        { role: 'tool', toolCallId: 'c1', content: 'none' },
      ],
      tools: [{ name: 'search', description: 'Finds.', parameters: { type: 'object' } }],
    }
    expect(requestHash(conversation)).toBe(
      sha(
        '{"extra_body":{},"kind":"chat","messages":[{"content":[{"data":"AAAA","media_type":"image/png","type":"image"},' +
          '{"text":"Hello","type":"text"}],"role":"user"},{"content":"","role":"assistant","tool_calls":' +
          '[{"arguments":"{}","id":"c1","name":"search"}]},{"content":"none","role":"tool","tool_call_id":"c1"}],' +
          '"model":"gpt-4.1-mini","parameters":{},"provider":"openai","response_schema":null,' +
          '"tools":[{"description":"Finds.","name":"search","parameters":{"type":"object"}}],"v":1}',
      ),
    )
    const base = { provider: 'p', model: 'm' }
    const embedding = { ...base, kind: 'embedding', inputs: ['a'], encodingFormat: 'float' } as const
    expect(requestHash(embedding)).toBe(
      sha(
        '{"extra_body":{},"inputs":["a"],"kind":"embedding","model":"m","parameters":{"encoding_format":"float"},"provider":"p","v":1}',
      ),
    )
    expect(requestHash({ ...base, kind: 'image', prompt: 'a' })).toBe(
      sha('{"extra_body":{},"kind":"image","model":"m","prompt":"a","provider":"p","v":1}'),
    )
    expect(effectHash({ kind: 'tool', name: 'search', request: { q: 1n } })).toBe(
      sha('{"kind":"tool","name":"search","request":{"q":1},"v":1}'),
    )
  })

  it('changes with every part of the request', () => {
    const variants: ChatRequest[] = [
      plain,
      { ...plain, provider: 'nvidia' },
      { ...plain, model: 'x' },
      { ...plain, messages: [{ role: 'system', content: 'Hello' }] },
      { ...plain, messages: [{ role: 'user', content: 'Hello!' }] },
      { ...plain, messages: [...plain.messages, ...plain.messages] },
      { ...plain, temperature: 0 },
      { ...plain, temperature: 1 },
      { ...plain, topP: 1 },
      { ...plain, maxTokens: 1 },
      { ...plain, responseSchema: {} },
      { ...plain, extraBody: { n: 1n } },
      { ...plain, extraBody: { n: 1 } },
    ]
    expect(new Set(variants.map(requestHash)).size).toBe(variants.length)
  })

  it('does not depend on the order of keys, and takes no extra body for an empty one', () => {
    const there = { ...plain, extraBody: { a: 1n, b: { c: 1n, d: 2n } } }
    const back = { ...plain, extraBody: { b: { d: 2n, c: 1n }, a: 1n } }
    expect(requestHash(there)).toBe(requestHash(back))
    expect(requestHash({ ...plain, extraBody: {} })).toBe(requestHash(plain))
  })
})
