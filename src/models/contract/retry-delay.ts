import { sha256 } from '../../base/numbers/hash.ts'

/** First delay, before jitter; doubles with every attempt. */
export const FIRST_DELAY_MS = 1_000
/** No delay of our own is longer. */
export const LONGEST_DELAY_MS = 60_000
/** A server that requests more is requested again after this. */
export const LONGEST_RETRY_AFTER_MS = 15 * 60_000

/**
 * How long to wait before the next attempt, in milliseconds: what the server requested and up to a tenth more, else exponential
 * back-off in which half is jitter ("equal jitter"), so that requests that failed together do not come back together.
 *
 * @param tried `attempt` counts from 1; `key` (the effect key) decides the jitter, so that a run can be repeated exactly;
 *   `firstMs` is the first delay where that is known to be enough
 */
export function retryDelayMs(tried: {
  readonly attempt: number
  readonly retryAfterMs: number | null
  readonly key: string
  readonly firstMs?: number
}): number {
  const { attempt, retryAfterMs, key, firstMs = FIRST_DELAY_MS } = tried
  const drawn = fraction(`${key}#${attempt}`)
  if (retryAfterMs !== null) return retryAfterDelayMs(retryAfterMs, drawn)
  const ceiling = Math.min(firstMs * 2 ** (attempt - 1), LONGEST_DELAY_MS)
  return Math.round(ceiling / 2 + (ceiling / 2) * drawn)
}

/** How long so many attempts take, with back-off from a second: the shortest time after which no server is there, 15 s for five. */
export function attemptsMs(attempts: number): number {
  return Math.min(FIRST_DELAY_MS * (2 ** (attempts - 1) - 1), LONGEST_DELAY_MS)
}

/** What a server requested and up to a tenth more, a second at most. @param drawn in [0, 1) */
export function retryAfterDelayMs(retryAfterMs: number, drawn: number): number {
  const named = Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS)
  return Math.round(named + Math.min(named / 10, 1_000) * drawn)
}

/** A number in [0, 1) that depends on the text alone. */
export function fraction(text: string): number {
  return Number.parseInt(sha256(text).slice(0, 8), 16) / 2 ** 32
}
