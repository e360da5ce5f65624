/**
 * The simulated model over HTTP, with a meter that counts what a client would be billed for.
 * Its CPU is kept far below a client's, so that a benchmark measures the client.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EFFECT_HEADER } from '../models/wire/openai-chat.ts'
import { Meter, type SimulatorStats } from './meter.ts'
import { errorBody, type SimulatedModelOptions, simulatedModel } from './simulated-model.ts'

export interface SimulatorOptions extends SimulatedModelOptions {
  /** @default 0: a free one */
  readonly port?: number
  /** How long an answer takes. @default 0 */
  readonly latencyMs?: number
  /** @default '127.0.0.1' */
  readonly host?: string
}

export interface Simulator {
  /** `http://host:port`; as the endpoint of a provider add `/v1`. */
  readonly url: string
  stats(): SimulatorStats
  /** Stops listening and hangs up on everybody. */
  close(): Promise<void>
}

const MAX_REQUEST_BYTES = 32 * 1024 * 1024
/** Long, so that a client that pauses finds its connections as it left them. */
const KEEP_ALIVE_MS = 10 * 60_000

/**
 * Serves `/v1/chat/completions`, `/v1/models` and `/stats`.
 *
 * @throws the platform's error when it cannot listen (`EADDRINUSE`, `EACCES`)
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1', latencyMs = 0 } = options
  const model = simulatedModel(options)
  const meter = new Meter()
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const route = `${request.method} ${request.url?.split('?', 1)[0]}`
    switch (route) {
      case 'POST /v1/chat/completions':
        return chat(request, response)
      case 'GET /v1/models':
        return answer(response, 200, modelList)
      case 'GET /stats':
        return answer(response, 200, JSON.stringify(meter.stats()))
      default:
        request.resume()
        return answer(response, 404, errorBody(`There is no ${route.slice(0, 100)} here.`))
    }
  })

  const chat = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_REQUEST_BYTES) chunks.push(chunk)
    })
    request.on('error', () => {})
    request.on('end', () => {
      if (bytes > MAX_REQUEST_BYTES) answer(response, 413, errorBody('The body is too large.'))
      else reply(request, response, Buffer.concat(chunks).toString('utf8'))
    })
  }

  const reply = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const made = model(body)
    if (made.status !== 200) {
      answer(response, made.status, made.body)
      return
    }
    const effect = request.headers[EFFECT_HEADER]
    meter.arrived(typeof effect === 'string' ? effect : undefined)
    const timer =
      latencyMs > 0 ? setTimeout(() => answer(response, made.status, made.body), latencyMs) : undefined
    response.on('close', () => {
      clearTimeout(timer)
      meter.left(response.writableFinished ? made : undefined)
    })
    if (timer === undefined) answer(response, made.status, made.body)
  }

  await listen(server, port, host)
  const address = server.address() as AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${shown}:${address.port}`,
    stats: () => meter.stats(),
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

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
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
