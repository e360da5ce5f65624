/** Servers that are reached over HTTP, with the official server side: answered, refused, and started anew. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../../src/base/clock.ts'
import { McpSource } from '../../src/tools/mcp-source.ts'
import { contentOf } from '../../src/tools/result.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

const key = 'key-of-the-server'
const calls: string[] = []

function tools(): McpServer {
  const server = new McpServer({ name: 'test', version: '1' })
  const inputSchema = { text: z.string() }
  server.registerTool('echo', { description: 'Says it back.', inputSchema }, async ({ text }) => {
    calls.push(text)
    return { content: [{ type: 'text', text: `echo ${text}` }] }
  })
  return server
}

type Type = 'streamable_http' | 'sse'

/** @param port one of before, when a server is started anew */
async function serve(type: Type, port = 0): Promise<{ port: number; stop(): Promise<void> }> {
  const sessions = new Map<string, StreamableHTTPServerTransport | SSEServerTransport>()
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.headers.authorization !== `Bearer ${key}`) {
      response.writeHead(401).end('who is this')
      return
    }
    if (type === 'sse' && request.method === 'GET') {
      const transport = new SSEServerTransport('/messages', response)
      sessions.set(transport.sessionId, transport)
      await tools().connect(transport)
      return
    }
    const id =
      request.headers['mcp-session-id'] ?? new URL(request.url!, 'http://x').searchParams.get('sessionId')
    const known = sessions.get(String(id))
    if (known instanceof SSEServerTransport) return known.handlePostMessage(request, response)
    if (known !== undefined) return known.handleRequest(request, response)
    if (id !== null) {
      response.writeHead(404).end('no such session')
      return
    }
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (session) => void sessions.set(session, transport),
    })
    await tools().connect(transport as never)
    await transport.handleRequest(request, response)
  }
  const server: Server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  open.push({ close: stop })
  return { port: (server.address() as AddressInfo).port, stop }
}

function source(type: Type, port: number, apiKey = key): McpSource {
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
