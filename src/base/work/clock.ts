/** Time as a component: nothing reads the clock by itself, so tests decide what time it is. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number
  /** A clock that never jumps, milliseconds since some point. */
  monotonic(): number
  /** Resolves after `ms`, or 24 days if that is less; rejects with the signal's reason when it fires first. Does not keep the process alive by itself beyond the wait. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Timers overflow beyond it, and would end at once: 24 days. */
const longestSleepMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const stop = (): void => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', stop)
          resolve()
        },
        Math.min(ms, longestSleepMs),
      )
      signal?.addEventListener('abort', stop, { once: true })
    }),
}
