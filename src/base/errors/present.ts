import { RowsmithError } from './errors.ts'

/**
 * A value that the code around it put there, for example the cell at an index that was just counted.
 * Not for hot loops, and not for anything that a user gave.
 *
 * @param what the list or map it is of, as in `rows`
 * @throws RowsmithError internal when it is not there
 */
export function present<T>(value: T, what: string): Exclude<T, undefined> {
  if (value === undefined) throw new RowsmithError('internal', `Something is missing in: ${what}.`)
  return value as Exclude<T, undefined>
}
