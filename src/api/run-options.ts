/** The options of a run as callers give them: `rows` is a second name of `numRecords`. */
import { RowsmithError } from '../base/errors/errors.ts'
import type { CreateOptions } from '../run/request/options.ts'

/** What `create` takes. */
export interface GenerateOptions extends CreateOptions {
  /** Rows of the dataset: the same as `numRecords`. @default 10 */
  readonly rows?: number | undefined
}

/** @throws RowsmithError usage when the number of rows is given twice */
export function runOptions<O extends GenerateOptions>({ rows, ...options }: O): Omit<O, 'rows'> {
  if (rows === undefined) return options
  if (options.numRecords !== undefined) {
    throw new RowsmithError('usage', 'rows and numRecords are the same: give one of them')
  }
  return { ...options, numRecords: rows }
}
