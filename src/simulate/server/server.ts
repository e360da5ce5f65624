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
  const routing = new Routing(
    provider,
    provider.batches(() => url),
  )
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
    routing.receive(request, response),
  )
  await listen(server, port, host)
  const address = server.address() as AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  url = `http://${shown}:${address.port}`
  return {
    url,
    stats: routing.stats,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type BatchDoor = ReturnType<SimulatedProvider['batches']>

/** Which part of the simulator answers a request. */
class Routing {
  readonly stats: BatchDoor['stats']
  readonly #provider: SimulatedProvider
  readonly #door: BatchDoor['door']

  constructor(provider: SimulatedProvider, { door, stats }: BatchDoor) {
    this.stats = stats
    this.#provider = provider
    this.#door = door
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split('?', 1)[0] ?? ''
    if (request.method === 'POST') this.#post(request, response, path)
    else {
      request.resume()
      const taken = this.#ofBatches(request, path, Buffer.alloc(0))
      if (taken !== undefined) hand(response, taken)
      else if (request.method === 'GET' || request.method === 'HEAD') this.#get(request, response, path)
      else nothing(request, response, path)
    }
  }

  #get(request: IncomingMessage, response: ServerResponse, path: string): void {
    const requested = modelsRequested(path)
    const [, digest, index] = /^\/pictures\/([0-9a-f]{64})\/(\d)\.png$/.exec(path) ?? []
    if (path === '/stats') answer(response, 200, JSON.stringify(this.stats()))
    else if (requested !== undefined)
      answer(response, 200, JSON.stringify(modelsOf(vendorOf(path, request.headers), requested.id)))
    else if (digest !== undefined) {
      const png = this.#provider.pictureOf(Buffer.from(digest, 'hex'), Number(index))
      answer(response, 200, png, { 'content-type': 'image/png' })
    } else nothing(request, response, path)
  }

  #post(request: IncomingMessage, response: ServerResponse, path: string): void {
    const chunks: Buffer[] = []
    const most = isBatchPath(path) ? MAX_BATCH_BYTES : MAX_REQUEST_BYTES
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= most) chunks.push(chunk)
    })
    request.on('error', () => {})
    request.on('end', () => {
      const vendor = vendorOf(path, request.headers)
      if (bytes <= most) this.#take(request, response, path, Buffer.concat(chunks))
      else answer(response, 413, vendorError(vendor, 413, 'The body is too large.'))
    })
  }

  #take(request: IncomingMessage, response: ServerResponse, path: string, bytes: Buffer): void {
    const taken = this.#ofBatches(request, path, bytes)
    const header = request.headers[EFFECT_HEADER]
    const effect = typeof header === 'string' ? header : undefined
    const delivery =
      taken === undefined ? this.#provider.take(path, effect, bytes.toString('utf8')) : undefined
    if (taken !== undefined) hand(response, taken)
    else if (delivery !== undefined) deliver(response, delivery)
    else nothing(request, response, path)
  }

  #ofBatches({ method = '', headers, url = '' }: IncomingMessage, path: string, body: Buffer) {
    return this.#door({ method, path, query: new URLSearchParams(url.split('?')[1] ?? ''), headers, body })
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
    let piece = pieces[next]
    for (; piece !== undefined && piece.at <= passed; piece = pieces[++next]) {
      const { text } = piece
      if (pieces.length === 1 && ending === 'whole') {
        answer(response, status, text, headers)
        return
      }
      if (next === 0) response.writeHead(status, headers)
      response.write(text)
    }
    if (piece !== undefined) wait(piece.at)
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
