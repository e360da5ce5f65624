/** Errors as people read them: one line with what, where and the next step; never a stack trace for what a user can mend. */
import { styleText } from 'node:util'
import { errnoOf, RowsmithError } from '../index.ts'

/** Gives every error a code. Failed system calls that nobody gave a meaning get one here; what is left is a bug. */
export function asRowsmithError(error: unknown): RowsmithError {
  if (RowsmithError.isInstance(error)) return error
  const message = error instanceof Error ? error.message : String(error)
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new RowsmithError('disk_full', message, { cause: error })
    case 'EIO':
      return new RowsmithError('io_error', message, { cause: error })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new RowsmithError('folder_unwritable', message, { cause: error })
    default:
      return new RowsmithError('internal', message, { cause: error })
  }
}

/**
 * The text for stderr.
 *
 * @param verbose also the chain of causes
 */
export function formatError(error: RowsmithError, verbose: boolean): string {
  const [first = '', ...more] = error.message.split('\n')
  const label = styleText('red', 'error:', { stream: process.stderr, validateStream: true })
  const advice = ` Next: ${error.nextStep} [${error.code}]`
  const lines =
    more.length === 0
      ? [`${label} ${sentence(first)}${advice}`]
      : [`${label} ${first}`, ...more.map((line) => `  ${line.trimStart()}`), advice.trimStart()]
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
    lines.push(`  caused by: ${at instanceof Error ? `${at.name}: ${at.message}` : String(at)}`)
    at = at instanceof Error ? at.cause : undefined
  }
  return lines
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
