/**
 * Values of Parquet files as cells: what each type of DuckDB's becomes, and when a value does not come through whole.
 *
 * Rules:
 *   1. Integers are int, decimals float, or int when they have no places; digits that get lost are an error.
 *   2. Times of day, UUIDs and intervals are text. Bytes are text in base64.
 *   3. A map is JSON: an object of its keys as text. So is text that the file marks as JSON. JSON has no NaN, and a key once; a column
 *      with a map that is no such object is a list of `{key, value}` instead. Where the user says `map`, a map is one, of text keys.
 */

import type { DuckDBType, DuckDBValue } from '@duckdb/node-api'
import { present } from '../../base/errors/present.ts'
import type { FoundType } from '../../base/values/column-type.ts'
import { formatFloat } from '../../base/values/json.ts'
import { dateText, timestampText } from '../../base/values/moments.ts'
import { objectOf, type Value } from '../../base/values/value.ts'
import { plainJson } from '../json/cells.ts'
import { digitsOf, JsonFault, parseExact } from '../json/parse.ts'
import { nameInFile } from './proto.ts'

type Library = typeof import('@duckdb/node-api')

/** Why a value cannot be a cell, in words that follow it. */
export class Unfit extends Error {}

/** Why a map cannot be an object, where a list of its keys and values can hold it. */
export class NoObject extends Unfit {}

export type MapsAs = 'objects' | 'lists' | 'maps'

/** How values of one type are read. */
export interface Cells {
  readonly found: FoundType
  /** Whether a value may be unfit. */
  readonly doubtful: boolean
  /** @throws Unfit. @param value not null */
  readonly read: (value: DuckDBValue) => Value
}

/** @returns undefined for a type whose values no cell can hold */
export function cellsOf(type: DuckDBType, library: Library, maps: MapsAs = 'objects'): Cells | undefined {
  const id = library.DuckDBTypeId
  const within = (inner: DuckDBType) => cellsOf(inner, library, maps)
  switch (type.typeId) {
    case id.BOOLEAN:
      return plain('bool', (value) => value as boolean)
    case id.TINYINT:
    case id.SMALLINT:
    case id.INTEGER:
    case id.BIGINT:
    case id.UTINYINT:
    case id.USMALLINT:
    case id.UINTEGER:
      return plain('int', (value) => BigInt(value as number | bigint))
    case id.UBIGINT:
    case id.HUGEINT:
    case id.UHUGEINT:
    case id.BIGNUM:
      return doubtful('int', (value) => BigInt(value as bigint))
    case id.FLOAT:
    case id.DOUBLE:
      return plain('float', (value) => value as number)
    case id.DECIMAL:
      return doubtful(type.scale === 0 ? 'int' : 'float', decimal)
    case id.VARCHAR:
      return type.alias === 'JSON' ? doubtful('json', json) : plain('string', (value) => value as string)
    case id.ENUM:
    case id.UUID:
    case id.TIME:
    case id.TIME_TZ:
    case id.TIME_NS:
    case id.INTERVAL:
      return plain('string', String)
    case id.BLOB:
      return plain('string', (value) =>
        Buffer.from((value as { bytes: Uint8Array }).bytes).toString('base64'),
      )
    case id.SQLNULL:
      return { found: { kind: 'none' }, doubtful: false, read: () => null }
    case id.MAP:
      return mapReaders[maps](within(type.keyType), within(type.valueType))
    case id.LIST:
    case id.ARRAY:
      return listOf(within(type.valueType))
    case id.STRUCT:
      return structOf(type.entryNames, type.entryTypes.map(within))
    default:
      return momentsOf(type, library)
  }
}

/** Dates and times with a date. */
function momentsOf(type: DuckDBType, library: Library): Cells | undefined {
  const id = library.DuckDBTypeId
  switch (type.typeId) {
    case id.DATE:
      return doubtful('date', date)
    case id.TIMESTAMP:
      return doubtful('timestamp', (value) => moment((value as { micros: bigint }).micros, false))
    case id.TIMESTAMP_S:
      return doubtful('timestamp', (value) =>
        moment((value as { seconds: bigint }).seconds * 1_000_000n, false),
      )
    case id.TIMESTAMP_MS:
      return doubtful('timestamp', (value) => moment((value as { millis: bigint }).millis * 1000n, false))
    case id.TIMESTAMP_NS:
      return doubtful('timestamp', (value) => nanoseconds((value as { nanos: bigint }).nanos))
    case id.TIMESTAMP_TZ:
      return doubtful('timestamp_utc', (value) => moment((value as { micros: bigint }).micros, true))
    default:
      return undefined
  }
}

type Kind = Exclude<FoundType['kind'], 'struct' | 'list' | 'map'>

const plain = (kind: Kind, read: Cells['read']): Cells => ({ found: { kind }, doubtful: false, read })
const doubtful = (kind: Kind, read: Cells['read']): Cells => ({ found: { kind }, doubtful: true, read })

