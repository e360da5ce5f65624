/** An MCP server over HTTP for tests, with the official server side. What it is asked for needs a key. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { z } from 'zod'

/** Its bearer key. */
export const serverKey = 'key-of-the-server'

export type HttpServerType = 'streamable_http' | 'sse'

export interface ServedTools {
  readonly port: number
  stop(): Promise<void>
}

/**
 * Serves tools that say their text back; one whose name begins with `slow_` takes 25 ms. Sessions of a server that was stopped are
 * unknown to the next.
 *
 * @param calls gets the text of every call of `echo`, and `NAME {"text":...}` of any other
 * @param port one of before, when a server is started anew
 * @param more names of tools besides `echo`
 */
export async function serveTools(
  type: HttpServerType,
  calls: string[],
  port = 0,
  more: readonly string[] = [],
): Promise<ServedTools> {
  const sessions = new Map<string, StreamableHTTPServerTransport | SSEServerTransport>()
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.headers.authorization !== `Bearer ${serverKey}`) {
      response.writeHead(401).end('who is this')
      return
    }
    if (type === 'sse' && request.method === 'GET') {
      const transport = new SSEServerTransport('/messages', response)
      sessions.set(transport.sessionId, transport)
      await tools(calls, more).connect(transport)
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
    await tools(calls, more).connect(transport as never)
    await transport.handleRequest(request, response)
  }
  const server: Server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port: (server.address() as AddressInfo).port, stop }
}

function tools(calls: string[], more: readonly string[]): McpServer {
  const server = new McpServer({ name: 'test', version: '1' })
  const inputSchema = { text: z.string() }
  for (const name of ['echo', ...more]) {
    server.registerTool(name, { description: 'Says it back.', inputSchema }, async ({ text }) => {
      calls.push(name === 'echo' ? text : `${name} ${JSON.stringify({ text })}`)
      if (name.startsWith('slow_')) await wait(25)
      return { content: [{ type: 'text', text: `echo ${text}` }] }
    })
  }
  return server
}
