/**
 * How many refusals say nothing of load. A healthy model fails now and then, and some fail at random whatever they are requested.
 *
 * Rules:
 *   B1. A small share of what is sent may be refused. What was saved up is bounded by what is in flight. A refusal that names a
 *       time counts twice, one below what was taken before (`knownCost`) less.
 *   B2. Where refusals are random (`noise.ts`), one and a half times their share may be refused for a minute.
 *   B3. When even that is exceeded, it was load after all. Each time, noise is believed in only after twice as long.
 */
import { NoiseJudge, usualShare } from './noise.ts'
import type { Sent } from './sent.ts'

/** What a refusal counts at a level that was taken before. */
const knownCost = 0.7
const noiseMs = 60_000
const noiseBudget = 12

export class RefusalBudget {
  #left = 1
  readonly #judge = new NoiseJudge()
  /** Share that is refused whatever is in flight, and until when that is believed. */
  #noise = 0
  #noisyUntil = Number.NEGATIVE_INFINITY
  #doubtedUntil = Number.NEGATIVE_INFINITY
  #uncertainMs = 5_000

  isNoisy(now: number): boolean {
    return now < this.#noisyUntil
  }

  sent(sent: Sent): void {
    this.#judge.sent(sent)
    if (sent.standing === 'suspect') return
    const noisy = this.isNoisy(sent.at)
    const share = noisy ? 1.5 * this.#noise + 0.02 : usualShare
    this.#left = Math.min(1 + share * Math.max(sent.inFlight, noisy ? 40 : 0), this.#left + share)
  }

  /**
   * @param isKnown whether as much was taken before
   * @returns whether the budget is left
   */
  refused(namesTime: boolean, isKnown: boolean): boolean {
    this.#left -= (namesTime ? 2 : 1) * (isKnown ? knownCost : 1)
    return this.#left >= 0
  }

  /** Whether a refusal comes of want of a place (`noise.ts`). */
  hadNoPlace(sent: Sent): boolean {
    return this.#judge.hadNoPlace(sent)
  }

  /** Rule B2. @returns whether refusals turn out to be random, now */
  turnsNoisy(now: number): boolean {
    if (this.isNoisy(now) || now < this.#doubtedUntil) return false
    const share = this.#judge.randomShare()
    if (share === undefined) return false
    this.#left = noiseBudget
    this.#noise = share
    this.#noisyUntil = now + noiseMs
    return true
  }

  /** It was load: nothing is left (rule B3). */
  fell(now: number): void {
    this.#left = 0
    if (!this.isNoisy(now)) return
    this.#noisyUntil = now
    this.#uncertainMs *= 2
    this.#doubtedUntil = now + this.#uncertainMs
  }

  /** What was refused while the server was shut is no noise. */
  forget(): void {
    this.#judge.forget()
  }
}
