/**
 * Dates and times as cells hold them: the text that Python prints for the same value, which is what a template shows.
 * Without a zone, or in UTC. Years 1 to 9999, as in Python; microseconds.
 */

const DAY_MS = 86_400_000

/** `2024-01-31`. @param days since 1970-01-01 */
export function dateText(days: number): string {
  return new Date(days * DAY_MS).toISOString().slice(0, 10)
}

/** `2024-01-31 09:30:00`, or `2024-01-31 09:30:00.250000` where there is a fraction. @param micros since 1970-01-01 */
export function timestampText(micros: bigint): string {
  const fraction = BigInt.asUintN(64, ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n)
  const seconds = Number((micros - fraction) / 1_000_000n)
  const text = new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
  return fraction === 0n ? text : `${text}.${String(fraction).padStart(6, '0')}`
}
