import { describe, expect, it } from 'vitest'
import { toValue, type ValueObject } from '../../../src/base/values/value.ts'
import { systemClock } from '../../../src/base/work/clock.ts'
import type { Attempt, ChatRequest } from '../../../src/models/contract/contract.ts'
import { httpEndpoint } from '../../../src/models/endpoint/http-endpoint.ts'
import { dialectOf } from '../../../src/models/wire/dialects.ts'
import { completion } from '../scripted-server.ts'

const schemaOf = (name: string): ValueObject =>
  toValue({
    type: 'object',
    properties: { [name]: { type: 'string' } },
    required: [name],
    additionalProperties: false,
  }) as ValueObject

/** An endpoint whose server refuses some forms of a schema, and what it was asked. */
function refusing(refuses: (format: { strict?: true } | undefined) => string | undefined) {
  const formats: ('strict' | 'schema' | 'none')[] = []
  const endpoint = httpEndpoint({
    provider: 'p',
    model: 'm',
    dialect: dialectOf({ provider_type: 'vllm', endpoint: 'http://x.example/v1' }),
    limit: 1,
    baseUrl: 'http://x.example/v1',
    apiKey: null,
    extraHeaders: {},
    timeoutMs: 1000,
    stallMs: null,
    transport: {
      post: async (_url, _headers, body) => {
        const format = JSON.parse(body).response_format?.json_schema
        formats.push(format === undefined ? 'none' : format.strict === true ? 'strict' : 'schema')
        const message = refuses(format)
        return message === undefined
          ? { status: 200, headers: {}, body: completion('{"a":"b"}') }
          : { status: 400, headers: {}, body: JSON.stringify({ error: { message } }) }
      },
      close: async () => {},
    },
    clock: systemClock,
  })
  const ask = (responseSchema: ValueObject): Promise<Attempt> => {
    const request: ChatRequest = {
      kind: 'chat',
      provider: 'p',
      model: 'm',
      messages: [{ role: 'user', content: 'Hello' }],
      responseFormat: 'json_schema',
      responseSchema,
    }
    return endpoint.send(request, { effectKey: 'k', signal: new AbortController().signal })
  }
  return { ask, formats }
}

const notStrict = (format: { strict?: true } | undefined) =>
  format?.strict ? "Invalid schema for response_format 'answer': 'x' is not permitted." : undefined

describe('a schema that a provider refuses', () => {
  it('strictly, is sent as a wish from the next request on, which is no try, and is told once', async () => {
    const { ask, formats } = refusing(notStrict)
    const schema = schemaOf('a')
    const [first, second] = await Promise.all([ask(schema), ask(schema)])
    expect([first, second].map((each) => each.kind === 'failed' && each.failure)).toEqual([
      expect.objectContaining({
        action: 'retry',
        amended: expect.stringMatching(
          /^the schema is requested without "strict" from now on, .*not permitted/,
        ),
      }),
      expect.objectContaining({ action: 'retry', amended: '' }),
    ])
    expect((await ask(schema)).kind).toBe('reply')
    expect((await ask(schemaOf('b'))).kind).toBe('failed')
    expect(formats).toEqual(['strict', 'strict', 'schema', 'strict'])
  })

  it('in any form, is left to the prompt', async () => {
    const { ask, formats } = refusing((format) => (format ? 'response_format is not supported' : undefined))
    const schema = schemaOf('a')
    for (const kind of ['failed', 'failed', 'reply', 'reply']) expect((await ask(schema)).kind).toBe(kind)
    expect(formats).toEqual(['strict', 'schema', 'none', 'none'])
  })

  it('is no cause of a request that is refused for something else', async () => {
    const { ask, formats } = refusing(() => 'temperature must be 1')
    const schema = schemaOf('a')
    for (let time = 0; time < 2; time++) {
      expect(await ask(schema)).toMatchObject({
        kind: 'failed',
        failure: { code: 'bad_request', action: 'drop' },
      })
    }
    expect(formats).toEqual(['strict', 'strict'])
  })
})
