/**
 * How much a model may be called, learned from what it refuses. One window: a limit on requests in flight, which becomes a pace
 * as well once it is known how many are accepted in what time.
 *
 * Owns:   what a request, an answer and a refusal do to the parts: the width (`width.ts`), the pace (`rate-controller.ts`), the door
 *         (`door.ts`), the budget of refusals (`refusal-budget.ts`) and the tally (`tally.ts`). Knows no timer and no waiter.
 * Never:  distinguishes one kind of refusal from another: 429, 503, 529, 500, resets and time-outs all say "not now".
 * Rules:
 *   W1. A refusal beyond the budget is a fall: the width becomes what is in flight and was not refused, the pace `fall` times the
 *       accepted rate. Refusals of what had been sent before belong to it: each takes one more out.
 *   W2. Where there was room in the window, nothing else was in flight, or as many were answered before, the pace was too fast, and
 *       the width stays.
 *   W3. One fall in the time of an answer, unless most are refused: what came of the last one is not known yet.
 *   W4. After a fall one goes ahead. While no request is answered the door is shut. One answer opens it, and the width opens up to what it
 *       was.
 *   W5. A refusal that took long, a time-out, comes of a queue: the width becomes what is served in four fifths of that time, and
 *       nothing goes until a request is answered or none is left.
 *   W6. A row that is refused for itself says nothing.
 *   W7. A neighbour without more requests may have held the places, or the rate, of a gateway that limits both. What was learned next to it is
 *       forgotten. Each time that is believed again after twice as long.
 */
import { Door } from './door.ts'
import { Quota } from './quota.ts'
import { RateController } from './rate-controller.ts'
import { RefusalBudget } from './refusal-budget.ts'
import type { Refusal, Sent, Standing } from './sent.ts'
import { Tally } from './tally.ts'
import { Width } from './width.ts'

/** A refusal that takes longer than this, and half as long as an answer, comes of a queue. */
const longRefusalMs = 1_000
/** Where requests queue the width is what bounds them; the pace lets the queue come back by and by. */
const queuePace = 1.1
/** What a refusal takes from the number that were in flight with an answered one: three such refusals make it one less. */
const doubt = 0.34
const firstRoomRestMs = 1_000

/** A request that got a slot. */
export interface Admitted {
  readonly standing: Standing
  /** The request of the same answer before it. */
  readonly before?: Sent | undefined
  /** Falls before it got its slot. */
  readonly epoch: number
}

export class Window {
  readonly #limit: number
  readonly #width: Width
  readonly #door: Door
  readonly #rate: RateController
  readonly #budget = new RefusalBudget()
  readonly #tally = new Tally()
  readonly #quota = new Quota()
  /** Whether the last fall was the pace's. */
  #tooFast = false
  /** Whether the last fall came of a queue. */
  #queues = false
  /** The most that were in flight with one that was answered, lately. */
  #proven = 0
  /** Falls. What follows is of the time since the last one. */
  #epoch = 0
  #sentSince = 0
  #refusedSince = 0
  #most = 0
  /** Nothing goes (rule W5). */
  #held = false
  /** When a neighbour's leaving is believed next, and for how long not afterwards (rule W7). */
  #roomAfter = Number.NEGATIVE_INFINITY
  #roomRestMs = firstRoomRestMs
  /** The window before scouts were refused. */
  #before = 1

  /**
   * @param key decides the jitter
   * @param opens whether it opens by and by, in place of at once
   */
  constructor(limit: number, key: string, opens: boolean, now: number) {
    this.#limit = limit
    this.#width = new Width(limit, opens)
    this.#door = new Door(key)
    this.#rate = new RateController(now)
  }

  /** Whether it is as wide as it may be, without a pace: nothing to look at. */
  get open(): boolean {
    return this.#width.isFull && !this.#quota.isKnown
  }

