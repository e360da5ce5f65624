/** Time as a component: nothing reads the clock by itself, so tests decide what time it is. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number
  /** A clock that never jumps, milliseconds since some point. */
  monotonic(): number
  /** Resolves after `ms`; rejects with the signal's reason when it fires first. Does not keep the process alive by itself beyond the wait. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

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
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, ms)
      signal?.addEventListener('abort', stop, { once: true })
    }),
}
