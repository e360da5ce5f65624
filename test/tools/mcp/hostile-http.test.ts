/** Servers over HTTP that do not keep to the protocol: in JSON, in events, and over the old transport with events of its own. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../src/base/work/clock.ts'
import { contentOf } from '../../../src/tools/call/result.ts'
import { McpSource } from '../../../src/tools/mcp/mcp-source.ts'

type Carrier = 'JSON' | 'events' | 'sse'

/** What a server says to a request, as it is written, in pieces. */
type Conversation = readonly (string | Buffer)[]

const message = (id: unknown, result: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result })
const yes = { content: [{ type: 'text', text: 'yes' }] }

/** What follows is larger than any message may be. */
const mebibytes = (count: number): string[] => Array(count).fill('x'.repeat(1024 * 1024))

/** By tool: what the server answers, as JSON, and what the model is told. */
const answers: Readonly<Record<string, readonly [answer: (id: number) => Conversation, told: unknown]>> = {
  good: [(id) => [message(id, yes)], 'yes'],
  null_text: [
    (id) => [message(id, { content: [{ type: 'text', text: null }] })],
    '{"type":"text","text":null}',
  ],
  text: [(id) => [message(id, 'plain')], 'Error: the answer is no result: plain'],
  none: [(id) => [message(id, null)], 'Error: the answer is no result: null'],
  text_id: [(id) => [message(String(id), yes)], 'yes'],
  no_version: [(id) => [JSON.stringify({ id, result: yes })], 'yes'],
  batch: [(id) => [`[${message(98_765, yes)},${message(id, yes)}]`], 'yes'],
  odd_error: [(id) => [JSON.stringify({ jsonrpc: '2.0', id, error: 'no luck' })], 'Error: no luck'],
  // The number by which the official client tells of a closed connection.
  own_number: [
    (id) => [JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_000, message: 'no quota' } })],
    'Error: no quota',
  ],
  escapes: [
    (id) => [
      `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"\\u001b[31m\\ud800"}]}}`,
    ],
    '\u001b[31m\ufffd',
  ],
  byte_by_byte: [
    (id) =>
      [...Buffer.from(message(id, { content: [{ type: 'text', text: 'süß 🦆' }] }))].map((byte) =>
        Buffer.from([byte]),
      ),
    'süß 🦆',
  ],
  huge: [
    (id) => [
      `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"`,
      ...mebibytes(66),
      '"}]}}',
    ],
    'Error: the answer is larger than 64 MB',
  ],
}

/** What only events can do. @property 1 the text of the stream */
const eventAnswers: Readonly<Record<string, readonly [answer: (id: number) => Conversation, told: unknown]>> =
  {
    several_lines: [
      (id) => [`: ping\nevent: message\ndata: {"jsonrpc":"2.0",\ndata: "id":${id},\ndata: "result":"x"}\n\n`],
      'Error: the answer is no result: x',
    ],
    returns: [(id) => [`data: ${message(id, 1)}\r`, '\n\r\n'], 'Error: the answer is no result: 1'],
    only_returns: [(id) => [`data: ${message(id, 2)}\r\r`], 'Error: the answer is no result: 2'],
    noise: [
      (id) => [
        `data: no JSON\n\nevent: odd\ndata: {}\n\n: only a word\n\ndata\n\ndata: ${message(id, yes)}\n\n`,
      ],
      'yes',
    ],
    wrong_id: [(id) => [`data: ${message(98_765, yes)}\n\ndata: ${message(id, yes)}\n\n`], 'yes'],
    endless: [
      (id) => [`data: {"id":${id},"result":"`, ...mebibytes(66)],
      'Error: the answer is larger than 64 MB',
    ],
  }

interface Served {
  readonly source: McpSource
  readonly calls: string[]
  readonly notes: string[]
}

