/**
 * The methods of text, lists, dicts and numbers that a template may call: Python's, by name, none that changes
 * its object. This table is the whole list; nothing else of a value can be called.
 */

import { boundedText } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'
import { equals, slice } from '../values/operators.ts'
import type { Builtin, Run } from '../values/run.ts'
import { bracesFormat } from '../values/text-format.ts'
import {
  characters,
  Dict,
  elementsOf,
  entriesOf,
  isList,
  isMapping,
  memberOf,
  type Runtime,
  Sequence,
  textLength,
  typeName,
} from '../values/values.ts'
import { define, defineVariadic, flagArgument, integerArgument, textArgument } from './call.ts'

/** The method of a value, if it has one of that name. */
export function methodOf(target: Runtime, name: string): Builtin | undefined {
  if (typeof target === 'string') return textMethods.get(name)
  if (isList(target)) return listMethods.get(name) ?? refused(target, name, listMutators)
  if (isMapping(target)) return dictMethods.get(name)
  if (typeof target === 'number') return floatMethods.get(name)
  return undefined
}

const listMutators = new Set(['append', 'clear', 'extend', 'insert', 'pop', 'remove', 'reverse', 'sort'])

function refused(target: Runtime, name: string, mutators: ReadonlySet<string>): undefined {
  if (mutators.has(name)) {
    throw new Failure(`"${name}" would change its ${typeName(target)}, which templates cannot do`)
  }
}

type TextMethod = (text: string, ...bound: (Runtime | undefined)[]) => Runtime

function onText(signature: string, body: TextMethod): [string, Builtin][] {
  return define(signature, (_run, value, ...bound) => body(String(value), ...bound))
}

/** A test of every character; false for empty text, as in Python. */
function everyCharacter(name: string, pattern: RegExp): [string, Builtin][] {
  return onText(name, (text) => pattern.test(text))
}

export function capitalise(text: string): string {
  const [first = '', ...rest] = characters(text)
  return first.toUpperCase() + rest.join('').toLowerCase()
}

/** White space or the given characters, taken from the ends. */
export function strip(
  text: string,
  chars: Runtime | undefined,
  ends: 'both' | 'left' | 'right' = 'both',
): string {
  if (chars === undefined || chars === null) {
    return ends === 'both' ? text.trim() : ends === 'left' ? text.trimStart() : text.trimEnd()
  }
  const set = new Set(characters(textArgument(chars)))
  const units = characters(text)
  let start = 0
  let end = units.length
  while (ends !== 'right' && start < end && set.has(units[start] ?? '')) start++
  while (ends !== 'left' && end > start && set.has(units[end - 1] ?? '')) end--
  return units.slice(start, end).join('')
}

