import { onAbort } from '../../base/work/abort.ts'
import type { Clock } from '../../base/work/clock.ts'

/** What came of work with a limit. */
export type InTime<T> = { readonly late: false; readonly value: T } | { readonly late: true }

/**
 * Does `work`, but no longer than `ms` (null: no limit): its signal fires then, or with `signal`. Work that goes on in spite of it is
 * left alone.
 *
 * @param work gets what lets its time begin again
 * @throws the reason of `signal` when it fires; what `work` throws
 */
export async function withinTime<T>(
  clock: Clock,
  ms: number | null,
  signal: AbortSignal,
  work: (signal: AbortSignal, again: () => void) => Promise<T>,
): Promise<InTime<T>> {
  signal.throwIfAborted()
  const inner = new AbortController()
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>()
  stopped.catch(() => {})
  const forget = onAbort(signal, () => {
    inner.abort(signal.reason)
    stop(signal.reason)
  })
  let over = new AbortController()
  const { promise: late, resolve: isLate } = Promise.withResolvers<{ readonly late: true }>()
  const begin = (): void => {
    over.abort()
    over = new AbortController()
    if (ms === null) return
    clock.sleep(ms, over.signal).then(
      () => {
        isLate({ late: true })
        inner.abort(new DOMException('It took too long.', 'TimeoutError'))
      },
      () => {},
    )
  }
  begin()
  try {
    const done = work(inner.signal, begin).then((value) => ({ late: false, value }) as const)
    return await Promise.race([stopped, late, done])
  } finally {
    forget()
    over.abort()
  }
}
