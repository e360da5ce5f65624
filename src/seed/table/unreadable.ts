/** What is said of a seed file that cannot be used. */
import { basename } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { withoutUndefined } from '../../base/values/without-undefined.ts'

/** Where in a file something is wrong, and what helps. */
export interface Trouble {
  /** What messages call the file. */
  readonly label: string
  readonly what: string
  readonly line?: number
  readonly row?: number
  readonly column?: string
  /** In addition to those that know the place. */
  readonly facts?: Readonly<Record<string, number>>
  readonly nextStep?: string
  readonly cause?: unknown
}

export function unreadable({
  label,
  what,
  line,
  row,
  column,
  facts,
  nextStep,
  cause,
}: Trouble): RowsmithError {
  const place = [
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(row === undefined ? [] : [`row ${row}`]),
    ...(column === undefined ? [] : [`column ${JSON.stringify(column)}`]),
  ].join(', ')
  return new RowsmithError(
    'seed_unreadable',
    `The seed dataset ${label} cannot be used: ${place === '' ? '' : `${place}: `}${what}`,
    {
      facts: {
        files: [basename(label)],
        ...facts,
        ...withoutUndefined({ line, row, column }),
      },
      ...(nextStep === undefined ? {} : { nextStep }),
      cause,
    },
  )
}

/** A value in a message: cut, in quotes. */
export function shown(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
}
