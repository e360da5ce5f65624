import { describe, expect, it } from 'vitest'
import type { ImageRequest } from '../../../src/models/contract/contract.ts'
import { dialectOf } from '../../../src/models/wire/dialects.ts'
import { readImageReply } from '../../../src/models/wire/reply.ts'
import { wires } from '../../../src/models/wire/wires.ts'

type Type = Parameters<typeof dialectOf>[0]['provider_type']

function encoded(provider_type: Type, model: string, more: Partial<ImageRequest> = {}) {
  const dialect = dialectOf({ provider_type, endpoint: 'https://x.example' })
  const request: ImageRequest = { kind: 'image', provider: 'p', model, prompt: 'A hat', ...more }
  return wires[dialect.wire].encode(request, dialect, { streamed: true, enforcement: 'strict' })
}

const source = { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } as const
const context = [{ type: 'image', source }] as const
const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
const inline = { inlineData: { mimeType: 'image/png', data: 'AAAA' } }

describe('a request for an image', () => {
  it.each([
    [
      'openrouter',
      'google/gemini-image',
      'chat/completions',
      {
        modalities: ['image', 'text'],
        messages: [{ role: 'user', content: [picture, { type: 'text', text: 'A hat' }] }],
      },
    ],
    [
      'gemini',
      'gemini-image',
      'models/gemini-image:generateContent',
      {
        contents: [{ role: 'user', parts: [inline, { text: 'A hat' }] }],
        generationConfig: { responseModalities: ['TEXT', 'IMAGE'] },
      },
    ],
  ] as const)('with images to start from asks %s in a chat, never streamed', (type, model, route, body) => {
    const given = encoded(type, model, { context })
    expect(given.route).toBe(route)
    expect(given.body).toMatchObject(body)
    expect(given.body).not.toHaveProperty('stream')
  })

  it.each([
    ['openai', 'gpt-image-1', 'images/generations', { model: 'gpt-image-1', prompt: 'A hat' }],
    [
      'gemini',
      'imagen-4',
      'models/imagen-4:predict',
      { instances: [{ prompt: 'A hat' }], parameters: { sampleCount: 1n } },
    ],
  ] as const)(
    'of %s for %s goes to a route of its own, which takes words alone',
    (type, model, route, body) => {
      expect(encoded(type, model)).toEqual({ route, body })
      expect(() => encoded(type, model, { context })).toThrow('no images to start from')
    },
  )
})

describe('an image by the Responses API', () => {
  it('is asked for by its tool, and read from its result', () => {
    const dialect = dialectOf({ provider_type: 'openai', endpoint: 'https://x.example', api: 'responses' })
    const request: ImageRequest = { kind: 'image', provider: 'p', model: 'gpt-4.1', prompt: 'A hat', context }
    const { route, body } = wires[dialect.wire].encode(request, dialect, {
      streamed: true,
      enforcement: 'strict',
    })
    expect([route, body]).toEqual([
      'responses',
      {
        model: 'gpt-4.1',
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' },
              { type: 'input_text', text: 'A hat' },
            ],
          },
        ],
        tools: [{ type: 'image_generation' }],
        tool_choice: { type: 'image_generation' },
        store: false,
      },
    ])
    const answer = {
      object: 'response',
      status: 'completed',
      output: [{ type: 'image_generation_call', result: 'iVBO' }],
    }
    expect(readImageReply(JSON.stringify(answer)).images).toEqual([
      { kind: 'base64', mediaType: null, data: 'iVBO' },
    ])
  })
})
