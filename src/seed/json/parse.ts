/**
 * JSON as seeds have it, read so that nothing changes: integers of any size, floats apart from them, Python's `NaN` and `Infinity`.
 *
 * Rules:
 *   1. What is no JSON is an error with its place: a member given twice, half of a surrogate pair, a word, a comma too many,
 *      lists and objects more than 200 levels deep.
 *   2. A number that no float holds, `12345678901234567.89`, is a `LongNumber`: its digits are its text.
 */
import { present } from '../../base/errors/present.ts'
import { formatFloat } from '../../base/values/json.ts'
import { objectOf, type Value } from '../../base/values/value.ts'

/** A number as it was written. */
export class LongNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Parsed = null | boolean | bigint | number | string | LongNumber | Parsed[] | ParsedObject
export type ParsedObject = { [key: string]: Parsed }

/** What is wrong with a text, and where in it. */
export class JsonFault extends Error {
  readonly at: number
  constructor(at: number, what: string) {
    super(what)
    this.at = at
  }
}

export interface ParseOptions {
  /** Every number as it was written. @default only those that no float holds */
  readonly asWritten?: boolean
}

/** @throws JsonFault */
export function parseExact(text: string, options: ParseOptions = {}): Parsed {
  const reader = new Reader(text, options.asWritten === true)
  const value = reader.value()
  reader.requireEnd()
  return value
}

const MOST_LEVELS = 200

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y
const SPACE = /[ \t\n\r]*/y
const WORD = /true|false|null|NaN|-?Infinity/y
// What needs no second look within a text: everything from the space on but quotes and backslashes.
const PLAIN = /[ !#-[\]-\uffff]*/y
const words: Readonly<Record<string, Parsed>> = {
  true: true,
  false: false,
  null: null,
  NaN: Number.NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
}

class Reader {
  readonly #text: string
  readonly #asWritten: boolean
  #at = 0
  #levels = 0

  constructor(text: string, asWritten: boolean) {
    this.#text = text
    this.#asWritten = asWritten
  }

  value(): Parsed {
    this.#space()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#within(() => this.#object())
      case '[':
        return this.#within(() => this.#list())
      case '"':
        return this.#string()
      default:
        return this.#scalar()
    }
  }

  #within<T>(read: () => T): T {
    if (this.#levels === MOST_LEVELS) throw this.#fault(`it is nested more than ${MOST_LEVELS} levels deep`)
    this.#levels++
    const value = read()
    this.#levels--
    return value
  }

  requireEnd(): void {
    this.#space()
    if (this.#at < this.#text.length) throw this.#fault('more follows after the end of the value')
  }

  #object(): ParsedObject {
    const members = new Map<string, Parsed>()
    this.#at++
    this.#space()
    if (this.#text[this.#at] === '}') {
      this.#at++
      return {}
    }
    for (;;) {
      this.#space()
      const begin = this.#at
      if (this.#text[begin] !== '"') throw this.#fault('a name in double quotes is due')
      const name = this.#string()
      if (members.has(name)) {
        throw new JsonFault(begin, `the member ${JSON.stringify(name)} is there twice`)
      }
      this.#space()
      if (this.#text[this.#at] !== ':') throw this.#fault('a colon is due')
      this.#at++
      members.set(name, this.value())
      if (this.#closes('}')) return objectOf([...members] as [string, Value][]) as ParsedObject
    }
  }

  #list(): Parsed[] {
    const list: Parsed[] = []
    this.#at++
    this.#space()
    if (this.#text[this.#at] === ']') {
      this.#at++
      return list
    }
    for (;;) {
      list.push(this.value())
      if (this.#closes(']')) return list
    }
  }

  #closes(bracket: string): boolean {
    this.#space()
    const char = this.#text[this.#at]
    if (char !== ',' && char !== bracket) throw this.#fault(`a comma or ${bracket} is due`)
    this.#at++
    return char === bracket
  }

  #string(): string {
    const begin = this.#at
    for (let at = begin + 1; ; ) {
      PLAIN.lastIndex = at
      PLAIN.exec(this.#text)
      at = PLAIN.lastIndex
      const char = this.#text[at]
      if (char === '\\') {
        at += 2
        continue
      }
      if (char !== '"') throw new JsonFault(begin, 'a text does not end, or holds a control character')
      this.#at = at + 1
      return this.#decoded(begin)
    }
  }

  #decoded(begin: number): string {
    const inner = this.#text.slice(begin + 1, this.#at - 1)
    let text = inner
    if (inner.includes('\\')) {
      try {
        text = JSON.parse(this.#text.slice(begin, this.#at)) as string
      } catch {
        throw new JsonFault(begin, 'a text has an escape that is none')
      }
    }
    if (!text.isWellFormed()) throw new JsonFault(begin, 'a text holds half of a surrogate pair')
    return text
  }

  #scalar(): Parsed {
    NUMBER.lastIndex = this.#at
    const number = NUMBER.exec(this.#text)
    WORD.lastIndex = this.#at
    const word = number === null || number[0] === '-' ? WORD.exec(this.#text) : null
    if (word !== null) {
      this.#at = WORD.lastIndex
      return present(words[word[0]], 'words of JSON')
    }
    if (number === null) {
      throw this.#fault(this.#at >= this.#text.length ? 'it ends too early' : 'a value is due')
    }
    this.#at = NUMBER.lastIndex
    const [source, fraction, exponent] = number
    if (this.#asWritten) return new LongNumber(source)
    if (fraction === undefined && exponent === undefined) return BigInt(source)
    return isExactNumber(source) ? Number(source) : new LongNumber(source)
  }

  #space(): void {
    SPACE.lastIndex = this.#at
    SPACE.exec(this.#text)
    this.#at = SPACE.lastIndex
  }

  #fault(what: string): JsonFault {
    return new JsonFault(this.#at, what)
  }
}

/**
 * Whether a float is all that a decimal text says: the shortest text of the float has the same digits, or, with up to 17 digits as
 * many programs print, as many digits of it have.
 */
export function isExactNumber(source: string): boolean {
  const value = Number(source)
  if (!Number.isFinite(value)) return false
  const given = digitsOf(source)
  if (given === digitsOf(formatFloat(value))) return true
  const length = /^\d*/.exec(given.replace('-', ''))?.[0].length ?? 0
  return length > 15 && length <= 17 && digitsOf(value.toPrecision(length)) === given
}

/** Significant digits and the power of ten of the last: `1.50e3` is `15e2`. */
export function digitsOf(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/.exec(source) ?? []
  const all = (whole + fraction).replace(/^0+/, '')
  const digits = all.replace(/0+$/, '')
  if (digits === '') return '0'
  return `${sign}${digits}e${Number(exponent) - fraction.length + (all.length - digits.length)}`
}
