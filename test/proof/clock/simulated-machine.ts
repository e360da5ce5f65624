/**
 * The machine that a client runs on, in simulated time: its timers are late, its event loop stalls, and the network takes time
 * that varies. A real machine under load is like that, and a law that is only right with exact timers shows here.
 *
 * Owns:  when something that is due is noticed. Never: what a server does, which has a clock of its own.
 */
import type { Clock } from '../../../src/base/work/clock.ts'
import type { SimulatedClock } from './simulated-clock.ts'

/** Times in milliseconds; each is drawn evenly up to it, that of the network beyond its least as an exponential one. */
export interface Conditions {
  readonly name: string
  readonly timersLateMs: number
  /** Some `everyMs` apart, the event loop notices nothing for up to `upToMs`. */
  readonly stalls: { readonly everyMs: number; readonly upToMs: number } | null
  /** Between the slot of a request and its sending: its intent is written. */
  readonly journalMs: number
  /** One way. */
  readonly network: { readonly leastMs: number; readonly moreMs: number } | null
}

/** Nothing is ever late. */
export const punctual: Conditions = {
  name: 'punctual',
  timersLateMs: 0,
  stalls: null,
  journalMs: 0,
  network: null,
}

/** A machine that others use as well, and a server that is not far. */
export const loaded: Conditions = {
  name: 'late timers',
  timersLateMs: 15,
  stalls: { everyMs: 1_000, upToMs: 80 },
  journalMs: 5,
  network: { leastMs: 1, moreMs: 4 },
}

/** How much longer than its answer a request takes, on average. */
export function roundTripMs({ network, journalMs }: Conditions): number {
  return journalMs / 2 + (network === null ? 0 : 2 * (network.leastMs + network.moreMs))
}

/** What the wall clock shows when a play begins. */
export const epoch = Date.UTC(2026, 10, 30)

export class SimulatedMachine {
  /** What the client has for a clock: it shows a day of our time, for headers that name moments. */
  readonly clock: Clock
  readonly #time: SimulatedClock
  readonly #conditions: Conditions
  readonly #draw: () => number
  /** The next stall, or the one that is on. */
  #stall = { from: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY }

  constructor(time: SimulatedClock, conditions: Conditions, draw: () => number) {
    this.#time = time
    this.#conditions = conditions
    this.#draw = draw
    this.#stallAfter(0)
    const { monotonic } = time
    this.clock = {
      now: () => epoch + monotonic(),
      monotonic,
      sleep: async (ms, signal) => {
        await time.sleep(ms + draw() * conditions.timersLateMs, signal)
        await this.awake()
      },
    }
  }

  /** Until a request or an answer is there. */
  async onTheWay(): Promise<void> {
    const { network } = this.#conditions
    if (network === null) return
    await this.#time.sleep(network.leastMs - network.moreMs * Math.log(1 - this.#draw()))
  }

  /** Until an intent is written. */
  async written(): Promise<void> {
    const { journalMs } = this.#conditions
    if (journalMs === 0) return
    await this.#time.sleep(this.#draw() * journalMs)
    await this.awake()
  }

  /** Until the event loop notices. */
  async awake(): Promise<void> {
    for (;;) {
      const now = this.#time.monotonic()
      if (now < this.#stall.from) return
      if (now < this.#stall.until) await this.#time.sleep(this.#stall.until - now)
      else this.#stallAfter(this.#stall.until)
    }
  }

  #stallAfter(end: number): void {
    const { stalls } = this.#conditions
    if (stalls === null) return
    const from = end + 2 * this.#draw() * stalls.everyMs
    this.#stall = { from, until: from + this.#draw() * stalls.upToMs }
  }
}
