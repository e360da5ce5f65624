/**
 * What goes wrong inside a template, and where.
 *
 * Operators, filters and methods throw a `Failure`: they know what is wrong, not where they stand. The front
 * (`template.ts`) turns it into a `RowsmithError` with the place; a `Failure` never leaves this folder.
 */
import { RowsmithError } from '../../base/errors/errors.ts'

export class Failure extends Error {
  /** The variable at fault, as written in the template. */
  readonly variable: string | undefined
  /** Offset in the source, when it is known better than the place being evaluated. */
  readonly at: number | undefined

  constructor(message: string, where: { variable?: string; at?: number } = {}) {
    super(message)
    this.variable = where.variable
    this.at = where.at
  }
}

/** Line and column of an offset, both from 1; columns count UTF-16 units. */
function placeOf(source: string, at: number): { line: number; column: number } {
  const before = source.slice(0, at)
  const lastBreak = before.lastIndexOf('\n')
  return { line: before.split('\n').length, column: at - lastBreak }
}

/** The error of a template that cannot be read. `message` starts in lower case and has no full stop. */
export function invalidTemplate(source: string, at: number, message: string): RowsmithError {
  const { line, column } = placeOf(source, at)
  return new RowsmithError('template_invalid', `Template at ${line}:${column}: ${message}`, {
    facts: { line, column },
  })
}

/** The error of a template that has no result for this row. */
export function failedTemplate(source: string, at: number, failure: Failure): RowsmithError {
  const { line, column } = placeOf(source, failure.at ?? at)
  return new RowsmithError('template_failed', `Template at ${line}:${column}: ${failure.message}`, {
    facts: failure.variable === undefined ? { line, column } : { variable: failure.variable, line, column },
  })
}

/** A piece of the user's text short enough for a message. */
export function excerpt(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
