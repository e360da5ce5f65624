/**
 * How much a model may be called, learned from what it refuses. One window: a limit on requests in flight, which becomes a pace
 * as well once it is known how many are accepted in what time.
 *
 * Owns:   what the model was seen to take, and how much more is tried. Knows no timer and no waiter.
 * Never:  distinguishes one kind of refusal from another: 429, 503, 529, 500, resets and time-outs all say "not now".
 * Rules:
 *   W1. It opens from `firstWindow`, doubling every `doublingMs`, however long answers take: a refusal comes back soon (`opening.ts`).
 *   W2. A refusal beyond the budget (`refusal-budget.ts`) is a fall: the window becomes what is in flight and was not refused, the
 *       pace `fall` times the accepted rate. Refusals of what had been sent before belong to it: each takes one more out. Where
 *       there was room in the window, nothing else was in flight, or as many were answered before, the pace was too fast, and the
 *       window stays.
 *   W3. Within a period it comes back to what was refused, then it grows ever faster, so that a raised limit is found. A
 *       period is `periodMs`, `periodRequests`, five times what a refusal takes, and longer than what the server requested.
 *   W4. The first request after a fall is the scout, and goes a moment ahead; a moment more where the process looked away. While scouts are refused, and no request is answered, the
 *       door is shut: one request goes at a time, when the server said, or after a third of the time since the first refusal. One
 *       answer opens it, and the window opens as in W1, up to what it was. So a pause is a moment, not a rate.
 *   W5. A Retry-After holds the request that it was said to. It holds everybody when the scout was refused as well, or nothing is
 *       in flight; else others are being served.
 *   W6. A refusal that took long, a time-out, comes of a queue: the window becomes what is served in four fifths of that time, and
 *       nothing goes until a request is answered or none is left.
 *   W7. A row that is refused again, while many others were answered and few refused, is refused for itself, and says nothing.
 */
import { fraction, LONGEST_RETRY_AFTER_MS, retryAfterDelayMs } from '../../contract/retry-delay.ts'
import { Opening } from './opening.ts'
import { fall, RateController } from './rate-controller.ts'
import { RefusalBudget } from './refusal-budget.ts'
import type { Sent, Standing } from './sent.ts'

const firstWindow = 4
const doublingMs = 20
const longestDoublingMs = 250
const periodMs = 2_200
const firstPeriodMs = 500
const periodRequests = 30
const longestPeriodMs = 120_000
const longestQueuePeriodMs = 600_000
/** After so many periods, or so long, nothing is left of a fall. */
const forgottenPeriods = 8
const forgottenMs = 1_800_000
/** How long the scout goes ahead of the others: twice what a refusal takes, within these. */
const quietMs = 20
const longestQuietMs = 200
/** A refusal that takes longer than this, and half as long as an answer, comes of a queue. */
const longRefusalMs = 1_000
/** So many others answered for each refused show that a row is refused for itself (rule W7). */
const ownAnswers = 8
/** What a refusal takes from the number that were in flight with an answered one: three such refusals make it one less. */
const doubt = 0.34
const firstDoorMs = 250
const longestDoorMs = 60_000
const doorShare = 0.35
/** `refusedShare` is that of about so many. */
const shareOf = 50

interface Refusal {
  readonly sent: Sent
  readonly now: number
  /** How long it took. */
  readonly ageMs: number
  /** Without it. */
  readonly inFlight: number
  readonly retryAfterMs: number | null
}

