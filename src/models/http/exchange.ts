import type { Dispatcher } from 'undici'
import { onAbort } from '../../base/work/abort.ts'
import { codingsOf, decode } from './content-coding.ts'
import type { TakesParts, TransportFailure, TransportResponse } from './transport.ts'

/** No answer of a model comes near; a server that streams for ever must not fill the memory. */
export const MAX_RESPONSE_BYTES = 64 * 1024 * 1024

export interface ExchangeOptions {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly stallMs: number | null
  /** How the bytes of the answer become its body. @default 'utf8' */
  readonly encoding?: 'utf8' | 'base64'
  /** What the answer may have at most, also once it is unpacked. @default 64 MiB */
  readonly maxBytes?: number
  /** Gets the bytes of a success, as they come, in place of the body. */
  readonly onPart?: TakesParts | undefined
  resolve(result: TransportResponse | TransportFailure): void
  reject(reason: unknown): void
}

/** Gives a request up, or has its answer wait. */
export interface Controller {
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/**
 * One request under way, in undici's words. It settles once; whatever comes later is ignored.
 *
 * 1. The deadline covers everything, connecting and the last byte included.
 * 2. Silence counts only between bytes of the answer: how long a model thinks before the first is its own affair.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  #status = 0
  #headers: Readonly<Record<string, string>> = {}
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #settled = false
  #controller: Controller | undefined
  readonly #options: ExchangeOptions
  readonly #began = performance.now()
  readonly #partsMs: number[] = []
  readonly #deadline: NodeJS.Timeout
  #silence: NodeJS.Timeout | undefined
  readonly #forget: () => void

  constructor(options: ExchangeOptions) {
    this.#options = options
    const { signal, timeoutMs } = options
    this.#deadline = setTimeout(() => {
      this.#cut({ broken: 'timeout', detail: `no complete answer within ${timeoutMs / 1000} s` })
    }, timeoutMs)
    this.#forget = onAbort(signal, () => {
      if (!this.#settle()) return
      options.reject(signal.reason)
      this.#controller?.abort(hungUp)
    })
  }

  get #maxBytes(): number {
    return this.#options.maxBytes ?? MAX_RESPONSE_BYTES
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#settled) controller.abort(hungUp)
  }

  onResponseStart(
    _controller: unknown,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status
    this.#headers = firstValues(headers)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#settled) return
    const { onPart } = this.#options
    if (onPart !== undefined && this.#status >= 200 && this.#status <= 299) {
      const taken = onPart(chunk)
      this.#heard()
      if (taken === undefined) return
      controller.pause()
      void taken.finally(() => controller.resume())
      return
    }
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) {
      this.#chunks.length = 0
      this.#cut({ broken: 'too_large', detail: `answer above ${this.#maxBytes} bytes` })
      return
    }
    this.#chunks.push(chunk)
    this.#heard()
    if (this.#options.stallMs !== null && !isPing(chunk)) this.#partsMs.push(performance.now() - this.#began)
  }

  onResponseEnd(): void {
    if (!this.#settle()) return
    const [first] = this.#chunks
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks)
    const codings = codingsOf(this.#headers['content-encoding'], bytes)
    if (codings.length === 0 || bytes.length === 0) this.#hand(bytes)
    else void this.#decode(bytes, codings)
  }

  async #decode(bytes: Buffer, codings: readonly string[]): Promise<void> {
    const decoded = await decode(bytes, codings, this.#maxBytes)
    const isSuccess = this.#status >= 200 && this.#status <= 299
    if ('bytes' in decoded) this.#hand(decoded.bytes)
    // The status of a refusal says enough.
    else if (!isSuccess) this.#hand(Buffer.alloc(0))
    else this.#options.resolve(decoded)
  }

  /** Hands the answer on, as text without a byte order mark. */
  #hand(bytes: Buffer): void {
    const { encoding = 'utf8' } = this.#options
    const text = encoding === 'utf8' ? textOf(bytes, this.#headers['content-type']) : bytes.toString(encoding)
    const body = text.startsWith('\ufeff') ? text.slice(1) : text
    const parts = this.#partsMs.length === 0 ? {} : { partsMs: this.#partsMs }
    this.#options.resolve({ status: this.#status, headers: this.#headers, body, ...parts })
  }

