/**
 * Integers of rows as programs want them.
 *
 * Rules:
 *   1. Chosen once for all rows that are read: `number`, `bigint`, or `string`. One kind, wherever an integer comes from: a sampler, a
 *      conversion, a reader, a record in a JSON column.
 *   2. An integer that no number holds (beyond 2^53 - 1) is never rounded, and never of another kind than the others: it is an error
 *      that names the way out.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import type { Row } from '../../store/parquet/parquet-rows.ts'

export interface ReadOptions {
  /**
   * What integers are: numbers, so that `JSON.stringify(row)` works; or bigints, which distinguish integers and floats; or text.
   * @default 'number'
   */
  readonly integers?: 'number' | 'bigint' | 'string'
}

/** The rows with their integers as chosen; the rows given are changed. @throws RowsmithError integer_too_large, usage */
export async function* withIntegers(
  rows: AsyncIterable<Row>,
  options: ReadOptions = {},
): AsyncGenerator<Row> {
  const convert = integerReader(options)
  let at = 0
  for await (const row of rows) yield convert(row, at++)
}

/** The same for one row. */
export function integerReader({ integers = 'number' }: ReadOptions): (row: Row, at: number) => Row {
  const convert = converter(integers)
  return (row, at) => (convert === undefined ? row : rowWith(row, convert, at))
}

type Converts = (integer: bigint) => Value | undefined

function rowWith(row: Row, convert: Converts, at: number): Row {
  const cells = row as Record<string, Value>
  for (const column of Object.keys(cells)) {
    cells[column] = converted(cells[column] ?? null, (integer) => {
      const result = convert(integer)
      if (result !== undefined) return result
      throw new RowsmithError(
        'integer_too_large',
        `Column ${JSON.stringify(column)}, row ${at}: the integer ${integer} is beyond what a number holds.`,
        { facts: { column, row: at } },
      )
    })
  }
  return row
}

/** In place: rows have just been read, and no other code has them. */
function converted(value: Value, convert: (integer: bigint) => Value): Value {
  if (typeof value === 'bigint') return convert(value)
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = converted(item, convert)
  } else if (isValueObject(value)) {
    const members = value as Record<string, Value>
    for (const [name, member] of Object.entries(members)) members[name] = converted(member, convert)
  }
  return value
}

function converter(integers: string): Converts | undefined {
  if (integers === 'bigint') return undefined
  if (integers === 'number') return toNumber
  if (integers === 'string') return String
  throw new RowsmithError('usage', `integers must be 'number', 'bigint' or 'string', not ${integers}`)
}

function toNumber(integer: bigint): number | undefined {
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : undefined
}
