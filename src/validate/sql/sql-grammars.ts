/**
 * The grammars of T-SQL and MySQL that ANTLR's users keep. They know nearly everything that is written in these dialects, and are slow to
 * start: used only for what a faster parser refuses.
 */
import { complaint } from '../common/languages.ts'

const formats = { 'sql:tsql': 'mssql', 'sql:mysql': 'mysql' } as const

export type GrammarDialect = keyof typeof formats

/** What is wrong with a text, nothing when its grammar knows it. */
export async function loadSqlGrammar(dialect: GrammarDialect): Promise<(code: string) => readonly string[]> {
  const { importer } = await import('@dbml/core')
  const diagnosticsOf = (code: string): readonly Diagnostic[] => {
    const said: string[] = []
    // What the grammar cannot make words of goes to the terminal, and nowhere else.
    const terminal = globalThis.console
    const { error: report } = terminal
    terminal.error = (line: unknown) => said.push(String(line))
    try {
      importer.import(code, formats[dialect])
      return said.slice(0, 1).map(unreadable)
    } catch (error) {
      const given = typeof error === 'object' && error !== null && 'diags' in error ? error.diags : []
      return Array.isArray(given) ? given : []
    } finally {
      terminal.error = report
    }
  }
  return (code) => {
    const found = diagnosticsOf(code)
    // The importer makes tables of what it reads. When it fails at that it says nothing, of the syntax neither: it makes none of
    // what is in a procedure.
    const isSilent = found.some((each) => each.text === undefined && each.location === undefined)
    return isSilent ? complaintsOf(diagnosticsOf(inProcedure(code, dialect)), 1) : complaintsOf(found, 0)
  }
}

function unreadable(said: string): Diagnostic {
  const [, line = 1, column = 0, text = said] = /^line (\d+):(\d+) (.*)$/s.exec(said) ?? []
  return { text, location: { start: { line: Number(line), column: Number(column) } } }
}

/** A text as the body of a procedure, which begins with its second line. */
function inProcedure(code: string, dialect: GrammarDialect): string {
  return dialect === 'sql:tsql'
    ? `CREATE PROCEDURE p AS\n${code}`
    : `CREATE PROCEDURE p() BEGIN\n${code};\nEND`
}

/** The first thing that is wrong. What is said of the tables that would be made has no text. */
function complaintsOf(diagnostics: readonly Diagnostic[], linesBefore: number): string[] {
  return diagnostics.slice(0, 1).flatMap(({ text, location }) => {
    if (text === undefined) return location === undefined ? [complaint(1, 1, 'the text cannot be read')] : []
    const { line, column } = location?.start ?? { line: 1, column: 0 }
    return [complaint(line - linesBefore, column + 1, text.replace(/ expecting \{.{60,}/s, ''))]
  })
}

interface Diagnostic {
  readonly text?: string
  readonly location?: { readonly start?: { readonly line: number; readonly column: number } }
}
