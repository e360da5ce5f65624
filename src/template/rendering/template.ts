/**
 * Templates: Jinja2's language for prompts and expressions, compiled once, rendered per row.
 *
 *     source --lexer--> tokens --parser--> ast --reads + compile--> closures --run--> text or value
 *
 * Owns: everything between a template's source and its text. Never: I/O, the clock, dice of its own, the host.
 *
 * 1. Equal row, equal text. `random` draws from the stream it is given, in order; nothing else varies.
 * 2. `reads` is exact: rendering reads these names of the row and no others.
 * 3. A name the row does not have is an error that says which and where, unless `is defined` or `default` tests it.
 *    An attribute or item that is not there is empty text, or an error with `strict`; going deeper is always one.
 * 4. Values print as Python prints them; integers and floats stay apart.
 * 5. Nothing of JavaScript can be reached (`access.ts`), and every render ends (`limits.ts`).
 *
 * The reference's secure mode also forbids filters outside a list, `set`, macros, nested loops and large
 * templates. Those restrictions do not apply: what it renders, this renders, and more.
 *
 * Known differences from Jinja2: no `include`, `import`, `extends`, `block`, `autoescape`, `urlize`; no safe-text
 * type, so `x|e|e` escapes twice; filters give lists where Jinja gives generators; a dict's key wins over its
 * method of the same name; a name assigned in every branch of an `if` is not counted as read.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { Value } from '../../base/values/value.ts'
import { withBudget } from '../limits/budget.ts'
import { Failure, failedTemplate, invalidTemplate } from '../limits/failure.ts'
import { normaliseSource } from '../syntax/lexer.ts'
import { parseTemplate } from '../syntax/parser.ts'
import { pythonText } from '../values/python-format.ts'
import { templateContext } from '../values/row-values.ts'
import { type RandomSource, Run } from '../values/run.ts'
import { isTruthy as isTruthyRuntime, toPlainValue } from '../values/values.ts'
import { compileProgram, type Printing, type Program } from './compile.ts'
import { scheduler } from './compile-expression.ts'

export { parseJsonText, templateContext } from '../values/row-values.ts'

/** A row as templates see it; usually made by `templateContext`. */
type RowContext = Readonly<Record<string, Value>>

export interface Template {
  readonly source: string
  /** Names taken from the row, sorted. Globals such as `range` are never among them. */
  readonly reads: readonly string[]
  /**
   * @param random where the filter `random` draws from; without it, only lists of one item work
   * @throws RowsmithError template_failed with facts `variable` (when one is at fault), `line`, `column`
   */
  render(row: RowContext, random?: RandomSource): string
  /**
   * The value of a template that is one expression, `{{ ... }}` and nothing around it; any other template's text.
   * A missing attribute is null. Throws as `render` does.
   */
  evaluate(row: RowContext, random?: RandomSource): Value
}

/**
 * @param options `strict`: missing attributes and items are errors too, as for `skip.when`. `insideJson`: a leaf of
 *   a JSON document; it is given cells as they are, and prints values as JSON does (`true`, `null`, `["a", 1]`), a text
 *   cell as it is, although to everything else it is the value it spells, as `templateContext` has it
 * @throws RowsmithError template_invalid with facts `line`, `column`
 */
export function compileTemplate(
  source: string,
  options: { strict?: boolean; insideJson?: boolean } = {},
): Template {
  const { strict = false, insideJson = false } = options
  const text = normaliseSource(source)
  const program = compileSource(source, insideJson ? 'json' : 'python')
  const inRun = <T>(row: RowContext, random: RandomSource | undefined, use: (run: Run) => T): T => {
    const seen = insideJson ? templateContext(row, program.reads) : row
    const run = new Run(seen, scheduler, { strict, random, cells: row })
    try {
      return withBudget(() => use(run))
    } catch (error) {
      throw rowFailure(error, text, run.at)
    }
  }
  const render: Template['render'] = (row, random) =>
    inRun(row, random, (run) => {
      program.render(run)
      return run.text
    })
  const { evaluate } = program
  return {
    source,
    reads: program.reads,
    render,
    evaluate: (row, random) =>
      evaluate === undefined ? render(row, random) : inRun(row, random, (run) => toPlainValue(evaluate(run))),
  }
}

/** Python's truth of a value: null, zero, and empty text, lists and objects are false. */
export function isTruthy(value: Value): boolean {
  return isTruthyRuntime(value)
}

/** A value as `{{ value }}` prints it: Python's `str()`. */
export function printValue(value: Value): string {
  return pythonText(value)
}

function compileSource(source: string, printing: Printing): Program {
  const invalid = (at: number, why: string): RowsmithError =>
    invalidTemplate(normaliseSource(source), at, why)
  try {
    return compileProgram(parseTemplate(source), printing)
  } catch (error) {
    if (error instanceof Failure) throw invalid(error.at ?? 0, error.message)
    if (error instanceof RangeError) throw invalid(0, 'something in it is too long or too deep to be read')
    throw error
  }
}

/** The stack and the size of a text have ends that no count foresees; both are the template's fault, not Rowsmith's. */
function rowFailure(error: unknown, source: string, at: number): RowsmithError {
  if (error instanceof Failure) return failedTemplate(source, at, error)
  if (error instanceof RangeError)
    return failedTemplate(source, at, new Failure('this needs too much memory or depth'))
  if (RowsmithError.isInstance(error)) return error
  return new RowsmithError('internal', `A template failed in an unforeseen way: ${String(error)}`, {
    cause: error,
  })
}
