/**
 * When a server wants to be requested again: what its headers say, else what its error says.
 *
 * Owns:   reading such times. Never: decides how long a request waits (`retry-delay.ts` and admission do).
 */
import { present } from '../../base/errors/present.ts'
import { isObject, type JsonObject } from '../body/body.ts'

type Headers = Readonly<Record<string, string>>

/**
 * `retry-after-ms` (Azure's `x-ms-retry-after-ms`), else Retry-After as seconds (fractions too), as an HTTP date (RFC 9110,
 * 10.2.3), or as seconds since 1970, which some send. Past dates are 0; anything else says nothing.
 */
export function retryAfter(headers: Headers, now: number): number | null {
  const milliseconds = nonNegative(headers['retry-after-ms']) ?? nonNegative(headers['x-ms-retry-after-ms'])
  if (milliseconds !== null) return milliseconds
  const header = headers['retry-after']
  const seconds = nonNegative(header)
  if (seconds !== null) return seconds < earliestMoment ? seconds * 1000 : Math.max(0, seconds * 1000 - now)
  if (header === undefined) return null
  const duration = durationMs(header)
  if (duration !== null) return duration
  const date = looksLikeDate.test(header) ? Date.parse(header) : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

/** What a quota's own headers say: `x-ratelimit-reset` as a moment, in seconds or milliseconds since 1970. */
export function resetAfter(headers: JsonObject, now: number): number | null {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^x-ratelimit-reset$/i.test(name)) continue
    const given = Number(value)
    const at = given > 1e11 ? given : 1000 * given
    if (at > now && at < now + 400 * DAY_MS) return at - now
  }
  return null
}

/** What a sentence says: `try again in 7m12s`, `Please retry after 86400 seconds`, `regain access on 2026-07-01 at 00:00 UTC`. */
export function waitSaid(sentence: string, now: number): number | null {
  const moment =
    /(?:regain access|resets?|reset at|available again|try again|retry)\s+(?:on|at|after)?\s*(\d{4}-\d\d-\d\d(?:(?:T| at | )\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?)\s*(Z|UTC)?/i.exec(
      sentence,
    )
  if (moment !== null) {
    const at = Date.parse(
      `${present(moment[1], 'moment').replace(/ at | /, 'T')}${present(moment[1], 'moment').length > 10 ? 'Z' : ''}`,
    )
    if (at > now) return at - now
  }
  const duration =
    /(?:try again|retry(?:ing)?|wait|resets?|available)(?: again)? ?(?:in|after|for|:)? (?:about |~)?((?:\d+(?:\.\d+)?\s?(?:days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|ms|d|h|m|s)\b\s*(?:and |, )?)+|\d+(?:\.\d+)?[dhms][\d.dhms]*)/i.exec(
      sentence,
    )
  return duration === null ? null : durationMs(present(duration[1], 'duration'))
}

/** Google's details: how long, `{retryDelay: "43s"}`; others say `retry_after` in seconds, or `retry_after_ms`. */
export function detailedAfter(error: JsonObject): number | null {
  const { retry_after: seconds, retry_after_ms: milliseconds } = error
  for (const [given, unit] of [
    [milliseconds, 1],
    [seconds, 1000],
  ] as const) {
    const secondsGiven =
      typeof given === 'number' || typeof given === 'string' ? nonNegative(String(given)) : null
    if (secondsGiven !== null) return secondsGiven * unit
  }
  const details = Array.isArray(error.details) ? error.details.filter(isObject) : []
  const delay = details.map(({ retryDelay }) => retryDelay).find((text) => typeof text === 'string')
  return typeof delay === 'string' ? durationMs(delay) : null
}

/** Quotas of a day end at midnight: Google's in California. */
export function untilMidnight(now: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' }).format(now)
  const [hours = 0, minutes = 0, seconds = 0] = parts.split(':').map(Number)
  return DAY_MS - 1000 * (3600 * hours + 60 * minutes + seconds)
}

/** Seconds since 1970, in 2001: no server sets so long a wait. */
const earliestMoment = 1e9
/** What else `Date.parse` takes means nothing: `-5` would be a day in May. */
const looksLikeDate = /^\s*(?:[a-z]{3,9},? .*\d{4}|\d{4}-\d\d-\d\d)/i

const DAY_MS = 86_400_000
const units: Readonly<Record<string, number>> = { d: DAY_MS, h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** `7m12.5s`, `20 seconds`, `1 hour and 3 minutes`, `250ms`. */
export function durationMs(text: string): number | null {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|[dhms])/gi)]
  const rest = text.replace(
    /(\d+(?:\.\d+)?)\s*(ms\b|milliseconds?|d(ays?)?|h(ours?|rs?)?|m(in(ute)?s?)?|s(ec(ond)?s?)?)/gi,
    '',
  )
  if (parts.length === 0 || /[a-z0-9]/i.test(rest.replace(/\band\b/gi, ''))) return null
  let total = 0
  for (const [, number, unit = ''] of parts)
    total += Number(number) * present(units[unit.toLowerCase()], 'units')
  return Math.round(total)
}

function nonNegative(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null
}
