/** A window is at least so long, and holds at least so many events: the rate is that of the last one or two of them. */
const windowMs = 1_000
const windowEvents = 16
const clearlyFaster = 1.25
/** After a pause so many show that it is over. */
const markedEvents = 4
/** After a longer time without an event, what was before says nothing. */
const staleMs = 120_000

/** Events per millisecond, lately: counted in two windows, of which the older goes when the younger is full. */
export class RateMeter {
  #count = 0
  #since: number
  #earlierCount = 0
  #earlierSince: number
  #lastAt: number
  /** Whether a pause was before the younger window. */
  #isMarked = false

  constructor(now: number) {
    this.#since = now
    this.#earlierSince = now
    this.#lastAt = now
  }

  /** Events in the windows. */
  get count(): number {
    return this.#earlierCount + this.#count
  }

  /** Whether there are enough for a rate. */
  get isFull(): boolean {
    return this.count >= windowEvents
  }

  /** When the windows began. */
  get since(): number {
    return this.#earlierSince
  }

  /** @param count negative for events that turn out to be none */
  add(now: number, count = 1): void {
    if (now - this.#lastAt > staleMs) this.#restart(now)
    else if (now - this.#since >= windowMs && this.#count >= windowEvents) {
      this.#earlierCount = this.#count
      this.#earlierSince = this.#since
      this.#count = 0
      this.#since = now
      this.#isMarked = false
    }
    this.#count += count
    this.#lastAt = now
  }

  /** A pause is over: what follows may be faster, and is counted for itself. */
  mark(now: number): void {
    this.#earlierCount += this.#count
    this.#count = 0
    this.#since = now
    this.#isMarked = true
  }

  /** Whether the younger window has many events, in so short a time that nothing is known yet. */
  isUnclear(now: number): boolean {
    return this.#isMarked && this.#count >= markedEvents && now - this.#since < windowMs / 2
  }

  /** Events per millisecond up to a moment. */
  rate(until: number): number {
    return Math.max(0, this.count) / Math.max(1, until - this.since)
  }

  /** The same, of the younger window alone where it is clearly faster: a rate that rises is not held back by what it was. */
  latest(until: number): number {
    const all = this.rate(until)
    const lastMs = until - this.#since
    const enough = this.#isMarked ? markedEvents : windowEvents / 2
    if (this.#count < enough || lastMs < windowMs / 2) return all
    const last = this.#count / lastMs
    return last > clearlyFaster * all ? last : all
  }

  #restart(now: number): void {
    this.#count = 0
    this.#since = now
    this.#earlierCount = 0
    this.#earlierSince = now
    this.#lastAt = now
  }
}
