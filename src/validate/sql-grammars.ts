/**
 * The grammars of T-SQL and MySQL that ANTLR's users keep. They know nearly everything that is written in these dialects, and are slow to
 * start: asked only about what a faster parser refuses.
 */
import { complaint } from './languages.ts'

const formats = { 'sql:tsql': 'mssql', 'sql:mysql': 'mysql' } as const

export type GrammarDialect = keyof typeof formats

/** What is wrong with a text, nothing when its grammar knows it. */
export async function loadSqlGrammar(dialect: GrammarDialect): Promise<(code: string) => readonly string[]> {
  const { importer } = await import('@dbml/core')
  return (code) => {
    try {
      importer.import(code, formats[dialect])
      return []
    } catch (error) {
      // The importer makes tables of what it has read, and may fail at that: then all was read.
      return syntaxErrors(error)
    }
  }
}

function syntaxErrors(error: unknown): string[] {
  const diagnostics = typeof error === 'object' && error !== null && 'diags' in error ? error.diags : []
  const found = (Array.isArray(diagnostics) ? diagnostics : []) as readonly Diagnostic[]
  return found.slice(0, 1).flatMap(({ text, message, location }) => {
    const what = (text ?? message ?? '').replace(/ expecting \{.{60,}/s, '')
    const { line, column } = location?.start ?? { line: 1, column: 0 }
    return /input|viable|missing|token recognition/.test(what) ? [complaint(line, column + 1, what)] : []
  })
}

interface Diagnostic {
  readonly text?: string
  readonly message?: string
  readonly location?: { readonly start?: { readonly line: number; readonly column: number } }
}
