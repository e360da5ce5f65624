/**
 * What DuckDB's results become in a dataset.
 *
 * Rules:
 *   1. A column's type follows from the type of the query alone, never from a value.
 *   2. Integers are int, whatever their width; one that 64 bits do not hold is refused when it is written. Decimals with
 *      places are floats. Text, enums, times of day and ids are text.
 *   3. What a cell cannot hold (bytes, shapes, maps whose keys are no text) is no column.
 */

import type { DuckDBType, DuckDBValue } from '@duckdb/node-api'
import { present } from '../base/errors/present.ts'
import type { ColumnType } from '../base/values/column-type.ts'
import { parseJson } from '../base/values/json.ts'
import { dateText, timestampText } from '../base/values/moments.ts'
import { objectOf, type Value } from '../base/values/value.ts'

type Library = typeof import('@duckdb/node-api')

export interface ResultColumn {
  readonly type: ColumnType
  /** A value of DuckDB's as a cell; null stays null. */
  readonly cell: (value: DuckDBValue) => Value
}

/** Undefined for a type whose values no cell can hold (rule 3). */
export function resultColumn(type: DuckDBType, library: Library): ResultColumn | undefined {
  const column = columnOf(type, library)
  return column && { type: column.type, cell: (value) => (value === null ? null : column.cell(value)) }
}

function columnOf(type: DuckDBType, library: Library): ResultColumn | undefined {
  const id = library.DuckDBTypeId
  const within = (inner: DuckDBType) => resultColumn(inner, library)
  switch (type.typeId) {
    case id.BOOLEAN:
      return plain('bool', (value) => value as boolean)
    case id.TINYINT:
    case id.SMALLINT:
    case id.INTEGER:
    case id.UTINYINT:
    case id.USMALLINT:
    case id.UINTEGER:
      return plain('int', (value) => BigInt(value as number))
    case id.BIGINT:
    case id.UBIGINT:
    case id.HUGEINT:
    case id.UHUGEINT:
      return plain('int', (value) => value as bigint)
    case id.FLOAT:
    case id.DOUBLE:
      return plain('float', (value) => value as number)
    case id.DECIMAL:
      return type.scale === 0
        ? plain('int', (value) => BigInt(String(value)))
        : plain('float', (value) => Number(String(value)))
    case id.DATE:
      return plain('date', (value) => dateText((value as { readonly days: number }).days))
    case id.TIMESTAMP:
      return plain('timestamp', (value) => timestampText(microsOf(value), false))
    case id.TIMESTAMP_TZ:
      return plain('timestamp_utc', (value) => timestampText(microsOf(value), true))
    case id.VARCHAR:
      return type.alias === 'JSON'
        ? plain('json', (value) => parseJson(value as string))
        : plain('string', (value) => value as string)
    case id.ENUM:
    case id.UUID:
    case id.TIME:
    case id.TIME_TZ:
    case id.TIME_NS:
    case id.TIMESTAMP_S:
    case id.TIMESTAMP_MS:
    case id.TIMESTAMP_NS:
    case id.INTERVAL:
    case id.SQLNULL:
      return plain('string', (value) => String(value))
    case id.LIST:
    case id.ARRAY:
      return listOf(within(type.valueType))
    case id.MAP:
      return mapOf(within(type.keyType), within(type.valueType))
    case id.STRUCT:
      return structOf(type.entryNames, type.entryTypes.map(within))
    default:
      return undefined
  }
}

type PlainKind = Exclude<ColumnType['kind'], 'struct' | 'list' | 'map'>

const plain = (kind: PlainKind, cell: ResultColumn['cell']): ResultColumn => ({ type: { kind }, cell })

function microsOf(value: DuckDBValue): bigint {
  return (value as { readonly micros: bigint }).micros
}

function listOf(element: ResultColumn | undefined): ResultColumn | undefined {
  if (element === undefined) return undefined
  return {
    type: { kind: 'list', element: element.type },
    cell: (value) => (value as unknown as { readonly items: DuckDBValue[] }).items.map(element.cell),
  }
}

function mapOf(key: ResultColumn | undefined, value: ResultColumn | undefined): ResultColumn | undefined {
  if (key?.type.kind !== 'string' || value === undefined) return undefined
  return {
    type: { kind: 'map', value: value.type },
    cell: (map) => {
      const { entries } = map as unknown as {
        readonly entries: readonly Record<'key' | 'value', DuckDBValue>[]
      }
      return objectOf(entries.map((entry) => [String(key.cell(entry.key)), value.cell(entry.value)]))
    },
  }
}

function structOf(
  names: readonly string[],
  members: readonly (ResultColumn | undefined)[],
): ResultColumn | undefined {
  const known = members.filter((member) => member !== undefined)
  if (known.length < members.length || known.length === 0) return undefined
  const fields = known.map((member, index) => ({ ...member, name: present(names[index], 'names') }))
  return {
    type: { kind: 'struct', fields: fields.map(({ name, type }) => ({ name, type })) },
    cell: (value) => {
      const { entries } = value as unknown as { readonly entries: Readonly<Record<string, DuckDBValue>> }
      return objectOf(fields.map(({ name, cell }) => [name, cell(entries[name] ?? null)]))
    },
  }
}

/** The type in which DuckDB keeps the values of a column. */
export function duckdbType(type: ColumnType): string {
  switch (type.kind) {
    case 'string':
      return 'VARCHAR'
    case 'int':
      return 'BIGINT'
    case 'float':
      return 'DOUBLE'
    case 'bool':
      return 'BOOLEAN'
    case 'json':
      return 'JSON'
    case 'date':
      return 'DATE'
    case 'timestamp':
      return 'TIMESTAMP'
    case 'timestamp_utc':
      return 'TIMESTAMPTZ'
    case 'list':
      return `${duckdbType(type.element)}[]`
    case 'map':
      return `MAP(VARCHAR, ${duckdbType(type.value)})`
    case 'struct': {
      const fields = type.fields.map(
        (field) => `"${field.name.replaceAll('"', '""')}" ${duckdbType(field.type)}`,
      )
      return `STRUCT(${fields.join(', ')})`
    }
  }
}
