/**
 * JavaScript and TypeScript, checked by Babel's parser, early errors included: a text is read as a module if it has to be
 * one, else as a script. JSX is taken for part of both.
 *
 * Rules:
 *   1. A regular expression that cannot be compiled is an early error. The platform says which can.
 *   2. A text inside a fence of Markdown is none, though a tagged template inside of another is what the grammar sees in it.
 */

import { type ParserOptions, parse } from '@babel/parser'
import { present } from '../../base/errors/present.ts'
import { type Check, complaint, invalidSyntax, unbearable, validSyntax } from '../common/languages.ts'
import { isTooDeep } from '../common/nesting.ts'

type Plugins = NonNullable<ParserOptions['plugins']>

const newest: Plugins = ['decoratorAutoAccessors', 'deferredImportEvaluation', 'sourcePhaseImports']

/** Where `<T>x` is a type assertion in one reading and JSX in the other, either will do. */
const readings: { readonly [L in 'javascript' | 'typescript']: readonly Plugins[] } = {
  javascript: [['jsx', 'decorators', ...newest]],
  typescript: [
    ['typescript', 'decorators-legacy', ...newest],
    ['typescript', 'decorators-legacy', 'jsx', ...newest],
    ['typescript', 'decorators', 'jsx', ...newest],
  ],
}

export function loadJavaScript(language: 'javascript' | 'typescript'): Check {
  return (code) => {
    if (isTooDeep(code)) return unbearable(language)
    if (/^\s*```/.test(code))
      return invalidSyntax(complaint(1, 1, 'the text begins with a fence of Markdown'))
    const complaints = readings[language].map((plugins) => complaintOf(code, plugins))
    return complaints.includes(undefined) ? validSyntax : invalidSyntax(present(complaints[0], 'complaints'))
  }
}

function complaintOf(code: string, plugins: Plugins): string | undefined {
  try {
    const { tokens } = parse(code, { sourceType: 'unambiguous', plugins: [...plugins], tokens: true })
    return brokenPattern(tokens ?? [])
  } catch (error) {
    if (!(error instanceof SyntaxError) || !('loc' in error)) throw error
    const { line, column } = error.loc as { line: number; column: number }
    return complaint(line, column + 1, error.message.replace(/ \(\d+:\d+\)$/, ''))
  }
}

/** Rule 1. */
function brokenPattern(tokens: readonly unknown[]): string | undefined {
  for (const token of tokens as readonly Token[]) {
    const { value } = token
    if (typeof value !== 'object' || value === null || typeof value.pattern !== 'string') continue
    try {
      new RegExp(value.pattern, value.flags)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      const { line, column } = token.loc.start
      return complaint(line, column + 1, error.message)
    }
  }
  return undefined
}

interface Token {
  readonly value?: { readonly pattern?: unknown; readonly flags?: string } | string | null
  readonly loc: { readonly start: { readonly line: number; readonly column: number } }
}
