/**
 * What a server says of its limits in headers, in any of the usual spellings: of OpenAI, Groq, Together, OpenRouter and their like
 * (`x-ratelimit-…`), of Anthropic (`anthropic-ratelimit-…`), and of the IETF's drafts (`RateLimit`, `RateLimit-Policy`, before
 * that `RateLimit-Remaining` and so on).
 *
 * Owns:  reading them. Never: decides who waits (`admission/reported-limits.ts` does).
 * Rules:
 *   H1. A limit counts when it says how much remains, and when it is full again. Anything else is ignored, as are numbers
 *       below 0, more remaining than the limit, and moments in the past or over 400 days away.
 *   H2. A bare number is a moment since 1970 when it is large enough, in seconds or milliseconds; else it is seconds from now.
 */

import type { ReportedLimit } from '../contract/contract.ts'
import { durationMs } from './come-back.ts'

type Headers = Readonly<Record<string, unknown>>

const DAY_MS = 86_400_000
const isAbout = /rate-?limit/i
const field = /^(?:x-|anthropic-)?rate-?limit-(limit|remaining|reset)(?:-(.+))?$/i
const fieldLast = /^(?:x-|anthropic-)?rate-?limit-(.+)-(limit|remaining|reset)$/i

/** @param now wall clock; none of what is reported is before it */
export function reportedLimits(headers: Headers, now: number): readonly ReportedLimit[] {
  let fields: Map<string, Map<string, string>> | undefined
  let limits: ReportedLimit[] | undefined
  for (const name in headers) {
    const value = headers[name]
    if (!isAbout.test(name) || (typeof value !== 'string' && typeof value !== 'number')) continue
    const text = String(value).trim()
    if (/^ratelimit$/i.test(name)) {
      limits = [...(limits ?? []), ...ofDraft(text, { header: name, policy: policies(headers) }, now)]
      continue
    }
    const [, part, kind] = field.exec(name) ?? swapped(fieldLast.exec(name))
    if (part === undefined) continue
    fields ??= new Map()
    const key = kind?.toLowerCase() ?? ''
    const parts = fields.get(key) ?? new Map<string, string>()
    parts.set(part.toLowerCase(), text)
    if (part.toLowerCase() === 'remaining') parts.set('header', name)
    fields.set(key, parts)
  }
  if (fields === undefined) return limits ?? none
  const read = [...fields].map(([name, parts]) =>
    limitOf(
      { name, header: parts.get('header') ?? '' },
      parts.get('limit'),
      parts.get('remaining'),
      parts.get('reset'),
      now,
    ),
  )
  return [...(limits ?? none), ...read.filter((each) => each !== undefined)]
}

const none: readonly ReportedLimit[] = []

function swapped(found: RegExpExecArray | null): readonly (string | undefined)[] {
  return found === null ? [] : [found[0], found[2], found[1]]
}

/** `limit=100, remaining=50, reset=30` (draft 7), or `"burst";r=5;t=1, "daily";r=900;t=40000` (from draft 8 on). */
function ofDraft(
  text: string,
  { header, policy }: { readonly header: string; readonly policy: ReadonlyMap<string, string> },
  now: number,
): ReportedLimit[] {
  if (/\bremaining\s*=/i.test(text)) {
    const given = (name: string) => new RegExp(`\\b${name}\\s*=\\s*([^,;\\s]+)`, 'i').exec(text)?.[1]
    const limit = limitOf({ name: '', header }, given('limit'), given('remaining'), given('reset'), now)
    return limit === undefined ? [] : [limit]
  }
  return items(text).flatMap(({ name, parameters }) => {
    const [remaining, reset] = [parameters.get('r'), parameters.get('t')]
    return limitOf({ name, header }, policy.get(name), remaining, reset, now) ?? []
  })
}

/** What each policy allows: `"burst";q=100;w=60`. */
function policies(headers: Headers): ReadonlyMap<string, string> {
  const given = headers['ratelimit-policy']
  if (typeof given !== 'string') return new Map()
  return new Map(items(given).map(({ name, parameters }) => [name, parameters.get('q') ?? name]))
}

/** Items of a structured field list (RFC 9651), each with its parameters. */
function items(text: string) {
  return [...text.matchAll(/("[^"]*"|[^,;"]+)((?:;[^,;]+)*)/g)].map(([, name = '', after = '']) => ({
    name: name.trim().replaceAll('"', ''),
    parameters: new Map(
      after.split(';').flatMap((each) => {
        const [key = '', value] = each.split('=')
        return value === undefined ? [] : [[key.trim().toLowerCase(), value.trim()] as const]
      }),
    ),
  }))
}

/** Rule H1. */
function limitOf(
  named: Pick<ReportedLimit, 'name' | 'header'>,
  limitText: string | undefined,
  remainingText: string | undefined,
  resetText: string | undefined,
  now: number,
): ReportedLimit | undefined {
  const remaining = count(remainingText)
  const reset = resetText === undefined ? null : resetOf(resetText, now)
  // A draft repeats the policy behind the limit: `100, 100;w=60`.
  const limit = count(limitText?.split(/[,;]/)[0])
  if (remaining === null || reset === null) return undefined
  if (limit !== null && (limit === 0 || remaining > limit)) return undefined
  return { ...named, limit, remaining, reset }
}

function count(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Math.floor(Number(text)) : null
}

/** Rule H2: `1s`, `6m0s`, `20ms`, `12.5`, `1790000000`, `2026-11-30T12:00:00Z`. */
function resetOf(text: string, now: number): ReportedLimit['reset'] | null {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text)
    if (number >= 1e8) return moment(number > 1e11 ? number : 1000 * number, now)
    return number * 1000 > 400 * DAY_MS ? null : { afterMs: 1000 * number }
  }
  const duration = durationMs(text)
  if (duration !== null) return duration > 400 * DAY_MS ? null : { afterMs: duration }
  return /^\d{4}-\d\d-\d\dT/.test(text) || / GMT\b/.test(text) ? moment(Date.parse(text), now) : null
}

function moment(at: number, now: number): ReportedLimit['reset'] | null {
  return at > now && at < now + 400 * DAY_MS ? { at } : null
}

/** With less than this share left, a limit is taken for the one that refused, when none is used up. */
const nearlyUsedUp = 0.02

/** How long until the limit is full that a request was refused for; null when it cannot be determined. */
export function refusedUntilMs(limits: readonly ReportedLimit[], now: number): number | null {
  const untilMs = ({ reset }: ReportedLimit) => ('at' in reset ? reset.at - now : reset.afterMs)
  const usedUp = limits.filter(({ remaining }) => remaining === 0)
  if (usedUp.length > 0) return Math.max(...usedUp.map(untilMs))
  const nearly = limits.filter(({ limit, remaining }) => limit !== null && remaining < nearlyUsedUp * limit)
  return nearly.length === 0 ? null : Math.min(...nearly.map(untilMs))
}
