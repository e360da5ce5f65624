/** Tables on their way through an after-generation stage: columns with types that are fixed before the first row. */
import { present } from '../base/errors/present.ts'
import type { ColumnType } from '../base/values/column-type.ts'
import type { Value, ValueObject } from '../base/values/value.ts'

/** A column of a table, before it has values. */
export interface SchemaField {
  readonly name: string
  readonly type: ColumnType
}

/** A table that is read once, from its first row to its last, some rows at a time. */
export interface Table {
  readonly fields: readonly SchemaField[]
  /** In row order. Several may be requested one after the other, never two at once. */
  readonly parts: AsyncIterable<TablePart>
}

/** Consecutive rows of a table. */
export interface TablePart {
  readonly rowCount: number
  /** Per field, one value per row. */
  readonly columns: readonly (readonly Value[])[]
}

/** A dataset row as a user's function gets it and gives it: columns by name. Integers are bigints, floats numbers. */
export type ProcessedRow = ValueObject

/**
 * A user's function over all rows of a dataset, once they are made. It may drop rows, change them, and make more of them. Its
 * rows come in row order, and are read as it takes them; it is called again from the first row when the stage is done again.
 */
export type RowsFunction = (rows: AsyncIterable<ProcessedRow>) => AsyncIterable<ProcessedRow>

/** The same rows in parts of exactly `size` rows, the last one shorter. A table without rows has one part without any. */
export async function* recut({ fields, parts }: Table, size: number): AsyncGenerator<TablePart> {
  let columns: Value[][] = fields.map(() => [])
  let rowCount = 0
  let given = false
  const part = (): TablePart => {
    const done = { rowCount, columns }
    columns = fields.map(() => [])
    rowCount = 0
    given = true
    return done
  }
  for await (const { rowCount: rows, columns: found } of parts) {
    for (let from = 0; from < rows; ) {
      const count = Math.min(rows - from, size - rowCount)
      for (const [index, values] of found.entries()) {
        const column = present(columns[index], 'columns')
        for (const value of values.slice(from, from + count)) column.push(value)
      }
      rowCount += count
      from += count
      if (rowCount === size) yield part()
    }
  }
  if (rowCount > 0 || !given) yield part()
}
