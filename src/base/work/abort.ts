/**
 * Runs `stop` once when `signal` fires, until the returned function is called.
 *
 * Thousands of waits hang on one signal of a run: a signal's own listener list would warn about a leak at
 * eleven and take linear time to leave. Here a signal carries one listener, and a set behind it.
 * `stop` is not called for a signal that has fired already: check `signal.aborted` first.
 */
export function onAbort(signal: AbortSignal, stop: () => void): () => void {
  let waiting = waits.get(signal)
  if (waiting === undefined) {
    const all = new Set<() => void>()
    signal.addEventListener(
      'abort',
      () => {
        for (const each of [...all]) if (all.delete(each)) each()
      },
      { once: true },
    )
    waits.set(signal, all)
    waiting = all
  }
  // A function of its own per call, so that the same `stop` given twice stays two waits.
  const wait = (): void => stop()
  const set = waiting
  set.add(wait)
  return () => {
    set.delete(wait)
  }
}

const waits = new WeakMap<AbortSignal, Set<() => void>>()