export class Window {
  readonly #limit: number
  readonly #key: string
  readonly #opens: boolean
  /** From where it opens, and since when (rule W1); undefined when it does not. */
  #opening: Opening | undefined
  /** Refusals of what was sent before the last fall. */
  #further = 0
  /** What the last fall while it opened found in flight. */
  #openedTo = 0
  /** Requests in flight that were too many; undefined while that is not known. */
  #level: number | undefined
  /** Whether the last fall was the pace's. */
  #tooFast = false
  #fellAt = Number.NEGATIVE_INFINITY
  #periodMs = periodMs
  readonly #budget = new RefusalBudget()
  readonly #rate: RateController
  #answerMs: number | undefined
  #refusedShare = 0
  /** The most that were in flight with one that was answered, lately. */
  #proven = 0
  /** Requests that were answered, and refused. */
  #answered = 0
  #refused = 0
  /** Falls. What follows is of the time since the last one. */
  #epoch = 0
  #sentSince = 0
  #refusedSince = 0
  #most = 0
  #scout: Sent | undefined
  #scoutHasPermit = true
  #scoutAnswered = false
  /** Whether it was waited for once more, since the process had looked away. */
  #hasWaited = false
  #quietMs = quietMs
  /** Nothing goes (rule W6). */
  #held = false
  /** Scouts refused in a row, since when, and the window before. */
  #scoutsRefused = 0
  #shutSince = 0
  #before = 1
  #alone = false
  /** What the server requested, at the latest, since it last answered. */
  #requestedUntil = Number.NEGATIVE_INFINITY
  #shutUntil = Number.NEGATIVE_INFINITY

  /**
   * @param key decides the jitter
   * @param opens whether it opens by and by, in place of at once
   */
  constructor(limit: number, key: string, opens: boolean, now: number) {
    this.#limit = limit
    this.#key = key
    this.#opens = opens && limit > firstWindow
    this.#rate = new RateController(now)
    this.#reopen()
  }

  /** Whether it is as wide as it may be, without a pace: nothing to look at. */
  get open(): boolean {
    return this.#level === undefined && this.#opening === undefined
  }