/** At most `count` replacements; a negative count means all. */
export function replaceText(text: string, old: string, replacement: string, count: number): string {
  const pieces = old === '' ? ['', ...characters(text), ''] : text.split(old)
  const limit = count < 0 ? pieces.length - 1 : Math.min(count, pieces.length - 1)
  boundedText(text.length + limit * (replacement.length - old.length), () => '')
  let result = pieces[0] ?? ''
  for (let index = 1; index < pieces.length; index++) {
    result += (index <= limit ? replacement : old) + (pieces[index] ?? '')
  }
  return result
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are Python's line ends
const lineEnd = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g

/** `str.splitlines`. */
export function linesOf(text: string, keepEnds = false): string[] {
  const lines: string[] = []
  let start = 0
  for (const { 0: end, index } of text.matchAll(lineEnd)) {
    lines.push(text.slice(start, keepEnds ? index + end.length : index))
    start = index + end.length
  }
  if (start < text.length) lines.push(text.slice(start))
  return lines
}

function split(text: string, separator: Runtime | undefined, limit: number): Runtime {
  if (separator === undefined || separator === null) {
    const words = text.trim() === '' ? [] : text.trim().split(/\s+/)
    if (limit < 0 || words.length <= limit + 1) return words
    let rest = text.trimStart()
    for (const word of words.slice(0, limit)) rest = rest.slice(word.length).trimStart()
    return [...words.slice(0, limit), rest]
  }
  const between = textArgument(separator)
  if (between === '') throw new Failure('the separator of split() is empty')
  const pieces = text.split(between)
  if (limit < 0 || pieces.length <= limit + 1) return pieces
  return [...pieces.slice(0, limit), pieces.slice(limit).join(between)]
}

function splitFromRight(text: string, separator: Runtime | undefined, limit: number): Runtime {
  const mirror = (piece: string): string => characters(piece).reverse().join('')
  const mirrored = typeof separator === 'string' ? mirror(separator) : separator
  const pieces = split(mirror(text), mirrored, limit)
  return isList(pieces) ? pieces.map((piece) => mirror(String(piece))).reverse() : pieces
}

function find(
  text: string,
  part: Runtime | undefined,
  start: Runtime | undefined,
  end: Runtime | undefined,
  last: boolean,
): number {
  const units = characters(text)
  const from = integerArgument(start, 0)
  const window = slice(units, from, end === undefined ? undefined : integerArgument(end, 0)).join('')
  const wanted = textArgument(part)
  const at = last ? window.lastIndexOf(wanted) : window.indexOf(wanted)
  if (at === -1) return -1
  return textLength(window.slice(0, at)) + (from < 0 ? Math.max(0, from + units.length) : from)
}

function index(text: string, last: boolean, ...[part, start, end]: (Runtime | undefined)[]): bigint {
  const at = find(text, part, start, end, last)
  if (at === -1) throw new Failure('the text does not contain what index() looks for')
  return BigInt(at)
}

function affix(
  text: string,
  candidates: Runtime | undefined,
  start: Runtime | undefined,
  end: Runtime | undefined,
  test: (window: string, wanted: string) => boolean,
): boolean {
  const window =
    start === undefined
      ? text
      : slice(
          characters(text),
          integerArgument(start, 0),
          end === undefined ? undefined : integerArgument(end, 0),
        ).join('')
  const wanted = isList(candidates) ? candidates : [candidates ?? '']
  return wanted.some((candidate) => test(window, textArgument(candidate)))
}

export function padText(
  text: string,
  width: number,
  fill: string,
  align: 'left' | 'right' | 'center',
): string {
  const missing = width - textLength(text)
  if (missing <= 0) return text
  let left = align === 'right' ? missing : 0
  // Python puts the odd space of center() on the left when the width is odd.
  if (align === 'center') left = Math.floor(missing / 2) + (missing & width & 1)
  return boundedText(width, () => fill.repeat(left) + text + fill.repeat(missing - left))
}

function padding(signature: string, align: 'left' | 'right' | 'center'): [string, Builtin][] {
  return onText(signature, (text, width, fill) =>
    padText(text, integerArgument(width, 0), textArgument(fill, ' '), align),
  )
}

function partition(text: string, separator: Runtime | undefined, last: boolean): Runtime {
  const between = textArgument(separator)
  if (between === '') throw new Failure('the separator of partition() is empty')
  const at = last ? text.lastIndexOf(between) : text.indexOf(between)
  if (at === -1) return Sequence.tuple(last ? ['', '', text] : [text, '', ''])
  return Sequence.tuple([text.slice(0, at), between, text.slice(at + between.length)])
}

export function joinTexts(separator: string, items: readonly Runtime[]): string {
  const texts = items.map((item) => textArgument(item))
  const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0)
  return boundedText(length, () => texts.join(separator))
}

/** Letters of upper, lower or title case; text without any has no case. */
function hasCase(text: string, wanted: 'upper' | 'lower'): boolean {
  const changed = wanted === 'upper' ? text.toUpperCase() : text.toLowerCase()
  return changed === text && text.toUpperCase() !== text.toLowerCase()
}

export const isUpper = (text: string): boolean => hasCase(text, 'upper')
export const isLower = (text: string): boolean => hasCase(text, 'lower')

/** `str.title`: every letter after a non-letter is upper case. */
function titleCase(text: string): string {
  return text.replace(/\p{L}+/gu, (word) => capitalise(word))
}

