import { onAbort } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { Heap } from '../base/heap.ts'

interface Waiter {
  /** Undefined once the waiter gave up: it stays in the heap until its turn, and is passed over. */
  admit: (() => void) | undefined
}

/**
 * Admission to one model of one provider: how many requests may be in flight, and who is next.
 *
 * 1. Never more than `limit` slots are out.
 * 2. A freed slot goes to the waiter with the smallest order, so that the oldest rows finish first.
 * 3. While cooling down (after a 429) nobody gets a slot; one timer runs, and only then.
 * 4. Nothing is polled: slots move when one is given back or the cooling ends.
 */
export class Slots {
  readonly limit: number
  /** Answers had from this model; kept here by whoever asks it, to tell a dead endpoint from a bad row. */
  answers = 0
  readonly #clock: Clock
  readonly #onFree: () => void
  readonly #waiters = new Heap<Waiter>()
  #out = 0
  #coolUntil = Number.NEGATIVE_INFINITY
  #cooling: AbortController | undefined

  /** @param onFree called when slots are free and nobody waits for them */
  constructor(limit: number, clock: Clock, onFree: () => void = () => {}) {
    this.limit = limit
    this.#clock = clock
    this.#onFree = onFree
  }

  /** Slots that `take` would give at once; 0 while cooling down. */
  get free(): number {
    return this.#cooling === undefined ? this.limit - this.#out : 0
  }

  /**
   * Takes a slot: at once, then it returns nothing, or when the promise resolves.
   *
   * @param order who goes first when several wait: the smallest
   * @throws the signal's reason when it fires before there is a slot
   */
  take(order: number, signal: AbortSignal): Promise<void> | undefined {
    signal.throwIfAborted()
    if (this.free > 0) {
      this.#out++
      return undefined
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit: () => {
          forget()
          resolve()
        },
      }
      const forget = onAbort(signal, () => {
        waiter.admit = undefined
        reject(signal.reason)
      })
      this.#waiters.push(order, waiter)
    })
  }

  /** Gives a taken slot back. */
  give(): void {
    if (this.#out === 0) throw new RangeError('A slot was given back that nobody had taken.')
    this.#out--
    this.#admit()
  }

  /** Nobody gets a slot before this moment of the clock's `monotonic()`. A later call only ever extends it. */
  coolDown(until: number): void {
    if (until <= this.#coolUntil || until <= this.#clock.monotonic()) return
    this.#coolUntil = until
    if (this.#cooling !== undefined) return
    const cooling = new AbortController()
    this.#cooling = cooling
    void this.#cool(cooling.signal).then(
      () => {
        this.#cooling = undefined
        this.#admit()
      },
      () => {},
    )
  }

  /** Ends the cooling timer, so that it does not hold the process. No slot is taken afterwards. */
  close(): void {
    this.#cooling?.abort()
  }

  async #cool(signal: AbortSignal): Promise<void> {
    for (;;) {
      const remaining = this.#coolUntil - this.#clock.monotonic()
      if (remaining <= 0) return
      await this.#clock.sleep(Math.min(remaining, LONGEST_SLEEP_MS), signal)
    }
  }

  #admit(): void {
    while (this.free > 0) {
      const waiter = this.#waiters.pop()
      if (waiter === undefined) {
        this.#onFree()
        return
      }
      if (waiter.admit === undefined) continue
      this.#out++
      waiter.admit()
    }
  }
}

/** Timers overflow beyond 2^31 - 1 ms. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1
