/**
 * What every provider must do, as cases for any test runner: `for (const { name, run } of providerConformance(subject)) it(name, run)`.
 *
 * A subject is an endpoint, reached over real HTTP on loopback, and a vendor: the script by which the server at the other end
 * answers in the vendor's own words. The cases know neither wire format nor URL. They hold what the engine builds on: one call
 * is one request; a key is in a header and nowhere else; a stored body reads the same for ever; every ending has its row failure.
 */

import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { present } from '../../base/errors/present.ts'
import type {
  Attempt,
  ChatMessage,
  ChatRequest,
  Endpoint,
  ModelFailure,
} from '../../models/contract/contract.ts'
import { readEmbeddingReply, readReply } from '../../models/wire/reply.ts'
import { answerCases, errorCases, type OddCase } from './odd-cases.ts'
import type { Vendor, VendorFailure, VendorReply, VendorRequest } from './vendor.ts'

export interface ProviderSubject {
  /**
   * An endpoint for the model `m` of the provider `p` that sends to a server.
   *
   * @param options `timeoutMs`: deadline of one request; `stallMs`: the longest silence in the middle of an answer, or null
   */
  connect(options: {
    readonly baseUrl: string
    readonly apiKey: string
    readonly timeoutMs: number
    readonly stallMs: number | null
  }): { readonly endpoint: Endpoint; close(): Promise<void> }
  readonly vendor: Vendor
}

export interface ConformanceCase {
  /** A sentence. */
  readonly name: string
  /** @throws AssertionError when the provider does not do it */
  run(): Promise<void>
}

/** The cases that apply to a subject: streaming, embeddings and odd answers only where its vendor has them. */
export function providerConformance(subject: ProviderSubject): readonly ConformanceCase[] {
  const { vendor } = subject
  const applicable = cases.filter(({ needs }) => needs === undefined || vendor[needs] !== undefined)
  const odd = vendor.odd === undefined ? [] : [...errorCases, ...answerCases(vendor.odd)]
  return [...applicable, ...odd.map(overHttp)].map(({ name, run }) => ({
    name,
    run: () => withSetup(subject, run),
  }))
}

function overHttp({ name, run }: OddCase): Case {
  return {
    name,
    async run(setup) {
      const endpoints = new Map([null, 60_000].map((stallMs) => [stallMs, setup.endpoint({ stallMs })]))
      await run((act, prompt, stallMs) => {
        setup.act = act
        const messages = [{ role: 'user', content: prompt }] as const
        return present(endpoints.get(stallMs), 'endpoints').send(chat(messages), {
          effectKey: 'k',
          signal: never,
        })
      })
    },
  }
}

const KEY = 'sk-conformance-0123456789-abcdef'
const never = new AbortController().signal

interface Case {
  readonly name: string
  readonly needs?: 'stream' | 'embeddings'
  run(setup: Setup): Promise<void>
}

/** A server on loopback that answers what a case says. */
interface Setup {
  readonly vendor: Vendor
  readonly requests: VendorRequest[]
  /** What the server does with the next requests. */
  act: (response: ServerResponse) => void
  endpoint(options?: { timeoutMs?: number; stallMs?: number | null }): Endpoint
  request(messages?: readonly ChatMessage[], more?: Partial<ChatRequest>): Promise<Attempt>
  /** Fires when the connection of a request is lost. */
  readonly closed: Promise<void>
  readonly arrived: Promise<void>
}

