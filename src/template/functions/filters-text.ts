/** Filters on text. Each is Jinja's of the same name; where the two differ, the comment says so. */

import { boundedText, spend } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'
import { readFloat } from '../limits/numbers.ts'
import { pythonText } from '../values/python-format.ts'
import { percentFormat } from '../values/text-format.ts'
import {
  characters,
  Dict,
  elementsOf,
  entriesOf,
  isList,
  isMapping,
  isNumber,
  type Runtime,
  Sequence,
  Undefined,
} from '../values/values.ts'
import { define, defineVariadic, flagArgument, integerArgument, textArgument } from './call.ts'
import { capitalise, linesOf, padText, replaceText, strip } from './methods.ts'

/** `& < > ' "` as HTML. There is no safe-text type: escaping twice escapes twice. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>'"]/g, (unit) => htmlEscapes[unit] ?? unit)
}

const htmlEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
}

const htmlEntities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
}

/** Text without comments and tags, white space as single spaces, common entities as their characters. */
function stripTags(text: string): string {
  const bare = cutBetween(cutBetween(text, '<!--', '-->'), '<', '>')
  return bare
    .trim()
    .replace(/\s+/g, ' ')
    .replace(
      /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi,
      (whole, decimal?: string, hex?: string, name?: string) => {
        if (name !== undefined) return htmlEntities[name] ?? whole
        const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole
      },
    )
}

function cutBetween(text: string, open: string, close: string): string {
  let result = ''
  let position = 0
  for (;;) {
    const start = text.indexOf(open, position)
    const end = start === -1 ? -1 : text.indexOf(close, start)
    if (end === -1) return result + text.slice(position)
    result += text.slice(position, start)
    position = end + close.length
  }
}

function truncate(text: string, length: number, killWords: boolean, end: string, leeway: number): string {
  const units = characters(text)
  const endLength = characters(end).length
  if (length < endLength) throw new Failure(`truncate: the length ${length} is shorter than the end "${end}"`)
  if (units.length <= length + leeway) return text
  const stored = units.slice(0, length - endLength).join('')
  if (killWords) return stored + end
  const space = stored.lastIndexOf(' ')
  return (space === -1 ? stored : stored.slice(0, space)) + end
}

function indent(text: string, width: Runtime | undefined, first: boolean, blank: boolean): string {
  const prefix = typeof width === 'string' ? width : padText('', integerArgument(width, 4), ' ', 'left')
  const lines = linesOf(`${text}\n`)
  boundedText(text.length + prefix.length * lines.length, () => '')
  const indented = lines.map((line, index) => (index === 0 || (line === '' && !blank) ? line : prefix + line))
  return (first ? prefix : '') + indented.join('\n')
}

/** Where `wordwrap` may break: Python's textwrap rules, hyphens and dashes included. */
const wrapChunks =
  /[\t\n\v\f\r ]+|(?<=[\w!"'&.,?])-{2,}(?=\w)|[^\t\n\v\f\r ]+?(?:-(?:(?<=[\p{L}_]{2}-)|(?<=[\p{L}_]-[\w!"'&.,?]-))(?=[\p{L}_]-?[\p{L}_])|(?=[\t\n\v\f\r ]|$)|(?<=[\w!"'&.,?])(?=-{2,}\w))/gu
const wrapChunksAtSpaces = /[\t\n\v\f\r ]+|[^\t\n\v\f\r ]+/g

function wrapLine(line: string, width: number, breakLong: boolean, atHyphens: boolean): string[] {
  spend(line.length / 5)
  const chunks = (line.match(atHyphens ? wrapChunks : wrapChunksAtSpaces) ?? []).reverse()
  const lines: string[] = []
  while (chunks.length > 0) {
    const current: string[] = []
    let length = 0
    if (chunks.at(-1)?.trim() === '' && lines.length > 0) chunks.pop()
    for (
      let chunk = chunks.at(-1);
      chunk !== undefined && length + chunk.length <= width;
      chunk = chunks.at(-1)
    ) {
      current.push(chunk)
      length += chunk.length
      chunks.pop()
    }
    const next = chunks.at(-1)
    if (next !== undefined && next.length > width) {
      const room = width < 1 ? 1 : width - length
      if (breakLong) {
        current.push(next.slice(0, room))
        chunks[chunks.length - 1] = next.slice(room)
      } else if (current.length === 0) {
        current.push(next)
        chunks.pop()
      }
    }
    if (current.at(-1)?.trim() === '') current.pop()
    if (current.length > 0) lines.push(current.join(''))
  }
  return lines
}

