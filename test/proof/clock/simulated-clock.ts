import { Heap } from '../../../src/base/numbers/heap.ts'
import type { Clock } from '../../../src/base/work/clock.ts'

/**
 * A clock whose time is that of the next event: hours pass in milliseconds, and always in the same way. Nothing happens but in
 * `runUntil`.
 */
export class SimulatedClock implements Clock {
  #now = 0
  readonly #sleepers = new Heap<{ at: number; wake: () => void; over: boolean }>()
  /** Sleepers that nobody woke or called off. */
  sleeping = 0

  readonly now = (): number => this.#now
  readonly monotonic = (): number => this.#now

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const end = (settle: () => void): void => {
        if (sleeper.over) return
        sleeper.over = true
        this.sleeping--
        settle()
      }
      const sleeper = { at: this.#now + ms, wake: () => end(resolve), over: false }
      signal?.addEventListener('abort', () => end(() => reject(signal.reason)), { once: true })
      this.sleeping++
      this.#sleepers.push(sleeper.at, sleeper)
    })
  }

  /** Lets time pass, and everything happen that is due until then, or until it is over. */
  async runUntil(end: number, over = (): boolean => false): Promise<void> {
    await settled()
    for (let next = this.#sleepers.first; next !== undefined && next.at <= end; next = this.#sleepers.first) {
      this.#sleepers.pop()
      if (next.over) continue
      if (over()) return
      this.#now = next.at
      next.wake()
      await settled()
    }
    this.#now = end
  }
}

/** Everything that waits for nothing but its turn has had it. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
