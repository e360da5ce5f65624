import { describe, expect, it } from 'vitest'
import { readEmbeddingReply, readImageReply, readReply, usageIn } from '../../../src/models/wire/reply.ts'

const usage = { prompt_tokens: 5, total_tokens: 5 }

function embeddings(...data: unknown[]): string {
  return JSON.stringify({ object: 'list', data, usage })
}

describe('a reply with embeddings', () => {
  it('gives one vector per input, in their order', () => {
    const body = embeddings({ index: 1, embedding: [0.5, 2] }, { index: 0, embedding: [1, -1] })
    expect(readEmbeddingReply(body).vectors).toEqual([
      [1, -1],
      [0.5, 2],
    ])
    expect(usageIn(body)).toMatchObject({ inputTokens: 5, outputTokens: 0 })
  })

  it('may hold them as base64 of 32-bit floats', () => {
    const bytes = Buffer.alloc(8)
    bytes.writeFloatLE(0.5, 0)
    bytes.writeFloatLE(-2, 4)
    expect(readEmbeddingReply(embeddings({ embedding: bytes.toString('base64') })).vectors).toEqual([
      [0.5, -2],
    ])
  })

  it.each([
    '{}',
    '{"data":[]}',
    embeddings({ embedding: [] }),
    embeddings({ embedding: ['1'] }),
    embeddings({ embedding: 'AAA=' }),
    embeddings({ index: 1, embedding: [1] }),
    embeddings({ index: 0, embedding: [1] }, { index: 0, embedding: [1] }),
  ])('%s is none', (body) => {
    expect(() => readEmbeddingReply(body)).toThrow('A stored reply is not a list of embeddings.')
  })
})

describe('a reply with images', () => {
  const message = (given: object) => JSON.stringify({ choices: [{ message: given }], usage })
  const png = { kind: 'base64', mediaType: 'image/png', data: 'iVBO' }
  const link = { kind: 'url', url: 'https://x.example/a.png' }

  it.each([
    [
      JSON.stringify({ data: [{ b64_json: 'iVBO' }, { url: link.url }] }),
      [{ ...png, mediaType: null }, link],
    ],
    [message({ content: null, images: [{ image_url: { url: 'data:image/png;base64,iVBO' } }] }), [png]],
    [
      message({
        content: [
          { type: 'text', text: 'x' },
          { type: 'image_url', image_url: link.url },
        ],
      }),
      [link],
    ],
    [message({ content: 'Here: ![a](data:image/png;base64,iVBO) and more' }), [png]],
    [message({ content: 'Here: ![a](https://x.example/a.png "t")' }), [link]],
    [message({ content: ' https://x.example/a.png\n' }), [link]],
    [message({ content: 'I cannot draw, see https://x.example/help for more.' }), []],
  ])('%s', (body, images) => {
    expect(readImageReply(body).images).toEqual(images)
  })

  it.each(['{}', '{"data":[]}', '{"data":[{"b64_json":""}]}'])('%s is none', (body) => {
    expect(() => readImageReply(body)).toThrow('A stored reply is not a list of images.')
  })
})

describe('tools that a model wants to be called', () => {
  const calling = (calls: unknown) =>
    readReply(JSON.stringify({ choices: [{ finish_reason: 'tool_calls', message: { tool_calls: calls } }] }))

  it('come with their arguments as text, whatever the server sent', () => {
    const calls = [
      { id: 'c1', type: 'function', function: { name: 'search', arguments: '{"q":' } },
      { type: 'function', function: { name: 'look', arguments: { at: 1 } } },
      { function: { name: 'list' } },
      { function: {} },
    ]
    expect(calling(calls).toolCalls).toEqual([
      { id: 'c1', name: 'search', arguments: '{"q":' },
      { id: 'call_1', name: 'look', arguments: '{"at":1}' },
      { id: 'call_2', name: 'list', arguments: '{}' },
    ])
  })

  it('are left out of a reply without any', () => {
    expect(calling([])).not.toHaveProperty('toolCalls')
    expect(calling(undefined)).not.toHaveProperty('toolCalls')
  })
})
