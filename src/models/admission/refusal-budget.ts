/**
 * How many refusals say nothing of load. A healthy model fails now and then, and some fail at random whatever they are asked.
 *
 * Rules:
 *   B1. A small share of what is sent may be refused. What was saved up is bounded by what is in flight. A refusal that names a
 *       time counts twice.
 *   B2. If a quarter less in flight was refused as large a share, refusals are noise: one and a half times that share may be
 *       refused for a minute. So it is never more than three quarters of what is sent.
 *   B3. When even that is exceeded, it was load after all. Each time, noise is believed in only after twice as long.
 */

const usualShare = 0.04
const noiseMs = 60_000
const noiseBudget = 12
/** A comparison needs so many requests, of which so many were refused; or begins anew after so many. */
const comparedRequests = 12
const comparedRefusals = 4
const forgottenRequests = 100
const comparisonsKept = 6

interface Outcomes {
  sent: number
  refused: number
  inFlightSum: number
}

const none = (): Outcomes => ({ sent: 0, refused: 0, inFlightSum: 0 })

export class RefusalBudget {
  #left = 1
  #outcomes = none()
  readonly #former: Outcomes[] = []
  /** Share that is refused whatever is in flight, and until when that is believed. */
  #noise = 0
  #noisyUntil = Number.NEGATIVE_INFINITY
  #doubtedUntil = Number.NEGATIVE_INFINITY
  #doubtMs = 5_000

  isNoisy(now: number): boolean {
    return now < this.#noisyUntil
  }

  /** @returns whether refusals turn out to be noise, now */
  sent(now: number, inFlight: number): boolean {
    const noisy = this.isNoisy(now)
    const share = noisy ? 1.5 * this.#noise + 0.02 : usualShare
    this.#left = Math.min(1 + share * Math.max(inFlight, noisy ? 40 : 0), this.#left + share)
    const outcomes = this.#outcomes
    outcomes.sent++
    outcomes.inFlightSum += inFlight
    const { sent, refused, inFlightSum } = outcomes
    if (sent < Math.max(comparedRequests, inFlightSum / sent)) return false
    if (refused < comparedRefusals && sent < forgottenRequests) return false
    this.#outcomes = none()
    return refused >= comparedRefusals && this.#compare(outcomes, now)
  }

  /** @returns whether the budget is left */
  refused(namesTime: boolean): boolean {
    this.#left -= namesTime ? 2 : 1
    return this.#left >= 0
  }

  /** For a refusal that belongs to others, which were counted. */
  refusedAsWell(): void {
    this.#outcomes.refused++
  }

  /** It was load: nothing is left (rule B3). */
  fell(now: number): void {
    this.#left = 0
    if (!this.isNoisy(now)) return
    this.#noisyUntil = now
    this.#doubtMs *= 2
    this.#doubtedUntil = now + this.#doubtMs
  }

  /** What was refused while the server was shut is no noise. */
  forget(): void {
    this.#outcomes = none()
    this.#former.length = 0
  }

  /** Rule B2. */
  #compare(outcomes: Outcomes, now: number): boolean {
    const share = outcomes.refused / outcomes.sent
    const inFlight = outcomes.inFlightSum / outcomes.sent
    const isAlike = (former: Outcomes): boolean =>
      former.inFlightSum / former.sent >= inFlight / 0.75 && share >= (0.7 * former.refused) / former.sent
    const isNoise = share < 0.5 && now >= this.#doubtedUntil && this.#former.some(isAlike)
    this.#former.push(outcomes)
    if (this.#former.length > comparisonsKept) this.#former.shift()
    if (!isNoise) return false
    const isNew = !this.isNoisy(now)
    if (isNew) this.#left = noiseBudget
    this.#noise = share
    this.#noisyUntil = now + noiseMs
    return isNew
  }
}