function fileSize(bytes: number, binary: boolean): string {
  const base = binary ? 1024 : 1000
  if (bytes === 1) return '1 Byte'
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`
  const units = binary
    ? ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB']
    : ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB']
  let power = 1
  while (power < units.length && bytes >= base ** (power + 1)) power++
  return percentFormat(`%.1f ${units[power - 1]}`, bytes / base ** power)
}

function urlQuote(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]|%2F/g, (unit) =>
    unit === '%2F' ? '/' : `%${unit.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function urlEncode(value: Runtime): string {
  if (!isMapping(value) && !isList(value)) return urlQuote(pythonText(value))
  const pairs = isMapping(value) ? entriesOf(value) : elementsOf(value).map((pair) => elementsOf(pair))
  const quote = (part: Runtime | undefined): string =>
    urlQuote(textArgument(part)).replaceAll('/', '%2F').replaceAll('%20', '+')
  return pairs
    .map((pair) => {
      if (pair.length !== 2) throw new Failure('urlencode needs pairs')
      return `${quote(pair[0])}=${quote(pair[1])}`
    })
    .join('&')
}

function xmlAttributes(value: Runtime, autospace: boolean): string {
  if (!isMapping(value)) throw new Failure('xmlattr needs a mapping')
  const written = entriesOf(value)
    .filter(([, member]) => member !== null && !(member instanceof Undefined))
    .map(([key, member]) => {
      const name = pythonText(key)
      if (/[\s/>=]/.test(name)) throw new Failure(`xmlattr: "${name.slice(0, 60)}" is no attribute name`)
      return `${escapeHtml(name)}="${escapeHtml(pythonText(member))}"`
    })
    .join(' ')
  return written !== '' && autospace ? ` ${written}` : written
}

export const textFilters = [
  ...define('upper', (_run, value) => pythonText(value).toUpperCase()),
  ...define('lower', (_run, value) => pythonText(value).toLowerCase()),
  ...define('capitalize', (_run, value) => capitalise(pythonText(value))),
  ...define('title', (_run, value) => {
    const text = pythonText(value)
    spend(text.length / 5)
    return text
      .split(/([-\s({[<]+)/)
      .map(capitalise)
      .join('')
  }),
  ...define('trim chars?', (_run, value, chars) => strip(pythonText(value), chars)),
  ...define('replace old new count?', (_run, value, old, replacement, count) =>
    replaceText(pythonText(value), textArgument(old), textArgument(replacement), integerArgument(count, -1)),
  ),
  ...define('center width?', (_run, value, width) =>
    padText(pythonText(value), integerArgument(width, 80), ' ', 'center'),
  ),
  ...define('indent width? first? blank?', (_run, value, width, first, blank) =>
    indent(pythonText(value), width, flagArgument(first), flagArgument(blank)),
  ),
  ...define('truncate length? killwords? end? leeway?', (_run, value, length, kill, end, leeway) =>
    truncate(
      pythonText(value),
      integerArgument(length, 255),
      flagArgument(kill),
      textArgument(end, '...'),
      integerArgument(leeway, 5),
    ),
  ),
  ...define('wordcount', (_run, value) => BigInt(pythonText(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0)),
  ...define(
    'wordwrap width? break_long_words? wrapstring? break_on_hyphens?',
    (_run, value, width, breakLong, wrapString, atHyphens) => {
      const between = wrapString === null ? '\n' : textArgument(wrapString, '\n')
      return linesOf(pythonText(value))
        .map((line) =>
          wrapLine(
            line,
            integerArgument(width, 79),
            flagArgument(breakLong, true),
            flagArgument(atHyphens, true),
          ).join(between),
        )
        .join(between)
    },
  ),
  ...define('string', (_run, value) => pythonText(value)),
  ...define('safe', (_run, value) => pythonText(value)),
  ...define('escape|e|forceescape', (_run, value) => escapeHtml(pythonText(value))),
  ...define('striptags', (_run, value) => stripTags(pythonText(value))),
  ...define('urlencode', (_run, value) => urlEncode(value)),
  ...define('xmlattr autospace?', (_run, value, autospace) =>
    xmlAttributes(value, flagArgument(autospace, true)),
  ),
  ...define('filesizeformat binary?', (_run, value, binary) => {
    const bytes = typeof value === 'string' ? readFloat(value) : isNumber(value) ? Number(value) : undefined
    if (bytes === undefined || Number.isNaN(bytes)) throw new Failure('filesizeformat needs a number')
    return fileSize(bytes, flagArgument(binary))
  }),
  ...defineVariadic('format', (_run, value, { positional, named }) => {
    if (named.size === 0) return percentFormat(pythonText(value), Sequence.tuple(positional))
    if (positional.length > 0) throw new Failure('format takes values either by place or by name')
    const values = new Dict()
    for (const [name, member] of named) values.set(name, member)
    return percentFormat(pythonText(value), values)
  }),
]
