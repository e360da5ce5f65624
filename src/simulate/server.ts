/**
 * The simulated provider over HTTP, with a meter that counts what a client would be billed for.
 * Its CPU is kept far below a client's, so that a benchmark measures the client.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EFFECT_HEADER } from '../models/http-endpoint.ts'
import type { SimulatorStats } from './meter.ts'
import { type Delivery, SimulatedProvider, type SimulatedProviderOptions } from './provider.ts'
import { openAiError } from './wire/openai.ts'

export interface SimulatorOptions extends SimulatedProviderOptions {
  /** @default 0: a free one */
  readonly port?: number
  /** @default '127.0.0.1' */
  readonly host?: string
}

export interface Simulator {
  /** `http://host:port`; as the endpoint of an OpenAI-compatible provider add `/v1`. */
  readonly url: string
  stats(): SimulatorStats
  /** Stops listening and hangs up on everybody. */
  close(): Promise<void>
}

const MAX_REQUEST_BYTES = 32 * 1024 * 1024
/** Long, so that a client that pauses finds its connections as it left them. */
const KEEP_ALIVE_MS = 10 * 60_000

/**
 * Serves what docs/simulator.md lists: the routes of three vendors, `/v1/models` and `/stats`.
 *
 * @throws the platform's error when it cannot listen (`EADDRINUSE`, `EACCES`)
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1' } = options
  const provider = new SimulatedProvider(options, true)
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? ''
    if (request.method === 'POST') return post(request, response, path)
    request.resume()
    switch (path) {
      case '/v1/models':
        return answer(response, 200, modelList)
      case '/stats':
        return answer(response, 200, JSON.stringify(provider.stats()))
      default:
        return nothing(response, `${request.method} ${path}`)
    }
  })

  const post = (request: IncomingMessage, response: ServerResponse, path: string): void => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_REQUEST_BYTES) chunks.push(chunk)
    })
    request.on('error', () => {})
    request.on('end', () => {
      if (bytes > MAX_REQUEST_BYTES) return answer(response, 413, openAiError(413, 'The body is too large.'))
      const effect = request.headers[EFFECT_HEADER]
      const body = Buffer.concat(chunks).toString('utf8')
      const delivery = provider.take(path, typeof effect === 'string' ? effect : undefined, body)
      if (delivery === undefined) nothing(response, `POST ${path}`)
      else deliver(response, delivery)
    })
  }

  await listen(server, port, host)
  const address = server.address() as AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${shown}:${address.port}`,
    stats: () => provider.stats(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const modelList = JSON.stringify({
  object: 'list',
  data: [{ id: 'simulated', object: 'model', created: 0, owned_by: 'rowsmith' }],
})

/** Acts a delivery out: its pieces at their times, then its ending. */
function deliver(response: ServerResponse, delivery: Delivery): void {
  const { status, headers, pieces, ending, endsAt } = delivery
  let timer: NodeJS.Timeout | undefined
  response.on('close', () => {
    clearTimeout(timer)
    delivery.done(response.writableFinished)
  })
  let next = 0
  let passed = 0
  const step = (): void => {
    for (; next < pieces.length && pieces[next]!.at <= passed; next++) {
      const { text } = pieces[next]!
      if (pieces.length === 1 && ending === 'whole') {
        answer(response, status, text, headers)
        return
      }
      if (next === 0) response.writeHead(status, headers)
      response.write(text)
    }
    if (next < pieces.length) wait(pieces[next]!.at)
    else if (ending === 'stall') return
    else if (endsAt > passed) wait(endsAt)
    else if (ending === 'whole') response.end()
    // The last bytes are on their way; a reset at once would take them back.
    else setImmediate(() => response.socket?.resetAndDestroy())
  }
  const wait = (until: number): void => {
    timer = setTimeout(step, until - passed)
    passed = until
  }
  step()
}

function nothing(response: ServerResponse, route: string): void {
  answer(response, 404, openAiError(404, `There is no ${route.slice(0, 100)} here.`))
}

function answer(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, 4096, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
