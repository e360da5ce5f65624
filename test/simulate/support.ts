import { toValue } from '../../src/base/values/value.ts'
import { type Scenario, scenarioFromValue } from '../../src/config/files/scenario.ts'
import type { TransportFailure, TransportResponse } from '../../src/models/http/transport.ts'
import { simulatorTransport } from '../../src/simulate/server/transport.ts'

// biome-ignore lint/suspicious/noExplicitAny: what a test looks into, the test knows
export type Json = any

/** A scenario in the shape of its file; whole numbers are integers. */
export const scenarioOf = (value: object): Scenario =>
  scenarioFromValue(toValue(JSON.parse(JSON.stringify(value), integers)))

const integers = (_key: string, value: unknown): unknown =>
  Number.isInteger(value) ? BigInt(value as number) : value

const never = new AbortController().signal

/** A clock that stands still but for waits, which take no time. */
class ShortClock {
  ms = 0
  readonly now = (): number => this.ms
  readonly monotonic = (): number => this.ms
  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted()
    this.ms += ms
  }
}

/** A simulator inside the process, asked one request after the other. */
export function asking(scenario: object, options: { readonly stallMs?: number } = {}) {
  const clock = new ShortClock()
  const transport = simulatorTransport({ scenario: scenarioOf(scenario), clock, keepEffects: true })
  const post = (path: string, body: object): Promise<TransportResponse | TransportFailure> =>
    transport.post(`http://x${path}`, {}, JSON.stringify(body), never, 60_000, options.stallMs)
  return {
    clock,
    post,
    stats: () => transport.stats(),
    chat: (content: string, more: object = {}) =>
      post('/v1/chat/completions', { model: 'm', messages: [{ role: 'user', content }], ...more }),
    /** The parsed body of a response of 200. */
    async json(path: string, body: object): Promise<Json> {
      const response = await post(path, body)
      if ('broken' in response || response.status !== 200) throw new Error(JSON.stringify(response))
      return JSON.parse(response.body)
    },
  }
}

/** The side of a square PNG file in pixels; throws when the bytes are none. */
export function pngSide(base64: string): number {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('latin1', 1, 4) !== 'PNG') throw new Error('no PNG')
  return bytes.readUInt32BE(16)
}
