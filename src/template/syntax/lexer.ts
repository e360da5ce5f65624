/**
 * Template source to tokens, with Jinja's default delimiters.
 *
 * Owns: text, tags, raw blocks, comments, whitespace control (`-`, `+`), literals.
 * Rules:
 * 1. Line ends are read as `\n`; one line end at the end of the template is dropped.
 * 2. Inside brackets `}}` and `%}` are brackets, not the end of a tag, so `{{ {'a': {}} }}` works.
 * 3. Raw blocks become text here; the parser never sees them.
 * 4. Anything unreadable is a `template_invalid` error with its place, nothing else is ever thrown.
 */
import { excerpt, invalidTemplate } from '../limits/failure.ts'
import { readInteger } from '../limits/numbers.ts'

export type TokenKind =
  | 'text'
  | 'output-begin'
  | 'output-end'
  | 'block-begin'
  | 'block-end'
  | 'name'
  | 'integer'
  | 'float'
  | 'string'
  | 'operator'
  | 'end'

export interface Token {
  readonly kind: TokenKind
  /** As written; for `text` after whitespace control. */
  readonly text: string
  /** Of literals. */
  readonly value?: string | bigint | number
  /** Offset in the normalised source. */
  readonly at: number
}

const whitespace = /\s+/y
const float = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy
const integer = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy
const name = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy
const operator = /\/\/|\*\*|[=!<>]=|[-+/*%~[\](){}><=.:|,;]/y
const rawBegin = /\{%[-+]?\s*raw\s*(?:-%\}\s*|%\})/y
const rawEnd = /\{%([-+]?)\s*endraw\s*(?:-%\}\s*|\+?%\})/g

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** Line ends as `\n`, without the last one: what offsets in tokens and errors refer to. */
export function normaliseSource(source: string): string {
  const text = source.replace(/\r\n?/g, '\n')
  return text.endsWith('\n') ? text.slice(0, -1) : text
}

/**
 * @param source text from `normaliseSource`
 * @returns tokens, the last one of kind `end`
 * @throws RowsmithError template_invalid
 */
export function tokenize(source: string): Token[] {
  return new Lexer(source).tokens()
}

/** A bracket that waits for its other half. */
interface OpenBracket {
  readonly bracket: string
  readonly at: number
}

/** Reads a template from its beginning to its end, once. */
class Lexer {
  readonly #source: string
  readonly #tokens: Token[] = []
  #position = 0

  constructor(source: string) {
    this.#source = source
  }

  tokens(): Token[] {
    while (this.#position < this.#source.length) {
      this.#readText()
      if (this.#position < this.#source.length) this.#readOpening()
    }
    this.#tokens.push({ kind: 'end', text: '', at: this.#source.length })
    return this.#tokens
  }

  /** The text before the next tag. */
  #readText(): void {
    const start = this.#position
    this.#position = nextTag(this.#source, start)
    const text = this.#source.slice(start, this.#position)
    this.#addText(this.#source[this.#position + 2] === '-' ? text.trimEnd() : text, start)
  }

  /** What begins with `{#`, `{%` or `{{`. */
  #readOpening(): void {
    const opening = this.#source.slice(this.#position, this.#position + 2)
    const raw = opening === '{%' ? this.#match(rawBegin) : undefined
    if (opening === '{#') this.#skipComment()
    else if (raw !== undefined) this.#readRaw(raw)
    else this.#readTag(opening === '{{')
  }

  #skipComment(): void {
    const tag = this.#position
    const close = this.#source.indexOf('#}', tag + 2)
    if (close === -1) throw invalidTemplate(this.#source, tag, 'this comment has no end, "#}" is missing')
    this.#position = close + 2
    if (this.#source[close - 1] === '-') this.#skipWhitespace()
  }

  #readRaw(opening: string): void {
    const tag = this.#position
    const bodyStart = tag + opening.length
    rawEnd.lastIndex = bodyStart
    const end = rawEnd.exec(this.#source)
    if (end === null) throw invalidTemplate(this.#source, tag, 'this raw block has no {% endraw %}')
    const body = this.#source.slice(bodyStart, end.index)
    this.#addText(end[1] === '-' ? body.trimEnd() : body, bodyStart)
    this.#position = end.index + end[0].length
  }

  /** Tokens of one `{{ }}` or `{% %}`. */
  #readTag(isOutput: boolean): void {
    const tag = this.#position
    const kind = isOutput ? 'output' : 'block'
    this.#tokens.push({ kind: `${kind}-begin`, text: this.#source.slice(tag, tag + 2), at: tag })
    this.#position += 2
    if (this.#source[this.#position] === '-' || this.#source[this.#position] === '+') this.#position++
    const end = isOutput ? '}}' : '%}'
    const open: OpenBracket[] = []
    for (;;) {
      this.#skipWhitespace()
      if (this.#position >= this.#source.length) {
        throw invalidTemplate(this.#source, tag, `this tag has no end, "${end}" is missing`)
      }
      if (open.length === 0 && this.#readTagEnd(kind, end)) return
      const token = this.#readToken(open)
      this.#tokens.push(token)
      this.#position += token.text.length
    }
  }

  /** @returns whether the tag ends here */
  #readTagEnd(kind: 'output' | 'block', end: string): boolean {
    const strip = this.#source[this.#position] === '-'
    const sign = strip || (kind === 'block' && this.#source[this.#position] === '+') ? 1 : 0
    if (!this.#source.startsWith(end, this.#position + sign)) return false
    this.#tokens.push({ kind: `${kind}-end`, text: end, at: this.#position })
    this.#position += sign + 2
    if (strip) this.#skipWhitespace()
    return true
  }

  /** The token that stands here. */
  #readToken(open: OpenBracket[]): Token {
    const at = this.#position
    const quote = this.#source[at] ?? ''
    if (quote === '"' || quote === "'") return this.#readString(quote)
    const floatText = this.#match(float)
    if (floatText !== undefined) {
      return { kind: 'float', text: floatText, value: Number(floatText.replaceAll('_', '')), at }
    }
    const integerText = this.#match(integer)
    if (integerText !== undefined) {
      return { kind: 'integer', text: integerText, value: readInteger(integerText, 0) ?? 0n, at }
    }
    const nameText = this.#match(name)
    if (nameText !== undefined) return { kind: 'name', text: nameText, at }
    return this.#readOperator(open)
  }

  #readString(quote: string): Token {
    const at = this.#position
    const close = endOfString(this.#source, at)
    if (close === -1) throw invalidTemplate(this.#source, at, `this text has no closing ${quote}`)
    const text = this.#source.slice(at, close + 1)
    return { kind: 'string', text, value: readEscapes(text.slice(1, -1), this.#source, at), at }
  }

  #readOperator(open: OpenBracket[]): Token {
    const at = this.#position
    const text = this.#match(operator)
    if (text === undefined) {
      const seen = String.fromCodePoint(this.#source.codePointAt(at) ?? 0)
      throw invalidTemplate(this.#source, at, `unexpected character ${JSON.stringify(seen)}`)
    }
    if (text in closing) open.push({ bracket: text, at })
    else if (text === ')' || text === ']' || text === '}') {
      const due = closing[open.pop()?.bracket ?? '']
      if (due === undefined) throw invalidTemplate(this.#source, at, `"${text}" closes nothing`)
      if (due !== text) throw invalidTemplate(this.#source, at, `found "${text}" where "${due}" is due`)
    }
    return { kind: 'operator', text, at }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position
    return pattern.exec(this.#source)?.[0]
  }

  #skipWhitespace(): void {
    this.#position += this.#match(whitespace)?.length ?? 0
  }

  #addText(text: string, at: number): void {
    if (text !== '') this.#tokens.push({ kind: 'text', text, at })
  }
}

function nextTag(source: string, from: number): number {
  for (let at = source.indexOf('{', from); at !== -1; at = source.indexOf('{', at + 1)) {
    const next = source[at + 1]
    if (next === '{' || next === '%' || next === '#') return at
  }
  return source.length
}

function endOfString(source: string, start: number): number {
  const quote = source[start]
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === quote) return at
  }
  return -1
}

const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
}

/** Python's escapes; unknown ones stay as written. */
function readEscapes(text: string, source: string, at: number): string {
  if (!text.includes('\\')) return text
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|(.))/gs,
    (whole: string, x?: string, u?: string, long?: string, octal?: string, other?: string) => {
      if (other !== undefined) {
        if (other === 'x' || other === 'u' || other === 'U' || other === 'N') {
          throw invalidTemplate(source, at, `cannot read the escape "\\${other}" in ${excerpt(text)}`)
        }
        return simpleEscapes[other] ?? whole
      }
      const code = octal === undefined ? Number.parseInt(x ?? u ?? long ?? '', 16) : Number.parseInt(octal, 8)
      if (code > 0x10ffff) throw invalidTemplate(source, at, `no character has the number in "${whole}"`)
      return String.fromCodePoint(code)
    },
  )
}
