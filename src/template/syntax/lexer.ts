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
  const tokens: Token[] = []
  let position = 0

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position
    return pattern.exec(source)?.[0]
  }
  const skipWhitespace = (): void => {
    position += match(whitespace)?.length ?? 0
  }
  const addText = (text: string, at: number): void => {
    if (text !== '') tokens.push({ kind: 'text', text, at })
  }

  while (position < source.length) {
    const start = position
    const tag = nextTag(source, position)
    let text = source.slice(start, tag)
    if (source[tag + 2] === '-') text = text.trimEnd()
    addText(text, start)
    if (tag === source.length) break
    position = tag
    const opening = source.slice(tag, tag + 2)
    if (opening === '{#') {
      const close = source.indexOf('#}', tag + 2)
      if (close === -1) throw invalidTemplate(source, tag, 'this comment has no end, "#}" is missing')
      position = close + 2
      if (source[close - 1] === '-') skipWhitespace()
      continue
    }
    const raw = opening === '{%' ? match(rawBegin) : undefined
    if (raw !== undefined) {
      const bodyStart = tag + raw.length
      rawEnd.lastIndex = bodyStart
      const end = rawEnd.exec(source)
      if (end === null) throw invalidTemplate(source, tag, 'this raw block has no {% endraw %}')
      const body = source.slice(bodyStart, end.index)
      addText(end[1] === '-' ? body.trimEnd() : body, bodyStart)
      position = end.index + end[0].length
      continue
    }
    readTag(opening === '{{')
  }
  tokens.push({ kind: 'end', text: '', at: source.length })
  return tokens

  /** Tokens of one `{{ }}` or `{% %}`; leaves `position` after it. */
  function readTag(isOutput: boolean): void {
    const tagAt = position
    const kind = isOutput ? 'output' : 'block'
    tokens.push({ kind: `${kind}-begin`, text: source.slice(position, position + 2), at: position })
    position += 2
    if (source[position] === '-' || source[position] === '+') position++
    const end = isOutput ? '}}' : '%}'
    const open: { bracket: string; at: number }[] = []
    for (;;) {
      skipWhitespace()
      if (position >= source.length) {
        throw invalidTemplate(source, tagAt, `this tag has no end, "${end}" is missing`)
      }
      if (open.length === 0) {
        const strip = source[position] === '-'
        const sign = strip || (!isOutput && source[position] === '+') ? 1 : 0
        if (source.startsWith(end, position + sign)) {
          tokens.push({ kind: `${kind}-end`, text: end, at: position })
          position += sign + 2
          if (strip) skipWhitespace()
          return
        }
      }
      readToken(open)
    }
  }

  function readToken(open: { bracket: string; at: number }[]): void {
    const at = position
    const character = source[position] ?? ''
    if (character === '"' || character === "'") {
      const close = endOfString(source, at)
      if (close === -1) throw invalidTemplate(source, at, `this text has no closing ${character}`)
      const text = source.slice(at, close + 1)
      tokens.push({ kind: 'string', text, value: readEscapes(text.slice(1, -1), source, at), at })
      position = close + 1
      return
    }
    const floatText = match(float)
    if (floatText !== undefined) {
      tokens.push({ kind: 'float', text: floatText, value: Number(floatText.replaceAll('_', '')), at })
      position += floatText.length
      return
    }
    const integerText = match(integer)
    if (integerText !== undefined) {
      tokens.push({ kind: 'integer', text: integerText, value: readInteger(integerText, 0) ?? 0n, at })
      position += integerText.length
      return
    }
    const nameText = match(name)
    if (nameText !== undefined) {
      tokens.push({ kind: 'name', text: nameText, at })
      position += nameText.length
      return
    }
    const operatorText = match(operator)
    if (operatorText === undefined) {
      const seen = String.fromCodePoint(source.codePointAt(at) ?? 0)
      throw invalidTemplate(source, at, `unexpected character ${JSON.stringify(seen)}`)
    }
    if (operatorText in closing) open.push({ bracket: operatorText, at })
    else if (operatorText === ')' || operatorText === ']' || operatorText === '}') {
      const opened = open.pop()
      if (opened === undefined) {
        throw invalidTemplate(source, at, `"${operatorText}" closes nothing`)
      }
      if (closing[opened.bracket] !== operatorText) {
        throw invalidTemplate(source, at, `found "${operatorText}" where "${closing[opened.bracket]}" is due`)
      }
    }
    tokens.push({ kind: 'operator', text: operatorText, at })
    position += operatorText.length
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
