/**
 * Dates and times as cells hold them: the text that Python prints for the same value, which is what a template shows.
 * Without a zone, or in UTC. Microseconds; years 1 to 9999, as in Python.
 */

const DAY_MS = 86_400_000
const SECOND = 1_000_000n
const UTC = '+00:00'

/** `2024-01-31`. @param days since 1970-01-01 */
export function dateText(days: number): string {
  return new Date(days * DAY_MS).toISOString().slice(0, 10)
}

/** Days since 1970-01-01; undefined for text that is no date. */
export function daysOfDate(text: string): number | undefined {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  // A thirtieth of February is taken for the first of March.
  return dateIs(ms, text) ? ms / DAY_MS : undefined
}

/** `2024-01-31 09:30:00`, with `.250000` where there is a fraction and `+00:00` in UTC. @param micros since 1970-01-01 */
export function timestampText(micros: bigint, utc: boolean): string {
  const fraction = ((micros % SECOND) + SECOND) % SECOND
  const ms = Number((micros - fraction) / 1000n)
  const text = new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
  return `${text}${fraction === 0n ? '' : `.${String(fraction).padStart(6, '0')}`}${utc ? UTC : ''}`
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6})0{0,3})?(Z|\+00:00)?$/

/** Microseconds since 1970-01-01; undefined for text that is no timestamp, or not of that kind. */
export function microsOfTimestamp(text: string, utc: boolean): bigint | undefined {
  const [, date, time, fraction, zone] = TIMESTAMP.exec(text) ?? []
  if (date === undefined || (zone !== undefined) !== utc) return undefined
  const ms = Date.parse(`${date}T${time}Z`)
  if (!dateIs(ms, date)) return undefined
  return BigInt(ms) * 1000n + BigInt((fraction ?? '').padEnd(6, '0'))
}

function dateIs(ms: number, date: string): boolean {
  return Number.isFinite(ms) && date > '0001' && new Date(ms).toISOString().startsWith(date)
}

const WRITTEN_DATE = /^\d{4}(?:-\d\d(?:-\d\d)?)?$/
const WRITTEN_TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$/
const ZONE = /(?:Z|[-+]\d\d:?\d\d|\b(?:UTC|GMT))$/i

/**
 * Milliseconds since 1970 of a date or a time as people write them. Without a zone it is read as UTC, wherever the program
 * runs. Undefined for text that is neither, and outside the years 1 to 9999.
 */
export function readMoment(text: string): number | undefined {
  const given = text.trim()
  const [, date, time] = WRITTEN_TIME.exec(given) ?? []
  const ms =
    date !== undefined
      ? Date.parse(`${date}T${time}Z`)
      : Date.parse(WRITTEN_DATE.test(given) || ZONE.test(given) ? given : `${given} UTC`)
  return ms >= FIRST && ms < END ? ms : undefined
}

const FIRST = Date.parse('0001-01-01T00:00:00Z')
const END = Date.UTC(10_000, 0, 1)
