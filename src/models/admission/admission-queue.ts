/**
 * Admission to one model of one provider: who may ask, and when.
 *
 * Owns:   the order of those who wait, the slots that are out, and the one timer.
 * Never:  sends, retries, or decides what a failure means for a row.
 * Rules:
 *   1. Never more slots are out than every limit allows: the configured one, what the model was seen to take (`window.ts`), and
 *      Data Designer's where it is requested (`aimd-limit.ts`).
 *   2. A freed slot goes to the waiter with the smallest order, so that the oldest rows finish first. A suspect comes last.
 *   3. A suspect is a request that was refused `suspectAfter` times while others were answered. Its refusals say nothing of the model.
 *   4. What the user's rates do not allow yet waits (`rate-limiter.ts`).
 *   5. What the server says that it would refuse waits (`reported-limits.ts`), unless the user said what may be requested (rule 4).
 *   6. Nothing is polled: slots move when one is given back or a moment has come that a request waits for. While none does, there
 *      is no timer.
 */

import { present } from '../../base/errors/present.ts'
import { Heap } from '../../base/numbers/heap.ts'
import { onAbort } from '../../base/work/abort.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { Attempt, ModelFailure, Usage } from '../contract/contract.ts'
import type { TokenReservation } from '../contract/request-size.ts'
import type { AimdLimit } from './aimd-limit.ts'
import { ConcurrencyProbe } from './concurrency-probe.ts'
import type { Neighbour, Neighbours } from './neighbours.ts'
import type { Share } from './rate-limiter.ts'
import { ReportedLimits } from './reported-limits.ts'
import type { Sent, Standing } from './window/sent.ts'
import { Window } from './window/window.ts'

/** A slot that is out. */
export interface Permit {
  /** Slots are numbered as they are given. */
  readonly number: number
  /** Its request; undefined while it was not sent. */
  sent: Sent | undefined
  /** Whether its request is to find out if a request is answered. */
  readonly probe: boolean
  readonly standing: Standing
  /** The request of the same answer before it. */
  readonly before: Sent | undefined
  /** Of the window, when it was given. */
  readonly epoch: number
  /** What its request takes at most, and is expected to take, where tokens are counted. */
  readonly most: TokenReservation
  readonly expected: number
}

/** What a model that is down looks like. */
export interface Down {
  /** Since the first failure of the row. */
  readonly downMs: number
  /** Until the next request. */
  readonly waitMs: number
  /** Requests that were sent to see whether it is back, and failed. */
  readonly probesFailed: number
}

/** Failures in a row, with no request answered, that may mean that no server is there. */
const downAfter = 5

/** What a user may want to know about a model's admission. */
interface AdmissionWatcher {
  /** Slots are free and nothing waits for them. */
  free(): void
  /** The model is requested too often; no request is sent so long. `failure` holds the provider's sentence. */
  rateLimited(waitMs: number, failure: ModelFailure): void
  /** No request is sent so long, since the server would refuse it: a header of its answers says so. */
  heldBack(waitMs: number, header: string): void
  /** The model is down, or still is: `failure` shows it. */
  down(failure: ModelFailure, down: Down): void
  /** It is back. */
  back(downMs: number): void
}

export interface AdmissionQueueOptions {
  /** `provider/model`. */
  readonly model: string
  /** The most slots that are ever out. */
  readonly limit: number
  readonly clock: Clock
  readonly watcher: AdmissionWatcher
  /** Whether the window opens by and by, in place of at once. */
  readonly opens?: boolean | undefined
  /** Whether latency is looked at for queues. */
  readonly senses?: boolean | undefined
  readonly aimd?: AimdLimit | undefined
  /** Pause after a 429 that names no time; undefined: as the window has it. */
  readonly cooldownMs?: number | undefined
  /** The models of the same provider, this one among them. */
  readonly neighbours?: Neighbours | undefined
  /** This model's share of its provider's rates; `wake` is what it calls. */
  readonly share?: ((wake: () => void) => Share) | undefined
}

/** Who requests a slot. */
export interface Caller {
  /** What the request takes, for rates that count tokens. */
  readonly most: TokenReservation
  readonly standing: Standing
  /** The request of the same answer before it. */
  readonly before?: Sent | undefined
}

interface Waiter {
  /** Undefined once the waiter gave up: it stays in the heap until its turn, and is passed over. */
  admit: ((permit: Permit) => void) | undefined
  readonly caller: Caller
}

