/**
 * Members called `__proto__`: DuckDB's library gives a struct as an object, from which this one is missing. So they are read by another name.
 */

import type { DuckDBType } from '@duckdb/node-api'
import { present } from '../../base/errors/present.ts'
import { sqlName } from '../../base/libraries/confined-duckdb.ts'

type Library = typeof import('@duckdb/node-api')

const PROTO = '__proto__'
const ALIAS = '\u{F8FF}__proto__'

/** What the file calls a member. */
export const nameInFile = (member: string): string => (member === ALIAS ? PROTO : member)

/** SQL of a value, in which no member has that name; the expression itself where none has. */
export function withoutProto(expression: string, type: DuckDBType, library: Library, depth = 0): string {
  if (!String(type).includes(PROTO)) return expression
  const id = library.DuckDBTypeId
  const item = `x${depth}`
  const below = (value: string, inner: DuckDBType) => withoutProto(value, inner, library, depth + 1)
  switch (type.typeId) {
    case id.STRUCT: {
      const members = type.entryNames.map((name, index) => {
        const value = below(`${expression}[${literal(name)}]`, present(type.entryTypes[index], 'entry types'))
        return `${sqlName(name === PROTO ? ALIAS : name)} := ${value}`
      })
      return `CASE WHEN ${expression} IS NULL THEN NULL ELSE struct_pack(${members.join(', ')}) END`
    }
    case id.LIST:
      return `list_transform(${expression}, lambda ${item}: ${below(item, type.valueType)})`
    case id.MAP: {
      const value = below(`map_values(${expression})`, library.LIST(type.valueType))
      return `CASE WHEN ${expression} IS NULL THEN NULL ELSE map(map_keys(${expression}), ${value}) END`
    }
    default:
      return expression
  }
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
