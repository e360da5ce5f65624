/**
 * How fast a model may be asked, learned from its refusals. Until the first 429 there is no pace.
 *
 * A provider that says 429 mostly allows so many requests a minute, which no limit on requests in flight expresses when
 * answers are quick or rare. So what falls here is a rate, as in congestion control that paces.
 *
 * Rules:
 *   A1. One burst of refusals, one fall: only a request sent after the last fall can bring the next.
 *   A2. It falls to `fall` times the rate at which requests were accepted before the burst; never to less than half
 *       of itself at once, nor below what the model demonstrably answers.
 *   A3. Where a burst came too soon to tell, it is doubled, again and again, until the next.
 *   A4. Else it rises as long as answers come: slowly around the rate that was too fast, then ever faster, so that a limit that
 *       was raised is found. The curve is CUBIC's (RFC 9438, 4.2), with a time of its own back to the old rate,
 *       since endpoints differ in rate by a factor of a thousand.
 *   A5. Between two requests there is the time that the rate says. Up to `slackMs` that a timer came late is made good.
 *
 * Sources: AIMD by Chiu and Jain, "Analysis of the increase and decrease algorithms for congestion avoidance", 1989;
 * pacing at the measured delivery rate as in BBR (Cardwell et al., 2016).
 */
import { RateMeter } from './rate-meter.ts'

const fall = 0.95
/**
 * The way back to the rate that was too fast takes at least so long, ten times the pause that a burst costs, so that pauses cost a
 * twentieth, and, where that rate was measured, so many requests: the refusal itself costs one or two.
 */
const returnMs = 12_000
const returnRequests = 20
const longestReturnMs = 120_000
const slackMs = 10
/** Of a shorter time before a burst nothing can be said but how many were accepted until the pause was over. */
const tellingMs = 1_000
const tellingCount = 5
/** While the pace is searched for (rule A3) it doubles after so many requests, or as many as go in a second. */
const doubling = 5
/** The slowest pace: whatever was refused is asked again some time. */
const slowest = 1 / 60_000
/** A pace that no model is asked at is none. */
const fastest = 100

export class Pace {
  readonly #accepted: RateMeter
  readonly #answered: RateMeter
  /** Requests per millisecond that were too many; undefined while there is no pace. */
  #tooFast: number | undefined
  #fellAt = 0
  #answeredAt = 0
  #burstAt = 0
  #sentAt = Number.NEGATIVE_INFINITY
  #nextAt = Number.NEGATIVE_INFINITY
  #searching = false
  #returnMs = returnMs

  constructor(now: number) {
    this.#accepted = new RateMeter(now)
    this.#answered = new RateMeter(now)
  }

  /** Whether there is a pace. */
  get learned(): boolean {
    return this.#tooFast !== undefined
  }

  /** Requests per second; null while there is no pace. */
  get perSecond(): number | null {
    const rate = this.#rate()
    return rate === undefined ? null : 1000 * rate
  }

  /** From when on the next request may be sent. */
  get opensAt(): number {
    return this.#nextAt
  }

  sent(now: number): void {
    this.#accepted.add(now)
    this.#sentAt = now
    const rate = this.#rate()
    if (rate === undefined) return
    if (rate > fastest) this.#tooFast = undefined
    else if (this.#searching) this.#tooFast! *= 2 ** (1 / Math.max(doubling, 1000 * rate))
    this.#nextAt = Math.max(this.#nextAt, now - slackMs) + 1 / rate
  }

  answered(now: number): void {
    this.#answered.add(now)
    this.#answeredAt = now
  }

  /** A request was refused. @param first whether it is the first of its burst (rule A1) */
  refused(now: number, first: boolean): void {
    this.#accepted.add(now, -1)
    if (first) this.#burstAt = now
  }

  /** The pause after a burst is over: what was accepted is known now, and the pace falls (rule A2). */
  resume(now: number): void {
    const { count, since } = this.#accepted
    const before = this.#rate()
    const aloneMs = this.#burstAt - since
    const pausedMs = now - this.#burstAt
    // Of a model that refused the first request of all nothing is known but that it may be asked again now.
    const least = before === undefined ? 1 / Math.max(1000, pausedMs) : before / 2
    let rate = Math.max(fall * this.#answered.rate(now), least, slowest)
    const measured = aloneMs >= tellingMs && count >= tellingCount
    if (measured) {
      const accepted = count / aloneMs
      const known = before === undefined ? accepted : this.#searching ? before : (accepted + before) / 2
      rate = Math.max(rate, fall * Math.min(known, before ?? known))
      this.#searching = false
    } else {
      const accepted = fall * this.#accepted.rate(now)
      this.#searching = before === undefined
      rate = Math.max(rate, accepted)
    }
    const requestsMs = measured ? returnRequests / rate : 0
    this.#returnMs = Math.min(Math.max(returnMs, 10 * pausedMs, requestsMs), longestReturnMs)
    this.#tooFast = rate / fall
    this.#fellAt = now
    this.#answeredAt = now
    this.#nextAt = before === undefined ? now : Math.max(now, this.#sentAt + 1 / rate)
    this.#accepted.restart(now)
  }

  #rate(): number | undefined {
    if (this.#tooFast === undefined) return undefined
    if (this.#searching) return fall * this.#tooFast
    const grown = (this.#answeredAt - this.#fellAt) / this.#returnMs - 1
    return this.#tooFast * (1 + (1 - fall) * grown ** 3)
  }
}
