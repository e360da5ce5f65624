/**
 * How fast a model may be called, once it is known how many requests it accepts in what time.
 *
 * Owns:  the rate that was too much, and when the next request may follow. Never: decides whether a refusal was for the pace.
 * Rules:
 *   P1. The rate is that of what was accepted, once `measuredCount` were in `measuredMs`.
 *   P2. It falls by a step, by `fall` or a tenth: what was accepted lately may have been less for want of more.
 *   P3. Up to so much that a timer came late is made good: `slackMs`, or twice the time between two where places are what is short.
 *   P4. After a pause what follows is counted for itself, if it is clearly faster: a server that was down for long is not slow.
 */
import { RateMeter } from './rate-meter.ts'

/** What is requested after a fall, of what was accepted. */
export const fall = 0.97
/** More than a step below, it falls by the larger one (rule P2). */
const clearlyLess = 0.85
const largerFall = 0.92
/** Of a shorter time no rate can be determined. */
const measuredMs = 1_000
const measuredCount = 4
const slackMs = 10
/** The pace is never less than one request in so many times what an answer takes: beyond that the door is what waits. */
const slowestAnswers = 10

export class RateController {
  /** Requests per millisecond that were too many; undefined while that is not known. */
  rate: number | undefined
  /** When the next request may follow. */
  nextAt = Number.NEGATIVE_INFINITY
  #accepted: RateMeter

  constructor(now: number) {
    this.#accepted = new RateMeter(now)
  }

  /** A request goes, or turns out to be refused. */
  count(now: number, requests: 1 | -1): void {
    this.#accepted.add(now, requests)
  }

  /** Requests per millisecond that were accepted lately. */
  accepted(now: number): number {
    return this.#accepted.rate(now)
  }

  /** Whether so long was looked at that a rate can be determined. */
  isMeasured(now: number): boolean {
    return now - this.#accepted.since >= measuredMs
  }

  /** What was accepted before says nothing any more. */
  restart(from: number, onlyWhenFull = true): void {
    if (!onlyWhenFull || this.#accepted.isFull) this.#accepted = new RateMeter(from)
  }

  /** A pause is over (rule P4). */
  resumed(now: number): void {
    this.#accepted.mark(now)
  }

  /** Rules P1 and P2, at a refusal. @param answerMs what an answer takes, where that is known */
  measure(now: number, answerMs: number | undefined): void {
    const { count, since } = this.#accepted
    if (count < measuredCount || now < since + measuredMs || this.#accepted.isUnclear(now)) return
    // The refused one stands for the time since the last that was accepted.
    const measured = this.#accepted.latest(now) + 1 / (now - since)
    const lowered = fall * (this.rate ?? 0)
    const least = answerMs === undefined ? 0 : 1 / (slowestAnswers * answerMs)
    this.rate = Math.max(measured, measured < clearlyLess * lowered ? largerFall * lowered : lowered, least)
  }

  /** Rule P3. @param growth of the rate by now; `heldUntil` is until when no request went */
  admitted(now: number, growth: number, tooFast: boolean, heldUntil: number): void {
    if (this.rate === undefined) return
    const apartMs = 1 / (this.rate * growth)
    const lateMs = tooFast ? slackMs : Math.max(slackMs, 2 * apartMs)
    this.nextAt = Math.max(this.nextAt, now - lateMs, Math.min(now, heldUntil)) + apartMs
  }

  /** No request follows at once. */
  fell(now: number): void {
    if (this.rate !== undefined) this.nextAt = Math.max(this.nextAt, now + 1 / this.rate)
  }

  forget(): void {
    this.rate = undefined
    this.nextAt = Number.NEGATIVE_INFINITY
  }
}
