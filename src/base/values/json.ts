/**
 * JSON that keeps integers and floats apart, written the way Python writes it.
 *
 * Owns: the one reader and the one writer for everything that is hashed, stored or sent: the
 * fingerprint, `builder_config.json`, `metadata.json`, journal frames, request bodies.
 * Rules: integers are exact at any size; floats have Python's layout (`1.0`, `1e-05`, `1e+16`), which is
 * valid JSON everywhere; sorted keys go by code point, not by UTF-16 unit.
 */
import { isNumber, levelsMax, objectOf, type Value } from './value.ts'

export interface JsonOptions {
  /** Keys by code point at every level. @default false: insertion order */
  readonly sortKeys?: boolean
  /** Everything outside space..~ as `\uXXXX`. @default false */
  readonly ascii?: boolean
  /** Spaces per level; 0 writes one line without spaces. @default 0 */
  readonly indent?: number
  /** On one line, a space after each comma and colon, as Python's `json.dumps` writes. @default false */
  readonly spaced?: boolean
}

/** Writes a value as JSON text. Infinite and NaN floats are written as Python's bare words. */
export function formatJson(value: Value, options: JsonOptions = {}): string {
  const { sortKeys = false, ascii = false, indent = 0, spaced = false } = options
  const text = ascii ? asciiString : JSON.stringify
  const write = (item: Value, depth: number): string => {
    if (item === null) return 'null'
    switch (typeof item) {
      case 'boolean':
        return item ? 'true' : 'false'
      case 'bigint':
        return item.toString()
      case 'number':
        return formatFloat(item)
      case 'string':
        return text(item)
    }
    const open = indent === 0 ? '' : `\n${' '.repeat(indent * (depth + 1))}`
    const close = indent === 0 ? '' : `\n${' '.repeat(indent * depth)}`
    const separator = spaced ? ', ' : `,${open}`
    if (Array.isArray(item)) {
      if (item.length === 0) return '[]'
      return `[${open}${item.map((element) => write(element, depth + 1)).join(separator)}${close}]`
    }
    let entries = Object.entries(item)
    if (entries.length === 0) return '{}'
    if (sortKeys) entries = entries.sort(([a], [b]) => compareCodePoints(a, b))
    const colon = indent === 0 && !spaced ? ':' : ': '
    const members = entries.map(([key, member]) => `${text(key)}${colon}${write(member, depth + 1)}`)
    return `{${open}${members.join(separator)}${close}}`
  }
  return write(value, 0)
}

/** One line, sorted keys, ASCII: equal values give equal text. What hashes are taken of. */
export function canonicalJson(value: Value): string {
  return formatJson(value, { sortKeys: true, ascii: true })
}

/** @throws SyntaxError for a text whose lists and objects lie deeper in each other than `levelsMax` */
export function requireLevels(text: string): void {
  if (!hasManyBrackets(text)) return
  let [level, isString] = [0, false]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (isString) {
      if (unit === 0x5c) at++
      else if (unit === 0x22) isString = false
    } else if (unit === 0x22) isString = true
    else if (unit === 0x5b || unit === 0x7b) level++
    else if (unit === 0x5d || unit === 0x7d) level--
    if (level > levelsMax) throw new SyntaxError(`nested more than ${levelsMax} levels deep`)
  }
}

/** Most texts have too few brackets to be deep, and are not looked at letter by letter. */
function hasManyBrackets(text: string): boolean {
  let found = 0
  for (const bracket of '[{') {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++found > levelsMax) return true
    }
  }
  return false
}

/**
 * Reads JSON text; `4` becomes an integer, `4.0` and `4e0` a float. Members stay in the order of the text.
 *
 * @throws SyntaxError as `JSON.parse` does, and for a text that is nested more than `levelsMax` deep
 */
export function parseJson(text: string): Value {
  requireLevels(text)
  return hasNumberedName.test(text) ? parseNumbered(text) : (JSON.parse(text, withIntegers) as Value)
}

function withIntegers(this: unknown, key: string, value: unknown, context?: { source: string }): unknown {
  if (typeof value === 'number') {
    const source = context?.source ?? String(value)
    return /^-?\d+$/.test(source) ? BigInt(source) : value
  }
  if (key === '__proto__') {
    // JSON.parse defines it as an own member; what is returned here would be set as the prototype.
    Object.defineProperty(this, key, { value, enumerable: true, configurable: true, writable: true })
  }
  return value
}

/** A name that may be a number: digits, spelled as they are or as escapes. */
const hasNumberedName = /"(?:\d|\\u003\d)+"\s*:/i
const strings = /("(?:[^"\\]|\\.)*")(\s*:)?/g

/**
 * The same for a text that has names such as `2022`, which `JSON.parse` would list first: they are parsed under names
 * with a mark in front. Names that happen to begin with the mark get another one.
 */
function parseNumbered(text: string): Value {
  JSON.parse(text)
  const marked = text.replace(strings, (whole, name: string, colon: string | undefined) => {
    if (colon === undefined) return whole
    const read = JSON.parse(name) as string
    return isNumber(withoutMarks(read)) ? `${JSON.stringify(mark + read)}${colon}` : whole
  })
  return JSON.parse(marked, function (this: unknown, key, value, context?: { source: string }) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return withIntegers.call(this, key, value, context)
    }
    const members = Object.entries(value as Record<string, Value>)
    const unmarked = members.map(
      ([name, member]) => [isNumber(withoutMarks(name)) ? name.slice(mark.length) : name, member] as const,
    )
    return withIntegers.call(this, key, objectOf(unmarked))
  }) as Value
}

/** No control character, and nothing that a name starts with. */
const mark = '\u{10fffd}'

function withoutMarks(name: string): string {
  return name.replace(/^\u{10fffd}+/u, '')
}

/** Python's `repr` of a float: shortest digits, `.0` on whole numbers, two-digit signed exponents outside 1e-4..1e16. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (Object.is(value, -0)) return '-0.0'
  if (value === 0) return '0.0'
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  const negative = mantissa.startsWith('-')
  const digits = mantissa.replace('-', '').replace('.', '')
  let body: string
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
    const size = Math.abs(exponent).toString().padStart(2, '0')
    body = `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size}`
  } else if (exponent < 0) {
    body = `0.${'0'.repeat(-exponent - 1)}${digits}`
  } else if (digits.length <= exponent + 1) {
    body = `${digits}${'0'.repeat(exponent + 1 - digits.length)}.0`
  } else {
    body = `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
  }
  return negative ? `-${body}` : body
}

/** Orders text by Unicode code point; JavaScript's own order is by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left === right) continue
    return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above U+FFFF, so they sort after every other unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

function asciiString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
