import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface ScriptedServer {
  url: string
  /** Bodies received, in order. */
  bodies: string[]
  headers: IncomingMessage['headers'][]
  sockets: Set<Socket>
  close(): Promise<void>
}

/** A real HTTP server that does with each request what the test says. */
export async function scriptedServer(
  act: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<ScriptedServer> {
  const bodies: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    sockets.add(request.socket)
    headers.push(request.headers)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => {})
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString())
      act(request, response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    headers,
    sockets,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export function completion(content: unknown, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 5 },
    ...more,
  })
}