  /** Requests that may be in flight. */
  limit(now: number): number {
    this.#forgetOldFall(now)
    if (this.open) return this.#limit
    if (this.#held) return 0
    if (this.#alone) return 1
    return Math.max(1, Math.min(this.#limit, Math.ceil(this.#window(now) - 1e-9)))
  }

  /** When more than `out` may be in flight; infinity when only an answer brings that. */
  risesAt(now: number, out: number): number {
    if (this.#alone || this.#held || out >= this.#limit) return Number.POSITIVE_INFINITY
    let at = now
    if (this.#level !== undefined) {
      const growth = out / this.#level
      const periods =
        growth >= 1 ? 1 + Math.sqrt(2 * Math.log(growth)) : Math.max(0, (growth - fall) / (1 - fall))
      at = Math.max(at, this.#fellAt + periods * this.#periodMs)
    }
    if (this.#opening !== undefined) at = Math.max(at, this.#opening.risesAt(now, out))
    return at + 0.01
  }

  /** From when on the next request may be sent. */
  get opensAt(): number {
    return Math.max(this.#shutUntil, this.#rate.nextAt)
  }

  /** Whether the door is shut: one request at a time finds out whether a request is answered (rule W4). */
  get alone(): boolean {
    return this.#alone
  }

  /** Requests per second that were too many; null while there is no pace. */
  get perSecond(): number | null {
    return this.#rate.rate === undefined ? null : 1000 * this.#rate.rate
  }

  /** How long an answer takes, lately; undefined before the first. */
  get answerMs(): number | undefined {
    return this.#answerMs
  }

  /** Share of refusals among requests that were sent for the first time, lately. */
  get refusedShare(): number {
    return this.#refusedShare
  }

  /** Whether refusals are believed to be random (`refusal-budget.ts`). */
  isNoisy(now: number): boolean {
    return this.#budget.isNoisy(now)
  }

  /** A slot was given. */
  admitted(now: number): void {
    if (this.open) return
    if (!this.#scoutHasPermit) {
      this.#scoutHasPermit = true
      this.#shutUntil = Math.max(this.#shutUntil, now + this.#quietMs)
    }
    this.#rate.admitted(now, this.#growth(now), this.#tooFast, this.#shutUntil)
  }

  /** The process looked away: what became of the scout may lie unread, so it goes a moment ahead from now on. */
  lookedAway(now: number): void {
    if (this.#scout === undefined || this.#scout.outcome !== undefined || this.#hasWaited) return
    this.#hasWaited = true
    this.#shutUntil = Math.max(this.#shutUntil, now + quietMs)
  }

  /** @param inFlight with it */
  sent(now: number, inFlight: number, standing: Standing, before?: Sent): Sent {
    const full = inFlight >= this.limit(now)
    const sent: Sent = {
      at: now,
      epoch: this.#epoch,
      inFlight,
      full,
      standing,
      before,
      seen: undefined,
      outcome: undefined,
    }
    this.#budget.sent(sent)
    if (standing === 'suspect') return sent
    if (standing === 'new') this.#refusedShare -= this.#refusedShare / shareOf
    this.#rate.count(now, 1)
    this.#sentSince++
    this.#opening?.used(now, inFlight)
    if (inFlight > this.#most) this.#most = inFlight
    if (this.#epoch > 0) this.#scout ??= sent
    return sent
  }

  /** Nothing is in flight any more. */
  emptied(): void {
    this.#held = false
  }

  answered(sent: Sent, now: number): void {
    sent.outcome = 'taken'
    this.#answered++
    this.#proven = Math.max(this.#proven, sent.inFlight)
    const tookMs = now - sent.at
    this.#answerMs = this.#answerMs === undefined ? tookMs : this.#answerMs + 0.1 * (tookMs - this.#answerMs)
    if (now > this.#fellAt + this.#quietMs) this.#held = false
    if (sent.epoch !== this.#epoch) return
    this.#scoutAnswered = true
    this.#requestedUntil = Number.NEGATIVE_INFINITY
    if (this.#alone) this.#unlock(now)
    this.#scoutsRefused = 0
  }

  /**
   * @param inFlight without it
   * @returns how long no request is sent, if this was a fall
   */
  refused(sent: Sent, now: number, inFlight: number, retryAfterMs: number | null): number | undefined {
    const refusal = { sent, now, ageMs: now - sent.at, inFlight, retryAfterMs }
    this.#refused++
    sent.seen = { answered: this.#answered, refused: this.#refused }
    sent.outcome = retryAfterMs === null && this.#isOwn(sent) ? 'own' : 'refused'
    if (sent.outcome === 'own') return undefined
    if (retryAfterMs !== null) this.#requestedUntil = Math.max(this.#requestedUntil, now + retryAfterMs)
    this.#rate.count(now, -1)
    if (sent.standing === 'new') this.#refusedShare += 1 / shareOf
    if (this.#budget.turnsNoisy(now)) {
      this.#forget()
      this.#rate.restart(now, false)
      this.#opening = new Opening(Math.max(inFlight, 2), this.#answeredDoublingMs, now)
    }
    if (sent.epoch < this.#epoch) {
      this.#fellFurther(refusal)
      return undefined
    }
    this.#refusedSince++
    const isScout = this.#alone || (sent === this.#scout && inFlight === 0)
    const isKnown = this.#level !== undefined && this.#growth(now) < 1
    if (this.#budget.refused(retryAfterMs !== null, isKnown) && (!isScout || this.#budget.isNoisy(now)))
      return undefined
    // One fall in the time of an answer, unless most are refused: what came of the last one is not known yet.
    const isMost = this.#refusedSince > 1 && 2 * this.#refusedSince > this.#sentSince
    const isSoon = now < this.#fellAt + Math.min(this.#answerMs ?? 0, 1_000)
    if (!isSoon || isMost || this.#isInRow(refusal)) return this.#fall(refusal)
    this.#shutUntil = Math.max(this.#shutUntil, now + this.#quietMs)
    return undefined
  }

  /** Rule W7. */
  #isOwn({ before }: Sent): boolean {
    if (before?.seen === undefined || this.#alone || (this.#epoch > 0 && !this.#scoutAnswered)) return false
    const answered = this.#answered - before.seen.answered
    const refused = this.#refused - before.seen.refused - 1
    return answered >= ownAnswers * (1 + refused)
  }

  /** Rule W2, of what had been sent before the fall. */
  #fellFurther({ now, ageMs, inFlight }: Refusal): void {
    if (this.#alone || this.#isLong(ageMs)) return
    if (this.#opening !== undefined && ++this.#further > 1) {
      // Not a single one: it opens no more.
      this.#opening = undefined
      this.#level = Math.max(inFlight, 1)
    }
    if (this.#level !== undefined && !this.#tooFast) this.#level = Math.max(inFlight, this.#level - 1, 1)
    if (inFlight === 0) this.#lock(now, 0)
  }

  /** Whether nothing that was sent since the last fall can have been accepted. */
  #isInRow({ sent, now, ageMs }: Refusal): boolean {
    if (this.#scoutAnswered || this.#scout === undefined) return false
    return this.#scout === sent || now - this.#scout.at <= 1.5 * ageMs + 1
  }

  #isLong(ageMs: number): boolean {
    return ageMs > longRefusalMs && ageMs > 0.5 * (this.#answerMs ?? 0)
  }

  #fall(refusal: Refusal): number {
    const { now, ageMs, inFlight, retryAfterMs } = refusal
    const allowed = Math.min(this.#limit, this.#window(now))
    if (this.#isInRow(refusal)) this.#scoutsRefused++
    else this.#learn(refusal, Math.min(allowed, this.#most))
    if (!this.#alone) this.#narrow(refusal, allowed)
    this.#budget.fell(now)
    this.#further = 0
    this.#epoch++
    this.#sentSince = 0
    this.#refusedSince = 0
    this.#most = 0
    this.#scout = undefined
    this.#scoutHasPermit = false
    this.#scoutAnswered = false
    this.#hasWaited = false
    this.#fellAt = now
    this.#held = this.#isLong(ageMs) && inFlight > 0
    this.#shutUntil = now + this.#quietMs
    this.#rate.fell(now)
    const isEverybodys = retryAfterMs !== null && this.#scoutsRefused >= 2
    if (inFlight === 0 || isEverybodys || this.#alone) this.#lock(now, inFlight)
    return Math.max(0, this.#shutUntil - now)
  }

  /** What the first refusal of a row shows. @param window that was used */
  #learn({ sent, now, ageMs, inFlight, retryAfterMs }: Refusal, window: number): void {
    this.#scoutsRefused = 1
    this.#shutSince = now
    const isFirst = this.#rate.rate === undefined
    this.#rate.measure(now, this.#answerMs)
    const hadPlace = sent.inFlight <= this.#proven && this.#growth(now) >= 1 && !this.#budget.hadNoPlace(sent)
    if (hadPlace) this.#proven -= doubt
    else this.#proven = Math.min(this.#proven, sent.inFlight)
    this.#tooFast = this.#rate.rate !== undefined && (!sent.full || inFlight === 0 || hadPlace)
    this.#before = this.#tooFast && inFlight === 0 ? Math.max(window, 2) : window
    const named = this.#rate.rate === undefined ? Math.min(retryAfterMs ?? 0, this.#answerMs ?? 0) / 2 : 0
    this.#quietMs = Math.max(Math.min(Math.max(quietMs, 2 * ageMs), longestQuietMs), named)
    if (this.#isLong(ageMs)) {
      this.#periodMs = Math.min(150 * ageMs, longestQueuePeriodMs)
      return
    }
    const isMeasured = this.#rate.isMeasured(now)
    const requests = isFirst ? periodRequests / 3 : periodRequests
    const requestsMs = isMeasured && this.#rate.rate !== undefined ? requests / this.#rate.accepted(now) : 0
    const least = isMeasured ? periodMs : firstPeriodMs
    this.#periodMs = Math.min(
      Math.max(least, requestsMs, 5 * ageMs, 2 * (retryAfterMs ?? 0)),
      longestPeriodMs,
    )
  }

  /** Rules W2 and W6. */
  #narrow(refusal: Refusal, allowed: number): void {
    const { now, ageMs, inFlight, retryAfterMs } = refusal
    if (this.#opening !== undefined && retryAfterMs === null && inFlight > 1.3 * this.#openedTo) {
      // While it opens, once more from here: a single refusal need not mean anything.
      this.#openedTo = inFlight
      this.#opening = new Opening(inFlight, doublingMs, now + 2 * this.#quietMs)
      return
    }
    this.#opening = undefined
    const used = Math.min(allowed, this.#most)
    const rate = this.#rate.accepted(now)
    if (this.#isLong(ageMs)) this.#level = Math.max(1, Math.min(used - 1, 0.8 * ageMs * rate))
    else if (this.#tooFast) this.#level = Math.max(used, Math.min(1.25 * used, allowed), 1)
    else {
      const isKnown = this.#rate.isMeasured(now) && this.#scoutsRefused === 1
      const served = isKnown ? Math.min(0.9 * rate * (this.#answerMs ?? 0), used) : 0
      this.#level = Math.max(inFlight, used > 2 ? used - 1 : used - 0.5, served, 1)
    }
  }

  /** Rule W4: the door shuts. */
  #lock(now: number, inFlight: number): void {
    const retryAfterMs = this.#requestedUntil > now ? this.#requestedUntil - now : null
    this.#alone = true
    this.#level = Math.max(this.#before, 1)
    this.#opening = undefined
    const refused = this.#scoutsRefused
    const drawn = fraction(`${this.#key}#${this.#epoch}`)
    const own =
      refused <= 1
        ? Math.min(firstDoorMs, (this.#answerMs ?? 2 * firstDoorMs) / 2)
        : Math.max(firstDoorMs * Math.min(refused - 1, 2), doorShare * (now - this.#shutSince))
    const ownMs = Math.min(own, longestDoorMs) * (0.9 + 0.2 * drawn)
    const namedMs = retryAfterMs === null ? 0 : retryAfterDelayMs(retryAfterMs, drawn)
    // What the server says is taken at its word three times.
    const waitMs = retryAfterMs === null || refused > 3 ? Math.max(namedMs, ownMs) : namedMs
    this.#shutUntil = Math.max(this.#shutUntil, now + Math.min(waitMs, LONGEST_RETRY_AFTER_MS))
    if (retryAfterMs === null) return
    this.#budget.forget()
    // Around a pause that others outlive, what was accepted is no rate.
    this.#rate.restart(this.#shutUntil, inFlight === 0)
  }

  /** Rule W4: it opens. */
  #unlock(now: number): void {
    this.#alone = false
    this.#shutUntil = Number.NEGATIVE_INFINITY
    this.#sentSince = 1
    this.#refusedSince = 0
    this.#opening = new Opening(2, this.#answeredDoublingMs, now)
    if (this.#scoutsRefused < 2) return
    const requestsMs = this.#rate.rate === undefined ? 0 : periodRequests / this.#rate.rate
    this.#periodMs = Math.min(Math.max(periodMs, requestsMs), longestPeriodMs)
    this.#fellAt = now - this.#periodMs
    if (this.#scoutsRefused >= 3) this.#rate.restart(now)
  }

  /** Where it opens again there is something to lose: a quarter of what an answer takes. */
  get #answeredDoublingMs(): number {
    return Math.min(Math.max(doublingMs, (this.#answerMs ?? 0) / 4), longestDoublingMs)
  }

  #reopen(): void {
    if (this.#opens) this.#opening = new Opening(firstWindow, doublingMs, undefined)
  }

  #forget(): void {
    this.#level = undefined
    this.#opening = undefined
    this.#rate.forget()
    this.#alone = false
    this.#scoutsRefused = 0
  }

  #forgetOldFall(now: number): void {
    if (this.#level === undefined) return
    const periodsMs = this.#alone ? forgottenMs : forgottenPeriods * this.#periodMs
    if (now - this.#fellAt <= Math.min(periodsMs, forgottenMs)) return
    this.#forget()
    this.#reopen()
  }

  #window(now: number): number {
    const grown = this.#level === undefined ? this.#limit : this.#level * this.#growth(now)
    if (this.#opening === undefined) return grown
    const opened = this.#opening.size(now)
    if (opened < grown) return opened
    this.#opening = undefined
    return grown
  }

  /** Rule W3. */
  #growth(now: number): number {
    const periods = (now - this.#fellAt) / this.#periodMs
    if (periods < 1) return fall + (1 - fall) * periods
    return Math.exp(Math.min(20, (periods - 1) ** 2 / 2))
  }
}
