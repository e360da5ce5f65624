/**
 * The way to https servers, in the version they offer: HTTP/2 with many requests on a connection, else HTTP/1.1 by undici.
 *
 * 1. What an origin speaks is known from its first connection; requests wait for that, and one connection is started at a time.
 * 2. A connection that turns out to speak HTTP/1.1 carries the first request there.
 * 3. Nothing is sent a second time: what becomes of a lost connection's requests is reported to each of them.
 */

import type { Socket } from 'node:net'
import type { Agent, buildConnector } from 'undici'
import { present } from '../../base/errors/present.ts'
import { undici } from '../../base/libraries/when-needed.ts'
import type { Exchange } from './exchange.ts'
import { type DispatchOptions, Http2Connection } from './http2-connection.ts'

/** Sends requests; undici's dispatchers do. */
export interface Sender {
  dispatch(options: DispatchOptions, exchange: Exchange): unknown
  destroy(): Promise<void>
}

/** Others wait for the first connection: one that hangs must not keep them for ever, whatever their own deadlines. */
const CONNECT_TIMEOUT_MS = 60_000

/**
 * @param connect how to connect; HTTP/2 is offered in addition
 * @param pool how undici keeps its connections
 */
export function negotiatedSender(
  connect: buildConnector.BuildOptions,
  pool: Agent.Options,
  idleMs: number,
): Sender {
  const open = undici().buildConnector({ ...connect, timeout: CONNECT_TIMEOUT_MS, allowH2: true })
  const origins = new Map<string, Origin>()
  const originOf = (name: string): Origin => {
    let origin = origins.get(name)
    if (origin === undefined) {
      origin = new Origin(new URL(name), open, (spare) => olderAgent(connect, pool, spare), idleMs)
      origins.set(name, origin)
    }
    return origin
  }
  return {
    dispatch: (options, exchange) => originOf(options.origin).dispatch(options, exchange),
    destroy: async () => {
      await Promise.all([...origins.values()].map((origin) => origin.destroy()))
    },
  }
}

/** HTTP/1.1 by undici, beginning with a connection that is there. */
function olderAgent(connect: buildConnector.BuildOptions, pool: Agent.Options, first: Socket): Sender {
  const open = undici().buildConnector({ ...connect, allowH2: false })
  let spare: Socket | undefined = first
  return new (undici().Agent)({
    ...pool,
    connect(options, callback) {
      const socket = spare
      spare = undefined
      if (socket === undefined || socket.destroyed) open(options, callback)
      // It expects no answer before its request.
      else queueMicrotask(() => callback(null, socket))
    },
  })
}

/** One origin: who waits for a connection, and the connections there are. */
class Origin {
  readonly #url: URL
  readonly #open: buildConnector.connector
  readonly #older: (first: Socket) => Sender
  readonly #idleMs: number
  readonly #connections = new Set<Http2Connection>()
  readonly #waiting: [DispatchOptions, Exchange][] = []
  #isConnecting = false
  #isDestroyed = false
  /** Once it is known to speak HTTP/1.1. */
  #agent: Sender | undefined

  constructor(url: URL, open: buildConnector.connector, older: (first: Socket) => Sender, idleMs: number) {
    this.#url = url
    this.#open = open
    this.#older = older
    this.#idleMs = idleMs
  }

  dispatch(...pair: [DispatchOptions, Exchange]): void {
    this.#waiting.push(pair)
    this.#serve()
  }

  async destroy(): Promise<void> {
    this.#isDestroyed = true
    for (const connection of this.#connections) connection.destroy()
    await this.#agent?.destroy()
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const free = this.#agent ?? [...this.#connections].find(({ hasRoom }) => hasRoom)
      if (free === undefined) {
        this.#connect()
        return
      }
      free.dispatch(...present(this.#waiting.shift(), 'waiting'))
    }
  }

  #connect(): void {
    if (this.#isConnecting || this.#isDestroyed) return
    this.#isConnecting = true
    const { host, hostname, protocol, port } = this.#url
    const bare = hostname.replace(/^\[(.*)\]$/, '$1')
    this.#open({ host, hostname: bare, protocol, port }, (...[error, socket]) => {
      if (this.#isDestroyed) return void socket?.destroy()
      if (error !== null) return this.#failed(error)
      if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') this.#share(socket)
      else {
        this.#agent = this.#older(socket)
        this.#serve()
      }
    })
  }

  #share(socket: Socket): void {
    let isGreeted = false
    const connection = new Http2Connection(this.#url.origin, socket, this.#idleMs, {
      room: () => {
        if (!isGreeted) this.#isConnecting = false
        isGreeted = true
        this.#serve()
      },
      closed: (error) => {
        if (!this.#connections.delete(connection)) return
        if (isGreeted) this.#serve()
        else this.#failed(error)
      },
    })
    this.#connections.add(connection)
  }

  #failed(error: unknown): void {
    this.#isConnecting = false
    for (const [, exchange] of this.#waiting.splice(0)) exchange.onResponseError(undefined, error)
  }
}
