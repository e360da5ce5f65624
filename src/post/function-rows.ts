/**
 * Rows on their way through a user's function over many rows: values, never text.
 *
 * Rules:
 *   1. A function gets typed values: integers are bigints, floats numbers, dates and times ISO text, nested values objects and lists.
 *   2. What it gives back as it got it stays what it was, to the last digit. Anything else is read as data: a whole number
 *      is an integer, a Date is text. What is no data is refused with its place.
 */
import type { ColumnType } from '../base/values/column-type.ts'
import { memberOf, toValue, type Value, type ValueObject } from '../base/values/value.ts'

/** A column that rows have when they are given. */
interface GivenColumn {
  readonly name: string
  readonly type: ColumnType
}

/** What was given of one dataset, so that it is known again (rule 2). */
export class FunctionRows {
  readonly #objects = new WeakSet<object>()
  /** Per JSON column: floats without places, which could be taken for integers. */
  readonly #floats: ReadonlyMap<string, Set<Value>>

  constructor(columns: readonly GivenColumn[]) {
    const json = columns.filter(({ type }) => type.kind === 'json')
    this.#floats = new Map(json.map(({ name }) => [name, new Set()]))
  }

  /** The row itself. */
  given<T extends ValueObject>(row: T): T {
    for (const value of Object.values(row))
      if (typeof value === 'object' && value !== null) this.#objects.add(value)
    for (const [name, floats] of this.#floats) {
      const value = memberOf(row, name)
      if (typeof value === 'number' && Number.isInteger(value)) floats.add(value)
    }
    return row
  }

  /** @throws TypeError for what is no data, with its place */
  returned(column: string, value: unknown): Value {
    if (typeof value === 'number' && this.#floats.get(column)?.has(value) === true) return value
    return value === undefined ? null : toValue(value, this.#objects)
  }
}