const orNull = ({ read }: Cells, value: DuckDBValue): Value => (value === null ? null : read(value))

function listOf(element: Cells | undefined): Cells | undefined {
  if (element === undefined) return undefined
  return {
    found: { kind: 'list', element: element.found },
    doubtful: element.doubtful,
    read: (value) => (value as { items: readonly DuckDBValue[] }).items.map((item) => orNull(element, item)),
  }
}

function structOf(names: readonly string[], members: readonly (Cells | undefined)[]): Cells | undefined {
  const known = members.filter((member) => member !== undefined)
  if (known.length < members.length) return undefined
  const fields = known.map((member, index) => {
    const name = present(names[index], 'names of members')
    return { name, inFile: nameInFile(name), member }
  })
  return {
    found: {
      kind: 'struct',
      fields: fields.map(({ inFile, member }) => ({ name: inFile, type: member.found })),
    },
    doubtful: known.some((member) => member.doubtful),
    read: (value) => {
      const { entries } = value as { entries: Readonly<Record<string, DuckDBValue>> }
      return objectOf(
        fields.map(({ name, inFile, member }) => [inFile, orNull(member, entries[name] ?? null)]),
      )
    },
  }
}

function objectsOf(key: Cells | undefined, member: Cells | undefined): Cells | undefined {
  if (key === undefined || member === undefined) return undefined
  return doubtful('json', (value) =>
    membersOf(value, key, (each) => inJson(orNull(member, each), NoObject), NoObject),
  )
}

/** A map as the map it is. */
function mapsOf(key: Cells | undefined, member: Cells | undefined): Cells | undefined {
  if (key === undefined || member === undefined) return undefined
  return {
    found: { kind: 'map', value: member.found },
    doubtful: true,
    read: (value) => membersOf(value, key, (each) => orNull(member, each), Unfit),
  }
}

function membersOf(
  map: DuckDBValue,
  key: Cells,
  read: (member: DuckDBValue) => Value,
  Fault: typeof Unfit,
): Value {
  const members = new Map<string, Value>()
  for (const entry of entriesOf(map)) {
    const name = orNull(key, entry.key)
    const text = typeof name === 'number' ? formatFloat(name) : String(name)
    if (typeof name === 'object') throw new Fault('is a map whose keys are no text')
    if (members.has(text)) throw new Fault(`is a map that has the key ${JSON.stringify(text)} twice`)
    members.set(text, read(entry.value))
  }
  return objectOf([...members])
}

interface Entry {
  readonly key: DuckDBValue
  readonly value: DuckDBValue
}

const entriesOf = (map: DuckDBValue) => (map as { entries: readonly Entry[] }).entries

/** A map as a list, which holds everything: keys of any type, also twice, and NaN. */
function pairsOf(key: Cells | undefined, member: Cells | undefined): Cells | undefined {
  if (key === undefined || member === undefined) return undefined
  const fields = [
    { name: 'key', type: key.found },
    { name: 'value', type: member.found },
  ]
  return {
    found: { kind: 'list', element: { kind: 'struct', fields } },
    doubtful: key.doubtful || member.doubtful,
    read: (map) =>
      entriesOf(map).map((entry) => ({ key: orNull(key, entry.key), value: orNull(member, entry.value) })),
  }
}

const mapReaders = { objects: objectsOf, lists: pairsOf, maps: mapsOf } as const

/** A value within JSON. */
function inJson(value: Value, Fault = Unfit): Value {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Fault(`holds ${formatFloat(value)}, and JSON has no word for it`)
  }
  if (typeof value === 'object' && value !== null)
    for (const each of Object.values(value)) inJson(each, Fault)
  return value
}

function json(value: DuckDBValue): Value {
  try {
    return inJson(plainJson(parseExact(value as string)))
  } catch (error) {
    if (error instanceof JsonFault) throw new Unfit(`is marked as JSON and is none: ${error.message}`)
    throw error
  }
}

function decimal(value: DuckDBValue): Value {
  const text = String(value)
  if (!text.includes('.')) return BigInt(text)
  const float = Number(text)
  if (digitsOf(text) !== digitsOf(formatFloat(float))) throw new Unfit('does not fit a float')
  return float
}

const YEARS = 'is not in the years 1 to 9999'
const FIRST_DAY = -719_162
const LAST_DAY = 2_932_896
const DAY = 86_400_000_000n

function date(value: DuckDBValue): Value {
  const { days } = value as { days: number }
  if (days < FIRST_DAY || days > LAST_DAY) throw new Unfit(YEARS)
  return dateText(days)
}

function moment(micros: bigint, utc: boolean): Value {
  if (micros < BigInt(FIRST_DAY) * DAY || micros >= BigInt(LAST_DAY + 1) * DAY) throw new Unfit(YEARS)
  return timestampText(micros, utc)
}

function nanoseconds(nanos: bigint): Value {
  if (nanos % 1000n !== 0n) throw new Unfit('does not fit microseconds')
  return moment(nanos / 1000n, false)
}