  /** Requests that may be in flight. */
  limit(now: number): number {
    if (this.#width.isForgotten(now, this.alone)) {
      this.#forget()
      this.#width.startAgain()
    }
    if (this.open) return this.#limit
    if (this.#held) return 0
    if (this.alone) return 1
    return Math.max(1, Math.min(this.#limit, this.#quota.limit, Math.ceil(this.#width.size(now) - 1e-9)))
  }

  /** When more than `out` may be in flight; infinity when only an answer brings that. */
  risesAt(now: number, out: number): number {
    if (this.alone || this.#held || out >= Math.min(this.#limit, this.#quota.limit))
      return Number.POSITIVE_INFINITY
    return this.#width.risesAt(now, out)
  }

  /** From when on the next request may be sent. */
  get opensAt(): number {
    return Math.max(this.#door.shutUntil, this.#rate.nextAt)
  }

  /** Whether the door is shut: one request at a time finds out whether a request is answered (rule W4). */
  get alone(): boolean {
    return this.#door.isShut
  }

  /** Requests per second that were too many; null while there is no pace. */
  get perSecond(): number | null {
    return this.#rate.rate === undefined ? null : 1000 * this.#rate.rate
  }

  /** How long an answer takes, lately; undefined before the first. */
  get answerMs(): number | undefined {
    return this.#tally.answerMs
  }

  /** Share of refusals among requests that were sent for the first time, lately. */
  get refusedShare(): number {
    return this.#tally.refusedShare
  }

  /** Whether refusals are believed to be random (`refusal-budget.ts`). */
  isNoisy(now: number): boolean {
    return this.#budget.isNoisy(now)
  }

  /** A slot was given. @returns falls before it */
  admitted(now: number): number {
    if (this.open) return this.#epoch
    this.#door.admitted(now)
    const growth = Math.max(this.#width.growth(now), this.#queues ? queuePace : 0)
    this.#rate.admitted(now, growth, this.#tooFast, this.#door.shutUntil)
    return this.#epoch
  }

  /** The process looked away: what became of the scout may lie unread, so it goes a moment ahead from now on. */
  lookedAway(now: number): void {
    this.#door.lookedAway(now)
  }

  /** @param inFlight with it */
  sent(now: number, inFlight: number, { standing, before, epoch }: Admitted): Sent {
    const full = inFlight >= this.limit(now)
    const sent: Sent = {
      at: now,
      epoch,
      inFlight,
      full,
      standing,
      before,
      seen: undefined,
      outcome: undefined,
    }
    this.#budget.sent(sent)
    if (standing === 'suspect') return sent
    this.#tally.sent(sent)
    this.#rate.count(now, 1)
    this.#width.used(now, inFlight)
    if (epoch < this.#epoch) return sent
    this.#sentSince++
    if (inFlight > this.#most) this.#most = inFlight
    if (epoch > 0) this.#door.sent(sent)
    return sent
  }

  /** Nothing is in flight any more. */
  emptied(): void {
    this.#held = false
  }

  /** Rule W7. */
  roomLeft(now: number): void {
    if (this.#width.isFull || now < this.#roomAfter) return
    this.#roomRestMs *= 2
    this.#roomAfter = now + this.#roomRestMs
    this.#rate.forget()
    this.#rate.restart(now, false)
    if (this.alone) this.#door.hurry(now)
    else {
      this.#forget()
      this.#width.open(2, now, this.answerMs)
    }
  }

  answered(sent: Sent, now: number): void {
    sent.outcome = 'taken'
    this.#proven = Math.max(this.#proven, sent.inFlight)
    this.#tally.answered(sent, now)
    if (now > this.#width.fellAt + this.#door.quietMs) this.#held = false
    if (sent.epoch === this.#epoch) {
      this.#door.answered()
      if (this.alone) this.#openDoor(now)
    }
    this.#quota.answered()
  }

  /**
   * @param inFlight without it
   * @returns how long no request is sent, if this was a fall
   */
  refused(sent: Sent, now: number, inFlight: number, retryAfterMs: number | null): number | undefined {
    const refusal = { sent, now, ageMs: now - sent.at, inFlight, retryAfterMs }
    this.#tally.refused(sent)
    sent.outcome = retryAfterMs === null && this.#isOwn(sent) ? 'own' : 'refused'
    if (sent.outcome === 'own') return undefined
    this.#door.refused(refusal)
    this.#rate.count(now, -1)
    this.#tally.counted(sent)
    if (this.#budget.turnsNoisy(now)) {
      this.#forget()
      this.#rate.restart(now, false)
      this.#width.open(Math.max(inFlight, 2), now, 3 * (this.answerMs ?? 0))
    }
    if (sent.epoch < this.#epoch) {
      this.#fellFurther(refusal)
      return undefined
    }
    this.#refusedSince++
    const isScout = this.#door.isScout(sent, inFlight)
    const isInBudget = this.#budget.refused(retryAfterMs !== null, this.#width.isBelow(now))
    if (isInBudget && (!isScout || this.#budget.isNoisy(now))) return undefined
    const isMost = this.#refusedSince > 1 && 2 * this.#refusedSince > this.#sentSince
    const isSoon = now < this.#width.fellAt + Math.min(this.answerMs ?? 0, 1_000)
    if (!isSoon || isMost || this.#door.isInRow(refusal)) return this.#fall(refusal)
    this.#door.holdFor(now, this.#door.quietMs)
    return undefined
  }

  /** Rule W6. What a model without answers refuses, it refuses for no row's sake. */
  #isOwn(sent: Sent): boolean {
    if (this.alone || (this.#epoch > 0 && !this.#door.scoutAnswered)) return false
    return this.#tally.isOwn(sent)
  }

  /** Rule W1, of what had been sent before the fall. */
  #fellFurther({ now, ageMs, inFlight }: Refusal): void {
    if (this.alone || this.#isLong(ageMs)) return
    this.#width.fellFurther(inFlight, !this.#tooFast)
    if (inFlight === 0) this.#shutDoor(now, 0)
  }

  #isLong(ageMs: number): boolean {
    return ageMs > longRefusalMs && ageMs > 0.5 * (this.answerMs ?? 0)
  }

  #fall(refusal: Refusal): number {
    const { now, ageMs, inFlight } = refusal
    const allowed = Math.min(this.#limit, this.#width.size(now))
    if (this.#door.isInRow(refusal)) this.#door.refusedAgain()
    else this.#learn(refusal, Math.min(allowed, this.#most))
    if (!this.alone) this.#narrow(refusal, allowed)
    this.#budget.fell(now)
    this.#epoch++
    this.#sentSince = 0
    this.#refusedSince = 0
    this.#most = 0
    this.#width.fell(now)
    this.#held = this.#isLong(ageMs) && inFlight > 0
    this.#door.fell(now)
    this.#rate.fell(now)
    if (this.#door.holdsAll(refusal)) this.#shutDoor(now, inFlight)
    return Math.max(0, this.#door.shutUntil - now)
  }

  /** What the first refusal of a row shows. @param window that was used */
  #learn(refusal: Refusal, window: number): void {
    const { sent, now, ageMs, inFlight, retryAfterMs } = refusal
    const isFirst = this.#rate.rate === undefined
    this.#rate.measure(now, this.answerMs)
    const { rate } = this.#rate
    const hadNoPlace = this.#budget.hadNoPlace(sent)
    const hadPlace = sent.inFlight <= this.#proven && this.#width.growth(now) >= 1 && !hadNoPlace
    if (hadPlace) this.#proven -= doubt
    else this.#proven = Math.min(this.#proven, sent.inFlight)
    this.#queues = this.#isLong(ageMs)
    this.#tooFast =
      rate !== undefined && !this.#queues && (inFlight === 0 || hadPlace || !(sent.full || hadNoPlace))
    this.#before = this.#tooFast && inFlight === 0 ? Math.max(window, 2) : window
    const namedMs = rate === undefined ? Math.min(retryAfterMs ?? 0, this.answerMs ?? 0) / 2 : 0
    this.#door.refusedFirst(refusal, namedMs)
    if (this.#queues) {
      this.#width.takeQueuePeriod(ageMs)
      return
    }
    const accepted = rate === undefined ? Number.POSITIVE_INFINITY : this.#rate.accepted(now)
    this.#width.takePeriod(refusal, this.#rate.isMeasured(now) ? accepted : undefined, isFirst)
  }

  /** Rules W1, W2 and W5. */
  #narrow(refusal: Refusal, allowed: number): void {
    const { now, ageMs, inFlight, retryAfterMs } = refusal
    if (retryAfterMs === null && this.#width.opensOn(refusal, this.#door.quietMs)) return
    const used = Math.min(allowed, this.#most)
    const rate = this.#rate.accepted(now)
    if (this.#isLong(ageMs)) this.#width.narrow(Math.min(used - 1, 0.8 * ageMs * rate))
    else if (this.#tooFast) this.#width.narrow(Math.max(used, Math.min(1.25 * used, allowed)))
    else {
      const isKnown = this.#rate.isMeasured(now) && this.#door.scoutsRefused === 1
      const served = isKnown ? Math.min(0.9 * rate * (this.answerMs ?? 0), used) : 0
      this.#width.narrow(Math.max(inFlight, used > 2 ? used - 1 : used - 0.5, served))
    }
  }

  #shutDoor(now: number, inFlight: number): void {
    this.#width.narrow(this.#before)
    if (!this.#door.shut(now, this.#epoch, this.answerMs)) return
    this.#budget.forget()
    // Around a pause that others outlive, what was accepted is no rate.
    this.#rate.restart(this.#door.shutUntil, inFlight === 0)
  }

  #openDoor(now: number): void {
    const refused = this.#door.open()
    this.#sentSince = 1
    this.#refusedSince = 0
    this.#width.open(2, now, this.answerMs)
    if (refused < 2) return
    this.#quota.resumed(refused === 2)
    this.#width.resume(now, this.#rate.rate)
    if (refused > 2) this.#rate.resumed(now)
  }

  #forget(): void {
    this.#width.forget()
    this.#rate.forget()
    this.#door.forget()
  }
}
