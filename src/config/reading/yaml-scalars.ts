/**
 * What a plain (unquoted) YAML scalar means, as PyYAML's safe loader reads it: YAML 1.1 with PyYAML's own
 * regular expressions. Configs and their fingerprints depend on every row of this table.
 *
 * Rules:
 *   1. The first resolver that matches wins, in the order below.
 *   2. A float needs a dot, an exponent needs a sign, so `1e3` and `1.0e3` are text.
 *   3. `017` is octal, `1:30` is base 60, `yes` is true.
 *   4. Dates become ISO text, because the reference passes every config through JSON.
 */
import { present } from '../../base/errors/present.ts'
import type { Value } from '../../base/values/value.ts'

const truths = new Map<string, boolean>(
  Object.entries({ yes: true, no: false, true: true, false: false, on: true, off: false }).flatMap(
    ([word, truth]) =>
      [word, word.toUpperCase(), present(word[0], 'word').toUpperCase() + word.slice(1)].map((spelling) => [
        spelling,
        truth,
      ]),
  ) as [string, boolean][],
)

const float =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const integer =
  /^(?:[-+]?0b[01_]*[01][01_]*|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]*[0-9a-fA-F][0-9a-fA-F_]*|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const nothing = /^(?:~|null|Null|NULL|)$/
const date = /^(\d{4})-(\d\d)-(\d\d)$/
const moment =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|([-+])(\d\d?)(?::(\d\d))?))?$/

/**
 * Reads a plain scalar.
 *
 * @throws RangeError for text that has the form of a date but is none, as PyYAML refuses it
 */
export function readPlainScalar(text: string): Value {
  const truth = truths.get(text)
  if (truth !== undefined) return truth
  if (float.test(text)) return readFloat(text)
  if (integer.test(text)) return readInteger(text)
  if (nothing.test(text)) return null
  return readDate(text) ?? text
}

const tagPrefix = 'tag:yaml.org,2002:'

/**
 * Reads a scalar that carries an explicit tag such as `!!float`.
 *
 * @throws RangeError when the text does not have the form that the tag wants, or the tag is unknown
 */
export function readTaggedScalar(tag: string, text: string): Value {
  const kind = tag.startsWith(tagPrefix) ? tag.slice(tagPrefix.length) : tag
  if (kind === 'str' || kind === '!') return text
  if (kind === 'null') return null
  const plain = readPlainScalar(text)
  if (kind === 'bool' && typeof plain === 'boolean') return plain
  if (kind === 'int' && typeof plain === 'bigint') return plain
  if (kind === 'float' && (typeof plain === 'number' || typeof plain === 'bigint')) return Number(plain)
  if (kind === 'timestamp' && readDate(text) !== undefined) return plain
  const known = ['bool', 'int', 'float', 'timestamp'].includes(kind)
  throw new RangeError(
    known ? `"${text.slice(0, 40)}" is no ${kind}` : `the tag "${tag.slice(0, 40)}" is not supported`,
  )
}

function readFloat(text: string): number {
  const lower = text.replaceAll('_', '').toLowerCase()
  const sign = lower.startsWith('-') ? -1 : 1
  const digits = lower.replace(/^[-+]/, '')
  if (digits === '.inf') return sign * Number.POSITIVE_INFINITY
  if (digits === '.nan') return Number.NaN
  if (!digits.includes(':')) return sign * Number(digits)
  return sign * digits.split(':').reduce((total, part) => total * 60 + Number(part), 0)
}

function readInteger(text: string): bigint {
  const plain = text.replaceAll('_', '')
  const sign = plain.startsWith('-') ? -1n : 1n
  const digits = plain.replace(/^[-+]/, '')
  if (digits.includes(':')) {
    return sign * digits.split(':').reduce((total, part) => total * 60n + BigInt(part), 0n)
  }
  const octal = /^0\d/.test(digits)
  return sign * BigInt(octal ? `0o${digits.slice(1)}` : digits)
}

/** True for plain text that YAML 1.1 reads as a date or a moment. */
export function isDate(text: string): boolean {
  return date.test(text) || moment.test(text)
}

/** ISO text as Python's `isoformat` writes it, or undefined when the text has no date's form. */
function readDate(text: string): string | undefined {
  const day = date.exec(text)
  if (day !== null) {
    const [, year, month, dayOfMonth] = day
    return assertDay(text, Number(year), Number(month), Number(dayOfMonth))
  }
  const parts = moment.exec(text)
  if (parts === null) return undefined
  const [
    ,
    year,
    month,
    dayOfMonth,
    hour,
    minute,
    second,
    fraction = '',
    zone,
    sign,
    zoneHour,
    zoneMinute = '00',
  ] = parts
  const iso = assertDay(text, Number(year), Number(month), Number(dayOfMonth))
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    throw new RangeError(`"${text}" is no time of day`)
  }
  const micros = fraction.slice(0, 6).padEnd(6, '0')
  const fractionText = Number(micros) === 0 ? '' : `.${micros}`
  let zoneText = ''
  if (sign !== undefined) {
    const zero = Number(zoneHour) === 0 && Number(zoneMinute) === 0
    zoneText = `${zero ? '+' : sign}${zoneHour?.padStart(2, '0')}:${zoneMinute}`
  } else if (zone !== undefined) zoneText = '+00:00'
  return `${iso}T${hour?.padStart(2, '0')}:${minute}:${second}${fractionText}${zoneText}`
}

function assertDay(text: string, year: number, month: number, day: number): string {
  // Day 0 of the next month is the last of this one; setUTCFullYear because Date.UTC reads 0..99 as 1900..1999.
  const last = new Date(0)
  last.setUTCFullYear(year, month, 0)
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > last.getUTCDate()) {
    throw new RangeError(
      `"${text}" has the form of a date, but there is no such day; quote it to keep it as text`,
    )
  }
  const two = (number: number): string => number.toString().padStart(2, '0')
  return `${year.toString().padStart(4, '0')}-${two(month)}-${two(day)}`
}

/** A scalar of JSON without quotes: YAML 1.1 knows no float without a dot. */
export function readJsonScalar(text: string): Value {
  return /^-?\d+[eE][-+]?\d+$/.test(text) ? Number(text) : readPlainScalar(text)
}
