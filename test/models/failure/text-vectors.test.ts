import { describe, expect, it } from 'vitest'
import type { EmbeddingRequest } from '../../../src/models/contract/contract.ts'
import { classify } from '../../../src/models/failure/classify.ts'
import { readEmbeddingReply } from '../../../src/models/wire/reply.ts'

const request: EmbeddingRequest = { kind: 'embedding', provider: 'p', model: 'm', inputs: ['tea'] }

/** What becomes of an answer with this in place of a vector. */
function answered(embedding: unknown, encodingFormat?: 'float' | 'base64') {
  const body = JSON.stringify({
    data: [{ embedding, index: 0 }],
    usage: { prompt_tokens: 1, total_tokens: 1 },
  })
  const asked = { ...request, ...(encodingFormat === undefined ? {} : { encodingFormat }) }
  const attempt = classify(asked, { status: 200, headers: {}, body }, 0, (text) => text)
  return attempt.kind === 'reply' ? readEmbeddingReply(attempt.body).vectors[0] : attempt.failure.code
}

const base64 = Buffer.from(new Float32Array([0.5, -2]).buffer).toString('base64')

describe('a vector', () => {
  it.each<[string, unknown, 'float' | 'base64' | undefined, unknown]>([
    ['numbers', [0.5, -2], 'float', [0.5, -2]],
    ['numbers, though text was asked for', [0.5, -2], 'base64', [0.5, -2]],
    ['base64 that was asked for', base64, 'base64', [0.5, -2]],
    ['base64 that nobody asked for', base64, 'float', 'server_error'],
    ['a message of that length', 'errorxxxxxxxxxxx', undefined, 'server_error'],
    [
      'base64 with something else in it',
      `${base64.slice(0, 8)} !${base64.slice(8)}`,
      'base64',
      'server_error',
    ],
    ['base64 of no whole floats', 'AAAA', 'base64', 'server_error'],
    ['numbers and a text', [0.5, '2'], 'float', 'server_error'],
    ['nothing', [], 'float', 'server_error'],
  ])('of %s', (_, embedding, format, expected) => {
    expect(answered(embedding, format)).toEqual(expected)
  })
})
