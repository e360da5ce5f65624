/**
 * Admission to one model of one provider: who may ask, and when.
 *
 * Owns:   the order of those who wait, the slots that are out, and the one timer.
 * Never:  sends, retries, or decides what a failure means for a row.
 * Rules:
 *   1. Never more slots are out than every limit allows: the configured one, what queueing tells (`queueing.ts`), and
 *      Data Designer's where it is asked for (`falling-limit.ts`).
 *   2. A freed slot goes to the waiter with the smallest order, so that the oldest rows finish first.
 *   3. After a 429 nobody gets a slot until the time that the server named, or a time of ours, is over. Then requests go
 *      at a pace (`pace.ts`).
 *   4. A model that is down is asked by one request at a time (`breaker.ts`).
 *   5. What the user's rates do not allow yet waits (`allowance.ts`).
 *   6. Nothing is polled: slots move when one is given back or a moment has come that somebody waits for. While nobody does, there
 *      is no timer, a pause excepted.
 */
import { onAbort } from '../../base/abort.ts'
import type { Clock } from '../../base/clock.ts'
import { Heap } from '../../base/heap.ts'
import type { Attempt, ModelFailure, Usage } from '../contract.ts'
import type { MostTokens } from '../request-size.ts'
import { retryDelayMs } from '../retry-delay.ts'
import type { Share } from './allowance.ts'
import { Breaker, type Down } from './breaker.ts'
import type { FallingLimit } from './falling-limit.ts'
import { Pace } from './pace.ts'
import { QueueSense } from './queueing.ts'

/** A slot that is out. */
export interface Slot {
  /** When its request was sent, on the clock's `monotonic()`; undefined while it was not. */
  sentAt: number | undefined
  /** How many were out when it was sent, itself included. */
  inFlight: number
  /** Bursts of 429 before it. */
  burst: number
  /** Whether its request is to find out if the model is back. */
  readonly probe: boolean
  /** What its request takes at most, and is expected to take, where tokens are counted. */
  readonly most: MostTokens
  readonly expected: number
}

/** What somebody may want to know of a model's admission. */
interface AdmissionWatcher {
  /** Slots are free and nobody waits for them. */
  free(): void
  /** A burst of 429 began; nobody asks for so long. `failure` holds the provider's sentence. */
  rateLimited(waitMs: number, failure: ModelFailure): void
  /** The model is down, or still is: `failure` shows it. */
  down(failure: ModelFailure, down: Down): void
  /** It is back. */
  back(downMs: number): void
}

export interface SlotsOptions {
  /** `provider/model`. */
  readonly model: string
  /** The most slots that are ever out. */
  readonly limit: number
  readonly clock: Clock
  readonly watcher: AdmissionWatcher
  /** Whether latency is looked at for queues. */
  readonly senses?: boolean | undefined
  readonly falling?: FallingLimit | undefined
  /** Pause after a 429 that names no time; undefined: one second, more from burst to burst. */
  readonly cooldownMs?: number | undefined
  /** This model's share of its provider's rates; `wake` is what it calls. */
  readonly share?: ((wake: () => void) => Share) | undefined
}

interface Waiter {
  /** Undefined once the waiter gave up: it stays in the heap until its turn, and is passed over. */
  admit: ((slot: Slot) => void) | undefined
  readonly most: MostTokens
}

const noTokens: MostTokens = { input: 0, output: 0 }

export class Slots {
  readonly limit: number
  /** Answers had from this model; kept here by whoever asks it, to tell a dead endpoint from a bad row. */
  answers = 0
  readonly #options: SlotsOptions
  readonly #clock: Clock
  readonly #waiters = new Heap<Waiter>()
  #waiting = 0
  #out = 0
  readonly #sense: QueueSense | undefined
  readonly #breaker: Breaker
  readonly #share: Share | undefined
  readonly #pace: Pace
  #bursts = 0
  /** Bursts since the last answer. */
  #burstsInRow = 0
  #pausedUntil: number | undefined
  #timer: { readonly at: number; readonly abort: AbortController } | undefined
  #admitting = false

