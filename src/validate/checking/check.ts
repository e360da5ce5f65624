/**
 * Which checker a language has. Each is loaded when it is first wanted, and then stays.
 */
import { grammarLanguages, sqlLanguages } from '../../config/schema/validators.ts'
import type { Check, CheckedLanguage } from '../common/languages.ts'

const loaded = new Map<CheckedLanguage, Promise<Check>>()

/** The check of a language, its parser loaded. Blocks for some tens of milliseconds the first time. */
export function checkIn(language: CheckedLanguage): Promise<Check> {
  let check = loaded.get(language)
  if (check === undefined) {
    check = load(language)
    loaded.set(language, check)
  }
  return check
}

async function load(language: CheckedLanguage): Promise<Check> {
  switch (language) {
    case 'python':
      return (await import('../parsers/python.ts')).loadPython()
    case 'json':
      return (await import('../parsers/json.ts')).checkJson
    case 'bash':
      return (await import('../parsers/shell.ts')).checkShell
    case 'javascript':
    case 'typescript':
      return (await import('../parsers/javascript.ts')).loadJavaScript(language)
    case 'go':
      return (await import('../parsers/go.ts')).loadGo()
    case 'ruby':
      return (await import('../parsers/ruby.ts')).loadRuby()
  }
  if (isOneOf(sqlLanguages, language)) return (await import('../sql/sql.ts')).loadSql(language)
  if (isOneOf(grammarLanguages, language))
    return (await (await import('../grammars/grammar.ts')).loadGrammar(language)).check
  return language satisfies never
}

function isOneOf<T extends string>(list: readonly T[], value: string): value is T {
  return (list as readonly string[]).includes(value)
}
