/** Values as text, the way Python's `str`, `repr` and `pprint` write them: `True`, `None`, `2.0`, `['a', 1]`, `{'k': 'it'}`. */
import { compareCodePoints, formatFloat } from '../../base/values/json.ts'
import { boundedText, limitText, spendDigits, spendOn } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'
import {
  Callable,
  entriesOf,
  isList,
  isMapping,
  lenient,
  Namespace,
  type Runtime,
  Sequence,
  Special,
  Undefined,
} from './values.ts'

/** Python's `str()`: what `{{ value }}` prints. A missing value is empty text, or an error where that is strict. */
export function pythonText(value: Runtime): string {
  if (typeof value === 'string') return value
  if (value instanceof Undefined) return lenient(value, '')
  return pythonRepr(value)
}

/** Python's `repr()`: as `str()`, with quotes around text. */
export function pythonRepr(value: Runtime): string {
  spendOn(value)
  if (value === null) return 'None'
  switch (typeof value) {
    case 'boolean':
      return value ? 'True' : 'False'
    case 'bigint':
      return integerText(value)
    case 'number':
      return floatText(value)
    case 'string':
      return quoted(value)
  }
  if (isList(value)) return listText(value, pythonRepr)
  if (isMapping(value)) {
    return `{${listed(entriesOf(value), ', ', ([key, member]) => `${pythonRepr(key)}: ${pythonRepr(member)}`)}}`
  }
  if (value instanceof Undefined) return lenient(value, 'Undefined')
  if (value instanceof Namespace) {
    const members = Array.from(value.attributes, ([key, member]) => `${quoted(key)}: ${pythonRepr(member)}`)
    return `<Namespace {${members.join(', ')}}>`
  }
  if (value instanceof Callable) throw new Failure(`"${value.name}" is a function; call it with ()`)
  throw new Failure(`a ${value instanceof Special ? value.typeName : 'value'} cannot be printed`)
}

/** Python's `str` of an integer, a large one at its price. */
export function integerText(value: bigint): string {
  if (BigInt.asIntN(64, value) !== value) spendDigits(value.toString(16).length)
  return value.toString()
}

/** Python's `str` of a float; differs from JSON only for what is not finite. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return formatFloat(value)
}

/** The `pprint` filter: one line where it fits into 80 characters, keys sorted. Long text is not broken. */
export function prettyText(value: Runtime, indent = 0, after = 1): string {
  spendOn(value)
  const line = sortedRepr(value)
  if (line.length <= 80 - indent - after) return line
  const separator = `,\n${' '.repeat(indent + 1)}`
  if (isList(value)) {
    const [open, close] = value instanceof Sequence ? ['(', value.length === 1 ? ',)' : ')'] : ['[', ']']
    const last = value.length - 1
    const items = value.map((item, index) => prettyText(item, indent + 1, index === last ? after + 1 : 1))
    return `${open}${joined(items, separator)}${close}`
  }
  if (!isMapping(value)) return line
  const entries = sortedEntries(value)
  const members = entries.map(([key, member], index) => {
    const name = pythonRepr(key)
    const below = index === entries.length - 1 ? after + 1 : 1
    return `${name}: ${prettyText(member, indent + name.length + 3, below)}`
  })
  return `{${joined(members, separator)}}`
}

function sortedRepr(value: Runtime): string {
  spendOn(value)
  if (isList(value)) return listText(value, sortedRepr)
  if (!isMapping(value)) return pythonRepr(value)
  return `{${listed(sortedEntries(value), ', ', ([key, member]) => `${pythonRepr(key)}: ${sortedRepr(member)}`)}}`
}

function sortedEntries(value: Parameters<typeof entriesOf>[0]): [Runtime, Runtime][] {
  return entriesOf(value).sort(([a], [b]) => compareCodePoints(pythonText(a), pythonText(b)))
}

function listText(items: readonly Runtime[], write: (item: Runtime) => string): string {
  if (!(items instanceof Sequence)) return `[${listed(items, ', ', write)}]`
  if (items.label !== undefined) return items.label
  const inside = listed(items, ', ', write)
  if (items.typeName !== 'tuple') return `${items.typeName}([${inside}])`
  return items.length === 1 ? `(${inside},)` : `(${inside})`
}

function joined(texts: readonly string[], separator: string): string {
  const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0)
  return boundedText(length, () => texts.join(separator))
}

/** Every level writes what lies below it once more, so its length is paid for at every level. */
export function listed<T>(items: readonly T[], separator: string, write: (item: T) => string): string {
  let text = ''
  for (const [index, item] of items.entries()) {
    text += index === 0 ? write(item) : `${separator}${write(item)}`
    limitText(text.length)
  }
  return boundedText(text.length, () => text)
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
/** What Python calls not printable: control, format, unassigned, private, surrogates, separators except space. */
const unprintable = /[\\\p{C}\p{Z}]/gu

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(unprintable, (character) => {
    if (character === ' ') return character
    return escapes[character] ?? numberedEscape(character.codePointAt(0) ?? 0)
  })
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`
}

function numberedEscape(code: number): string {
  const digits = code.toString(16)
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`
}
