/**
 * Regular expressions that users and schemas give, matched in time linear in the text: `^(a+)+$` and 100,000 letters cannot hold a run up.
 *
 * Rules:
 *   1. A pattern means what it means in JavaScript with the flag `u`. Example: `.` matches no line end, `\s` every Unicode space.
 *   2. RE2 matches it. What only RE2 knows is accepted too, in its own meaning. Example: `(?i)` and `\z`, as pydantic writes them.
 *   3. What RE2 cannot do, such as `(?=...)` and `\1`, V8 does under a deadline. A text that takes longer is an error, never a result.
 */

import { createRequire } from 'node:module'
import { createContext, Script } from 'node:vm'
import type { RE2JS } from 're2js'
import { present } from '../errors/present.ts'

export interface LinearPattern {
  /** Whether the pattern is found anywhere in the text. @throws PatternTooSlow (rule 3) */
  test(text: string): boolean
  /** False for a pattern that is matched under a deadline. */
  readonly isLinear: boolean
}

/** A pattern of rule 3 that was not decided in time. */
export class PatternTooSlow extends Error {
  constructor(source: string, deadlineMs: number) {
    super(`The pattern ${JSON.stringify(source.slice(0, 80))} was not decided within ${deadlineMs} ms`)
    this.name = 'PatternTooSlow'
  }
}

/**
 * @param deadlineMs of one test by rule 3
 * @throws SyntaxError for a text that is no pattern
 */
export function linearPattern(source: string, deadlineMs = 1000): LinearPattern {
  let native: RegExp | undefined
  let problem: unknown
  try {
    native = new RegExp(source, 'u')
  } catch (error) {
    problem = error
  }
  const linear = compiled(native === undefined ? source : inRe2Syntax(source))
  if (linear !== undefined) return { isLinear: true, test: (text) => linear.test(text) }
  if (native === undefined) throw problem
  return { isLinear: false, test: (text) => testWithin(native, text, deadlineMs) }
}

let scheduler: typeof RE2JS | undefined

/** RE2's pattern; undefined when it cannot do this one. It is loaded with the first pattern. */
function compiled(source: string): RE2JS | undefined {
  scheduler ??= (createRequire(import.meta.url)('re2js') as { RE2JS: typeof RE2JS }).RE2JS
  try {
    return scheduler.compile(source)
  } catch {
    return undefined
  }
}

const found = new Script('pattern.test(text)')

function testWithin(pattern: RegExp, text: string, deadlineMs: number): boolean {
  try {
    return found.runInContext(createContext({ pattern, text }), { timeout: deadlineMs }) as boolean
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new PatternTooSlow(pattern.source, deadlineMs)
  }
}

/** Ranges of a class: all that JavaScript's `\s` matches, and all else. */
const spaces = String.raw`\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`
const others = String.raw`\x{0}-\x{8}\x{e}-\x{1f}!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}`
const anything = String.raw`\x{0}-\x{10ffff}`

/** One item of a pattern: an escape, an empty class, or one character. */
const item =
  /\\u\{[0-9a-f]+\}|\\u[dD][89abAB][0-9a-f]{2}\\u[dD][c-fC-F][0-9a-f]{2}|\\u[0-9a-f]{4}|\\c[a-z]|\\[pP]\{[^}]*\}|\\.|\[\^?\]|./gisu

/** A valid pattern of JavaScript in RE2's spelling. What has none there is left as it is, and refused by RE2. */
function inRe2Syntax(source: string): string {
  let inClass = false
  return source.replace(item, (text) => {
    if (inClass) {
      if (text === ']') inClass = false
      // An empty class cannot be inside of one: these are its first characters.
      if (text === '[]' || text === '[^]') {
        inClass = false
        return `\\${text}`
      }
      return text === '[' ? '\\[' : respelledInClass(text)
    }
    if (text === '[]') return `[^${anything}]`
    if (text === '[^]') return `[${anything}]`
    if (text === '[') inClass = true
    if (text === '.') return String.raw`[^\n\r\x{2028}\x{2029}]`
    if (text === '\\s') return `[${spaces}]`
    if (text === '\\S') return `[^${spaces}]`
    return respelled(text)
  })
}

function respelledInClass(text: string): string {
  if (text === '\\s') return spaces
  if (text === '\\S') return others
  return text === '\\b' ? '\\x{8}' : respelled(text)
}

function respelled(text: string): string {
  if (text === '\\0') return '\\x{0}'
  if (text.startsWith('\\c')) return `\\x{${(text.charCodeAt(2) % 32).toString(16)}}`
  if (/^\\p/i.test(text)) return text.replace(/\{(?:Script|sc|General_Category|gc)=/, '{')
  if (!text.startsWith('\\u')) return text
  const units = (text.match(/[0-9a-f]{4,6}|(?<=\{)[0-9a-f]+/gi) ?? []).map((unit) =>
    Number.parseInt(unit, 16),
  )
  // Two units are a pair of surrogates; one may be beyond them, as in \u{1f600}.
  const code = units.length === 2 ? String.fromCharCode(...units).codePointAt(0) : units[0]
  return `\\x{${present(code, 'units of a character').toString(16)}}`
}
