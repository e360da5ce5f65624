/** Files open at once while many are looked at: enough to keep the disk busy, far below any limit. */
const SLICE = 64

/** `Promise.all` over many items, a slice at a time, so that thousands of files never are open at once. */
export async function mapWithLimit<T, R>(items: readonly T[], action: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += SLICE) {
    results.push(...(await Promise.all(items.slice(start, start + SLICE).map(action))))
  }
  return results
}
