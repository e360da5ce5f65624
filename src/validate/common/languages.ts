/**
 * The languages that text can be checked in, and what a check says: the fields of a cell.
 *
 * Rules:
 *   L1. A text that does not parse is never valid.
 *   L2. A check depends on the text and nothing else: not on its neighbours, not on what was checked before.
 *   L3. Nothing (null) is neither valid nor invalid: every field is null.
 */
import { present } from '../../base/errors/present.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { objectOf, type ValueObject } from '../../base/values/value.ts'
import type { checkedLanguages, grammarLanguages, sqlLanguages } from '../../config/schema/validators.ts'

export type CheckedLanguage = (typeof checkedLanguages)[number]
export type SqlLanguage = (typeof sqlLanguages)[number]
export type GrammarLanguage = (typeof grammarLanguages)[number]

/** Checks one text. @throws only when the checker itself broke, not for what is wrong with the text */
export type Check = (code: string) => ValueObject | Promise<ValueObject>

const string: ColumnType = { kind: 'string' }
const int: ColumnType = { kind: 'int' }

function struct(fields: Readonly<Record<string, ColumnType>>): ColumnType & { readonly kind: 'struct' } {
  return { kind: 'struct', fields: Object.entries(fields).map(([name, type]) => ({ name, type })) }
}

const message = struct({ type: string, symbol: string, line: int, column: int, message: string })

const pythonType = struct({
  is_valid: { kind: 'bool' },
  python_linter_score: { kind: 'float' },
  python_linter_severity: string,
  python_linter_messages: { kind: 'list', element: message },
})

const syntaxType = struct({ is_valid: { kind: 'bool' }, error_messages: string })

/** The type of what a check in this language says. */
export function checkedType(language: CheckedLanguage): ColumnType & { readonly kind: 'struct' } {
  return language === 'python' ? pythonType : syntaxType
}

/** What is said of nothing (L3). */
export function unchecked(language: CheckedLanguage): ValueObject {
  return objectOf(checkedType(language).fields.map(({ name }) => [name, null]))
}

export const validSyntax: ValueObject = { is_valid: true, error_messages: '' }

/** A text that does not parse. @param complaints one line each; at least one */
export function invalidSyntax(...complaints: readonly string[]): ValueObject {
  return { is_valid: false, error_messages: complaints.join('\n') }
}

/** A complaint with its place. @param line and column count from 1 */
export function complaint(line: number, column: number, what: string): string {
  return `line ${line}, column ${column}: ${what}`
}

/** What is said of a text that its checker cannot bear: too deep, too long. */
export function unbearable(language: CheckedLanguage): ValueObject {
  const what = 'The text is nested too deeply, or too long, to be checked'
  return language === 'python' ? fatalPython(1, 1, 'too-deep', what) : invalidSyntax(what)
}

/** What is said of a text whose check took too long: nothing, and why. It is unknown whether it is valid. */
export function notChecked(language: CheckedLanguage): ValueObject {
  const why = 'not checked: the check took too long'
  const said =
    language === 'python'
      ? {
          python_linter_messages: present(
            fatalPython(1, 1, 'not-checked', why).python_linter_messages,
            'messages',
          ),
        }
      : { error_messages: why }
  return { ...unchecked(language), ...said }
}

/** Python that does not parse. */
export function fatalPython(line: number, column: number, symbol: string, what: string): ValueObject {
  return {
    is_valid: false,
    python_linter_score: 0,
    python_linter_severity: 'fatal',
    python_linter_messages: [
      { type: 'fatal', symbol, line: BigInt(line), column: BigInt(column), message: what },
    ],
  }
}