/** @param list gives the page of tools at a cursor */
async function serve(
  carrier: Carrier,
  list: (cursor: string | undefined) => object = () => ({
    tools: [{ name: 'good', inputSchema: {} }, { name: null }],
  }),
  given = answers,
): Promise<Served> {
  const calls: string[] = []
  const notes: string[] = []
  /** Of the old transport: where all answers go. */
  let stream: ServerResponse | undefined
  const write = (response: ServerResponse, pieces: Conversation): void => {
    for (const piece of pieces) response.write(piece)
  }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      if (carrier === 'sse' && request.method === 'GET') {
        stream = response.writeHead(200, { 'content-type': 'text/event-stream' })
        return response.write('event: endpoint\ndata: /messages\n\n')
      }
      if (request.method !== 'POST') return response.writeHead(405).end()
      const { id, method, params } = JSON.parse(body)
      if (params?.name === 'accepted') calls.push('accepted')
      if (id === undefined || carrier === 'sse' || params?.name === 'accepted') response.writeHead(202).end()
      if (id === undefined || params?.name === 'accepted') return undefined
      const hello = {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'h', version: '1' },
      }
      const asEvents = carrier !== 'JSON'
      if (carrier !== 'sse')
        response.writeHead(200, { 'content-type': asEvents ? 'text/event-stream' : 'application/json' })
      const target = stream ?? response
      if (method === 'tools/call') calls.push(params.name)
      const isRaw = given !== answers && params?.name !== 'good'
      const ofEvents = method === 'tools/call' ? (isRaw ? given : eventAnswers)[params.name] : undefined
      if (ofEvents !== undefined) write(target, ofEvents[0](id))
      else {
        const [answer] =
          method === 'tools/call'
            ? given[params.name]!
            : [() => [message(id, method === 'initialize' ? hello : list(params?.cursor))]]
        write(target, asEvents ? ['data: ', ...answer(id), '\n\n'] : answer(id))
      }
      if (carrier !== 'sse' && params?.name !== 'endless') response.end()
      return undefined
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  const type = carrier === 'sse' ? 'sse' : 'streamable_http'
  const config = { name: 'one', provider_type: type, endpoint, api_key: null } as const
  const told = { config, apiKey: null, env: {} }
  const source = new McpSource(
    told,
    systemClock,
    () => {},
    (note) => notes.push(note),
  )
  onTestFinished(async () => {
    await source.close()
    server.closeAllConnections()
    server.close()
  })
  return { source, calls, notes }
}

const { signal } = new AbortController()

async function told(source: McpSource, tool: string) {
  const ended = await source.call(tool, {}, signal)
  return ended.kind === 'done' ? contentOf(ended.value) : ended.failure.code
}

const carriers = ['JSON', 'events', 'sse'] as const

it.each([
  ['ends without a result', 'events', ': a word\n\n'],
  ['answers somebody else', 'events', `data: ${message(98_765, yes)}\n\n`],
  ['answers somebody else', 'JSON', message(98_765, yes)],
])('an answer that %s in %s is asked for again, alone: nobody waits for it', async (_, carrier, text) => {
  const odd = { ...answers, never: [() => [text], null] } as typeof answers
  const { source, calls } = await serve(carrier as Carrier, undefined, odd)
  expect(await told(source, 'never')).toBe(
    'Error: The server of "never" went away three times during this call.',
  )
  // The session is still the same one.
  expect(await told(source, 'good')).toBe('yes')
  expect(calls).toEqual(['never', 'never', 'never', 'good'])
})

it('an answer that is only announced is missing where no stream can carry it', async () => {
  const { source, calls } = await serve('JSON')
  expect(await told(source, 'accepted')).toMatch('went away three times')
  expect(await told(source, 'good')).toBe('yes')
  expect(calls).toEqual(['accepted', 'accepted', 'accepted', 'good'])
})

it('a stream that ends before the answer, and cannot be taken up again, is not waited for', async () => {
  const odd = { ...answers, never: [() => ['retry: 1\nid: e1\ndata:\n\n'], null] } as typeof answers
  const { source, calls } = await serve('events', undefined, odd)
  expect(await told(source, 'never')).toMatch('went away three times')
  expect(await told(source, 'good')).toBe('yes')
  expect(calls).toEqual(['never', 'never', 'never', 'good'])
})

it.each([
  ['empty', '', 'Error: the answer is empty'],
  ['no JSON', '<p>', 'Error: the answer is no JSON: <p>'],
])('an answer that is %s is told to the model', async (_, text, expected) => {
  const { source } = await serve('JSON', undefined, { odd: [() => [text], null] })
  expect(await told(source, 'odd')).toBe(expected)
})

describe.each(carriers)('a hostile server in %s', (carrier) => {
  it('is told to the model call by call: no other call notices, and none is made twice', async () => {
    const { source, calls } = await serve(carrier)
    expect((await source.list(signal)).map(({ name }) => name)).toEqual(['good'])
    // What is endless leaves a stream that carries nothing else: it comes last. Of the two that are too long one is enough.
    const all = Object.entries(carrier === 'JSON' ? answers : { ...answers, ...eventAnswers })
    const cases = all.filter(([tool]) => tool !== (carrier === 'events' ? 'huge' : 'endless'))
    for (const [tool, [, expected]] of cases) expect(await told(source, tool), tool).toEqual(expected)
    expect(calls).toEqual(cases.map(([tool]) => tool))
  })

  it('may list tools without an end: those that came until then stay', async () => {
    let pages = 0
    const { source, notes } = await serve(carrier, () => {
      const tools = Array.from({ length: 2_500 }, (_, index) => ({
        name: `t${pages}_${index}`,
        inputSchema: {},
      }))
      return { tools, nextCursor: `page ${++pages}` }
    })
    expect(await source.list(signal)).toHaveLength(10_000)
    expect(pages).toBe(4)
    expect(notes).toEqual([expect.stringContaining('it lists more than 10000 tools')])
  })
})
