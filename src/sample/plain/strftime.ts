/**
 * Python's strftime patterns, in English and in UTC, whatever the machine's locale and zone.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'

const days: Names = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months: Names = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

type Names = readonly string[]
const nameAt = (names: Names, index: number): string => present(names[index], 'names of days and months')
const two = (value: number): string => String(value).padStart(2, '0')
const DAY_MS = 86_400_000

/** Days since the first of January, from 0. */
function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - firstOfYear(date.getUTCFullYear())) / DAY_MS)
}

function firstOfYear(year: number): number {
  return Date.parse(`${String(year).padStart(4, '0')}-01-01T00:00:00Z`)
}

/** ISO 8601: the week is that of its Thursday. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY_MS)
  return { year: thursday.getUTCFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 }
}

/** Weeks started in the year so far, where a week begins on a given day. */
const weeksFrom = (date: Date, firstDay: 0 | 1): number =>
  Math.floor((dayOfYear(date) + 7 - ((date.getUTCDay() - firstDay + 7) % 7)) / 7)

type Directive = (date: Date) => string
const clockHour = (date: Date): number => date.getUTCHours() % 12 || 12
const year: Directive = (date) => String(date.getUTCFullYear()).padStart(4, '0')
const time: Directive = (date) => date.toISOString().slice(11, 19)

const weekday: Directive = (date) => nameAt(days, date.getUTCDay())
const month: Directive = (date) => nameAt(months, date.getUTCMonth())
const dayOfMonth: Directive = (date) => String(date.getUTCDate()).padStart(2)
const shortYear: Directive = (date) => two(date.getUTCFullYear() % 100)
const shortDate: Directive = (date) =>
  `${two(date.getUTCMonth() + 1)}/${two(date.getUTCDate())}/${shortYear(date)}`

const directives: Readonly<Record<string, Directive>> = {
  '%': () => '%',
  a: (date) => weekday(date).slice(0, 3),
  A: weekday,
  b: (date) => month(date).slice(0, 3),
  B: month,
  c: (date) =>
    `${weekday(date).slice(0, 3)} ${month(date).slice(0, 3)} ${dayOfMonth(date)} ${time(date)} ${year(date)}`,
  d: (date) => two(date.getUTCDate()),
  D: shortDate,
  e: dayOfMonth,
  f: () => '000000',
  F: (date) => date.toISOString().slice(0, 10),
  G: (date) => String(isoWeek(date).year).padStart(4, '0'),
  h: (date) => month(date).slice(0, 3),
  H: (date) => two(date.getUTCHours()),
  I: (date) => two(clockHour(date)),
  j: (date) => String(dayOfYear(date) + 1).padStart(3, '0'),
  m: (date) => two(date.getUTCMonth() + 1),
  M: (date) => two(date.getUTCMinutes()),
  n: () => '\n',
  p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  R: (date) => time(date).slice(0, 5),
  S: (date) => two(date.getUTCSeconds()),
  t: () => '\t',
  T: time,
  u: (date) => String(date.getUTCDay() || 7),
  U: (date) => two(weeksFrom(date, 0)),
  V: (date) => two(isoWeek(date).week),
  w: (date) => String(date.getUTCDay()),
  W: (date) => two(weeksFrom(date, 1)),
  x: shortDate,
  X: time,
  y: shortYear,
  Y: year,
  // Of a time without a zone, Python prints neither.
  z: () => '',
  Z: () => '',
}

/**
 * A pattern made ready to print moments (milliseconds since 1970). `%-d` leaves out leading zeros.
 *
 * @throws RowsmithError config_invalid for a directive that there is not, and for a pattern without any
 */
export function compilePattern(column: string, pattern: string): (ms: number) => string {
  const parts: (string | Directive)[] = []
  const directive = /%(-?)(.)?/gsu
  let end = 0
  for (const match of pattern.matchAll(directive)) {
    const [whole, bare, letter = ''] = match
    const print = Object.hasOwn(directives, letter) ? directives[letter] : undefined
    if (print === undefined) throw badPattern(column, pattern, `${whole} is no directive of strftime`)
    parts.push(
      pattern.slice(end, match.index),
      bare === '-' ? (date) => print(date).replace(/^[0 ]+(?=\d)/, '') : print,
    )
    end = match.index + whole.length
  }
  if (end === 0) throw badPattern(column, pattern, 'it has no directive of strftime, such as %Y')
  parts.push(pattern.slice(end))
  return (ms) => {
    const date = new Date(ms)
    return parts.map((part) => (typeof part === 'string' ? part : part(date))).join('')
  }
}

function badPattern(column: string, pattern: string, what: string): RowsmithError {
  const shown = JSON.stringify(pattern.slice(0, 80))
  return new RowsmithError('config_invalid', `Column "${column}": convert_to is ${shown}; ${what}.`, {
    facts: { column },
  })
}
