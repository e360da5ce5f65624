/**
 * How many a server answers from one pause to the next, where it counts: 60 a minute, and then none until the minute is over.
 *
 * Rules:
 *   U1. What was answered from one pause to the next is what may be answered until the one after. Towards its end no more are in flight than
 *       what is left. At its end one goes alone, and finds out. Example: 60 were answered, so of the next 60 the last four go as
 *       four, and the 61st alone: one is refused, in place of all that had been on their way.
 *   U2. When that one is answered, the server does not count, and nothing is left of it.
 *   U3. A server that refuses once more after the time that it named is down, and counts nothing.
 */

/** Fewer than so many are no count. */
const leastCount = 8

export class Quota {
  #count: number | undefined
  #answered = 0

  /** Whether it may hold requests back. */
  get isKnown(): boolean {
    return this.#count !== undefined
  }

  /** Requests that may be in flight. */
  get limit(): number {
    return this.#count === undefined ? Number.POSITIVE_INFINITY : Math.max(1, this.#count - this.#answered)
  }

  answered(): void {
    this.#answered++
    if (this.#answered > (this.#count ?? Number.POSITIVE_INFINITY)) this.#count = undefined
  }

  /** A pause is over: requests are answered again. @param asSaid whether the first request after it was answered (rule U3) */
  resumed(asSaid: boolean): void {
    this.#count = asSaid && this.#answered >= leastCount ? this.#answered : undefined
    this.#answered = 0
  }
}
