import { sha256 } from '../base/hash.ts'

/** First delay, before jitter; doubles with every attempt. */
export const FIRST_DELAY_MS = 1_000
/** No delay of our own is longer. */
export const LONGEST_DELAY_MS = 60_000
/** A server that asks for more is asked again after this. */
export const LONGEST_RETRY_AFTER_MS = 15 * 60_000

/**
 * How long to wait before asking again, in milliseconds: what the server asked for, else exponential back-off in
 * which half is jitter ("equal jitter"), so that requests that failed together do not come back together.
 *
 * @param tried `attempt` counts from 1; `key` (the effect key) decides the jitter, so that a run can be repeated exactly
 */
export function retryDelayMs(tried: {
  readonly attempt: number
  readonly retryAfterMs: number | null
  readonly key: string
}): number {
  if (tried.retryAfterMs !== null) return Math.min(tried.retryAfterMs, LONGEST_RETRY_AFTER_MS)
  const ceiling = Math.min(FIRST_DELAY_MS * 2 ** (tried.attempt - 1), LONGEST_DELAY_MS)
  return Math.round(ceiling / 2 + (ceiling / 2) * fraction(`${tried.key}#${tried.attempt}`))
}

/** A number in [0, 1) that depends on the text alone. */
function fraction(text: string): number {
  return Number.parseInt(sha256(text).slice(0, 8), 16) / 2 ** 32
}
