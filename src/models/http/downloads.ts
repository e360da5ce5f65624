/**
 * Fetches what lies at an address that a server gave. The author of the address decides where Rowsmith connects: so into the open only,
 * or to the server that gave it.
 *
 * 1. The host is looked at before each step, and the address that its name leads to when connecting: a name that changes
 *    its mind in between gains nothing. Behind a proxy the proxy looks names up, and must know itself whom it serves.
 * 2. No key goes along, and no certificate of Rowsmith except to the server itself.
 */
import { Exchange, type ExchangeOptions } from './exchange.ts'
import { isPublicHost, PRIVATE_ADDRESS, publicLookup } from './public-hosts.ts'
import { type Destination, type RouteOptions, Routes } from './routes.ts'
import type { Transport, TransportFailure, TransportResponse } from './transport.ts'

const MOST_REDIRECTS = 5

export function downloader({
  env = {},
  tls = null,
}: RouteOptions): Required<Pick<Transport, 'download' | 'close'>> {
  const open = new Routes({ env, http2: false, lookup: publicLookup })
  const own = new Routes({ env, tls, http2: false })
  return {
    async download(address, ownHost, signal, timeoutMs) {
      let next = address
      for (let steps = 0; steps <= MOST_REDIRECTS; steps++) {
        const url = URL.canParse(next) ? new URL(next) : undefined
        if (url === undefined || !/^https?:$/.test(url.protocol))
          return { refused: 'it is no http or https URL' }
        const isOwn = url.hostname === ownHost
        if (!isOwn && !isPublicHost(url.hostname)) return { refused: privateHost }
        const got = await get((isOwn ? own : open).to(url), {
          signal,
          timeoutMs,
          accept: 'image/*',
          encoding: 'base64',
        })
        if ('broken' in got) return got.detail === PRIVATE_ADDRESS ? { refused: privateHost } : got
        const { location } = got.headers
        if (got.status < 300 || got.status > 399 || location === undefined) {
          return { status: got.status, base64: got.body }
        }
        next = URL.canParse(location, next) ? new URL(location, next).href : location
      }
      return { refused: `it leads on more than ${MOST_REDIRECTS} times` }
    },
    close: async () => {
      await Promise.all([open.close(), own.close()])
    },
  }
}

const privateHost = 'it leads into this machine or a private network'

/** What is requested, and how long, how large and in what form. */
interface Wanted extends Pick<ExchangeOptions, 'signal' | 'timeoutMs' | 'encoding' | 'maxBytes'> {
  readonly accept: string
}

/** Sends one request; no redirect is followed. @throws the signal's reason when it fires */
export function get(
  { sender, origin, path, added = {} }: Destination,
  { accept, ...wanted }: Wanted,
): Promise<TransportResponse | TransportFailure> {
  return new Promise((resolve, reject) => {
    wanted.signal.throwIfAborted()
    const exchange = new Exchange({ ...wanted, stallMs: null, resolve, reject })
    sender.dispatch(
      {
        method: 'GET',
        origin,
        path,
        headers: { accept, ...added },
        body: null,
      },
      exchange,
    )
  })
}
