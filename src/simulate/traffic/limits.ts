/**
 * What a simulated provider carries: token buckets and caps that answer 429, and workers that let requests wait.
 *
 * 1. A request must pass every limit that means it. One that is refused takes nothing from any.
 * 2. Workers take requests in order of arrival; a request whose client left keeps its worker until its time is over, as
 *    with a provider that does not notice.
 */
import type { Scenario, ScenarioLimit } from '../../config/files/scenario.ts'
import { type Matches, matcher } from '../requested/matches.ts'
import type { Requested } from '../requested/requested.ts'

export interface Refused {
  /** Until there is room again; null when it does not say. */
  readonly retryAfterMs: number | null
}

export class Limits {
  readonly #limits: readonly Limit[]

  constructor({ limits }: Scenario) {
    this.#limits = limits.map((limit) => new Limit(limit))
  }

  /** Lets a request in, or says when to come back. `leave` must follow once for every request that was let in. */
  enter(requested: Requested, tokens: number, now: number): Refused | undefined {
    if (this.#limits.length === 0) return undefined
    const meant = this.#limits.filter((limit) => limit.matches(requested))
    for (const limit of meant) {
      const waitMs = limit.waitFor(tokens, now)
      if (waitMs > 0) return { retryAfterMs: limit.reportsWait ? waitMs : null }
    }
    for (const limit of meant) limit.take(tokens)
    return undefined
  }

  leave(requested: Requested): void {
    for (const limit of this.#limits) if (limit.matches(requested)) limit.inFlight--
  }

  /** How long a request waits for a worker, and has it for `serviceMs` then. */
  queueMs(requested: Requested, serviceMs: number, now: number): number {
    let longest = 0
    for (const limit of this.#limits) {
      if (limit.matches(requested)) longest = Math.max(longest, limit.queueMs(serviceMs, now))
    }
    return longest
  }
}

class Limit {
  readonly matches: Matches
  readonly reportsWait: boolean
  inFlight = 0
  readonly #most: number
  readonly #requests: Bucket | undefined
  readonly #tokens: Bucket | undefined
  /** When each worker is free, in no order. */
  readonly #workers: Float64Array

  constructor(limit: ScenarioLimit) {
    this.matches = matcher(limit)
    this.reportsWait = limit.retry_after
    this.#most = limit.in_flight ?? Number.POSITIVE_INFINITY
    const { requests_per_second: rate, tokens_per_minute: perMinute } = limit
    this.#requests =
      rate === undefined ? undefined : new Bucket(rate, limit.burst ?? Math.max(1, Math.round(rate)))
    this.#tokens = perMinute === undefined ? undefined : new Bucket(perMinute / 60, perMinute)
    this.#workers = new Float64Array(limit.workers ?? 0)
  }

  waitFor(tokens: number, now: number): number {
    // It is unknown when one of those in flight is done.
    const full = this.inFlight >= this.#most ? 1000 : 0
    return Math.max(full, this.#requests?.waitFor(1, now) ?? 0, this.#tokens?.waitFor(tokens, now) ?? 0)
  }

  take(tokens: number): void {
    this.inFlight++
    this.#requests?.take(1)
    this.#tokens?.take(tokens)
  }

  queueMs(serviceMs: number, now: number): number {
    if (this.#workers.length === 0) return 0
    const free = Math.min(...this.#workers)
    const begins = Math.max(now, free)
    this.#workers[this.#workers.indexOf(free)] = begins + serviceMs
    return begins - now
  }
}

/** A token bucket that begins full. */
class Bucket {
  readonly #perMs: number
  readonly #size: number
  #capacity: number
  #at = Number.NEGATIVE_INFINITY

  constructor(perSecond: number, size: number) {
    this.#perMs = perSecond / 1000
    this.#size = size
    this.#capacity = size
  }

  /** Milliseconds until `amount` can be taken; more than the bucket holds counts as all of it. */
  waitFor(amount: number, now: number): number {
    if (now > this.#at) {
      this.#capacity = Math.min(this.#size, this.#capacity + (now - this.#at) * this.#perMs)
      this.#at = now
    }
    const missing = Math.min(amount, this.#size) - this.#capacity
    // Sums of floats: a billionth of a token is none.
    return missing <= 1e-9 ? 0 : missing / this.#perMs
  }

  take(amount: number): void {
    this.#capacity -= amount
  }
}
