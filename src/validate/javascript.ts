/**
 * JavaScript and TypeScript, checked by Babel's parser, early errors included: a text is read as a module if it has to be
 * one, else as a script. JSX is taken for part of both.
 */
import { type ParserOptions, parse } from '@babel/parser'
import { type Check, complaint, invalidSyntax, unbearable, validSyntax } from './languages.ts'
import { isTooDeep } from './nesting.ts'

type Plugins = NonNullable<ParserOptions['plugins']>

/** Where `<T>x` is a type assertion in one reading and JSX in the other, either will do. */
const readings: { readonly [L in 'javascript' | 'typescript']: readonly Plugins[] } = {
  javascript: [['jsx', 'decorators']],
  typescript: [
    ['typescript', 'decorators-legacy'],
    ['typescript', 'decorators-legacy', 'jsx'],
  ],
}

export function loadJavaScript(language: 'javascript' | 'typescript'): Check {
  return (code) => {
    if (isTooDeep(code)) return unbearable(language)
    const complaints = readings[language].map((plugins) => complaintOf(code, plugins))
    return complaints.includes(undefined) ? validSyntax : invalidSyntax(complaints[0]!)
  }
}

function complaintOf(code: string, plugins: Plugins): string | undefined {
  try {
    parse(code, { sourceType: 'unambiguous', plugins: [...plugins] })
    return undefined
  } catch (error) {
    if (!(error instanceof SyntaxError) || !('loc' in error)) throw error
    const { line, column } = error.loc as { line: number; column: number }
    return complaint(line, column + 1, error.message.replace(/ \(\d+:\d+\)$/, ''))
  }
}