const anyCaller: Caller = { most: { input: 0, output: 0 }, standing: 'new' }
/** A shorter hold is not worth reporting. */
const reportedHoldMs = 1_000
/** Timers that are late show a busy process. */
const lateMs = 5
/** How long a neighbour goes ahead that had a turn, and how long a starved model waits for one (`neighbours.ts`). */
const turnMs = 20
const longestTurnMs = 1_000
/** Behind every row. */
const last = 2 ** 44

export class AdmissionQueue implements Neighbour {
  readonly limit: number
  /** Answers had from this model; counted here by the caller, to distinguish a dead endpoint from a bad row. */
  answers = 0
  /** Successes without an answer in them; counted as `answers` are. */
  emptySuccesses = 0
  readonly #options: AdmissionQueueOptions
  readonly #clock: Clock
  readonly #waiters = new Heap<Waiter>()
  #waiting = 0
  #out = 0
  /** Of them, those whose request is on its way. */
  #sent = 0
  readonly #window: Window
  readonly #sense: ConcurrencyProbe | undefined
  readonly #share: Share | undefined
  readonly #reported = new ReportedLimits()
  /** The hold that was reported to the watcher. */
  #heldUntil = Number.NEGATIVE_INFINITY
  #cooledUntil = Number.NEGATIVE_INFINITY
  /** Until when it waits for a turn, since it is starved (`neighbours.ts`). */
  #goesAloneAt: number | undefined
  /** A neighbour had the turn. */
  #yieldsUntil = Number.NEGATIVE_INFINITY
  /** Failures that may mean that no server is there, in a row. */
  #failures = 0
  #failedSince = 0
  #probesFailed: number | undefined
  #timer: { readonly at: number; readonly abort: AbortController } | undefined
  #admitting = false

  constructor(options: AdmissionQueueOptions) {
    this.limit = options.limit
    this.#options = options
    this.#clock = options.clock
    this.#share = options.share?.(() => this.#admit())
    const { limit, model, opens = false } = options
    this.#sense = options.senses === true ? new ConcurrencyProbe(limit) : undefined
    this.#window = new Window(limit, model, opens, options.clock.monotonic())
    options.neighbours?.add(this)
  }

  /** Requests that may be in flight now. */
  get limitNow(): number {
    return this.#limit(this.#clock.monotonic())
  }

  /** Requests per second, once the model has refused some; else null. */
  get ratePerSecond(): number | null {
    return this.#window.perSecond
  }

  /** How long an answer takes, lately; undefined before the first. */
  get answerMs(): number | undefined {
    return this.#window.answerMs
  }

  /** See `window.ts`. */
  get refusedShare(): number {
    return this.#window.refusedShare
  }

  /** Whether it refuses at random, whatever it gets: waiting longer does not help. */
  get isNoisy(): boolean {
    return this.#window.isNoisy(this.#clock.monotonic())
  }

