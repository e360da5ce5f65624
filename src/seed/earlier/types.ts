/**
 * What DuckDB's types become in a dataset.
 *
 * Rules:
 *   1. Integers are int, whatever their width; those that 64 bits do not hold are an error that names the row.
 *   2. Decimals are floats, or integers when they have no places; digits that a float does not hold are an error.
 *   3. What a cell cannot hold (bytes, shapes, variants) is no seed column.
 *   4. Text that a Parquet file marks as JSON is the value it stands for, so that a dataset of Rowsmith can be a seed. JSON and CSV
 *      files mark nothing: what DuckDB finds too mixed in them is text, as in Data Designer.
 *   5. Names are those DuckDB gives, as Data Designer has them: a second column `a` of a CSV is `a_1`.
 */

import type { DuckDBType, DuckDBValue } from '@duckdb/node-api'
import { present } from '../../base/errors/present.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { parseJson } from '../../base/values/json.ts'
import { dateText, timestampText } from '../../base/values/moments.ts'
import { objectOf, type Value } from '../../base/values/value.ts'

type Library = typeof import('@duckdb/node-api')

/** How a column of a seed is stored. */
export interface StoredType {
  readonly type: ColumnType
  /** The DuckDB type its values are cast to. */
  readonly sql: string
  /** Whether the cast may lose something, so that values must be looked at. */
  readonly lossy: boolean
}

/**
 * How a column is stored.
 *
 * @param marksJson whether the file says itself what is JSON (rule 4)
 * @returns undefined for a type whose values no cell can hold
 */
export function storedType(type: DuckDBType, library: Library, marksJson: boolean): StoredType | undefined {
  const id = library.DuckDBTypeId
  const within = (inner: DuckDBType) => storedType(inner, library, marksJson)
  switch (type.typeId) {
    case id.BOOLEAN:
      return stored('bool', 'BOOLEAN', false)
    case id.TINYINT:
    case id.SMALLINT:
    case id.INTEGER:
    case id.BIGINT:
    case id.UTINYINT:
    case id.USMALLINT:
    case id.UINTEGER:
      return stored('int', 'BIGINT', false)
    case id.UBIGINT:
    case id.HUGEINT:
    case id.UHUGEINT:
    case id.BIGNUM:
      return stored('int', 'BIGINT', true)
    case id.FLOAT:
    case id.DOUBLE:
      return stored('float', 'DOUBLE', false)
    case id.DECIMAL:
      return type.scale === 0 ? stored('int', 'BIGINT', true) : stored('float', 'DOUBLE', true)
    case id.DATE:
      return stored('date', 'DATE', false)
    case id.TIMESTAMP:
    case id.TIMESTAMP_S:
    case id.TIMESTAMP_MS:
      return stored('timestamp', 'TIMESTAMP', false)
    case id.TIMESTAMP_NS:
      return stored('timestamp', 'TIMESTAMP', true)
    case id.TIMESTAMP_TZ:
      return stored('timestamp_utc', 'TIMESTAMPTZ', false)
    case id.VARCHAR:
      return marksJson && type.alias === 'JSON'
        ? stored('json', 'JSON', false)
        : stored('string', 'VARCHAR', false)
    case id.ENUM:
    case id.UUID:
    case id.TIME:
    case id.TIME_TZ:
    case id.TIME_NS:
    case id.INTERVAL:
    case id.SQLNULL:
      return stored('string', 'VARCHAR', false)
    case id.MAP:
      return stored('json', 'JSON', false)
    case id.LIST:
    case id.ARRAY:
      return listOf(within(type.valueType))
    case id.STRUCT:
      return structOf(type.entryNames, type.entryTypes.map(within))
    default:
      return undefined
  }
}

type PlainKind = Exclude<ColumnType['kind'], 'struct' | 'list' | 'map'>

const stored = (kind: PlainKind, sql: string, lossy: boolean): StoredType => ({ type: { kind }, sql, lossy })

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
    type: {
      kind: 'struct',
      fields: known.map(({ type }, index) => ({ name: present(names[index], 'names'), type })),
    },
    sql: `STRUCT(${known.map(({ sql }, index) => `"${present(names[index], 'names').replaceAll('"', '""')}" ${sql}`).join(', ')})`,
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