  onResponseError(_controller: unknown, error: unknown): void {
    if (this.#settle()) this.#options.resolve(endingOf(error))
  }

  #heard(): void {
    const { stallMs } = this.#options
    if (stallMs === null) return
    if (this.#silence !== undefined) this.#silence.refresh()
    else
      this.#silence = setTimeout(() => {
        const detail = `the answer stalled: no byte for ${stallMs / 1000} s after the first ${this.#bytes}`
        this.#cut({ broken: 'timeout', detail })
      }, stallMs)
  }

  #cut(failure: TransportFailure): void {
    if (!this.#settle()) return
    this.#options.resolve(failure)
    this.#controller?.abort(hungUp)
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    clearTimeout(this.#deadline)
    clearTimeout(this.#silence)
    this.#forget()
    return true
  }
}

/** Blank lines and comments that keep a connection open while a model has not started. */
function isPing(part: Buffer): boolean {
  return part.length < 200 && part.toString('latin1').split('\n').every(isBlank)
}

function isBlank(line: string): boolean {
  return line.startsWith(':') || line.trim() === ''
}

/** In the charset that a server names, where it is known and not UTF-8; a byte order mark says it as well. */
function textOf(bytes: Buffer, contentType = ''): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  const charset = /\bcharset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8'
  if (/^utf-?8/.test(charset) || charset === 'us-ascii') return bytes.toString('utf8')
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return bytes.toString('utf8')
  }
}

const hungUp = new Error('hung up')

function endingOf(error: unknown): TransportResponse | TransportFailure {
  const refusal = statusOfProxy(error)
  // Credentials for the proxy are missing: what an origin would say too.
  if (refusal === 407) return { status: 407, headers: {}, body: '' }
  if (refusal !== undefined) return { broken: 'unreachable', detail: `the proxy answered ${refusal}` }
  const code = codeOf(error)
  if (noTls.test(code)) {
    const detail = `The server does not speak TLS at this port (${code}): use http:// in the endpoint, or its TLS port`
    return { broken: 'wrong_scheme', detail }
  }
  if (isTlsAlert(error)) {
    return {
      broken: 'wrong_scheme',
      detail: 'The server speaks TLS at this port: use https:// in the endpoint',
    }
  }
  if (untrusted.test(code)) return { broken: 'untrusted', detail: code }
  return { broken: unreachable.has(code) ? 'unreachable' : 'closed', detail: code }
}

/** No server listens there, or the way there is blocked, or the request was turned away unread. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'HTTP2_REFUSED_STREAM',
])

/** What OpenSSL says of plain text where TLS should be. */
const noTls = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|ERR_SSL_HTTP_REQUEST|BAD_RECORD_TYPE/

/** A TLS alert where an HTTP answer should begin. */
function isTlsAlert(error: unknown): boolean {
  const data = typeof error === 'object' && error !== null && 'data' in error ? error.data : undefined
  return typeof data === 'string' && data.startsWith('\x15\x03')
}

/** What OpenSSL and Node say of certificates. */
const untrusted = /CERT|UNABLE_TO_(GET|VERIFY)|ERR_TLS|ERR_SSL|ERR_OSSL/

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown'
  // Happy eyeballs: one error per address tried.
  if (error instanceof AggregateError && !('code' in error)) return codeOf(error.errors[0])
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'cause' in error && error.cause !== error ? codeOf(error.cause) : 'unknown'
}

/** undici has no code of its own for a proxy that does not open the tunnel. */
function statusOfProxy(error: unknown): number | undefined {
  const message = error instanceof Error ? error.message : ''
  const status = /^Proxy response \((\d{3})\)/.exec(message)?.[1]
  return status === undefined ? undefined : Number(status)
}

function firstValues(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) plain[name] = Array.isArray(value) ? (value[0] ?? '') : value
  }
  return plain
}
