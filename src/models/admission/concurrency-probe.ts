/**
 * Finds out how many requests a model can work on at once when it never refuses one, but lets them queue.
 *
 * By Little's law requests in flight divided by their mean latency is throughput. From time to time the limit is changed for
 * one window of answers; what the throughput makes of that decides whether the change stays. So no latency needs to be known for
 * an idle model, and long answers of one column among short ones of another change little: neighbouring windows are compared.
 *
 * Rules:
 *   Q1. Only requests that were sent while the limit was used to the full, and after it had taken effect, say anything.
 *   Q2. fewer in flight stay when throughput falls by less than `little` of the change (as an exponent): the rest had queued.
 *   Q3. More in flight stay when throughput rises by at least `much` of the change.
 *   Q4. A change that stays is followed by the next in the same direction at once; one that is not, by a rest that doubles, or
 *       is long when fewer in flight lost nearly all that they could: then nothing had queued.
 *   Q5. When throughput falls by itself, against the window that the last change was compared with, the rest is over.
 *
 * Sources: TCP Vegas (Brakmo and Peterson, 1995), which reads queues from latency; the gradient limits of Netflix's
 * concurrency-limits. Both compare with the smallest latency ever seen, which for language models is that of the shortest answer.
 */

const less = 0.7
const more = 1.3
const little = 0.2
const much = 0.4
/** Share of the change from which on nothing can have queued (rule Q4). */
const nearlyAll = 0.8
/** Answers in a window: at least so many, and as many as may be in flight. */
const windowAnswers = 64
/** Windows, and time, before the first change: a short run is over before it could gain anything by one. */
const firstTrial = 10
const firstTrialMs = 20_000
/** Windows of rest after a change that was undone. */
const firstRest = 8
const longestRest = 64
/** The rest when nothing can have queued (rule Q4). */
const plainRest = 256
/** Throughput that fell by itself to less than this (rule Q5). */
const fallen = 0.7
/** Below, steps are too coarse to learn from. */
const smallestSensed = 8
const smallestLimit = 4

interface Window {
  readonly limit: number
  /** Answers per millisecond. */
  readonly throughput: number
}

export class ConcurrencyProbe {
  readonly #ceiling: number
  #limit: number
  /** Since when the limit is what it is, and since when that shows: the first request sent under it was answered. */
  #changedAt = Number.NEGATIVE_INFINITY
  #settledAt: number | undefined
  #firstAt: number | undefined
  #answers = 0
  #latencySum = 0
  #inFlightSum = 0
  /** The last window under a limit that stays. */
  #steady: Window | undefined
  /** What the last change was compared with (rule Q5). */
  #compared: Window | undefined
  #probing = false
  #direction: 'down' | 'up' = 'down'
  #rest = firstTrial
  #nextRest = firstRest

  /** @param ceiling the most requests in flight; of fewer than `smallestSensed` nothing is sensed */
  constructor(ceiling: number) {
    this.#ceiling = ceiling
    this.#limit = ceiling
  }

  get limit(): number {
    return this.#limit
  }

  /**
   * Takes an answer.
   *
   * @param inFlight how many were in flight when it was sent, itself included
   * @param sentAt, now milliseconds of one clock
   */
  answered(inFlight: number, sentAt: number, now: number): void {
    if (this.#ceiling < smallestSensed || sentAt < this.#changedAt) return
    this.#settledAt ??= now
    this.#firstAt ??= now
    if (sentAt < this.#settledAt || inFlight < 0.8 * this.#limit || inFlight > this.#limit) return
    this.#answers++
    this.#latencySum += now - sentAt
    this.#inFlightSum += inFlight
    if (this.#answers >= Math.max(windowAnswers, this.#limit)) this.#judge(now)
  }

  #judge(now: number): void {
    const window = { limit: this.#limit, throughput: this.#inFlightSum / Math.max(1, this.#latencySum) }
    if (this.#probing) this.#keepOrRevert(window, now)
    else {
      if (this.#compared !== undefined && window.throughput < fallen * this.#compared.throughput)
        this.#rest = 0
      this.#compared ??= window
      this.#steady = window
      if (this.#rest > 0) this.#rest--
      else if (now >= (this.#firstAt ?? now) + firstTrialMs) this.#probe(now)
    }
    this.#answers = 0
    this.#latencySum = 0
    this.#inFlightSum = 0
  }

  #keepOrRevert(window: Window, now: number): void {
    const steady = this.#steady ?? window
    const share = Math.log(window.throughput / steady.throughput) / Math.log(window.limit / steady.limit)
    this.#probing = false
    this.#compared = steady
    if (this.#direction === 'down' ? share < little : share >= much) {
      this.#steady = window
      this.#nextRest = firstRest
      this.#probe(now)
      return
    }
    this.#change(steady.limit, now)
    const queuedNothing = this.#direction === 'down' && share >= nearlyAll
    this.#direction = this.#direction === 'down' ? 'up' : 'down'
    this.#rest = queuedNothing ? plainRest : this.#nextRest
    this.#nextRest = Math.min(2 * this.#nextRest, longestRest)
  }

  #probe(now: number): void {
    if (this.#direction === 'up' && this.#limit >= this.#ceiling) this.#direction = 'down'
    const limit =
      this.#direction === 'down'
        ? Math.max(smallestLimit, Math.floor(less * this.#limit))
        : Math.min(this.#ceiling, Math.ceil(more * this.#limit))
    if (limit === this.#limit) {
      this.#direction = 'up'
      this.#rest = this.#nextRest
      return
    }
    this.#probing = true
    this.#change(limit, now)
  }

  #change(limit: number, now: number): void {
    this.#limit = limit
    this.#changedAt = now
    this.#settledAt = undefined
  }
}
