/**
 * The rows of a Parquet file as values: integers are bigints, floats numbers, JSON columns parsed, absent values null, dates
 * and times ISO text. What was written comes back as it was.
 */

import zlib from 'node:zlib'
import { parquetMetadataAsync, parquetReadObjects, parquetSchema, type SchemaTree } from 'hyparquet'
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isMap, numbered, type Places, placesOf } from '../../base/values/parquet-names.ts'
import {
  objectOf,
  type RowBuilder,
  rowBuilder,
  type Value,
  type ValueObject,
} from '../../base/values/value.ts'
import { storedTime, timeParsers } from './stored-times.ts'

/** One row: its columns in the order of the file. */
export type Row = ValueObject

/** Bytes as the Parquet reader takes a file. */
export function fileOf(bytes: Uint8Array) {
  return {
    byteLength: bytes.byteLength,
    slice: (start: number, end?: number): ArrayBuffer =>
      new Uint8Array(bytes.subarray(start, end)).slice().buffer,
  }
}

/** All rows of a file's bytes. @param path for the message. @param only these columns. @throws RowsmithError file_damaged */
export async function rowsOfParquet(
  bytes: Uint8Array,
  path: string,
  only?: ReadonlySet<string>,
): Promise<Row[]> {
  const file = fileOf(bytes)
  try {
    const metadata = await parquetMetadataAsync(file)
    const places = placesOf(metadata)
    const columns = parquetSchema(metadata).children.filter(
      ({ element: { name } }) => only?.has(name) ?? true,
    )
    const found = await parquetReadObjects({
      file,
      metadata: numbered(metadata),
      columns: columns.map(({ element }) => present(places.get(element), 'places of columns')),
      compressors: { ZSTD: (page) => zlib.zstdDecompressSync(page) },
      parsers: { ...timeParsers, stringFromBytes: textOf, jsonFromBytes: textOf },
    })
    const shape = shapeOf(columns, places)
    return found.map((row) => asObject(row, shape))
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** The reader's own decoder takes a byte order mark off the front of a cell, and its JSON knows no big integers. */
function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

/** A field of a file, and under which name the reader gives it. */
interface Field {
  readonly name: string
  readonly key: string
  readonly element: SchemaTree['element']
  readonly children: Shape
}

/** Fields of a group, and what makes objects of them. */
interface Shape {
  readonly rowOf: RowBuilder
  readonly fields: readonly Field[]
}

function shapeOf(fields: readonly SchemaTree[], places: Places): Shape {
  return {
    rowOf: rowBuilder(fields.map(({ element }) => element.name)),
    fields: fields.map(({ element, children }) => ({
      name: element.name,
      key: present(places.get(element), 'places of columns'),
      element,
      children: shapeOf(children, places),
    })),
  }
}

type Found = Readonly<Record<string, unknown>>

function asObject(found: Found, { rowOf, fields }: Shape): ValueObject {
  return rowOf((index) => {
    const field = present(fields[index], 'fields')
    return asValue(found[field.key], field)
  })
}

/** A cell or a part of one, as the reader gives it, as the value that was written. */
function asValue(found: unknown, { element, children }: Field): Value {
  if (found === null || found === undefined) return null
  if (Array.isArray(found)) {
    // A list is a group of a repeated group of its element.
    const of = children.fields[0]?.children.fields[0]
    return found.map((item) => (of === undefined ? (item as Value) : asValue(item, of)))
  }
  if (isMap(element)) return asMap(found as Found, children)
  if (children.fields.length > 0) return asObject(found as Found, children)
  const time = storedTime(found, element)
  if (time !== undefined) return time
  if (typeof found === 'string') return element.logical_type?.type === 'JSON' ? parseJson(found) : found
  if (typeof found === 'number') return element.type === 'INT32' ? BigInt(found) : found
  return found as Value
}

/** A map is a group of a repeated group of a key and a value. */
function asMap(found: Found, { fields: [pairs] }: Shape): Value {
  const [key, value] = pairs?.children.fields ?? []
  if (pairs === undefined || key === undefined)
    throw new RowsmithError('internal', 'A map without keys is read.')
  return objectOf(
    (found[pairs.key] as readonly Found[]).map((pair) => {
      const name = asValue(pair[key.key], key)
      return [
        typeof name === 'string' ? name : formatJson(name),
        value ? asValue(pair[value.key], value) : null,
      ]
    }),
  )
}

/** The error for a file that is no Parquet file that can be read. */
export function unreadable(path: string, cause?: unknown): RowsmithError {
  return new RowsmithError('file_damaged', `${path} cannot be read as Parquet.`, {
    facts: { path },
    cause,
  })
}
