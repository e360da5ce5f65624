/** As `request_admission` of the run config; a time in milliseconds. */
export interface AimdLimitSettings {
  readonly decreaseFactor: number
  readonly increaseStep: number
  readonly successesUntilIncrease: number
  readonly rampMs: number
}

/**
 * A limit on requests in flight that behaves as Data Designer's: it falls by a factor on a burst of 429, rises by a step after so
 * many answers, and may begin at 1 and rise evenly over a time. Only for those who ask for it in their run config: what
 * a run does by itself is in `window.ts` and `concurrency-probe.ts`.
 */
export class AimdLimit {
  readonly #ceiling: number
  readonly #settings: AimdLimitSettings
  readonly #startedAt: number
  #ramping: boolean
  #limit: number
  #successes = 0

  constructor(ceiling: number, settings: AimdLimitSettings, now: number) {
    this.#ceiling = ceiling
    this.#settings = settings
    this.#startedAt = now
    this.#ramping = settings.rampMs > 0 && ceiling > 1
    this.#limit = ceiling
  }

  limit(now: number): number {
    return this.#ramping ? this.#ramped(now) : this.#limit
  }

  /** When the limit rises by itself; undefined when only answers make it rise. */
  risesAt(now: number): number | undefined {
    if (!this.#ramping) return undefined
    const next = this.#ramped(now) + 1
    return this.#startedAt + ((next - 1) / (this.#ceiling - 1)) * this.#settings.rampMs
  }

  succeeded(): void {
    if (this.#ramping || this.#limit >= this.#ceiling) return
    if (++this.#successes < this.#settings.successesUntilIncrease) return
    this.#successes = 0
    this.#limit = Math.min(this.#ceiling, this.#limit + this.#settings.increaseStep)
  }

  /** Called once per burst of refusals. It ends the ramp, too. */
  fall(now: number): void {
    const limit = this.limit(now)
    this.#ramping = false
    this.#successes = 0
    this.#limit = Math.max(1, Math.floor(limit * this.#settings.decreaseFactor))
  }

  #ramped(now: number): number {
    const share = (now - this.#startedAt) / this.#settings.rampMs
    if (share < 1) return 1 + Math.floor(share * (this.#ceiling - 1) + 1e-9)
    this.#ramping = false
    return this.#ceiling
  }
}
