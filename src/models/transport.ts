/**
 * One HTTP POST, as cheap as it gets: it owns connections and deadlines, and knows nothing of models.
 *
 * 1. One call is one request on the wire: nothing is sent a second time.
 * 2. The deadline covers the whole request, connecting and the last byte included; no other time-out exists.
 * 3. How a request ended is a value; only the caller's own signal is thrown.
 * 4. No message carries a header, a body or a full URL.
 */
import { Agent, type Dispatcher } from 'undici'
import { onAbort } from '../base/abort.ts'

export interface TransportResponse {
  readonly status: number
  /** Names in lower case; of a repeated header the first value. */
  readonly headers: Readonly<Record<string, string>>
  /** Decoded as UTF-8. */
  readonly body: string
}

/** No response, or only a part of one. */
export interface TransportFailure {
  readonly broken: 'timeout' | 'unreachable' | 'closed' | 'too_large'
  /** The platform's word for it (`ECONNREFUSED`), or a few words of ours. */
  readonly detail: string
}

export interface Transport {
  /**
   * @param timeoutMs deadline for the whole request
   * @throws the signal's reason when it fires
   */
  post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<TransportResponse | TransportFailure>
  close(): Promise<void>
}

/** No chat answer comes near; a server that streams for ever must not fill the memory. */
export const MAX_RESPONSE_BYTES = 32 * 1024 * 1024

const KEEP_ALIVE_MS = 60_000

/**
 * HTTP by undici, connections kept alive. Chosen by measurement: a tenth of the CPU of the vendors' SDKs.
 *
 * @param options `connections`: at most this many per origin. @default no limit: admission decides how many are in flight
 */
export function undiciTransport(options: { readonly connections?: number } = {}): Transport {
  const agent = new Agent({
    ...(options.connections === undefined ? {} : { connections: options.connections }),
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 0 },
  })
  return {
    post: (url, headers, body, signal, timeoutMs) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted()
        const exchange = new Exchange(resolve, reject, signal, timeoutMs)
        const { origin, path } = splitUrl(url)
        try {
          agent.dispatch({ origin, path, method: 'POST', headers, body }, exchange)
        } catch (error) {
          exchange.onResponseError(undefined, error)
        }
      }),
    // Destroyed, not closed: nobody waits for an answer any more, and an idle connection must not hold the process.
    close: () => agent.destroy(),
  }
}

/** One request under way, in undici's words. It settles once; whatever comes later is ignored. */
class Exchange implements Dispatcher.DispatchHandler {
  #status = 0
  #headers: Readonly<Record<string, string>> = {}
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #settled = false
  #controller: Dispatcher.DispatchController | undefined
  readonly #resolve: (result: TransportResponse | TransportFailure) => void
  readonly #timer: NodeJS.Timeout
  readonly #forget: () => void

  constructor(
    resolve: (result: TransportResponse | TransportFailure) => void,
    reject: (reason: unknown) => void,
    signal: AbortSignal,
    timeoutMs: number,
  ) {
    this.#resolve = resolve
    this.#timer = setTimeout(() => {
      this.#cut({ broken: 'timeout', detail: `no complete answer within ${timeoutMs / 1000} s` })
    }, timeoutMs)
    this.#forget = onAbort(signal, () => {
      if (!this.#settle()) return
      reject(signal.reason)
      this.#controller?.abort(hungUp)
    })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#settled) controller.abort(hungUp)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status
    this.#headers = firstValues(headers)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > MAX_RESPONSE_BYTES) {
      this.#chunks.length = 0
      this.#cut({ broken: 'too_large', detail: `answer above ${MAX_RESPONSE_BYTES} bytes` })
      return
    }
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    if (!this.#settle()) return
    const [first] = this.#chunks
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks)
    this.#resolve({ status: this.#status, headers: this.#headers, body: bytes.toString('utf8') })
  }

  onResponseError(_controller: unknown, error: unknown): void {
    if (!this.#settle()) return
    const code = codeOf(error)
    this.#resolve({ broken: unreachable.has(code) ? 'unreachable' : 'closed', detail: code })
  }

  #cut(failure: TransportFailure): void {
    if (!this.#settle()) return
    this.#resolve(failure)
    this.#controller?.abort(hungUp)
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    clearTimeout(this.#timer)
    this.#forget()
    return true
  }
}

const hungUp = new Error('hung up')

/** Nobody listens there, or the way there is blocked; the request never left. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
])

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown'
  // Happy eyeballs: one error per address tried.
  if (error instanceof AggregateError && !('code' in error)) return codeOf(error.errors[0])
  return 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}

function firstValues(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) plain[name] = Array.isArray(value) ? (value[0] ?? '') : value
  }
  return plain
}

interface UrlParts {
  readonly origin: string
  readonly path: string
}

let lastUrl = ''
let lastParts: UrlParts = { origin: '', path: '' }

/** A run posts to a handful of URLs a million times, nearly always to the one before. */
function splitUrl(url: string): UrlParts {
  if (url !== lastUrl) {
    const parsed = new URL(url)
    lastParts = { origin: parsed.origin, path: `${parsed.pathname}${parsed.search}` }
    lastUrl = url
  }
  return lastParts
}
