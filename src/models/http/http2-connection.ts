/**
 * One HTTP/2 connection, shared by requests. It owns their streams, and opens nothing by itself.
 *
 * 1. Each request ends by itself: what becomes of one says nothing of its neighbours, unless the connection is lost.
 * 2. An answer counts as whole when its stream ended and was not reset; Node ends the streams of a cancelled answer, too.
 * 3. A server that says goodbye (GOAWAY) finishes what it began: only new requests go elsewhere.
 * 4. A stream that was refused was not looked at (RFC 9113, 8.7): nothing was paid for it.
 * 5. When a request is given up and nothing was heard on the connection since it was sent, perhaps no server is there any more:
 *    no further one is sent.
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { Controller, Exchange } from './exchange.ts'

/** One request, the way undici gets it. */
export interface DispatchOptions {
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly origin: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Null for a GET. */
  readonly body: string | Uint8Array | null
}

export interface ConnectionEvents {
  /** One more request may be sent, or the first. */
  room(): void
  /** The connection is lost: it takes no more requests. */
  closed(error: unknown): void
}

/** Even when the server allows more: a lost connection costs all that is under way on it. */
const MAX_STREAMS = 100
/** Images are megabytes; with the 64 KB of the protocol a distant server would wait for us all the time. */
const STREAM_WINDOW = 1024 * 1024
const CONNECTION_WINDOW = 16 * 1024 * 1024

export class Http2Connection {
  readonly #session: ClientHttp2Session
  readonly #events: ConnectionEvents
  /** 0 until the server said how many it allows. */
  #limit = 0
  #open = 0
  /** Pieces of answers so far. */
  #heard = 0
  #isDoubtful = false

  /** @param socket connected, with HTTP/2 agreed upon */
  constructor(origin: string, socket: Socket, idleMs: number, events: ConnectionEvents) {
    this.#events = events
    const settings = { enablePush: false, initialWindowSize: STREAM_WINDOW }
    this.#session = connect(origin, { createConnection: () => socket, settings })
    this.#session.once('connect', () => this.#session.setLocalWindowSize(CONNECTION_WINDOW))
    this.#session.on('remoteSettings', ({ maxConcurrentStreams = MAX_STREAMS }) => {
      this.#limit = Math.min(maxConcurrentStreams, MAX_STREAMS)
      events.room()
    })
    let failure: unknown
    // Streams report what became of them.
    this.#session.on('error', (error) => {
      failure = error
    })
    // Node 24 never closes a session whose socket fails while its first words are being written.
    socket.once('error', (error) => {
      failure = error
      socket.destroy()
      events.closed(failure)
    })
    this.#session.once('close', () => events.closed(failure))
    this.#session.setTimeout(idleMs, () => {
      if (this.#open === 0) this.#session.close()
    })
  }

  get hasRoom(): boolean {
    const { closed, destroyed } = this.#session
    return !this.#isDoubtful && !closed && !destroyed && this.#open < this.#limit
  }

  /** Sends it, unless its exchange has ended meanwhile. Only where there is room. */
  dispatch(options: DispatchOptions, exchange: Exchange): void {
    let stream: ClientHttp2Stream | undefined
    let isGivenUp = false
    const heardBefore = this.#heard
    const controller = {
      abort: () => {
        isGivenUp = true
        if (stream === undefined) return
        stream.close(constants.NGHTTP2_CANCEL)
        if (this.#heard === heardBefore) this.#doubt()
      },
      pause: () => stream?.pause(),
      resume: () => stream?.resume(),
    }
    exchange.onRequestStart(controller)
    if (isGivenUp) return
    try {
      stream = this.#session.request(http2Headers(options))
    } catch (error) {
      exchange.onResponseError(controller, error)
      return
    }
    if (this.#open++ === 0) this.#session.ref()
    this.#listen(stream, exchange, controller)
    stream.end(options.body ?? '')
  }

  destroy(): void {
    this.#session.destroy()
  }

  #listen(stream: ClientHttp2Stream, exchange: Exchange, controller: Controller): void {
    let failure: unknown
    let hasEnded = false
    stream.on('response', ({ ':status': status = 0, ...headers }) => {
      this.#heard++
      exchange.onResponseStart(controller, status, headers)
    })
    stream.on('data', (chunk: Buffer) => {
      this.#heard++
      exchange.onResponseData(controller, chunk)
    })
    stream.once('end', () => {
      hasEnded = true
    })
    stream.once('error', (error) => {
      failure = error
    })
    stream.once('close', () => {
      const { rstCode = constants.NGHTTP2_CANCEL } = stream
      if (hasEnded && rstCode === constants.NGHTTP2_NO_ERROR) exchange.onResponseEnd()
      else exchange.onResponseError(controller, rstCode > 0 ? new StreamReset(rstCode) : failure)
      if (--this.#open === 0) this.#session.unref()
      this.#events.room()
    })
  }

  #doubt(): void {
    this.#isDoubtful = true
    // It closes when the last of its streams has.
    this.#session.close()
  }
}

class StreamReset extends Error {
  readonly code: string

  constructor(rstCode: number) {
    const name = Object.entries(constants).find(
      ([key, value]) => value === rstCode && resetNames.test(key),
    )?.[0]
    super('the stream was reset')
    this.code = `HTTP2_${name?.slice('NGHTTP2_'.length) ?? rstCode}`
  }
}

/** The error codes among the constants. */
const resetNames =
  /^NGHTTP2_(?:[A-Z]+_ERROR|REFUSED_STREAM|CANCEL|STREAM_CLOSED|SETTINGS_TIMEOUT|ENHANCE_YOUR_CALM|INADEQUATE_SECURITY|HTTP_1_1_REQUIRED)$/

/** What concerns one connection has no place here (RFC 9113, 8.2.2). */
const ofConnections: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

function http2Headers({ method, path, headers, body }: DispatchOptions): OutgoingHttpHeaders {
  const stored = Object.entries(headers).filter(([name]) => !ofConnections.has(name))
  return {
    ':method': method,
    ':path': path,
    ...(headers.host === undefined ? {} : { ':authority': headers.host }),
    'content-length': Buffer.byteLength(body ?? ''),
    ...Object.fromEntries(stored),
  }
}
