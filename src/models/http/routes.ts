/** Ways to servers: directly or through a proxy, with our authorities and certificates, over connections that stay open. */
import type { LookupFunction } from 'node:net'
import tls, { createSecureContext } from 'node:tls'
import type { buildConnector } from 'undici'
import { undici } from '../../base/libraries/when-needed.ts'
import { negotiatedSender, type Sender } from './negotiated.ts'
import { proxyAuthorization, proxyFor } from './proxies.ts'
import type { TlsMaterial } from './tls.ts'

export interface RouteOptions {
  /** At most this many connections per origin. @default no limit: admission decides how many requests are in flight */
  readonly connections?: number | undefined
  /** Where HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY are looked up. @default none: no proxy */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly tls?: TlsMaterial | null
  /** Speak HTTP/2 with https servers that offer it. @default true */
  readonly http2?: boolean | undefined
  /** How names become addresses. @default as Node does it */
  readonly lookup?: LookupFunction | undefined
}

const KEEP_ALIVE_MS = 60_000

/** One `Route` per scheme and proxy, opened when it is needed. */
export class Routes {
  readonly #routes = new Map<string, Route>()
  readonly #options: RouteOptions

  constructor(options: RouteOptions) {
    this.#options = options
  }

  /** @throws RowsmithError `usage` for a proxy that is none */
  to(url: URL): Destination {
    const proxy = proxyFor(url, this.#options.env ?? {})
    const name = `${url.protocol}${proxy?.href ?? ''}`
    let route = this.#routes.get(name)
    if (route === undefined) {
      route = openRoute(url, proxy, this.#options)
      this.#routes.set(name, route)
    }
    return route.destination(url)
  }

  /** Destroyed, not closed: nothing waits for an answer any more, and an idle connection must not hold the process. */
  async close(): Promise<void> {
    await Promise.all([...this.#routes.values()].map(({ sender }) => sender.destroy()))
  }
}

/** Where a URL is requested. */
export interface Destination {
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

function openRoute(url: URL, proxy: URL | null, options: RouteOptions): Route {
  const connect = connectOptions(options)
  const pool = poolOptions(options)
  if (proxy === null) {
    const negotiates = url.protocol === 'https:' && options.http2 !== false
    return direct(
      negotiates
        ? negotiatedSender(connect, pool, KEEP_ALIVE_MS)
        : new (undici().Agent)({ ...pool, connect }),
    )
  }
  const authorization = proxyAuthorization(proxy)
  if (url.protocol === 'https:') {
    return direct(
      new (undici().ProxyAgent)({
        ...pool,
        uri: proxy.origin,
        ...(authorization === undefined ? {} : { token: authorization }),
        requestTls: connect,
        proxyTls: connectOptions({ tls: authoritiesOf(options) }),
      }),
    )
  }
  // Plain http needs no tunnel, which many proxies open to port 443 alone: the proxy gets the whole URL.
  const sender = new (undici().Agent)({
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

function poolOptions({ connections }: RouteOptions) {
  return {
    ...(connections === undefined ? {} : { connections }),
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  }
}

/**
 * A CA of one's own is trusted in addition to those of Node, not in their place. All are read once, not per connection: that takes
 * 15 ms of CPU.
 */
function connectOptions({ tls, lookup }: RouteOptions): buildConnector.BuildOptions {
  const { ca, cert, key } = tls ?? {}
  const isPlain = ca === undefined && cert === undefined
  return {
    timeout: 0,
    allowH2: false,
    ...(lookup === undefined ? {} : { lookup }),
    ...(isPlain ? {} : { secureContext: contextOf({ ca, cert, key }) }),
  }
}

function contextOf({ ca, cert, key }: { readonly [Part in keyof TlsMaterial]: string | undefined }) {
  return createSecureContext({
    ...(ca === undefined ? {} : { ca: [...tls.getCACertificates(), ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  })
}

/** What a proxy may know: whom we trust, but not who we are. */
function authoritiesOf({ tls }: RouteOptions): TlsMaterial {
  return tls?.ca === undefined ? {} : { ca: tls.ca }
}
