/**
 * JSON as models write it when they slip: made into JSON by its punctuation alone.
 *
 * 1. Fixed are: quotes around words in a string, trailing commas, commas missing at the end of a line, comments, quotes that are single or curly, keys without
 *    quotes, Python's True, False and None, line breaks and tabs inside of strings, escapes that JSON does not know, and numbers
 *    with a leading plus or without a digit next to their point.
 * 2. Nothing is made up: what is not closed stays open, what has no value gets none, and the text is no JSON still.
 */
import { present } from '../../base/errors/present.ts'

/** The text with these slips fixed. It need not be JSON afterwards. */
export function repairJson(text: string): string {
  const tokens = tokensOf(text)
  const repaired: string[] = []
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1]
    const after = tokens[index + 1]
    const followsValue = before !== undefined && endsValue(before)
    if (followsValue && beginsValue(token) && token.onNewLine) repaired.push(',')
    if (followsValue && token.kind === 'comma' && after?.kind === 'close') continue
    if (token.kind === 'word')
      repaired.push(after?.kind === 'colon' ? JSON.stringify(token.text) : wordOf(token.text))
    else repaired.push(token.text)
  }
  return repaired.join(' ')
}

interface Token {
  readonly kind: 'open' | 'close' | 'comma' | 'colon' | 'string' | 'number' | 'word' | 'other'
  readonly text: string
  /** Whether a line ended between the token before and this one. */
  readonly onNewLine: boolean
}

const kinds: ReadonlyMap<string, Token['kind']> = new Map([
  ['{', 'open'],
  ['[', 'open'],
  ['}', 'close'],
  [']', 'close'],
  [',', 'comma'],
  [':', 'colon'],
])

/** Closing quotes by their opening one. */
const closing: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['\u201c', '\u201d'],
  ['\u2018', '\u2019'],
])

const blank = /[\s\ufeff\u00a0]*(?:\/\/[^\n]*|\/\*[\s\S]*?\*\/|#[^\n]*)?/y
const number = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w$])/y
const word = /[A-Za-z_$][\w$-]*/y

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    const start = at
    for (let skipped = matched(blank, text, at); skipped !== ''; skipped = matched(blank, text, at)) {
      at += skipped.length
    }
    const onNewLine = text.slice(start, at).includes('\n')
    const first = text[at]
    if (first === undefined) break
    const mark = kinds.get(first)
    const close = closing.get(first)
    if (mark !== undefined) {
      tokens.push({ kind: mark, text: first, onNewLine })
      at++
    } else if (close !== undefined) {
      const end = endOfString(text, at + 1, close)
      tokens.push({ kind: 'string', text: quoted(text.slice(at + 1, end), end < text.length), onNewLine })
      at = end + 1
    } else {
      const digits = matched(number, text, at)
      const letters = digits === '' ? matched(word, text, at) : ''
      if (digits !== '') tokens.push({ kind: 'number', text: numeral(digits), onNewLine })
      else if (letters !== '') tokens.push({ kind: 'word', text: letters, onNewLine })
      else tokens.push({ kind: 'other', text: first, onNewLine })
      at += Math.max(1, digits.length + letters.length)
    }
  }
  return tokens
}

function matched(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

/** What stands behind a string in JSON, comments and missing commas at the end of a line included. */
const behindString =
  /[ \t\u00a0]*(?:[,:}\]#]|\/[/*]|$|[\r\n]\s*(?:["'\u201c\u2018{}[\],:/#]|[A-Za-z_$][\w$-]*\s*:|-?\d|$))/y

/**
 * Where a string's closing quote is: the first one that something follows which may stand there. Before it, quotes in pairs around
 * words count as text: `"the "best" tea"`. The end of the text without one.
 */
function endOfString(text: string, from: number, close: string): number {
  let isQuoting = false
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === close) {
      if (matches(behindString, text, at + 1)) return at
      const mayOpen =
        (at === from || /[\s([{]/.test(present(text[at - 1], 'text'))) && !/\s/.test(text[at + 1] ?? ' ')
      if (!isQuoting && !mayOpen) return at
      isQuoting = !isQuoting
    }
  }
  return text.length
}

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|\\(.)|["\\\p{Cc}]/gsu

/** The inside of a string as JSON has it; without its end when it has none. */
function quoted(inside: string, closed: boolean): string {
  const text = inside.replaceAll(escaped, (found, unknown: string | undefined) => {
    if (unknown !== undefined) return unknown === "'" ? "'" : `\\\\${unknown === '"' ? '\\"' : unknown}`
    if (found.length > 1) return found
    return JSON.stringify(found).slice(1, -1)
  })
  return `"${text}${closed ? '"' : ''}`
}

function numeral(digits: string): string {
  return digits
    .replace(/^\+/, '')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.(?!\d)/, '.0')
}

const words: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
])

function wordOf(text: string): string {
  return words.get(text) ?? text
}

function endsValue({ kind }: Token): boolean {
  return kind === 'close' || kind === 'string' || kind === 'number' || kind === 'word'
}

function beginsValue({ kind }: Token): boolean {
  return kind === 'open' || kind === 'string' || kind === 'number' || kind === 'word'
}