  constructor(options: SlotsOptions) {
    this.limit = options.limit
    this.#options = options
    this.#clock = options.clock
    this.#sense = options.senses === true ? new QueueSense(options.limit) : undefined
    this.#breaker = new Breaker(options.model)
    this.#share = options.share?.(() => this.#admit())
    this.#pace = new Pace(options.clock.monotonic())
  }

  /** Requests that may be in flight now. */
  get limitNow(): number {
    return this.#limit(this.#clock.monotonic())
  }

  /** Requests per second, once the model has refused some; else null. */
  get pacePerSecond(): number | null {
    return this.#pace.perSecond
  }

  /** Whether the model counts as down. */
  get isDown(): boolean {
    return !this.#breaker.closed
  }

  /**
   * Slots that are worth asking for: those that `take` would give at once; one while the next moment is waited for, so that
   * somebody stands there when it comes; 0 while somebody does, or in a pause.
   */
  get free(): number {
    if (this.#waiting > 0 || this.#pausedUntil !== undefined) return 0
    if (
      this.#options.falling === undefined &&
      this.#share === undefined &&
      !this.#pace.learned &&
      this.#breaker.closed
    ) {
      return Math.max(0, Math.min(this.limit, this.#sense?.limit ?? this.limit) - this.#out)
    }
    const now = this.#clock.monotonic()
    const opensAt = this.#opensBut(now)
    if (opensAt === Number.POSITIVE_INFINITY) return 0
    return opensAt > now || this.#share !== undefined ? 1 : this.#limit(now) - this.#out
  }

  /**
   * Takes a slot: at once, or when the promise resolves.
   *
   * @param order who goes first when several wait: the smallest
   * @param most what the request takes, for rates that count tokens
   * @throws the signal's reason when it fires before there is a slot
   */
  take(order: number, signal: AbortSignal, most: MostTokens = noTokens): Slot | Promise<Slot> {
    signal.throwIfAborted()
    if (this.#waiting === 0) {
      const now = this.#clock.monotonic()
      if (this.#opensAt(now, most) <= now) return this.#slot(now, most)
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit: (slot) => {
          forget()
          resolve(slot)
        },
        most,
      }
      const forget = onAbort(signal, () => {
        waiter.admit = undefined
        this.#waiting--
        reject(signal.reason)
      })
      this.#waiters.push(order, waiter)
      this.#waiting++
      this.#admit()
    })
  }

  /** The request of a slot is being sent. */
  sent(slot: Slot): void {
    slot.sentAt = this.#clock.monotonic()
    slot.inFlight = this.#out
    slot.burst = this.#bursts
  }

  /** Gives a slot back, with what became of its request; nothing when it was not sent or given up. */
  give(slot: Slot, ended?: Attempt): void {
    if (this.#out === 0) throw new RangeError('A slot was given back that nobody had taken.')
    if (ended === undefined || slot.sentAt === undefined) {
      if (slot.probe) this.#breaker.gaveUp()
    } else this.#learn(slot, slot.sentAt, ended)
    this.#out--
    this.#admit()
  }

  /** What the answer to a slot's request turned out to take. */
  used(slot: Slot, usage: Usage): void {
    const { inputTokens, outputTokens } = usage
    this.#share?.used(this.#clock.monotonic(), slot.most, slot.expected, inputTokens, outputTokens)
  }

  /** Ends the timer, so that it does not hold the process. No slot is taken afterwards. */
  close(): void {
    this.#timer?.abort.abort()
  }

  #learn(slot: Slot, sentAt: number, ended: Attempt): void {
    const now = this.#clock.monotonic()
    const { watcher, falling } = this.#options
    if (ended.kind === 'reply') {
      this.answers++
      this.#burstsInRow = 0
      this.#pace.answered(now)
      falling?.succeeded()
      this.#sense?.answered(slot.inFlight, sentAt, now)
    } else {
      const { verdict, retryAfterMs, down: perhapsDown = false } = ended.failure
      if (verdict === 'wait') this.#refused(slot, ended.failure, now)
      if (perhapsDown || (verdict === 'retry' && slot.probe)) {
        const down = this.#breaker.failed(now, slot.probe, retryAfterMs)
        if (down !== undefined) watcher.down(ended.failure, down)
        return
      }
      if (verdict === 'retry') return
    }
    const downMs = this.#breaker.alive(now)
    if (downMs !== undefined) watcher.back(downMs)
  }

  /** A 429. Only the first of a burst makes anything fall, and decides the pause where the server names none. */
  #refused(slot: Slot, failure: ModelFailure, now: number): void {
    const { retryAfterMs } = failure
    const first = slot.burst === this.#bursts
    this.#pace.refused(now, first)
    if (!first && retryAfterMs === null) return
    if (first) {
      this.#bursts++
      this.#burstsInRow++
      this.#options.falling?.fall(now)
    }
    const { cooldownMs, model } = this.#options
    const waitMs =
      retryAfterMs === null && cooldownMs !== undefined
        ? cooldownMs
        : retryDelayMs({ attempt: this.#burstsInRow, retryAfterMs, key: `${model}#${this.#bursts}` })
    this.#pauseUntil(now + waitMs)
    if (first) this.#options.watcher.rateLimited(waitMs, failure)
  }

  /** Nobody gets a slot before this moment. A later call only ever extends it. */
  #pauseUntil(until: number): void {
    this.#pausedUntil = Math.max(until, this.#pausedUntil ?? until)
    this.#wakeAt(this.#pausedUntil)
  }

  #limit(now: number): number {
    return Math.min(
      this.limit,
      this.#sense?.limit ?? this.limit,
      this.#options.falling?.limit(now) ?? this.limit,
    )
  }

  /** When a request may go; infinity when only a slot that is given back, or another model, brings that moment. */
  #opensAt(now: number, most: MostTokens): number {
    const opensAt = this.#opensBut(now)
    if (this.#share === undefined) return opensAt
    if (opensAt <= now) return this.#share.opensAt(now, this.#share.expected(most))
    this.#share.passOn()
    return opensAt
  }

  /** The same, but for the rates of the provider. */
  #opensBut(now: number): number {
    if (this.#pausedUntil !== undefined) return Math.max(this.#pausedUntil, now + 1)
    if (this.#out >= this.#limit(now)) return this.#options.falling?.risesAt(now) ?? Number.POSITIVE_INFINITY
    return Math.max(this.#breaker.opensAt, this.#pace.opensAt)
  }

  #slot(now: number, most: MostTokens): Slot {
    this.#out++
    this.#pace.sent(now)
    const expected = this.#share?.expected(most) ?? 0
    this.#share?.take(now, expected)
    const probe = this.#breaker.admitted()
    return { sentAt: undefined, inFlight: this.#out, burst: this.#bursts, probe, most, expected }
  }

  /** Lets everybody in who may come in now, and arranges for the next moment. */
  #admit(): void {
    if (this.#admitting) return
    this.#admitting = true
    let admitted = 0
    while (this.#waiting > 0) {
      const waiter = this.#waiters.first!
      if (waiter.admit === undefined) {
        this.#waiters.pop()
        continue
      }
      const now = this.#clock.monotonic()
      const opensAt = this.#opensAt(now, waiter.most)
      if (opensAt > now) {
        this.#wakeAt(opensAt)
        break
      }
      this.#waiters.pop()
      this.#waiting--
      admitted++
      waiter.admit(this.#slot(now, waiter.most))
    }
    if (this.#waiting === 0) this.#share?.passOn()
    this.#admitting = false
    if (admitted > 0) this.#share?.wakeOthers()
    if (this.#waiting === 0 && this.free > 0) this.#options.watcher.free()
  }

  /** One timer: the earliest moment anybody asked for. */
  #wakeAt(at: number): void {
    if (at === Number.POSITIVE_INFINITY || (this.#timer !== undefined && this.#timer.at <= at)) return
    this.#timer?.abort.abort()
    const timer = { at, abort: new AbortController() }
    this.#timer = timer
    this.#clock.sleep(Math.max(0, at - this.#clock.monotonic()), timer.abort.signal).then(
      () => {
        this.#timer = undefined
        this.#wake()
      },
      () => {},
    )
  }

  #wake(): void {
    const now = this.#clock.monotonic()
    if (this.#pausedUntil !== undefined) {
      if (now < this.#pausedUntil) {
        this.#wakeAt(this.#pausedUntil)
        return
      }
      this.#pausedUntil = undefined
      this.#pace.resume(now)
    }
    this.#admit()
  }
}
