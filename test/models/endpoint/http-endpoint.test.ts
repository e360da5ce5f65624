import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../src/base/work/clock.ts'
import type { Attempt, ChatRequest, ModelFailure } from '../../../src/models/contract/contract.ts'
import { httpEndpoint } from '../../../src/models/endpoint/http-endpoint.ts'
import { MAX_RESPONSE_BYTES } from '../../../src/models/http/exchange.ts'
import { undiciTransport } from '../../../src/models/http/undici-transport.ts'
import { dialectOf } from '../../../src/models/wire/dialects.ts'
import { completion, type ScriptedServer, scriptedServer } from '../scripted-server.ts'

const KEY = 'sk-very-secret-0123456789abcdef'

function endpointTo(baseUrl: string, options: { timeoutMs?: number; connections?: number } = {}) {
  const transport = undiciTransport(
    options.connections === undefined ? {} : { connections: options.connections },
  )
  onTestFinished(() => transport.close())
  return httpEndpoint({
    dialect: dialectOf({ provider_type: 'openai', endpoint: baseUrl }),
    stallMs: null,
    provider: 'p',
    model: 'm',
    limit: 8,
    baseUrl,
    apiKey: KEY,
    extraHeaders: { 'X-Team': 'team-secret-value' },
    timeoutMs: options.timeoutMs ?? 30_000,
    transport,
    clock: systemClock,
  })
}

async function serve(act: Parameters<typeof scriptedServer>[0]): Promise<ScriptedServer> {
  const server = await scriptedServer(act)
  onTestFinished(() => server.close())
  return server
}

const request: ChatRequest = {
  kind: 'chat',
  provider: 'p',
  model: 'm',
  messages: [{ role: 'user', content: 'Hello' }],
}
const never = new AbortController().signal
const options = { effectKey: '7:review:abc:0', signal: never }

function failureOf(attempt: Attempt): ModelFailure {
  if (attempt.kind !== 'failed') throw new Error('The request was answered.')
  return attempt.failure
}

async function answered(status: number, body: string, headers: Record<string, string> = {}) {
  const server = await serve((_request, response) => response.writeHead(status, headers).end(body))
  return endpointTo(`${server.url}/v1`).send(request, options)
}

