/** Rows in memory as a seed: `seed_type: df`, for which a library user gives the rows next to the config. */

import { RowsmithError } from '../../base/errors/errors.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import {
  isValueObject,
  memberOf,
  merged,
  objectOf,
  toValue,
  type Value,
  type ValueObject,
} from '../../base/values/value.ts'
import type { GeneratedRows } from '../table/table.ts'

/**
 * @param given one plain object per row; each value is text, a number, a bigint, true or false, null, a Date, or data made of
 *   them. Columns are in the order in which they come up
 * @throws RowsmithError seed_not_found when no rows are given, seed_unreadable for a row or a value that is no data
 */
export function memoryRows(given: readonly object[] | undefined): GeneratedRows {
  if (given === undefined) {
    throw new RowsmithError(
      'seed_not_found',
      'The seed dataset is in memory (seed_type: df), and its rows are not here',
      {
        nextStep:
          'Pass them in a program, as the option seedRows. Or write them to a file, and use it as a local seed.',
      },
    )
  }
  const rows = given.map(rowOf)
  const kinds = new Map<string, Set<string>>()
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      const seen = kinds.get(name) ?? new Set()
      kinds.set(name, seen)
      if (value !== null) seen.add(kindOf(value))
    }
  }
  const columns = [...kinds].map(([name, seen]) => ({ name, type: typeOf(seen) }))
  const floats = columns.filter(({ type }) => type.kind === 'float').map(({ name }) => name)
  return {
    columns,
    places: [],
    async *rows() {
      for (const row of rows) {
        const whole = floats.filter((name) => typeof memberOf(row, name) === 'bigint')
        const widened = whole.map((name) => [name, Number(memberOf(row, name))] as const)
        yield whole.length === 0 ? row : merged(row, objectOf(widened))
      }
    },
  }
}

function rowOf(given: object, index: number): ValueObject {
  try {
    const row = toValue(given)
    if (isValueObject(row) && allFinite(row)) return row
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw unfit(index, why, cause)
  }
  throw unfit(index, 'it must be an object with a member per column, and numbers must be finite')
}

/** Whether all numbers in it are. */
function allFinite(value: Value): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(allFinite)
  return isValueObject(value) ? Object.values(value).every(allFinite) : true
}

function unfit(index: number, why: string, cause?: unknown): RowsmithError {
  return new RowsmithError(
    'seed_unreadable',
    `The seed dataset in memory cannot be used: row ${index + 1}: ${why}`,
    {
      facts: { row: index + 1 },
      nextStep: 'Fix the row shown above.',
      cause,
    },
  )
}

/** What a value is by itself. */
export function kindOf(value: Exclude<Value, null>): string {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? 'int' : 'json'
    case 'number':
      return 'float'
    default:
      return 'json'
  }
}

/** The type of a column whose values are of these kinds: one kind is that kind, integers among floats are floats, anything else is stored as the JSON value it is. */
export function typeOf(seen: ReadonlySet<string>): ColumnType {
  const kinds = [...seen]
  if (kinds.length === 0) return { kind: 'string' }
  if (kinds.every((kind) => kind === 'int' || kind === 'float'))
    return { kind: seen.has('float') ? 'float' : 'int' }
  return { kind: kinds.length === 1 ? (kinds[0] as 'string' | 'bool' | 'json') : 'json' }
}
