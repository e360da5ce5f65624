/** Servers over HTTP whose answers do not fit: each is the error of its own call. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { McpSource } from '../../src/tools/mcp-source.ts'
import { contentOf } from '../../src/tools/result.ts'

/** By tool, the result that the server gives. */
const results: Readonly<Record<string, unknown>> = {
  good: { content: [{ type: 'text', text: 'yes' }] },
  null_text: { content: [{ type: 'text', text: null }] },
  text: 'plain',
  none: null,
}

/** Answers in JSON, or as events. */
async function serve(asEvents: boolean): Promise<McpSource> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      if (request.method !== 'POST') return response.writeHead(405).end()
      const { id, method, params } = JSON.parse(body)
      if (id === undefined) return response.writeHead(202).end()
      const hello = {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'h', version: '1' },
      }
      const tools = { tools: [{ name: 'good', inputSchema: {} }, { name: null }] }
      const result = method === 'initialize' ? hello : method === 'tools/list' ? tools : results[params.name]
      const text = JSON.stringify({ jsonrpc: '2.0', id, result })
      response.writeHead(200, { 'content-type': asEvents ? 'text/event-stream' : 'application/json' })
      return response.end(asEvents ? `event: message\ndata: ${text}\n\n` : text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  const config = { name: 'one', provider_type: 'streamable_http', endpoint, api_key: null } as const
  const source = new McpSource({ config, apiKey: null, env: {} }, systemClock, () => {})
  onTestFinished(async () => {
    await source.close()
    server.closeAllConnections()
    server.close()
  })
  return source
}

const { signal } = new AbortController()

it.each([
  ['JSON', false],
  ['events', true],
])('an odd answer in %s is told to the model, and no other call notices', async (_, asEvents) => {
  const source = await serve(asEvents)
  expect((await source.list(signal)).map(({ name }) => name)).toEqual(['good'])
  const told = async (tool: string) => {
    const ended = await source.call(tool, {}, signal)
    return ended.kind === 'done' ? contentOf(ended.value) : ended.failure.code
  }
  expect(await Promise.all(Object.keys(results).map(told))).toEqual([
    'yes',
    '{"type":"text","text":null}',
    'Error: the answer is no result: plain',
    'Error: the answer is no result: null',
  ])
})
