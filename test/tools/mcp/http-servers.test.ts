/** Servers that are reached over HTTP, with the official server side: answered, refused, and started anew. */
import { afterEach, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/work/clock.ts'
import { contentOf } from '../../../src/tools/call/result.ts'
import { McpSource } from '../../../src/tools/mcp/mcp-source.ts'
import { type HttpServerType, serverKey, serveTools } from './http-server.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

const calls: string[] = []

async function serve(type: HttpServerType, port = 0) {
  const server = await serveTools(type, calls, port)
  open.push({ close: server.stop })
  return server
}

function source(type: HttpServerType, port: number, apiKey = serverKey): McpSource {
  const config = { name: 'one', provider_type: type, endpoint: `http://127.0.0.1:${port}/mcp`, api_key: null }
  const made = new McpSource({ config, apiKey, env: {} }, systemClock, () => {})
  open.push(made)
  return made
}

const { signal } = new AbortController()

async function said(from: McpSource, text: string) {
  const ended = await from.call('echo', { text }, signal)
  return ended.kind === 'done' ? contentOf(ended.value) : ended.failure.code
}

it.each(['streamable_http', 'sse'] as const)('%s: lists, and answers calls side by side', async (type) => {
  const { port } = await serve(type)
  const from = source(type, port)
  expect(await from.list(signal)).toMatchObject([{ name: 'echo', description: 'Says it back.' }])
  const texts = ['a', 'b', 'c']
  expect(await Promise.all(texts.map((text) => said(from, text)))).toEqual(['echo a', 'echo b', 'echo c'])
})

it.each(['streamable_http', 'sse'] as const)(
  '%s: a session is revived when its server was started anew',
  async (type) => {
    const first = await serve(type)
    const from = source(type, first.port)
    expect(await said(from, 'a')).toBe('echo a')
    await first.stop()
    await serve(type, first.port)
    calls.length = 0
    expect(await said(from, 'b')).toBe('echo b')
    expect(calls).toEqual(['b'])
  },
)

it.each(['streamable_http', 'sse'] as const)(
  '%s: a wrong key is told, and is in no message',
  async (type) => {
    const { port } = await serve(type)
    const failed = await source(type, port, 'another-key-of-mine')
      .list(signal)
      .catch((error: Error) => error)
    expect(failed).toMatchObject({ code: 'tools_unreachable' })
    expect(String((failed as Error).message)).not.toMatch(/another-key/)
  },
)

it.each(['streamable_http', 'sse'] as const)(
  '%s: a server that is gone is a failure to be tried again',
  async (type) => {
    const server = await serve(type)
    const from = source(type, server.port)
    expect(await said(from, 'a')).toBe('echo a')
    await server.stop()
    expect(await said(from, 'b')).toBe('connection_failed')
  },
)
