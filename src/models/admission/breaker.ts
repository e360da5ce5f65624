/**
 * Whether a model can be had at all. After so many failures in a row, with nobody answered between them, it counts as down.
 *
 * Rules:
 *   K1. Closed: requests go. `opensAfter` failures in a row open it that may mean that nobody is there (`failure-table.ts`);
 *       whatever shows that somebody is (an answer, a 429, a refused row) begins the row anew. HTTP 500 and time-outs
 *       may be the request's own fault, and say neither.
 *   K2. Open: nothing goes for a while, which doubles from failure to failure, or lasts as the server said.
 *   K3. Half-open: then one real request goes, and no other. If it fails, the breaker is open again; else it is closed.
 *   K4. Failures of requests that were sent before it opened tell nothing new.
 */
import { retryDelayMs } from '../retry-delay.ts'

const opensAfter = 5

/** What a model that is down looks like. */
export interface Down {
  /** Since the first failure of the row. */
  readonly downMs: number
  /** Until the next request. */
  readonly waitMs: number
  /** Requests that were sent to see whether it is back, and failed. */
  readonly probesFailed: number
}

export class Breaker {
  readonly #key: string
  #failures = 0
  #since = 0
  #probesFailed = 0
  #until: number | undefined
  #probing = false

  /** @param key decides the jitter of the waits */
  constructor(key: string) {
    this.#key = key
  }

  get closed(): boolean {
    return this.#until === undefined
  }

  /** When the next request may go; infinity while one is on its way to find out. */
  get opensAt(): number {
    if (this.#until === undefined) return Number.NEGATIVE_INFINITY
    return this.#probing ? Number.POSITIVE_INFINITY : this.#until
  }

  /** A request goes. @returns whether it is the one that finds out */
  admitted(): boolean {
    this.#probing = !this.closed
    return this.#probing
  }

  /** A request that was to find out was not sent, or given up. */
  gaveUp(): void {
    this.#probing = false
  }

  /** Somebody is there. @returns for how long nobody was, if it was open */
  alive(now: number): number | undefined {
    const wasOpen = !this.closed
    this.#failures = 0
    this.#probesFailed = 0
    this.#until = undefined
    this.#probing = false
    return wasOpen ? now - this.#since : undefined
  }

  /** A failure that may mean that nobody is there. @returns how it stands, if the breaker opened by it, anew or again */
  failed(now: number, probe: boolean, retryAfterMs: number | null): Down | undefined {
    if (this.closed) {
      if (this.#failures === 0) this.#since = now
      if (++this.#failures < opensAfter) return undefined
    } else if (!probe) return undefined
    else this.#probesFailed++
    this.#probing = false
    const waitMs = retryDelayMs({ attempt: this.#probesFailed + 1, retryAfterMs, key: this.#key })
    this.#until = now + waitMs
    return { downMs: now - this.#since, waitMs, probesFailed: this.#probesFailed }
  }
}
