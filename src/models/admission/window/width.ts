/**
 * How many requests may be in flight: what was too many at the last fall, and how that comes back.
 *
 * Owns:  the level and its period, and the opening. Never: decides that a refusal is a fall (`window.ts`).
 * Rules:
 *   V1. It opens from `firstWindow`, doubling every `doublingMs`, however long answers take: a refusal comes back soon (`opening.ts`).
 *       Where it opens again there is something to lose: it doubles in a quarter of what an answer takes.
 *   V2. A fall leaves what is in flight and was not refused; one for the pace leaves the width. While it opens, a single refusal need not
 *       mean anything: it opens on from there.
 *   V3. Within a period it comes back to what was refused, then it grows ever faster, so that a raised limit is found. A
 *       period is `periodMs`, `periodRequests`, five times what a refusal takes, and longer than what the server requested.
 *   V4. After `forgottenPeriods` nothing is left of a fall.
 */
import { Opening } from './opening.ts'
import { fall } from './rate-controller.ts'
import type { Refusal } from './sent.ts'

const firstWindow = 4
const doublingMs = 20
const longestDoublingMs = 250
const periodMs = 2_200
const firstPeriodMs = 500
const periodRequests = 30
const longestPeriodMs = 120_000
const longestQueuePeriodMs = 600_000
const forgottenPeriods = 8
const forgottenMs = 1_800_000

export class Width {
  readonly #limit: number
  readonly #opens: boolean
  /** From where it opens, and since when; undefined when it does not. */
  #opening: Opening | undefined
  /** Refusals of what was sent before the last fall, while it opens. */
  #further = 0
  /** What the last fall while it opened found in flight. */
  #openedTo = 0
  /** Requests in flight that were too many; undefined while that is not known. */
  #level: number | undefined
  #fellAt = Number.NEGATIVE_INFINITY
  #periodMs = periodMs

  /** @param opens whether it opens by and by, in place of at once */
  constructor(limit: number, opens: boolean) {
    this.#limit = limit
    this.#opens = opens && limit > firstWindow
    this.#reopen()
  }

  /** Whether it is as wide as it may be. */
  get isFull(): boolean {
    return this.#level === undefined && this.#opening === undefined
  }

  /** Of the last fall. */
  get fellAt(): number {
    return this.#fellAt
  }

  /** Requests in flight, at the most. */
  size(now: number): number {
    const grown = this.#level === undefined ? this.#limit : this.#level * this.growth(now)
    if (this.#opening === undefined) return grown
    const opened = this.#opening.size(now)
    if (opened < grown) return opened
    this.#opening = undefined
    return grown
  }

  /** Rule V3: of what was too many. */
  growth(now: number): number {
    const periods = (now - this.#fellAt) / this.#periodMs
    if (periods < 1) return fall + (1 - fall) * periods
    return Math.exp(Math.min(20, (periods - 1) ** 2 / 2))
  }

  /** Whether as much as now was too many once. */
  isBelow(now: number): boolean {
    return this.#level !== undefined && this.growth(now) < 1
  }

  /** When more than `out` may be in flight. */
  risesAt(now: number, out: number): number {
    let at = now
    if (this.#level !== undefined) {
      const growth = out / this.#level
      at = Math.max(at, this.#fellAt + periodsTo(growth) * this.#periodMs)
    }
    if (this.#opening !== undefined) at = Math.max(at, this.#opening.risesAt(now, out))
    return at + 0.01
  }

  used(now: number, inFlight: number): void {
    this.#opening?.used(now, inFlight)
  }

  fell(now: number): void {
    this.#further = 0
    this.#fellAt = now
  }

  /** Rule V2, of a fall while it opens. @returns whether it opens on */
  opensOn({ now, inFlight }: Refusal, quietMs: number): boolean {
    if (this.#opening === undefined || inFlight <= 1.3 * this.#openedTo) return false
    this.#openedTo = inFlight
    this.#opening = new Opening(inFlight, doublingMs, now + 2 * quietMs)
    return true
  }

  narrow(to: number): void {
    this.#opening = undefined
    this.#level = Math.max(to, 1)
  }

  /** Rule V2, of what had been sent before the fall. @param narrows whether places are what is short */
  fellFurther(inFlight: number, narrows: boolean): void {
    // Not a single one: it opens no more.
    if (this.#opening !== undefined && ++this.#further > 1) this.narrow(inFlight)
    if (this.#level !== undefined && narrows) this.#level = Math.max(inFlight, this.#level - 1, 1)
  }

  /** Rule V3. @param perMs requests that are accepted, where that is known */
  takePeriod({ ageMs, retryAfterMs }: Refusal, perMs: number | undefined, isFirst: boolean): void {
    const requests = isFirst ? periodRequests / 3 : periodRequests
    const requestsMs = perMs === undefined ? 0 : requests / perMs
    const least = perMs === undefined ? firstPeriodMs : periodMs
    const most = Math.max(least, requestsMs, 5 * ageMs, 2 * (retryAfterMs ?? 0))
    this.#periodMs = Math.min(most, longestPeriodMs)
  }

  /** The same, where requests queue. */
  takeQueuePeriod(ageMs: number): void {
    this.#periodMs = Math.min(150 * ageMs, longestQueuePeriodMs)
  }

  /** After a pause: as if a period were over. @param perMs the pace, if there is one */
  resume(now: number, perMs: number | undefined): void {
    const requestsMs = perMs === undefined ? 0 : periodRequests / perMs
    this.#periodMs = Math.min(Math.max(periodMs, requestsMs), longestPeriodMs)
    this.#fellAt = now - this.#periodMs
  }

  /** Rule V1: it opens again. @param answerMs what an answer takes */
  open(from: number, now: number, answerMs = 0): void {
    const doubling = Math.min(Math.max(doublingMs, answerMs / 4), longestDoublingMs)
    this.#opening = new Opening(from, doubling, now)
  }

  /** Rule V4. @param isShut whether no request is answered */
  isForgotten(now: number, isShut: boolean): boolean {
    if (this.#level === undefined) return false
    const lastsMs = isShut ? forgottenMs : forgottenPeriods * this.#periodMs
    return now - this.#fellAt > Math.min(lastsMs, forgottenMs)
  }

  forget(): void {
    this.#level = undefined
    this.#opening = undefined
  }

  startAgain(): void {
    this.forget()
    this.#reopen()
  }

  #reopen(): void {
    if (this.#opens) this.#opening = new Opening(firstWindow, doublingMs, undefined)
  }
}

/** Rule V3: periods until it has grown so much. */
function periodsTo(growth: number): number {
  return growth >= 1 ? 1 + Math.sqrt(2 * Math.log(growth)) : Math.max(0, (growth - fall) / (1 - fall))
}
