/**
 * Python, checked by Ruff: rules, kinds of messages and score are those of Data Designer's code validator, with one
 * difference: what does not parse is fatal, and never valid.
 */

import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs'
import { present } from '../../base/errors/present.ts'
import type { ValueObject } from '../../base/values/value.ts'
import { type Check, fatalPython } from '../common/languages.ts'
import { isTooDeepForPython } from '../common/nesting.ts'
import { loadGrammar } from '../grammars/grammar.ts'

const rules = ['E', 'F6', 'F7', 'F8', 'SIM', 'PLC', 'PLE', 'PLR', 'PLW']
/** The newest Ruff knows: what is new in Python is not an error. */
const targetVersion = 'py315'

/** From harmless to worst. */
const severities = ['none', 'convention', 'refactor', 'warning', 'error', 'fatal'] as const
type Severity = (typeof severities)[number]

/** By the letters a rule begins with; the first that fits counts. */
const severityOf: readonly (readonly [prefix: string, Severity])[] = [
  ['invalid-syntax', 'fatal'],
  ['PLE', 'error'],
  ['PLW', 'warning'],
  ['PLC', 'convention'],
  ['PLR', 'refactor'],
  ['SIM', 'refactor'],
  ['F', 'error'],
  ['E', 'refactor'],
]

/** A statement of Python's own syntax tree, by what the grammar calls it; an `elif` is an `if` inside an `else`. */
const statements = [
  ...['assert', 'break', 'continue', 'delete', 'expression', 'for', 'future_import', 'global', 'if'],
  ...['import', 'import_from', 'match', 'nonlocal', 'pass', 'raise', 'return', 'try', 'type_alias'],
  ...['while', 'with'],
]
  .map((name) => `${name}_statement`)
  .concat('function_definition', 'class_definition', 'elif_clause')

interface Message {
  readonly type: Severity
  readonly symbol: string
  readonly line: bigint
  readonly column: bigint
  readonly message: string
}

export async function loadPython(): Promise<Check> {
  const grammar = await loadGrammar('python')
  const settings = { 'target-version': targetVersion, lint: { select: rules } }
  const workspace = new Workspace(settings, PositionEncoding.Utf32)
  return (code) => {
    if (isTooDeepForPython(code)) {
      return fatalPython(1, 1, 'too-deep', 'The code is nested deeper than Python reads')
    }
    const diagnostics: readonly Diagnostic[] = workspace.check(code)
    const messages = diagnostics.map(messageOf).sort(worstFirst)
    const worst = messages[0]?.type ?? 'none'
    const isValid = worst !== 'fatal' && worst !== 'error'
    return {
      is_valid: isValid,
      python_linter_score: scoreOf(messages, () => grammar.count(code, statements)),
      python_linter_severity: worst,
      python_linter_messages: messages as readonly ValueObject[],
    } satisfies ValueObject
  }
}

interface Diagnostic {
  readonly code: string | null
  readonly message: string
  readonly start_location: { readonly row: number; readonly column: number }
}

function messageOf({ code, message, start_location: { row, column } }: Diagnostic): Message & ValueObject {
  const symbol = code ?? 'invalid-syntax'
  const type = severityOf.find(([prefix]) => symbol.startsWith(prefix))?.[1] ?? 'warning'
  return { type, symbol, line: BigInt(row), column: BigInt(column), message }
}

function worstFirst(a: Message, b: Message): number {
  const bySeverity = severities.indexOf(b.type) - severities.indexOf(a.type)
  return bySeverity || Number(a.line - b.line) || Number(a.column - b.column)
}

/** Pylint's score: from 10 down to 0, by the errors and other messages per statement. */
function scoreOf(messages: readonly Message[], statementsOf: () => number): number {
  if (messages.length === 0) return 10
  if (present(messages[0], 'messages').type === 'fatal') return 0
  const errors = messages.filter(({ type }) => type === 'error').length
  const others = messages.length - errors
  return Math.max(0, 10 - ((5 * errors + others) / Math.max(1, statementsOf())) * 10)
}
