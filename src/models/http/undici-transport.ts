/**
 * One HTTP POST, as cheap as it gets: it owns connections and deadlines, and knows nothing of models.
 *
 * 1. One call is one request on the wire: nothing is sent a second time.
 * 2. No time-outs but the caller's: undici's own, of five minutes, are off.
 * 3. How a request ended is a value; only the caller's own signal is thrown.
 * 4. No message carries a header, a body or a full URL.
 * 5. What an https server offers is spoken with it: HTTP/2 (`negotiated.ts`), else HTTP/1.1. Through a proxy, and to http, it is
 *    HTTP/1.1.
 */
import { createSecureContext, getCACertificates } from 'node:tls'
import { Agent, type buildConnector, ProxyAgent } from 'undici'
import { Exchange } from './exchange.ts'
import { negotiatedSender, type Sender } from './negotiated.ts'
import { proxyAuthorization, proxyFor } from './proxies.ts'
import type { TlsMaterial } from './tls.ts'
import type { Transport } from './transport.ts'

export interface UndiciTransportOptions {
  /** At most this many connections per origin. @default no limit: admission decides how many requests are in flight */
  readonly connections?: number | undefined
  /** Where HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY are looked up. @default none: no proxy */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly tls?: TlsMaterial | null
  /** Speak HTTP/2 with https servers that offer it. @default true */
  readonly http2?: boolean | undefined
}

const KEEP_ALIVE_MS = 60_000

/** HTTP by undici, connections kept alive. Chosen by measurement: a tenth of the CPU of the vendors' SDKs. */
export function undiciTransport(options: UndiciTransportOptions = {}): Transport {
  const routes = new Map<string, Route>()
  const routeTo = (url: URL): Route => {
    const proxy = proxyFor(url, options.env ?? {})
    const name = `${url.protocol}${proxy?.href ?? ''}`
    let route = routes.get(name)
    if (route === undefined) {
      route = openRoute(url, proxy, options)
      routes.set(name, route)
    }
    return route
  }
  const destinationOf = rememberLast((url) => {
    const parsed = new URL(url)
    return routeTo(parsed).destination(parsed)
  })
  return {
    post: (url, headers, body, signal, timeoutMs, stallMs = null) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted()
        const { sender, origin, path, added } = destinationOf(url)
        const exchange = new Exchange({ signal, timeoutMs, stallMs, resolve, reject })
        const sent = added === undefined ? headers : { ...headers, ...added }
        try {
          sender.dispatch({ method: 'POST', origin, path, headers: sent, body }, exchange)
        } catch (error) {
          exchange.onResponseError(undefined, error)
        }
      }),
    // Destroyed, not closed: nobody waits for an answer any more, and an idle connection must not hold the process.
    close: async () => {
      await Promise.all([...routes.values()].map(({ sender }) => sender.destroy()))
    },
  }
}

interface Destination {
  readonly sender: Sender
  readonly origin: string
  readonly path: string
  /** Headers that the way there takes. */
  readonly added?: Readonly<Record<string, string>>
}

/** A way to servers: directly, or through a proxy. */
interface Route {
  readonly sender: Sender
  destination(url: URL): Destination
}

function openRoute(url: URL, proxy: URL | null, options: UndiciTransportOptions): Route {
  const connect = connectOptions(options)
  const pool = poolOptions(options)
  if (proxy === null) {
    const negotiates = url.protocol === 'https:' && options.http2 !== false
    return direct(
      negotiates ? negotiatedSender(connect, pool, KEEP_ALIVE_MS) : new Agent({ ...pool, connect }),
    )
  }
  const authorization = proxyAuthorization(proxy)
  if (url.protocol === 'https:') {
    return direct(
      new ProxyAgent({
        ...pool,
        uri: proxy.origin,
        ...(authorization === undefined ? {} : { token: authorization }),
        requestTls: connect,
        proxyTls: connectOptions({ tls: authoritiesOf(options) }),
      }),
    )
  }
  // Plain http needs no tunnel, which many proxies open to port 443 alone: the proxy is asked for the whole URL.
  const sender = new Agent({
    ...pool,
    connect: connectOptions({ tls: authoritiesOf(options) }),
  })
  const credentials = authorization === undefined ? {} : { 'proxy-authorization': authorization }
  return {
    sender,
    destination: ({ origin, host, pathname, search }) => ({
      sender,
      origin: proxy.origin,
      path: `${origin}${pathname}${search}`,
      added: { host, ...credentials },
    }),
  }
}

function direct(sender: Sender): Route {
  return {
    sender,
    destination: ({ origin, pathname, search }) => ({ sender, origin, path: `${pathname}${search}` }),
  }
}

function poolOptions({ connections }: UndiciTransportOptions) {
  return {
    ...(connections === undefined ? {} : { connections }),
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  }
}

/**
 * A CA of one's own is trusted besides those of Node, not in their place. All are read once, not per connection: that takes
 * 15 ms of CPU.
 */
function connectOptions({ tls }: UndiciTransportOptions): buildConnector.BuildOptions {
  const { ca, cert, key } = tls ?? {}
  const isPlain = ca === undefined && cert === undefined
  return {
    timeout: 0,
    allowH2: false,
    ...(isPlain ? {} : { secureContext: contextOf({ ca, cert, key }) }),
  }
}

function contextOf({ ca, cert, key }: { readonly [Part in keyof TlsMaterial]: string | undefined }) {
  return createSecureContext({
    ...(ca === undefined ? {} : { ca: [...getCACertificates(), ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  })
}

/** What a proxy may know: whom we trust, but not who we are. */
function authoritiesOf({ tls }: UndiciTransportOptions): TlsMaterial {
  return tls?.ca === undefined ? {} : { ca: tls.ca }
}

/** A run posts to a handful of URLs a million times, nearly always to the one before. */
function rememberLast<Result>(compute: (url: string) => Result): (url: string) => Result {
  let last: { readonly url: string; readonly result: Result } | undefined
  return (url) => {
    if (last?.url !== url) last = { url, result: compute(url) }
    return last.result
  }
}
