/** Errors as people read them: one line with what, where and the next step; never a stack trace for what a user can fix. */
import { inspect } from 'node:util'
import type { RowsmithError } from '../../index.ts'
import { style } from '../text/style.ts'
import { inLine } from '../text/terminal-text.ts'

/**
 * The text for stderr. Where a file has several defects the others follow, a line each.
 *
 * @param verbose also the chain of causes
 */
export function formatError(error: RowsmithError, verbose: boolean): string {
  const [first = '', ...more] = error.message.split('\n')
  const label = style('red', 'error:')
  const advice = ` Next: ${error.nextStep} [${error.code}]`
  const lines =
    more.length === 0
      ? [`${label} ${sentence(first)}${advice}`]
      : [`${label} ${first}`, ...more.map((line) => `  ${line.trimStart()}`), advice.trimStart()]
  const { issues } = error.facts
  if (Array.isArray(issues)) lines.push(...issues.slice(1).map((issue) => `  also: ${inLine(String(issue))}`))
  if (error.code === 'internal') lines.push(stackOf(error.cause ?? error))
  else if (verbose) lines.push(...causes(error.cause))
  return `${lines.join('\n')}\n`
}

function sentence(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`
}

function causes(cause: unknown): string[] {
  const lines: string[] = []
  for (let at = cause; at !== undefined && at !== null && lines.length < 10; ) {
    lines.push(`  caused by: ${inLine(at instanceof Error ? `${at.name}: ${at.message}` : shown(at))}`)
    at = at instanceof Error ? at.cause : undefined
  }
  return lines
}

/** A cause that is no error, such as the reason of an interruption. */
function shown(cause: unknown): string {
  if (typeof cause === 'string') return cause
  return inspect(cause, { depth: 2, breakLength: Number.POSITIVE_INFINITY }).slice(0, 200)
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
