/**
 * The warning of a run that uses `allow_resize`: a real DeprecationWarning of the process, so that a user who runs Node with
 * `--no-deprecation`, `--trace-deprecation` or `--throw-deprecation` gets what the option says.
 */
import type { CompiledConfig } from './compiled-config.ts'

/**
 * Call before the first byte is written. Does nothing when no column has `allow_resize`.
 *
 * @param rows how many the run is requested
 * @throws Error the warning itself, named DeprecationWarning, under `--throw-deprecation`. Node would throw it from
 *   nowhere, at the next tick; so it ends this run alone, and the caller that waits for the run can catch it.
 */
export function warnOfResizing({ resizing, columns }: CompiledConfig, rows: number): void {
  if (resizing.length === 0) return
  const requests = columns.filter(({ kind }) => kind === 'model').length * rows
  const names = resizing.map((name) => `"${name}"`).join(', ')
  const message =
    `allow_resize (column ${names}) is deprecated: change the number of rows in an after-generation processor, ` +
    'or between two stages of a workflow. It makes the run sequential, and a stopped run cannot be resumed, only ' +
    `started again (requests at risk: ${requests} or more for ${rows} rows)`
  const warning = Object.assign(new Error(message), {
    name: 'DeprecationWarning',
    code: 'ROWSMITH_ALLOW_RESIZE',
  })
  if (process.throwDeprecation && !process.noDeprecation) throw warning
  process.emitWarning(warning)
}

/** True for a warning that was thrown because an option makes the process throw them. */
export function isDeprecation(error: unknown): error is Error {
  return error instanceof Error && error.name === 'DeprecationWarning'
}
