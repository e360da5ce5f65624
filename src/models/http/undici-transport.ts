/**
 * HTTP by undici and Node, as cheap as it gets: it owns connections and deadlines, and knows nothing of models.
 *
 * 1. One call is one request on the wire: nothing is sent a second time.
 * 2. No time-outs but the caller's: undici's own, of five minutes, are off.
 * 3. How a request ended is a value; only the caller's own signal is thrown.
 * 4. No message carries a header, a body or a full URL.
 * 5. What an https server offers is spoken with it: HTTP/2 (`negotiated.ts`), else HTTP/1.1. Through a proxy, and to http, it is
 *    HTTP/1.1.
 */
import { downloader } from './downloads.ts'
import { Exchange } from './exchange.ts'
import { type RouteOptions, Routes } from './routes.ts'
import type { AnyRequest, Transport, TransportFailure, TransportResponse } from './transport.ts'

export type UndiciTransportOptions = Omit<RouteOptions, 'lookup'>

/** Connections stay open. Chosen by measurement: a tenth of the CPU of the vendors' SDKs. */
export function undiciTransport(options: UndiciTransportOptions = {}): Transport {
  const routes = new Routes(options)
  const downloads = downloader(options)
  const destinationOf = rememberLast((url) => routes.to(new URL(url)))
  const send = (
    { method, url, headers, body, onPart }: AnyRequest,
    signal: AbortSignal,
    timeoutMs: number,
    stallMs: number | null,
  ): Promise<TransportResponse | TransportFailure> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const { sender, origin, path, added } = destinationOf(url)
      const exchange = new Exchange({ signal, timeoutMs, stallMs, onPart, resolve, reject })
      const sent = added === undefined ? headers : { ...headers, ...added }
      try {
        sender.dispatch({ method, origin, path, headers: sent, body }, exchange)
      } catch (error) {
        exchange.onResponseError(undefined, error)
      }
    })
  return {
    post: (url, headers, body, signal, timeoutMs, stallMs = null) =>
      send({ method: 'POST', url, headers, body }, signal, timeoutMs, stallMs),
    exchange: (request, signal, timeoutMs) => send(request, signal, timeoutMs, null),
    download: downloads.download,
    close: async () => {
      await Promise.all([routes.close(), downloads.close()])
    },
  }
}

/** A run posts to a handful of URLs a million times, nearly always to the one before. */
function rememberLast<Result>(compute: (url: string) => Result): (url: string) => Result {
  let last: { readonly url: string; readonly result: Result } | undefined
  return (url) => {
    if (last?.url !== url) last = { url, result: compute(url) }
    return last.result
  }
}
