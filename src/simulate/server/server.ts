/**
 * The simulated provider over HTTP, with a meter that counts what a client would pay for.
 * Its CPU stays far below a client's, so that a benchmark measures the client.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EFFECT_HEADER } from '../../models/endpoint/http-endpoint.ts'
import { isBatchPath } from '../batches/batch-door.ts'
import type { BatchEnd } from '../batches/batch-words.ts'
import type { SimulatorStats } from '../traffic/meter.ts'
import { modelsOf } from './model-lists.ts'
import { type Delivery, SimulatedProvider, type SimulatedProviderOptions } from './provider.ts'
import { modelsRequested, vendorError, vendorOf } from './routes.ts'

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
/** What OpenAI takes for a batch's file; Anthropic takes more. */
const MAX_BATCH_BYTES = 256 * 1024 * 1024
/** Long, so that a client that pauses finds its connections as it left them. */
const KEEP_ALIVE_MS = 10 * 60_000

/**
 * Serves what docs/simulator.md lists: the routes of three vendors, their lists of models, links of pictures, and `/stats`.
 *
 * @throws the platform's error when it cannot listen (`EADDRINUSE`, `EACCES`)
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1' } = options
  let url = ''
  const linkTo = (digest: string, index: number) => `${url}/pictures/${digest}/${index}.png`
  const provider = new SimulatedProvider({ ...options, linkTo }, true)
  const { door, stats } = provider.batches(() => url)
  const ofBatches = (
    { method = '', headers, url: requested = '' }: IncomingMessage,
    path: string,
    body: Buffer,
  ) => door({ method, path, query: new URLSearchParams(requested.split('?')[1] ?? ''), headers, body })
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? ''
    if (request.method === 'POST') return post(request, response, path)
    request.resume()
    const taken = ofBatches(request, path, Buffer.alloc(0))
    if (taken !== undefined) return hand(response, taken)
    if (request.method !== 'GET' && request.method !== 'HEAD') return nothing(request, response, path)
    if (path === '/stats') return answer(response, 200, JSON.stringify(stats()))
    const requested = modelsRequested(path)
    if (requested !== undefined) {
      return answer(response, 200, JSON.stringify(modelsOf(vendorOf(path, request.headers), requested.id)))
    }
    const [, digest, index] = /^\/pictures\/([0-9a-f]{64})\/(\d)\.png$/.exec(path) ?? []
    if (digest === undefined) return nothing(request, response, path)
    const png = provider.pictureOf(Buffer.from(digest, 'hex'), Number(index))
    return answer(response, 200, png, { 'content-type': 'image/png' })
  })

  const post = (request: IncomingMessage, response: ServerResponse, path: string): void => {
    const chunks: Buffer[] = []
    const most = isBatchPath(path) ? MAX_BATCH_BYTES : MAX_REQUEST_BYTES
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= most) chunks.push(chunk)
    })
    request.on('error', () => {})
    request.on('end', () => {
      if (bytes > most) {
        const vendor = vendorOf(path, request.headers)
        return answer(response, 413, vendorError(vendor, 413, 'The body is too large.'))
      }
      const bytesOfBody = Buffer.concat(chunks)
      const taken = ofBatches(request, path, bytesOfBody)
      if (taken !== undefined) return hand(response, taken)
      const effect = request.headers[EFFECT_HEADER]
      const body = bytesOfBody.toString('utf8')
      const delivery = provider.take(path, typeof effect === 'string' ? effect : undefined, body)
      if (delivery === undefined) nothing(request, response, path)
      else deliver(response, delivery)
    })
  }

  await listen(server, port, host)
  const address = server.address() as AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  url = `http://${shown}:${address.port}`
  return {
    url,
    stats,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function hand(response: ServerResponse, end: BatchEnd): void {
  if (end === 'reset') response.socket?.resetAndDestroy()
  else answer(response, end.status, end.body, end.headers)
}

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

function nothing(request: IncomingMessage, response: ServerResponse, path: string): void {
  const message = `There is no ${request.method} ${path.slice(0, 100)} here.`
  answer(response, 404, vendorError(vendorOf(path, request.headers), 404, message))
}

function answer(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
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
