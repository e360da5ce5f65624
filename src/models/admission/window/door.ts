/**
 * Who goes first after a fall, and when the others follow.
 *
 * Owns:  the scout, and until when no request goes. Never: how many may be in flight (`width.ts`).
 * Rules:
 *   D1. The first request after a fall is the scout, and goes a moment ahead; a moment more where the process looked away. What got its
 *       slot before the fall is none.
 *   D2. While scouts are refused, and no request is answered, the door is shut: one request goes at a time, when the server said, or after
 *       a third of the time since the first refusal. What the server says is taken at its word three times.
 *   D3. One answer opens it. So a pause is a moment, not a rate.
 *   D4. A Retry-After holds the request that it was said to. It holds everybody when the scout was refused as well, or nothing is
 *       in flight; else others are being served.
 */
import { fraction, LONGEST_RETRY_AFTER_MS, retryAfterDelayMs } from '../../contract/retry-delay.ts'
import type { Refusal, Sent } from './sent.ts'

/** How long the scout goes ahead of the others: twice what a refusal takes, within these. */
const quietMs = 20
const longestQuietMs = 200
const firstDoorMs = 250
const longestDoorMs = 60_000
const doorShare = 0.35
const trustedScouts = 3

export class Door {
  readonly #key: string
  #scout: Sent | undefined
  #scoutHasPermit = true
  #scoutAnswered = false
  /** Whether the others waited for it once more, since the process had looked away. */
  #hasWaited = false
  #quietMs = quietMs
  /** Scouts refused in a row, and since when. */
  #scoutsRefused = 0
  #shutSince = 0
  #isShut = false
  /** Until when the server said to wait, at the latest, since it last answered. */
  #requestedUntil = Number.NEGATIVE_INFINITY
  #shutUntil = Number.NEGATIVE_INFINITY

  /** @param key decides the jitter */
  constructor(key: string) {
    this.#key = key
  }

  /** Whether one request at a time finds out whether the server answers. */
  get isShut(): boolean {
    return this.#isShut
  }

  /** From when on the next request may go. */
  get shutUntil(): number {
    return this.#shutUntil
  }

  get scoutsRefused(): number {
    return this.#scoutsRefused
  }

  get quietMs(): number {
    return this.#quietMs
  }

  /** Whether a request that was sent since the last fall was answered. */
  get scoutAnswered(): boolean {
    return this.#scoutAnswered
  }

  admitted(now: number): void {
    if (this.#scoutHasPermit) return
    this.#scoutHasPermit = true
    this.holdFor(now, this.#quietMs)
  }

  /** A request goes that got its slot after the last fall. */
  sent(sent: Sent): void {
    if (this.#scout !== undefined) return
    this.#scout = sent
    this.holdFor(sent.at, this.#quietMs)
  }

  /** The process looked away: what became of the scout may lie unread. */
  lookedAway(now: number): void {
    if (this.#scout === undefined || this.#scout.outcome !== undefined || this.#hasWaited) return
    this.#hasWaited = true
    this.holdFor(now, quietMs)
  }

  holdFor(now: number, ms: number): void {
    this.#shutUntil = Math.max(this.#shutUntil, now + ms)
  }

  /** A request that was sent since the last fall was answered. */
  answered(): void {
    this.#scoutAnswered = true
    this.#requestedUntil = Number.NEGATIVE_INFINITY
    if (!this.#isShut) this.#scoutsRefused = 0
  }

  refused({ now, retryAfterMs }: Refusal): void {
    if (retryAfterMs !== null) this.#requestedUntil = Math.max(this.#requestedUntil, now + retryAfterMs)
  }

  isScout(sent: Sent, inFlight: number): boolean {
    return this.#isShut || (sent === this.#scout && inFlight === 0)
  }

  /** Whether nothing that was sent since the last fall can have been accepted. */
  isInRow({ sent, now, ageMs }: Refusal): boolean {
    if (this.#scoutAnswered || this.#scout === undefined) return false
    return this.#scout === sent || now - this.#scout.at <= 1.5 * ageMs + 1
  }

  /** Another scout was refused. */
  refusedAgain(): void {
    this.#scoutsRefused++
  }

  /** The first refusal of a row. @param namedMs how long the server said to wait, as far as it is a moment */
  refusedFirst({ now, ageMs }: Refusal, namedMs: number): void {
    this.#scoutsRefused = 1
    this.#shutSince = now
    this.#quietMs = Math.max(Math.min(Math.max(quietMs, 2 * ageMs), longestQuietMs), namedMs)
  }

  /** The request that gets the next slot is the scout. */
  fell(now: number): void {
    this.#scout = undefined
    this.#scoutHasPermit = false
    this.#scoutAnswered = false
    this.#hasWaited = false
    this.#shutUntil = now + this.#quietMs
  }

  /** Whether a Retry-After holds everybody (rule D4). */
  holdsAll({ inFlight, retryAfterMs }: Refusal): boolean {
    return inFlight === 0 || this.#isShut || (retryAfterMs !== null && this.#scoutsRefused >= 2)
  }

  /**
   * Rule D2.
   *
   * @param fall its number
   * @returns whether the server said until when
   */
  shut(now: number, fall: number, answerMs: number | undefined): boolean {
    this.#isShut = true
    const retryAfterMs = this.#requestedUntil > now ? this.#requestedUntil - now : null
    const drawn = fraction(`${this.#key}#${fall}`)
    const ownMs = this.#ownMs(now, answerMs) * (0.9 + 0.2 * drawn)
    const namedMs = retryAfterMs === null ? 0 : retryAfterDelayMs(retryAfterMs, drawn)
    const isTrusted = retryAfterMs !== null && this.#scoutsRefused <= trustedScouts
    this.holdFor(now, Math.min(isTrusted ? namedMs : Math.max(namedMs, ownMs), LONGEST_RETRY_AFTER_MS))
    return retryAfterMs !== null
  }

  #ownMs(now: number, answerMs = 2 * firstDoorMs): number {
    const refused = this.#scoutsRefused
    const ms =
      refused <= 1
        ? Math.min(firstDoorMs, answerMs / 2)
        : Math.max(firstDoorMs * Math.min(refused - 1, 2), doorShare * (now - this.#shutSince))
    return Math.min(ms, longestDoorMs)
  }

  /** Rule D3. @returns scouts that were refused */
  open(): number {
    const refused = this.#scoutsRefused
    this.#isShut = false
    this.#shutUntil = Number.NEGATIVE_INFINITY
    this.#scoutsRefused = 0
    return refused
  }

  /** A neighbour has left places: the next scout goes at once, unless the server said when. */
  hurry(now: number): void {
    if (this.#isShut && this.#requestedUntil <= now) this.#shutUntil = now
  }

  /** Nothing is left of a fall. */
  forget(): void {
    this.#isShut = false
    this.#scoutsRefused = 0
  }
}
