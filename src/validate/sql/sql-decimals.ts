import type { SqlLanguage } from '../common/languages.ts'

/** What is no code: strings, quoted names, comments. In some dialects a backslash escapes. */
const quotes = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g
const escaped = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|#[^\n]*|--[^\n]*|\/\*[\s\S]*?\*\//gs

/** The precisions of the DECIMAL types of a text that have no scale. */
export function decimalsIn(code: string, language: SqlLanguage): readonly number[] {
  const hasEscapes = language === 'sql:mysql' || language === 'sql:bigquery'
  const plain = code.replaceAll(hasEscapes ? escaped : quotes, ' ')
  return [...plain.matchAll(/\bdecimal\s*\(\s*(\d+)\s*\)/gi)].map(([, precision]) => Number(precision))
}
