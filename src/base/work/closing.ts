/** Takes what is to be closed at the end. */
export interface Closing {
  defer(close: () => unknown): void
}

/**
 * Does `work`, then closes what it opened, last first, on every path. The first failure is the one that is thrown.
 * (What `await using` does, which the oldest Node we run on cannot read.)
 */
export async function closingAfter<T>(work: (closing: Closing) => Promise<T>): Promise<T> {
  const closers: (() => unknown)[] = []
  const failures: unknown[] = []
  const attempt = async <R>(step: () => R | Promise<R>): Promise<R | undefined> => {
    try {
      return await step()
    } catch (error) {
      failures.push(error)
      return undefined
    }
  }
  const result = await attempt(() => work({ defer: (close) => closers.push(close) }))
  for (const close of closers.reverse()) await attempt(close)
  if (failures.length > 0) throw failures[0]
  return result as T
}
