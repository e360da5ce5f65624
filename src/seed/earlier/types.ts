/**
 * What DuckDB's types become in a dataset.
 *
 * Rules:
 *   1. Integers are int, whatever their width; those that 64 bits do not hold are an error that names the row.
 *   2. Decimals are floats, or integers when they have no places; digits that a float does not hold are an error.
 *   3. What a cell cannot hold (bytes, shapes, variants) is no seed column.
 *   4. Text that a Parquet file marks as JSON is the value it stands for, so that a dataset of ours can be a seed. JSON and CSV
 *      files mark nothing: what DuckDB finds too mixed in them is text, as in Data Designer.
 *   5. Names are those DuckDB gives, as Data Designer has them: a second column `a` of a CSV is `a_1`.
 */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api'
import type { ColumnType } from '../../base/values/column-type.ts'
import { parseJson } from '../../base/values/json.ts'
import { dateText, timestampText } from '../../base/values/moments.ts'
import { objectOf, type Value } from '../../base/values/value.ts'

type Library = typeof import('@duckdb/node-api')

/** How a column of a seed is kept. */
export interface StoredType {
  readonly type: ColumnType
  /** The DuckDB type its values are cast to. */
  readonly sql: string
  /** Whether the cast may lose something, so that values must be looked at. */
  readonly lossy: boolean
}

/**
 * How a column is kept.
 *
 * @param marksJson whether the file says itself what is JSON (rule 4)
 * @returns undefined for a type whose values no cell can hold
 */
export function storedType(type: DuckDBType, library: Library, marksJson: boolean): StoredType | undefined {
  const id = library.DuckDBTypeId
  switch (type.typeId) {
    case id.BOOLEAN:
      return { type: { kind: 'bool' }, sql: 'BOOLEAN', lossy: false }
    case id.TINYINT:
    case id.SMALLINT:
    case id.INTEGER:
    case id.BIGINT:
    case id.UTINYINT:
    case id.USMALLINT:
    case id.UINTEGER:
      return { type: { kind: 'int' }, sql: 'BIGINT', lossy: false }
    case id.UBIGINT:
    case id.HUGEINT:
    case id.UHUGEINT:
    case id.BIGNUM:
      return { type: { kind: 'int' }, sql: 'BIGINT', lossy: true }
    case id.FLOAT:
    case id.DOUBLE:
      return { type: { kind: 'float' }, sql: 'DOUBLE', lossy: false }
    case id.DECIMAL:
      return type.scale === 0
        ? { type: { kind: 'int' }, sql: 'BIGINT', lossy: true }
        : { type: { kind: 'float' }, sql: 'DOUBLE', lossy: true }
    case id.DATE:
      return { type: { kind: 'date' }, sql: 'DATE', lossy: false }
    case id.TIMESTAMP:
    case id.TIMESTAMP_S:
    case id.TIMESTAMP_MS:
      return { type: { kind: 'timestamp' }, sql: 'TIMESTAMP', lossy: false }
    case id.TIMESTAMP_NS:
      return { type: { kind: 'timestamp' }, sql: 'TIMESTAMP', lossy: true }
    case id.TIMESTAMP_TZ:
      return { type: { kind: 'timestamp_utc' }, sql: 'TIMESTAMPTZ', lossy: false }
    case id.VARCHAR:
      return marksJson && type.alias === 'JSON'
        ? { type: { kind: 'json' }, sql: 'JSON', lossy: false }
        : { type: { kind: 'string' }, sql: 'VARCHAR', lossy: false }
    case id.ENUM:
    case id.UUID:
    case id.TIME:
    case id.TIME_TZ:
    case id.TIME_NS:
    case id.INTERVAL:
    case id.SQLNULL:
      return { type: { kind: 'string' }, sql: 'VARCHAR', lossy: false }
    case id.MAP:
      return { type: { kind: 'json' }, sql: 'JSON', lossy: false }
    case id.LIST:
    case id.ARRAY:
      return listOf(storedType(type.valueType, library, marksJson))
    case id.STRUCT:
      return structOf(
        type.entryNames,
        type.entryTypes.map((each) => storedType(each, library, marksJson)),
      )
    default:
      return undefined
  }
}

function listOf(element: StoredType | undefined): StoredType | undefined {
  if (element === undefined) return undefined
  return { type: { kind: 'list', element: element.type }, sql: `${element.sql}[]`, lossy: element.lossy }
}

function structOf(
  names: readonly string[],
  members: readonly (StoredType | undefined)[],
): StoredType | undefined {
  const known = members.filter((member) => member !== undefined)
  if (known.length < members.length) return undefined
  return {
    type: { kind: 'struct', fields: known.map(({ type }, index) => ({ name: names[index]!, type })) },
    sql: `STRUCT(${known.map(({ sql }, index) => `"${names[index]!.replaceAll('"', '""')}" ${sql}`).join(', ')})`,
    lossy: known.some(({ lossy }) => lossy),
  }
}

/** A cell of a column of that type. */
export function cellValue(value: DuckDBValue, type: ColumnType, library: Library): Value {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value === 'bigint') return value
  if (typeof value === 'string') return type.kind === 'json' ? parseJson(value) : value
  if (value instanceof library.DuckDBDateValue) return dateText(value.days)
  if (value instanceof library.DuckDBTimestampTZValue) return timestampText(value.micros, true)
  if (value instanceof library.DuckDBTimestampValue) return timestampText(value.micros, false)
  if (value instanceof library.DuckDBListValue && type.kind === 'list') {
    return value.items.map((item) => cellValue(item, type.element, library))
  }
  if (value instanceof library.DuckDBStructValue && type.kind === 'struct') {
    return objectOf(
      type.fields.map(({ name, type }) => [name, cellValue(value.entries[name] ?? null, type, library)]),
    )
  }
  throw new TypeError(`A seed column of type ${type.kind} holds a ${typeof value} that it cannot hold`)
}
