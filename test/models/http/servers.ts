/** Servers and a proxy on loopback, for tests of what lies below HTTP. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request as forward, type IncomingMessage, type Server } from 'node:http'
import {
  createSecureServer,
  type Http2ServerRequest,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { TlsOptions } from 'node:tls'

/** Made for these tests alone; whoever has the keys can do nothing with them. */
export function pem(name: 'ca' | 'server' | 'server-key' | 'client' | 'client-key'): string {
  return readFileSync(join(import.meta.dirname, 'certificates', `${name}.pem`), 'utf8')
}

/** One request as it arrived. */
export interface Arrived {
  readonly version: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Of HTTP/2. */
  readonly stream: ServerHttp2Stream
  answer(status: number, body: string): void
}

export interface SecureServer {
  readonly url: string
  /** How often somebody connected. */
  connections(): number
  readonly server: Server
  close(): Promise<void>
}

interface Answering {
  writeHead(status: number): { end(body: string): unknown }
}

/** Speaks HTTP/2 to those who ask for it, unless `http1` is true, and HTTP/1.1. */
export async function secureServer(
  act: (request: Arrived) => void,
  options: TlsOptions & { readonly http1?: boolean; readonly settings?: Settings } = {},
): Promise<SecureServer> {
  const { http1 = false, ...tls } = options
  const certified = { key: pem('server-key'), cert: pem('server'), ...tls }
  const receive = (request: IncomingMessage | Http2ServerRequest, response: Answering): void => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => {})
    request.on('end', () =>
      act({
        version: request.httpVersion,
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        stream: (request as Http2ServerRequest).stream,
        answer: (status, body) => response.writeHead(status).end(body),
      }),
    )
  }
  const server: Server = http1
    ? createHttpsServer(certified, receive)
    : (createSecureServer({ ...certified, allowHTTP1: true }, receive) as unknown as Server)
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.on('sessionError', () => {})
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    server,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

export interface Proxy {
  readonly url: string
  /** What it was asked for: `CONNECT host:port`, or `POST http://host/path`. */
  readonly asked: string[]
  readonly authorizations: (string | undefined)[]
  close(): Promise<void>
}

/** A forward proxy: tunnels for https, whole URLs for http. `status` other than 200 refuses. */
export async function proxy(status = 200): Promise<Proxy> {
  const asked: string[] = []
  const authorizations: (string | undefined)[] = []
  const sockets = new Set<Socket>()
  const note = (request: IncomingMessage): void => {
    asked.push(`${request.method} ${request.url}`)
    authorizations.push(request.headers['proxy-authorization'])
  }
  const server: Server = createServer((request, response) => {
    note(request)
    if (status !== 200) return void response.writeHead(status).end()
    const { 'proxy-authorization': _, ...headers } = request.headers
    const onward = forward(request.url!, { method: request.method!, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
  })
  server.on('connection', (socket) => sockets.add(socket))
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    note(request)
    socket.on('error', () => {})
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} no\r\n\r\n`)
    const [host, port] = request.url!.split(':')
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket)
      socket.pipe(onward)
    })
    sockets.add(onward)
    onward.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    authorizations,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