async function withSetup(subject: ProviderSubject, run: (setup: Setup) => Promise<void>): Promise<void> {
  const requests: VendorRequest[] = []
  const closers: (() => Promise<void>)[] = []
  const closed = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    response.on('close', () => closed.resolve())
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => {})
    request.on('end', () => {
      requests.push({
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      })
      arrived.resolve()
      setup.act(response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const setup: Setup = {
    vendor: subject.vendor,
    requests,
    act: answering(subject.vendor.answer(plain)),
    endpoint({ timeoutMs = 60_000, stallMs = null } = {}) {
      const { endpoint, close } = subject.connect({ baseUrl, apiKey: KEY, timeoutMs, stallMs })
      closers.push(close)
      return endpoint
    },
    request: (messages = hello, more = {}) =>
      setup.endpoint().send(chat(messages, more), { effectKey: 'k', signal: never }),
    closed: closed.promise,
    arrived: arrived.promise,
  }
  try {
    await run(setup)
  } finally {
    for (const close of closers) await close()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

const hello: readonly ChatMessage[] = [{ role: 'user', content: 'Hello' }]

function chat(messages: readonly ChatMessage[], more: Partial<ChatRequest> = {}): ChatRequest {
  return { kind: 'chat', provider: 'p', model: 'm', messages, ...more }
}

const plain: VendorReply = {
  content: 'Grüße, 世界 👋 \n"quoted"',
  finish: 'stop',
  usage: { input: 12, cached: 4, output: 7 },
}

const calling: VendorReply = {
  content: 'Let me look.',
  reasoning: 'The user wants the weather.',
  finish: 'tool_calls',
  toolCalls: [
    { id: 'call-1', name: 'weather', arguments: { city: 'Zürich', days: 2 } },
    { id: 'call-2', name: 'weather', arguments: {} },
  ],
  usage: { input: 12, cached: 0, output: 7 },
}

const weather = {
  name: 'weather',
  description: 'Reports the weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
}

function answering(body: string, status = 200, headers: Readonly<Record<string, string>> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  }
}

function streaming(text: string) {
  return (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text)
  }
}

function replyOf(attempt: Attempt) {
  if (attempt.kind === 'failed') throw new Error(`The request failed: ${attempt.failure.message}`)
  equal(typeof JSON.parse(attempt.body), 'object', 'the stored body is JSON')
  deepEqual(readReply(attempt.body), readReply(attempt.body))
  return readReply(attempt.body)
}

function failureOf(attempt: Attempt): ModelFailure {
  if (attempt.kind === 'reply') throw new Error('The request was answered.')
  return attempt.failure
}

async function refused(setup: Setup, { status, body, headers }: VendorFailure): Promise<ModelFailure> {
  setup.act = answering(body, status, headers)
  const failure = failureOf(await setup.request())
  equal(setup.requests.length, 1, 'nothing is sent twice')
  ok(failure.message.length < 300, 'the message is short')
  ok(!JSON.stringify(failure).includes(KEY), 'the key is not in the failure')
  return failure
}

function refusal(
  name: string,
  which: keyof Vendor['refusals'],
  code: string,
  action: ModelFailure['action'],
): Case {
  return {
    name,
    async run(setup) {
      const failure = await refused(setup, setup.vendor.refusals[which])
      deepEqual([failure.code, failure.action, failure.maybeCharged], [code, action, false])
    },
  }
}

const cases: readonly Case[] = [
  {
    name: 'an answer comes with its text, its end and its tokens',
    async run(setup) {
      const { content, finishReason, usage, toolCalls } = replyOf(await setup.request())
      deepEqual([content, finishReason, toolCalls], [plain.content, 'stop', undefined])
      deepEqual(usage, { inputTokens: 12, cachedInputTokens: 4, outputTokens: 7, reasoningTokens: 0 })
    },
  },
  {
    name: 'system, turns, temperature, bound and model arrive',
    async run(setup) {
      const messages: ChatMessage[] = [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Zoë "says" hi' },
        { role: 'assistant', content: 'Hi.' },
        { role: 'user', content: [{ type: 'text', text: 'And now?' }] },
      ]
      replyOf(await setup.request(messages, { temperature: 0.5, maxTokens: 10 }))
      const { key, ...understood } = setup.vendor.understand(present(setup.requests[0], 'requests'))
      deepEqual(understood, {
        model: 'm',
        system: 'Be kind.',
        turns: ['Zoë "says" hi', 'Hi.', 'And now?'],
        temperature: 0.5,
        maxTokens: 10,
        tools: [],
      })
    },
  },
  {
    name: 'the key is in one header, never in the URL or the body',
    async run(setup) {
      replyOf(await setup.request())
      const request = present(setup.requests[0], 'requests')
      equal(setup.vendor.understand(request).key, KEY)
      ok(!request.url.includes(KEY) && !request.body.includes(KEY))
      const holders = Object.values(request.headers).filter((value) => String(value).includes(KEY))
      equal(holders.length, 1)
    },
  },
  {
    name: 'the effect key goes along in x-rowsmith-effect',
    async run(setup) {
      await setup.endpoint().send(chat(hello), { effectKey: '7:review:abc:0', signal: never })
      equal(present(setup.requests[0], 'requests').headers['x-rowsmith-effect'], '7:review:abc:0')
    },
  },
  {
    name: 'tools are offered, called, and answered in the next turn',
    async run(setup) {
      setup.act = answering(setup.vendor.answer(calling))
      const reply = replyOf(await setup.request(hello, { tools: [weather] }))
      deepEqual(setup.vendor.understand(present(setup.requests[0], 'requests')).tools, ['weather'])
      equal(reply.finishReason, 'tool_calls')
      const called = (reply.toolCalls ?? []).map(({ name, arguments: text }) => [name, JSON.parse(text)])
      deepEqual(called, [
        ['weather', { city: 'Zürich', days: 2 }],
        ['weather', {}],
      ])
      const turn: ChatMessage = {
        role: 'assistant',
        content: reply.content,
        toolCalls: present(reply.toolCalls, 'tool calls'),
        ...(reply.carried === undefined ? {} : { carried: reply.carried }),
      }
      const results = present(reply.toolCalls, 'tool calls').map(
        ({ id }, place): ChatMessage => ({ role: 'tool', toolCallId: id, content: `sunny ${place}` }),
      )
      setup.act = answering(setup.vendor.answer(plain))
      replyOf(await setup.request([...hello, turn, ...results], { tools: [weather] }))
      const { turns } = setup.vendor.understand(present(setup.requests[1], 'requests'))
      const said = turns.filter((text) => text !== '' && text !== calling.reasoning)
      deepEqual(said, [
        'Hello',
        'Let me look.',
        'weather({"city":"Zürich","days":2})',
        'weather({})',
        'sunny 0',
        'sunny 1',
      ])
    },
  },
  {
    name: 'reasoning is separated from the answer',
    async run(setup) {
      setup.act = answering(setup.vendor.answer(calling))
      const { content, reasoning } = replyOf(await setup.request(hello, { tools: [weather] }))
      deepEqual([content, reasoning], [calling.content, calling.reasoning])
    },
  },
  {
    name: 'an answer that was cut off says length, one that was refused says content_filter',
    async run(setup) {
      for (const finish of ['length', 'content_filter'] as const) {
        setup.act = answering(setup.vendor.answer({ ...plain, finish }))
        equal(replyOf(await setup.request()).finishReason, finish)
      }
    },
  },
  {
    name: 'a streamed answer is stored as one body, and reads as the whole one does',
    needs: 'stream',
    async run(setup) {
      for (const reply of [plain, calling, { ...plain, finish: 'length' as const }]) {
        const endpoint = setup.endpoint({ stallMs: 60_000 })
        const request = () =>
          endpoint.send(chat(hello, { tools: [weather] }), { effectKey: 'k', signal: never })
        setup.act = streaming(present(setup.vendor.stream, 'streams')(reply))
        const attempt = await request()
        const streamed = replyOf(attempt)
        ok(
          attempt.kind !== 'reply' || (attempt.partsMs?.[0] ?? 0) >= 0,
          'the first part came after its request',
        )
        setup.act = answering(setup.vendor.answer(reply))
        deepEqual(streamed, replyOf(await request()))
      }
    },
  },
  {
    name: 'a stream that breaks off anywhere is no answer, and was perhaps paid for',
    needs: 'stream',
    async run(setup) {
      const whole = present(setup.vendor.stream, 'streams')(plain)
      const endpoint = setup.endpoint({ stallMs: 60_000 })
      for (let part = 1; part < 8; part++) {
        setup.act = streaming(whole.slice(0, Math.floor((whole.length * part) / 8 / 2)))
        const failure = failureOf(await endpoint.send(chat(hello), { effectKey: 'k', signal: never }))
        deepEqual([failure.action, failure.maybeCharged], ['retry', true])
      }
    },
  },
  {
    name: 'silence in the middle of a streamed answer ends it',
    needs: 'stream',
    async run(setup) {
      const text = present(setup.vendor.stream, 'streams')(plain)
      setup.act = (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(text.slice(0, text.length / 2))
      }
      const endpoint = setup.endpoint({ stallMs: 50 })
      const failure = failureOf(await endpoint.send(chat(hello), { effectKey: 'k', signal: never }))
      deepEqual([failure.code, failure.action, failure.maybeCharged], ['request_timeout', 'retry', true])
      match(failure.message, /stall/)
    },
  },
  {
    name: 'embeddings come back in the order of their texts',
    needs: 'embeddings',
    async run(setup) {
      setup.act = answering(
        present(
          setup.vendor.embeddings,
          'embeddings',
        )([
          [0.5, 0.25],
          [1, -0.125],
        ]),
      )
      const request = { kind: 'embedding', provider: 'p', model: 'm', inputs: ['one', 'two'] } as const
      const attempt = await setup.endpoint().send(request, { effectKey: 'k', signal: never })
      if (attempt.kind === 'failed') throw new Error(attempt.failure.message)
      deepEqual(readEmbeddingReply(attempt.body).vectors, [
        [0.5, 0.25],
        [1, -0.125],
      ])
    },
  },
  refusal('a wrong key stops the run', 'wrongKey', 'authentication_failed', 'stop'),
  refusal('an unknown model stops the run', 'unknownModel', 'model_not_found', 'stop'),
  refusal('an account without credit stops the run', 'exhausted', 'quota_exhausted', 'stop'),
  refusal('a prompt beyond the context window costs its row', 'tooLong', 'context_window', 'drop'),
  refusal('a request to an overloaded server is sent again', 'overloaded', 'server_error', 'retry'),
  {
    name: 'a rate limit is waited out, as long as the server says',
    async run(setup) {
      const failure = await refused(setup, setup.vendor.refusals.tooFast)
      deepEqual([failure.code, failure.action, failure.retryAfterMs], ['rate_limited', 'wait', 7000])
    },
  },
  {
    name: 'a key that a server repeats is not shown',
    async run(setup) {
      for (const status of [400, 401, 404, 429, 500]) {
        setup.act = answering(JSON.stringify({ error: { message: `Bad key ${KEY}` } }), status)
        ok(!JSON.stringify(await setup.request()).includes(KEY))
      }
    },
  },
  {
    name: 'after a success that is no answer the request is sent again, and was perhaps paid for',
    async run(setup) {
      for (const body of ['', 'hello', '{}', '[1]', '<html></html>', '{"choices":[]}', '{"a":']) {
        setup.act = answering(body)
        const failure = failureOf(await setup.request())
        deepEqual([failure.action, failure.maybeCharged], ['retry', true])
      }
    },
  },
  {
    name: 'a request whose connection breaks is sent again',
    async run(setup) {
      for (const begin of [false, true]) {
        setup.act = (response) => {
          if (!begin) return response.socket?.resetAndDestroy()
          response.writeHead(200, { 'content-length': '1000' }).write('{"a"')
          setImmediate(() => response.destroy())
        }
        const failure = failureOf(await setup.request())
        deepEqual([failure.code, failure.action, failure.maybeCharged], ['connection_failed', 'retry', true])
      }
    },
  },
  {
    name: 'the deadline ends a request without an answer',
    async run(setup) {
      setup.act = () => {}
      const failure = failureOf(
        await setup.endpoint({ timeoutMs: 50 }).send(chat(hello), { effectKey: 'k', signal: never }),
      )
      deepEqual([failure.code, failure.action, failure.maybeCharged], ['request_timeout', 'retry', true])
    },
  },
  {
    name: 'a signal gives a request up, with its own reason, and hangs up',
    async run(setup) {
      setup.act = () => {}
      const stop = new AbortController()
      const reason = new Error('stop now')
      const requested = setup.endpoint().send(chat(hello), { effectKey: 'k', signal: stop.signal })
      await setup.arrived
      stop.abort(reason)
      await rejects(requested, (error) => error === reason)
      await setup.closed
      await rejects(
        setup.endpoint().send(chat(hello), { effectKey: 'k', signal: stop.signal }),
        (error) => error === reason,
      )
      equal(setup.requests.length, 1)
    },
  },
]