describe('a chat request over HTTP', () => {
  it('carries body, key, extra headers and the effect key, and hands on the raw body of the answer', async () => {
    const body = completion('Hi')
    const server = await serve((_request, response) => response.end(body))
    const sent: ChatRequest = {
      ...request,
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Zoë "says" hi' },
      ],
      temperature: 1,
      topP: 0.5,
      maxTokens: 10,
      extraBody: { seed: 7n, max_tokens: 20n, ratio: 1 },
    }
    expect(await endpointTo(`${server.url}/v1/`).send(sent, options)).toEqual({ kind: 'reply', body })
    expect(JSON.parse(server.bodies[0]!)).toEqual({
      model: 'm',
      messages: sent.messages,
      temperature: 1,
      top_p: 0.5,
      max_tokens: 20,
      seed: 7,
      ratio: 1,
    })
    expect(server.headers[0]).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'x-team': 'team-secret-value',
      'x-rowsmith-effect': '7:review:abc:0',
      'content-type': 'application/json',
    })
  })

  it.each([
    [400, '{"error":{"message":"bad value"}}', 'bad_request', 'drop'],
    [400, '{"error":{"message":"too long","code":"context_length_exceeded"}}', 'context_window', 'drop'],
    [400, '{"message":"maximum context length is 4096 tokens"}', 'context_window', 'drop'],
    [401, '{"error":{"message":"no"}}', 'authentication_failed', 'stop'],
    [402, '', 'quota_exhausted', 'stop'],
    [403, '<html>', 'permission_denied', 'stop'],
    [404, '{"error":"no such model"}', 'model_not_found', 'stop'],
    [408, '', 'request_timeout', 'retry'],
    [413, 'too big', 'context_window', 'drop'],
    [418, '', 'rejected_request', 'drop'],
    [422, '{"detail":"unprocessable"}', 'rejected_request', 'drop'],
    [429, '{"error":{"message":"slow down"}}', 'rate_limited', 'wait'],
    [429, '{"error":{"message":"You exceeded your current quota"}}', 'quota_exhausted', 'stop'],
    [429, '{"error":{"code":"insufficient_quota","message":"x"}}', 'quota_exhausted', 'stop'],
    [429, '{"error":{"message":"You exceeded your current quota of 10 per minute"}}', 'rate_limited', 'wait'],
    [500, 'oops', 'server_error', 'retry'],
    [503, '', 'server_error', 'retry'],
    [529, 'overloaded', 'server_error', 'retry'],
    [301, '', 'endpoint_unreachable', 'stop'],
    [200, 'not json', 'server_error', 'retry'],
    [200, '[1]', 'server_error', 'retry'],
    [200, '{"choices":[]}', 'server_error', 'retry'],
    [200, '{}{}', 'server_error', 'retry'],
    [200, '{"error":{"code":429,"message":"slow down"}}', 'rate_limited', 'wait'],
    [200, '{"error":{"message":"upstream broke"}}', 'server_error', 'retry'],
  ] as const)('classes %i %s as %s, %s', async (status, body, code, verdict) => {
    const failure = failureOf(await answered(status, body))
    expect(failure).toMatchObject({ code, action: verdict, status, retryAfterMs: null })
  })

  it('quotes at most 200 characters of the provider, on one line', async () => {
    const body = JSON.stringify({ error: { message: `first\nsecond ${'long '.repeat(1000)}` } })
    const { message } = failureOf(await answered(400, body))
    expect(message).toMatch(/^The provider answered 400: first second long/)
    expect(message.length).toBeLessThan(240)
    expect(message).not.toContain('\n')
  })

  it.each([401, 400, 403, 404, 422, 429, 500])(
    'shows no key and no header value when a %i repeats them',
    async (status) => {
      const padding = 'x'.repeat(180)
      const body = JSON.stringify({
        error: { message: `Incorrect key ${KEY} team-secret-value ${padding} ${KEY}` },
      })
      const attempt = await answered(status, body)
      const text = JSON.stringify(attempt)
      for (const secret of [KEY, 'sk-very', 'team-secret-value']) expect(text).not.toContain(secret)
    },
  )

  it.each([
    [429, { 'retry-after': '7' }, 7_000],
    [503, { 'retry-after': '1.5' }, 1_500],
    [429, { 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    [429, { 'retry-after': 'soon' }, null],
    [429, { 'retry-after': '-5' }, null],
    [429, { 'retry-after': '5, 10' }, null],
    [429, { 'retry-after': '' }, null],
    [429, { 'retry-after': '0.493' }, 493],
    [429, { 'retry-after': '1s' }, 1_000],
    [429, { 'retry-after': '1445412480' }, 0],
    [429, { 'retry-after-ms': '-1', 'retry-after': '2' }, 2_000],
    [429, { 'retry-after-ms': 'NaN', 'x-ms-retry-after-ms': '40' }, 40],
    [429, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
  ] as const)('reads the retry headers of a %i: %o is %s ms', async (status, headers, expected) => {
    expect(failureOf(await answered(status, '', headers)).retryAfterMs).toBe(expected)
  })

  it('says how the Responses API is chosen where a model wants it', async () => {
    const error = { message: 'This model is only supported in v1/responses and not in v1/chat/completions.' }
    const { message, action: verdict } = failureOf(await answered(404, JSON.stringify({ error })))
    expect([verdict, message]).toEqual([
      'stop',
      expect.stringContaining('Write `api: responses` in the provider.'),
    ])
  })

  it('asks past every cache after an answer of no use, and only then', async () => {
    const interrupted = JSON.stringify({ choices: [{ message: { content: 'Hal' }, finish_reason: 'error' }] })
    const bodies = [interrupted, completion('Hello'), completion('Hello')]
    const asked: (string | undefined)[] = []
    const server = await serve((request, response) => {
      asked.push(request.headers['cache-control'])
      response.writeHead(200, { 'content-type': 'application/json' }).end(bodies[asked.length - 1])
    })
    const endpoint = endpointTo(`${server.url}/v1`)
    const kinds = []
    for (const _ of bodies) kinds.push((await endpoint.send(request, options)).kind)
    expect(kinds).toEqual(['failed', 'reply', 'reply'])
    expect(asked).toEqual([undefined, 'no-cache', undefined])
    const words = server.bodies.map((body) => JSON.parse(body).messages.at(-1).content)
    expect(words).toEqual([words[0], `${words[0]}\n`, words[0]])
  })

  it('asks the same again after an answer that was lost on its way: a cache may have it', async () => {
    const server = await serve((_request, response) => response.destroy())
    const endpoint = endpointTo(`${server.url}/v1`)
    for (let time = 0; time < 2; time++) failureOf(await endpoint.send(request, options))
    expect(server.bodies[1]).toBe(server.bodies[0])
    expect(server.headers[1]).not.toHaveProperty('cache-control')
  })

  it('reads a Retry-After that is a date as the time until then', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString()
    const wait = failureOf(await answered(429, '', { 'retry-after': date })).retryAfterMs
    expect(wait).toBeGreaterThan(3_500_000)
    expect(wait).toBeLessThanOrEqual(3_600_000)
  })

  it('gives up at the deadline, whether nothing came or half an answer', async () => {
    for (const begin of [false, true]) {
      const server = await serve((_request, response) => {
        if (begin) response.writeHead(200, { 'content-length': '100' }).write('{"choices"')
      })
      const attempt = await endpointTo(`${server.url}/v1`, { timeoutMs: 50 }).send(request, options)
      expect(failureOf(attempt)).toMatchObject({ code: 'request_timeout', action: 'retry', status: null })
    }
  })

  it('calls a reset, a hang-up and a cut body a failed connection', async () => {
    const endings = [
      (socket: Socket) => socket.resetAndDestroy(),
      (socket: Socket) => socket.end(),
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"choi'),
      (socket: Socket) => socket.end('SSH-2.0 hello\r\n'),
    ]
    for (const end of endings) {
      const server = createServer((socket) => {
        socket.on('error', () => {})
        socket.once('data', () => end(socket))
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      onTestFinished(() => void server.close())
      const { port } = server.address() as AddressInfo
      const attempt = await endpointTo(`http://127.0.0.1:${port}/v1`).send(request, options)
      expect(failureOf(attempt)).toMatchObject({ code: 'connection_failed', action: 'retry' })
    }
  })

  it('says that nobody listens when the connection is refused', async () => {
    const server = await scriptedServer(() => {})
    await server.close()
    const failure = failureOf(await endpointTo(`${server.url}/v1`).send(request, options))
    expect(failure).toMatchObject({ code: 'connection_failed', action: 'retry' })
    expect(failure.message).toContain('ECONNREFUSED')
  })

  it('does not let an endless answer fill the memory', async () => {
    const chunk = 'x'.repeat(1024 * 1024)
    let sent = 0
    const server = await serve((_request, response) => {
      const more = (): void => {
        if (response.destroyed) return
        sent += chunk.length
        response.write(chunk, () => setImmediate(more))
      }
      more()
    })
    const failure = failureOf(await endpointTo(`${server.url}/v1`).send(request, options))
    expect(failure).toMatchObject({ code: 'server_error', action: 'retry' })
    expect(sent).toBeLessThan(4 * MAX_RESPONSE_BYTES)
  })

  it("rejects with the signal's own reason when it fires, before and during the request", async () => {
    const arrived = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    const server = await serve((_request, response) => {
      response.on('close', () => gone.resolve())
      arrived.resolve()
    })
    const endpoint = endpointTo(`${server.url}/v1`)
    const controller = new AbortController()
    const reason = new Error('stop now')
    const asked = endpoint.send(request, { effectKey: 'k', signal: controller.signal })
    await arrived.promise
    controller.abort(reason)
    await expect(asked).rejects.toBe(reason)
    await gone.promise
    await expect(endpoint.send(request, { effectKey: 'k', signal: controller.signal })).rejects.toBe(reason)
    expect(server.bodies).toHaveLength(1)
  })

  it('uses one connection again and again, and no more connections than asked for', async () => {
    const server = await serve((_request, response) => setImmediate(() => response.end(completion('Hi'))))
    const endpoint = endpointTo(`${server.url}/v1`, { connections: 3 })
    for (let round = 0; round < 5; round++) {
      await endpoint.send(request, options)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(server.sockets.size).toBe(1)
    await Promise.all(Array.from({ length: 30 }, () => endpoint.send(request, options)))
    expect(server.sockets.size).toBe(3)
    expect(server.bodies).toHaveLength(35)
  })

  it('puts text on the wire as UTF-8 and reads it back across chunk borders', async () => {
    const content = 'Grüße, 世界 👋'
    const server = await serve((_request, response) => {
      const bytes = Buffer.from(completion(content))
      response.writeHead(200)
      for (const byte of bytes) response.write(Buffer.of(byte))
      response.end()
    })
    const sent = { ...request, messages: [{ role: 'user' as const, content }] }
    const attempt = await endpointTo(`${server.url}/v1`).send(sent, options)
    expect(attempt).toEqual({ kind: 'reply', body: completion(content) })
    expect(JSON.parse(server.bodies[0]!).messages[0].content).toBe(content)
  })
})
