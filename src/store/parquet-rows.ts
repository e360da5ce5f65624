/**
 * The rows of a Parquet file as values: integers are bigints, floats numbers, JSON columns parsed, absent values null, dates
 * and times ISO text. What was written comes back as it was.
 */
import { zstdDecompressSync } from 'node:zlib'
import { parquetMetadataAsync, parquetReadObjects, parquetSchema, type SchemaTree } from 'hyparquet'
import { RowsmithError } from '../base/errors.ts'
import { parseJson } from '../base/json.ts'
import { define, type Value, type ValueObject } from '../base/value.ts'
import type { Disk } from '../disk/disk.ts'
import { onDisk } from '../disk/storage-error.ts'
import { storedTime, timeParsers } from './stored-times.ts'

/** One row: its columns in the order of the file. */
export type Row = ValueObject

/** All rows of one file. @throws RowsmithError io_error */
export async function readRows(disk: Disk, path: string): Promise<Row[]> {
  return rowsOfParquet(await onDisk('read', path, () => disk.readFile(path)), path)
}

/** All rows of a file's bytes. @param path for the message. @throws RowsmithError io_error */
export async function rowsOfParquet(bytes: Uint8Array, path: string): Promise<Row[]> {
  const file = {
    byteLength: bytes.byteLength,
    slice: (start: number, end?: number): ArrayBuffer =>
      new Uint8Array(bytes.subarray(start, end)).slice().buffer,
  }
  try {
    const metadata = await parquetMetadataAsync(file)
    const found = await parquetReadObjects({
      file,
      metadata,
      compressors: { ZSTD: (page) => zstdDecompressSync(page) },
      parsers: { ...timeParsers, stringFromBytes: textOf, jsonFromBytes: textOf },
    })
    const columns = parquetSchema(metadata).children
    return found.map((row) => asObject(row, columns))
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** The reader's own decoder takes a byte order mark off the front of a cell, and its JSON knows no big integers. */
function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function asObject(found: Readonly<Record<string, unknown>>, fields: readonly SchemaTree[]): ValueObject {
  const object: Record<string, Value> = {}
  for (const field of fields) define(object, field.element.name, asValue(found[field.element.name], field))
  return object
}

/** A cell or a part of one, as the reader gives it, as the value that was written. */
function asValue(found: unknown, { element, children }: SchemaTree): Value {
  if (found === null || found === undefined) return null
  if (Array.isArray(found)) {
    // A list is a group of a repeated group of its element.
    const of = children[0]?.children[0]
    return found.map((item) => (of === undefined ? (item as Value) : asValue(item, of)))
  }
  if (children.length > 0) return asObject(found as Readonly<Record<string, unknown>>, children)
  const time = storedTime(found, element)
  if (time !== undefined) return time
  if (typeof found === 'string') return element.logical_type?.type === 'JSON' ? parseJson(found) : found
  if (typeof found === 'number') return element.type === 'INT32' ? BigInt(found) : found
  return found as Value
}

/** The error for a file that is no Parquet file that can be read. */
export function unreadable(path: string, cause?: unknown): RowsmithError {
  return new RowsmithError('io_error', `${path} cannot be read as Parquet.`, {
    facts: { path },
    nextStep:
      'Give the same command again: a damaged row group is made again from the answers that were kept.',
    cause,
  })
}
