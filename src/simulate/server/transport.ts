import { present } from '../../base/errors/present.ts'
import { onAbort } from '../../base/work/abort.ts'
import { type Clock, systemClock } from '../../base/work/clock.ts'
import { EFFECT_HEADER } from '../../models/endpoint/http-endpoint.ts'
import type { Transport, TransportFailure, TransportResponse } from '../../models/http/transport.ts'
import type { SimulatorStats } from '../traffic/meter.ts'
import { type Delivery, SimulatedProvider, type SimulatedProviderOptions } from './provider.ts'

export interface SimulatorTransportOptions extends SimulatedProviderOptions {
  /** Count requests by effect key, which takes memory for each. @default false */
  readonly keepEffects?: boolean
}

export interface SimulatorTransport extends Transport {
  stats(): SimulatorStats
}

/** Anything else that is posted to is taken for it: inside the process there is no server to say no. */
const usualPath = '/chat/completions'

/** The simulated provider inside the process, in place of HTTP: what the provider `simulator` answers with. */
export function simulatorTransport(options: SimulatorTransportOptions = {}): SimulatorTransport {
  const { clock = systemClock } = options
  const provider = new SimulatedProvider(options, options.keepEffects ?? false)
  const { door, stats } = provider.batches(() => 'http://simulator.invalid')
  return {
    post: (url, headers, body, signal, timeoutMs, stallMs = null) =>
      new Promise<TransportResponse | TransportFailure>((resolve, reject) => {
        signal.throwIfAborted()
        const effect = headers[EFFECT_HEADER]
        const delivery =
          provider.take(pathOf(url), effect, body) ??
          present(provider.take(usualPath, effect, body), 'routes of the simulator')
        const { endsAt, ending } = delivery
        const silentAt = stallMs === null ? Number.POSITIVE_INFINITY : silence(delivery, stallMs)
        const isSilent = stallMs !== null && silentAt < timeoutMs
        const givenUpAt = isSilent ? silentAt : timeoutMs
        const delayMs = ending === 'stall' || endsAt > givenUpAt
        const finish = (): void => {
          forget()
          delivery.done(!delayMs)
          if (!delayMs) resolve(outcome(delivery))
          else
            resolve({
              broken: 'timeout',
              detail: isSilent ? silent(stallMs) : tooLate(timeoutMs),
            })
        }
        // Never within the call itself, as over a wire.
        const cancel = after(delayMs ? givenUpAt : endsAt, clock, finish)
        const forget = onAbort(signal, () => {
          cancel()
          delivery.done(false)
          reject(signal.reason)
        })
      }),
    exchange: async ({ method, url, headers, body }, signal) => {
      signal.throwIfAborted()
      const { pathname: path, searchParams: query } = new URL(url)
      const end = door({ method, path, query, headers, body: Buffer.from(body ?? '') })
      if (end === 'reset') return { broken: 'closed', detail: 'ECONNRESET' }
      if (end === undefined) return { status: 404, headers: {}, body: '' }
      return { status: end.status, headers: end.headers ?? {}, body: end.body.toString() }
    },
    stats,
    close: async () => {},
  }
}

function outcome({ status, headers, pieces, ending }: Delivery): TransportResponse | TransportFailure {
  if (ending === 'reset') return { broken: 'closed', detail: 'ECONNRESET' }
  const body = pieces.map(({ text }) => text).join('')
  return { status, headers, body, ...(pieces.length > 1 ? { partsMs: pieces.map(({ at }) => at) } : {}) }
}

/** When a client gives up that waits no longer than `stallMs` for the next part of an answer that has started. */
function silence({ pieces, ending, endsAt }: Delivery, stallMs: number): number {
  const ends = pieces.slice(1).map(({ at }) => at)
  if (pieces.length > 0) ends.push(ending === 'stall' ? Number.POSITIVE_INFINITY : endsAt)
  const last = pieces.find(({ at }, index) => (ends[index] ?? at) - at > stallMs)
  return last === undefined ? Number.POSITIVE_INFINITY : last.at + stallMs
}

const tooLate = (timeoutMs: number): string => `no complete answer within ${timeoutMs / 1000} s`

const silent = (stallMs: number): string => `nothing more came for ${stallMs / 1000} s`

let lastUrl = ''
let lastPath = ''

/** A run posts to a handful of URLs a million times, nearly always to the one before. */
function pathOf(url: string): string {
  if (url !== lastUrl) {
    lastPath = new URL(url).pathname
    lastUrl = url
  }
  return lastPath
}

function after(milliseconds: number, clock: Clock, act: () => void): () => void {
  if (milliseconds === 0) {
    const immediate = setImmediate(act)
    return () => clearImmediate(immediate)
  }
  const waiting = new AbortController()
  clock.sleep(milliseconds, waiting.signal).then(act, () => {})
  return () => waiting.abort()
}