  /** Whether the slots that are out are all that counts. */
  get #isUnlimited(): boolean {
    const { aimd } = this.#options
    return aimd === undefined && this.#share === undefined && this.#reported.isSilent && this.#window.open
  }

  /** Whether the model counts as down. */
  get isDown(): boolean {
    return this.#probesFailed !== undefined
  }

  /**
   * Slots that are worth requesting: those that `take` would give at once; one while the next moment is waited for, so that
   * a request stands there when it comes; 0 while one does, or it is unknown when it comes.
   */
  get free(): number {
    if (this.#waiting > 0) return 0
    if (this.#isUnlimited) {
      return Math.max(0, Math.min(this.limit, this.#sense?.limit ?? this.limit) - this.#out)
    }
    const now = this.#clock.monotonic()
    const opensAt = this.#opensBut(now)
    if (opensAt === Number.POSITIVE_INFINITY) return 0
    return opensAt > now || this.#share !== undefined || this.#window.perSecond !== null
      ? 1
      : this.#limit(now) - this.#out
  }

  /**
   * Takes a slot: at once, or when the promise resolves.
   *
   * @param order who goes first when several wait: the smallest
   * @throws the signal's reason when it fires before there is a slot
   */
  take(order: number, signal: AbortSignal, caller: Caller = anyCaller): Permit | Promise<Permit> {
    signal.throwIfAborted()
    if (this.#waiting === 0) {
      const now = this.#clock.monotonic()
      if (this.#opensAt(now, caller.most) <= now && !this.#yields(now)) return this.#slot(now, caller)
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit: (permit) => {
          forget()
          resolve(permit)
        },
        caller,
      }
      const forget = onAbort(signal, () => {
        waiter.admit = undefined
        this.#waiting--
        reject(signal.reason)
      })
      this.#waiters.push(caller.standing === 'suspect' ? order + last : order, waiter)
      this.#waiting++
      this.#admit()
    })
  }

  /** The request of a slot is being sent. */
  sent(permit: Permit): void {
    const standing = permit.probe ? 'again' : permit.standing
    permit.sent = this.#window.sent(this.#clock.monotonic(), ++this.#sent, { ...permit, standing })
  }

  /** Gives a slot back, with what became of its request; nothing when it was not sent or given up. */
  give(permit: Permit, ended?: Attempt): void {
    if (this.#out === 0) throw new RangeError('A slot was given back that was not taken.')
    this.#out--
    if (permit.sent !== undefined) this.#sent--
    if (ended !== undefined && permit.sent !== undefined) this.#learn(permit, permit.sent, ended)
    if (this.#out === 0) this.#window.emptied()
    this.#admit()
    if (this.#out === 0 && this.#waiting === 0) this.#options.neighbours?.left(this)
  }

  /** What the answer to a slot's request turned out to take. */
  used(permit: Permit, usage: Usage): void {
    const { inputTokens, outputTokens } = usage
    this.#reported.used(usage)
    this.#share?.used(this.#clock.monotonic(), permit.most, permit.expected, inputTokens, outputTokens)
  }

  /** Ends the timer, so that it does not hold the process. No slot is taken afterwards. */
  close(): void {
    this.#timer?.abort.abort()
  }

  #learn(permit: Permit, sent: Sent, ended: Attempt): void {
    const now = this.#clock.monotonic()
    const { aimd } = this.#options
    if (ended.limits !== undefined && this.#share === undefined) {
      this.#reported.learn(ended.limits, permit.number, sent.at, { now, wallNow: this.#clock.now() })
    }
    if (ended.kind === 'reply') {
      this.answers++
      aimd?.succeeded()
      if (this.#window.open) this.#sense?.answered(sent.inFlight, sent.at, now)
    } else if (
      ended.failure.load === true ||
      ended.failure.down === true ||
      ended.failure.action === 'wait'
    ) {
      this.#refused(sent, ended.failure, now)
      return
    } else if (ended.failure.action === 'retry') return
    // An answer, and a row that was looked at and refused: a server is there.
    this.#window.answered(sent, now)
    this.#options.neighbours?.answered(this)
    this.#failures = 0
    if (this.#probesFailed === undefined) return
    this.#probesFailed = undefined
    this.#options.watcher.back(now - this.#failedSince)
  }

  #refused(sent: Sent, failure: ModelFailure, now: number): void {
    const { aimd, cooldownMs, watcher } = this.#options
    const isWait = failure.action === 'wait'
    if (this.#sent === 0) this.#options.neighbours?.refusedAlone(this)
    const fell =
      sent.standing === 'suspect'
        ? undefined
        : this.#window.refused(sent, now, this.#sent, failure.retryAfterMs)
    if (fell !== undefined && isWait) {
      aimd?.fall(now)
      if (cooldownMs !== undefined && failure.retryAfterMs === null) this.#cooledUntil = now + cooldownMs
      watcher.rateLimited(Math.max(fell, this.#cooledUntil - now), failure)
    }
    if (failure.down !== true) {
      if (isWait) this.#failures = 0
      return
    }
    if (this.#failures++ === 0) this.#failedSince = now
    if (this.#out > 0 || this.#failures < downAfter) return
    this.#probesFailed = this.#probesFailed === undefined ? 0 : this.#probesFailed + 1
    const waitMs = Math.max(0, this.#window.opensAt - now)
    watcher.down(failure, { downMs: now - this.#failedSince, waitMs, probesFailed: this.#probesFailed })
  }

  #limit(now: number): number {
    return Math.min(
      this.#window.limit(now),
      this.#sense?.limit ?? this.limit,
      this.#options.aimd?.limit(now) ?? this.limit,
    )
  }

  /** When a request may go; infinity when only a slot that is given back, or another model, brings that moment. */
  #opensAt(now: number, most: TokenReservation): number {
    const opensAt = this.#opensBut(now)
    if (this.#share === undefined) return opensAt
    if (opensAt <= now) return this.#share.opensAt(now, this.#share.expected(most))
    this.#share.passOn()
    return opensAt
  }

  /** The same, but for the rates of the provider. */
  #opensBut(now: number): number {
    const opensAt = this.#opensForTurn(now)
    if (opensAt > now || this.#out > 0 || this.#options.neighbours?.isStarved(this) !== true) return opensAt
    this.#goesAloneAt ??= now + longestTurnMs
    return Math.max(opensAt, this.#goesAloneAt)
  }

  /** When it may go if a neighbour lets it (`neighbours.ts`). */
  #opensForTurn(now: number): number {
    const { aimd } = this.#options
    const heldUntil = this.#reported.hold(now)?.until ?? now
    const opensAt = Math.max(this.#cooledUntil, this.#yieldsUntil, this.#window.opensAt, heldUntil)
    if (this.#out < this.#limit(now)) return opensAt
    if (this.#out >= (this.#sense?.limit ?? this.limit)) return Number.POSITIVE_INFINITY
    return Math.max(
      opensAt,
      this.#out < this.#window.limit(now) ? now : this.#window.risesAt(now, this.#out),
      aimd === undefined || this.#out < aimd.limit(now)
        ? now
        : (aimd.risesAt(now) ?? Number.POSITIVE_INFINITY),
    )
  }

  #slot(now: number, { most, standing, before }: Caller): Permit {
    this.#out++
    this.#goesAloneAt = undefined
    const expected = this.#share?.expected(most) ?? 0
    this.#share?.take(now, expected)
    return {
      number: this.#reported.take(now),
      sent: undefined,
      probe: this.#window.alone,
      standing,
      before,
      epoch: this.#window.admitted(now),
      most,
      expected,
    }
  }

  /** Lets everybody in who may come in now, and arranges for the next moment. */
  #admit(): void {
    if (this.#admitting) return
    this.#admitting = true
    this.#lookForDelay(this.#clock.monotonic())
    let admitted = 0
    while (this.#waiting > 0) {
      const waiter = present(this.#next(), 'waiting requests')
      const now = this.#clock.monotonic()
      const opensAt = this.#opensAt(now, waiter.caller.most)
      if (opensAt <= now && this.#yields(now)) continue
      if (opensAt > now) {
        this.#wakeAt(opensAt)
        this.#reportHold(now)
        break
      }
      admitted++
      this.#letIn(waiter, now)
    }
    if (this.#waiting === 0) this.#share?.passOn()
    this.#admitting = false
    if (admitted > 0) this.#share?.wakeOthers()
    if (this.#waiting === 0 && this.free > 0) this.#options.watcher.free()
  }

  /** Requests that are out. */
  get out(): number {
    return this.#out
  }

  takeTurn(now: number): boolean {
    if (this.#out > 0 || this.#opensForTurn(now) > now) return false
    const waiter = this.#next()
    if (waiter === undefined) return false
    this.#letIn(waiter, now)
    return true
  }

  /** Who is the next to go; those who gave up are passed over. */
  #next(): Waiter | undefined {
    while (this.#waiters.first !== undefined && this.#waiters.first.admit === undefined) this.#waiters.pop()
    return this.#waiters.first
  }

  /** @param waiter the next one */
  #letIn(waiter: Waiter, now: number): void {
    this.#waiters.pop()
    this.#waiting--
    waiter.admit?.(this.#slot(now, waiter.caller))
  }

  /** Whether a starved neighbour goes in its place, now. */
  #yields(now: number): boolean {
    if (this.#options.neighbours?.yields(this, now) !== true) return false
    this.#window.admitted(now)
    this.#yieldsUntil = now + turnMs
    return true
  }

  /** A neighbour, a model of the same provider, has no more requests. */
  roomLeft(): void {
    this.#window.roomLeft(this.#clock.monotonic())
    this.#admit()
  }

  /** A timer that is overdue shows that the process looked away. */
  #lookForDelay(now: number): void {
    if (this.#timer !== undefined && now > this.#timer.at + lateMs) this.#window.lookedAway(now)
  }

  /** Once a hold, however often it is looked at. */
  #reportHold(now: number): void {
    const hold = this.#reported.hold(now)
    if (
      hold === undefined ||
      hold.until - now < reportedHoldMs ||
      hold.until <= this.#heldUntil + reportedHoldMs
    )
      return
    this.#heldUntil = hold.until
    this.#options.watcher.heldBack(hold.until - now, hold.header)
  }

  /** One timer: the earliest moment any request waits for. */
  #wakeAt(at: number): void {
    if (at === Number.POSITIVE_INFINITY || (this.#timer !== undefined && this.#timer.at <= at)) return
    this.#timer?.abort.abort()
    const timer = { at, abort: new AbortController() }
    this.#timer = timer
    this.#clock.sleep(Math.max(0, at - this.#clock.monotonic()), timer.abort.signal).then(
      () => {
        this.#lookForDelay(this.#clock.monotonic())
        this.#timer = undefined
        this.#admit()
      },
      () => {},
    )
  }
}
