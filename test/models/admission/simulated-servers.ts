/** Servers that behave as providers do under load, on a simulated clock, and somebody who asks them without end. */

import type { AdmissionQueue } from '../../../src/models/admission/admission-queue.ts'
import type { Attempt, ModelFailure } from '../../../src/models/contract/contract.ts'
import type { SimulatedClock } from '../../proof/clock/simulated-clock.ts'

const never = new AbortController().signal
const reply: Attempt = { kind: 'reply', body: '{}' }

export function failed(
  code: ModelFailure['code'],
  verdict: ModelFailure['action'],
  retryAfterMs: number | null = null,
  down = false,
): Attempt {
  const failure: ModelFailure = {
    code,
    action: verdict,
    message: 'no',
    status: null,
    retryAfterMs,
    maybeCharged: false,
    down,
    load: verdict === 'wait',
  }
  return { kind: 'failed', failure }
}

export interface Server {
  ask(): Promise<Attempt>
}

/** Answers so many requests a second, and refuses what goes beyond, as a token bucket does. */
export class LimitedServer implements Server {
  answered = 0
  refused = 0
  perSecond: number
  readonly #clock: SimulatedClock
  readonly #options: { latencyMs: () => number; burst: number; retryAfterMs: (() => number) | null }
  #level: number
  #at = 0

  constructor(
    clock: SimulatedClock,
    perSecond: number,
    options: { latencyMs: () => number; burst: number; retryAfterMs: (() => number) | null },
  ) {
    this.#clock = clock
    this.perSecond = perSecond
    this.#options = options
    this.#level = options.burst
  }

  async ask(): Promise<Attempt> {
    const { burst, latencyMs, retryAfterMs } = this.#options
    const now = this.#clock.monotonic()
    this.#level = Math.min(burst, this.#level + ((now - this.#at) / 1000) * this.perSecond)
    this.#at = now
    if (this.#level < 1) {
      await this.#clock.sleep(5)
      this.refused++
      return failed('rate_limited', 'wait', retryAfterMs?.() ?? null)
    }
    this.#level--
    await this.#clock.sleep(latencyMs())
    this.answered++
    return reply
  }
}

/** Never refuses: works on so many requests at once, and lets the others queue; or gets slower with every one. */
export class QueueingServer implements Server {
  answered = 0
  /** Requests it works on at once. */
  places: number
  readonly #clock: SimulatedClock
  readonly #workMs: (inWork: number) => number
  #inWork = 0
  readonly #queue: (() => void)[] = []

  constructor(clock: SimulatedClock, places: number, workMs: (inWork: number) => number) {
    this.#clock = clock
    this.places = places
    this.#workMs = workMs
  }

  async ask(): Promise<Attempt> {
    if (this.#inWork >= this.places) await new Promise<void>((resolve) => this.#queue.push(resolve))
    this.#inWork++
    await this.#clock.sleep(this.#workMs(this.#inWork))
    this.#inWork--
    if (this.#inWork < this.places) this.#queue.shift()?.()
    this.answered++
    return reply
  }
}

/** Asks for rows without end, each until it is answered, never more than what is free, as the engine does. */
export class Caller {
  rows = 0
  answered = 0
  inFlight = 0
  readonly #slots: AdmissionQueue
  readonly #server: Server
  stopped = false

  constructor(slots: AdmissionQueue, server: Server) {
    this.#server = server
    this.#slots = slots
  }

  readonly look = (): void => {
    while (!this.stopped && this.#slots.free > 0) void this.#row(this.rows++)
  }

  async #row(row: number): Promise<void> {
    for (;;) {
      const slot = await this.#slots.take(row, never)
      this.#slots.sent(slot)
      this.inFlight++
      const ended = await this.#server.ask()
      this.inFlight--
      this.#slots.give(slot, ended)
      if (ended.kind === 'reply') break
    }
    this.answered++
  }
}

/** Numbers that look drawn: lognormal around a median. */
export function lognormal(median: number, sigma: number, seed: number): () => number {
  let state = seed >>> 0
  const uniform = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return () =>
    median * Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()))
}