const textMethods: ReadonlyMap<string, Builtin> = new Map([
  ...onText('upper', (text) => text.toUpperCase()),
  ...onText('lower', (text) => text.toLowerCase()),
  ...onText('casefold', (text) => text.toLowerCase().replaceAll('ß', 'ss')),
  ...onText('title', titleCase),
  ...onText('capitalize', capitalise),
  ...onText('swapcase', (text) =>
    Array.from(text, (unit) => (unit === unit.toUpperCase() ? unit.toLowerCase() : unit.toUpperCase())).join(
      '',
    ),
  ),
  ...onText('strip chars?', (text, chars) => strip(text, chars)),
  ...onText('lstrip chars?', (text, chars) => strip(text, chars, 'left')),
  ...onText('rstrip chars?', (text, chars) => strip(text, chars, 'right')),
  ...onText('split sep? maxsplit?', (text, sep, limit) => split(text, sep, integerArgument(limit, -1))),
  ...onText('rsplit sep? maxsplit?', (text, sep, limit) =>
    splitFromRight(text, sep, integerArgument(limit, -1)),
  ),
  ...onText('splitlines keepends?', (text, keep) => linesOf(text, flagArgument(keep))),
  ...onText('join items', (text, items) => {
    const elements = elementsOf(items ?? null)
    const odd = elements.find((element) => typeof element !== 'string')
    if (odd !== undefined) throw new Failure(`join() needs texts, and found '${typeName(odd)}'`)
    return joinTexts(text, elements)
  }),
  ...onText('replace old new count?', (text, old, replacement, count) =>
    replaceText(text, textArgument(old), textArgument(replacement), integerArgument(count, -1)),
  ),
  ...onText('startswith prefix start? end?', (text, wanted, start, end) =>
    affix(text, wanted, start, end, (window, prefix) => window.startsWith(prefix)),
  ),
  ...onText('endswith suffix start? end?', (text, wanted, start, end) =>
    affix(text, wanted, start, end, (window, suffix) => window.endsWith(suffix)),
  ),
  ...onText('removeprefix prefix', (text, prefix) =>
    text.startsWith(textArgument(prefix)) ? text.slice(textArgument(prefix).length) : text,
  ),
  ...onText('removesuffix suffix', (text, suffix) => {
    const end = textArgument(suffix)
    return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text
  }),
  ...onText('find sub start? end?', (text, ...bound) =>
    BigInt(find(text, bound[0], bound[1], bound[2], false)),
  ),
  ...onText('rfind sub start? end?', (text, ...bound) =>
    BigInt(find(text, bound[0], bound[1], bound[2], true)),
  ),
  ...onText('index sub start? end?', (text, ...bound) => index(text, false, ...bound)),
  ...onText('rindex sub start? end?', (text, ...bound) => index(text, true, ...bound)),
  ...onText('count sub', (text, sub) => {
    const wanted = textArgument(sub)
    return BigInt(wanted === '' ? textLength(text) + 1 : text.split(wanted).length - 1)
  }),
  ...onText('partition sep', (text, sep) => partition(text, sep, false)),
  ...onText('rpartition sep', (text, sep) => partition(text, sep, true)),
  ...padding('center width fillchar?', 'center'),
  ...padding('ljust width fillchar?', 'left'),
  ...padding('rjust width fillchar?', 'right'),
  ...onText('zfill width', (text, width) => {
    const sign = /^[+-]/.exec(text)?.[0] ?? ''
    return sign + padText(text.slice(sign.length), integerArgument(width, 0) - sign.length, '0', 'right')
  }),
  ...onText('expandtabs tabsize?', (text, size) =>
    text.replaceAll('\t', padText('', integerArgument(size, 8), ' ', 'left')),
  ),
  ...everyCharacter('isalpha', /^\p{L}+$/u),
  ...everyCharacter('isalnum', /^[\p{L}\p{N}]+$/u),
  ...everyCharacter('isdigit', /^[\p{Nd}²³¹⁰-⁹₀-₉]+$/u),
  ...everyCharacter('isdecimal', /^\p{Nd}+$/u),
  ...everyCharacter('isnumeric', /^\p{N}+$/u),
  ...everyCharacter('isspace', /^\s+$/u),
  ...everyCharacter('isidentifier', /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*$/u),
  ...everyCharacter('isascii', /^[\0-\x7f]*$/),
  ...onText('isupper', isUpper),
  ...onText('islower', isLower),
  ...onText('istitle', (text) => titleCase(text) === text && text.toUpperCase() !== text.toLowerCase()),
  ...defineVariadic('format', (run: Run, text, args) =>
    bracesFormat(String(text), args, {
      attribute: (target, name) => run.engine.attribute(run, target, name),
      item: (target, key) => run.engine.item(run, target, key),
    }),
  ),
])

const listMethods: ReadonlyMap<string, Builtin> = new Map([
  ...define('count value', (_run, list, value = null) =>
    BigInt(elementsOf(list).filter((item) => equals(item, value)).length),
  ),
  ...define('index value', (_run, list, value = null) => {
    const at = elementsOf(list).findIndex((item) => equals(item, value))
    if (at === -1) throw new Failure('the list does not contain what index() looks for')
    return BigInt(at)
  }),
  ...define('copy', (_run, list) => Array.from(elementsOf(list))),
])

const dictMutators = ['clear', 'pop', 'popitem', 'setdefault', 'update']

const dictMethods: ReadonlyMap<string, Builtin> = new Map([
  ...define('get key default?', (_run, dict, key = null, fallback = null) => member(dict, key, fallback)),
  ...define('keys', (_run, dict) => Sequence.make('dict_keys', elementsOf(dict))),
  ...define('values', (_run, dict) =>
    Sequence.make(
      'dict_values',
      members(dict).map(([, member]) => member),
    ),
  ),
  ...define('items', (_run, dict) =>
    Sequence.make(
      'dict_items',
      members(dict).map((pair) => Sequence.tuple(pair)),
    ),
  ),
  ...define('copy', (_run, dict) => {
    const copy = new Dict()
    for (const [key, member] of members(dict)) copy.set(key, member)
    return copy
  }),
  ...dictMutators.flatMap((name) =>
    defineVariadic(name, () => {
      throw new Failure(`"${name}" would change its dict, which templates cannot do`)
    }),
  ),
])

/** The member itself may be null, which is not the same as missing. */
function member(dict: Runtime, key: Runtime, fallback: Runtime): Runtime {
  const found = isMapping(dict) ? memberOf(dict, key) : undefined
  return found === undefined ? fallback : found
}

function members(dict: Runtime): [Runtime, Runtime][] {
  return isMapping(dict) ? entriesOf(dict) : []
}

const floatMethods: ReadonlyMap<string, Builtin> = new Map([
  ...define('is_integer', (_run, value) => Number.isInteger(value)),
])
