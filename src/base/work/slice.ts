import type { Clock } from './clock.ts'

/** Long enough to be worth it, short enough that nothing waits. */
const sliceMs = 5

/** A stretch of work on the event loop, after which others get their turn. */
export class Slice {
  readonly #clock: Clock
  #started: number
  #steps = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#started = clock.monotonic()
  }

  /** True when it is time to let others run; starts the next stretch then. Looks at the clock every 16th time. */
  over(): boolean {
    if ((++this.#steps & 15) !== 0) return false
    const now = this.#clock.monotonic()
    if (now - this.#started < sliceMs) return false
    this.#started = now
    return true
  }
}
