/**
 * The type of a column, where the bytes of its values leave no doubt.
 *
 * Owns: a fast answer for most columns, while the file is scanned. It says nothing of the others: DuckDB looks at those
 * (`column-types.ts`), by the same rules.
 * Rules:
 *   1. A type is certain when each value, printed by an export, is the text that it was. `1.50`, `1e3`, `007` and `-0` are not certain.
 *   2. A decimal number of at most 15 digits comes back from a float as it was; of longer ones nothing is said.
 *   3. The first value that is not certain ends the look at its column.
 */

/** Types that a column without a declared type may have, next to text. */
export type Guess = 'int' | 'float' | 'bool' | 'date'

// What the values of a column were so far: bits.
/** At most 15 digits: a float can be this number too. */
const SHORT_INT = 1
const LONG_INT = 2
const FLOAT = 4
const BOOL = 8
const DATE = 16
const UNCERTAIN = 32

const SHORT_DIGITS = 15
const LONG_DIGITS = 18
/** Longer values are of no certain type: a sign, digits and a point. */
const LONGEST = LONG_DIGITS + 2

const ZERO = 0x30
const MINUS = 0x2d
const POINT = 0x2e
const LF = 0x0a

/** One file's columns; each value is passed in turn. Values may be cut between parts of the file. */
export class CertainTypes {
  /** By column, whether its values are still of use: 1 or 0. */
  readonly open: Uint8Array
  readonly #seen: Uint8Array
  readonly #quote: number
  /** How the value began that the last part ended within. */
  #started: Uint8Array = none

  constructor(width: number, quote: string | null) {
    this.open = new Uint8Array(width).fill(1)
    this.#seen = new Uint8Array(width)
    this.#quote = quote === null ? -1 : quote.charCodeAt(0)
  }

  /** A value of an open column, its quotes included. It may begin with the second half of a CRLF. */
  take(column: number, bytes: Uint8Array, begin: number, end: number): void {
    const seen = this.cut ? this.#joined(bytes.subarray(begin, end)) : this.#kindOf(bytes, begin, end)
    if (seen === UNCERTAIN) this.open[column] = 0
    this.#seen[column] = known(this.#seen, column) | seen
  }

  /** Whether the last part ended within a value. */
  get cut(): boolean {
    return this.#started.byteLength > 0
  }

  /** Keeps how a value begins that goes on in the next part. */
  keep(started: Uint8Array): void {
    const whole = this.cut ? Buffer.concat([this.#started, started]) : started
    // A longer one is never certain, however it goes on.
    this.#started = Uint8Array.from(whole.subarray(0, 2 * LONGEST))
  }

  /** That value has ended. @returns false: none is cut */
  forget(): false {
    this.#started = none
    return false
  }

  /** The file ends, perhaps within a value of that column. */
  last(column: number): void {
    if (this.open[column] === 1) this.take(column, none, 0, 0)
  }

  /** By column. Undefined: not certain. */
  found(): (Guess | undefined)[] {
    return Array.from(this.#seen, typeOf)
  }

  #joined(rest: Uint8Array): number {
    const value = Buffer.concat([this.#started, rest.subarray(0, 2 * LONGEST)])
    return this.#kindOf(value, 0, value.byteLength)
  }

  #kindOf(bytes: Uint8Array, from: number, to: number): number {
    let begin = from
    let end = to
    if (begin < end && bytes[begin] === LF) begin++
    if (begin === end) return 0
    if (bytes[begin] === this.#quote && end - begin > 1) {
      begin++
      end--
    }
    return kindOf(bytes, begin, end)
  }
}

const none = new Uint8Array()

/** The type of a column whose values are of these kinds. */
function typeOf(seen: number): Guess | undefined {
  if (seen === BOOL) return 'bool'
  if (seen === DATE) return 'date'
  if (seen === 0 || seen >= BOOL) return undefined
  if ((seen & FLOAT) === 0) return 'int'
  return (seen & LONG_INT) === 0 ? 'float' : undefined
}

function kindOf(bytes: Uint8Array, begin: number, end: number): number {
  if (end - begin > LONGEST || begin >= end) return UNCERTAIN
  const negative = bytes[begin] === MINUS
  const first = negative ? begin + 1 : begin
  const wholeEnd = digitsEnd(bytes, first, end)
  const whole = wholeEnd - first
  if (whole === 0) return isBool(bytes, begin, end) ? BOOL : UNCERTAIN
  if (wholeEnd < end && bytes[wholeEnd] === MINUS) {
    return !negative && isDate(bytes, begin, end) ? DATE : UNCERTAIN
  }
  if (bytes[first] === ZERO && whole > 1) return UNCERTAIN
  if (wholeEnd < end)
    return bytes[wholeEnd] === POINT ? kindOfDecimal(bytes, first, wholeEnd, end) : UNCERTAIN
  if (negative && bytes[first] === ZERO) return UNCERTAIN
  return whole <= SHORT_DIGITS ? SHORT_INT : whole <= LONG_DIGITS ? LONG_INT : UNCERTAIN
}

/** A number with a point: whole digits without a needless zero before it, and any text after it. */
function kindOfDecimal(bytes: Uint8Array, first: number, point: number, end: number): number {
  const places = end - point - 1
  if (places === 0 || point - first + places > SHORT_DIGITS) return UNCERTAIN
  if (digitsEnd(bytes, point + 1, end) !== end) return UNCERTAIN
  if (places > 1 && bytes[end - 1] === ZERO) return UNCERTAIN
  // Below 0.0001 an export writes an exponent.
  if (bytes[first] !== ZERO || places <= 4) return FLOAT
  for (let at = point + 1; at <= point + 4; at++) if (bytes[at] !== ZERO) return FLOAT
  return UNCERTAIN
}

const known = (bytes: Uint8Array, index: number): number => bytes[index]!

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9

function digitsEnd(bytes: Uint8Array, begin: number, end: number): number {
  let at = begin
  while (at < end && isDigit(known(bytes, at))) at++
  return at
}

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

function isBool(bytes: Uint8Array, begin: number, end: number): boolean {
  const word = end - begin === 4 ? TRUE : FALSE
  if (end - begin !== word.byteLength) return false
  for (let at = 0; at < word.byteLength; at++) if (bytes[begin + at] !== word[at]) return false
  return true
}

/** YYYY-MM-DD, from the year 1 on. */
function isDate(bytes: Uint8Array, begin: number, end: number): boolean {
  if (end - begin !== 10 || bytes[begin + 4] !== MINUS || bytes[begin + 7] !== MINUS) return false
  if (digitsEnd(bytes, begin + 5, begin + 7) !== begin + 7 || digitsEnd(bytes, begin + 8, end) !== end)
    return false
  const number = (at: number): number => (known(bytes, at) - ZERO) * 10 + known(bytes, at + 1) - ZERO
  const year = number(begin) * 100 + number(begin + 2)
  const month = number(begin + 5)
  const day = number(begin + 8)
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
