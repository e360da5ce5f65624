/**
 * Columns of Parquet files that DuckDB reads otherwise than they are: decimals of more than 38 digits, and nanoseconds in UTC or INT96, which
 * it cuts to microseconds.
 *
 * Owns: a second look at them with another reader. It gives the decimals as text, digit for digit; where it shows a loss, or cannot look,
 * the file is refused.
 */

import zlib from 'node:zlib'
import {
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet'
import { present } from '../../base/errors/present.ts'
import { numbered, placesOf } from '../../base/values/parquet-names.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import { unreadable } from '../table/unreadable.ts'

const compressors: Compressors = {
  ZSTD: (page) => zlib.zstdDecompressSync(page),
  GZIP: (page) => zlib.gunzipSync(page),
  BROTLI: (page) => zlib.brotliDecompressSync(page),
}

export interface InspectedValues {
  readonly path: string
  readonly label: string
  /** Names as DuckDB gives them, in the order of the file. */
  readonly names: readonly string[]
}

/** A column of decimals of more than 38 digits. */
export interface WideDecimals {
  readonly name: string
  /** Row by row. @throws RowsmithError seed_unreadable */
  texts(): AsyncGenerator<string | null>
}

export interface FoundReadable {
  /** The columns that DuckDB is not to read. */
  readonly wide: readonly WideDecimals[]
  /** Whether Rowsmith wrote the file. */
  readonly usesOwnReader: boolean
  /** Names as the file has them. */
  readonly given: readonly string[]
}

/** @throws RowsmithError seed_unreadable */
export async function requireReadable({ path, label, names }: InspectedValues): Promise<FoundReadable> {
  const size = (await nodeDisk.stat(path))?.size ?? 0
  const file = {
    byteLength: Number(size),
    slice: async (start: number, end = Number(size)): Promise<ArrayBuffer> =>
      new Uint8Array(await nodeDisk.readRange(path, start, end - start)).slice().buffer,
  }
  let metadata: FileMetaData
  try {
    metadata = await parquetMetadataAsync(file)
  } catch {
    // DuckDB says what is wrong with it.
    return { wide: [], usesOwnReader: false, given: names }
  }
  const wide: WideDecimals[] = []
  const columns = parquetSchema(metadata).children
  for (const [index, column] of columns.entries()) {
    const name = names[index] ?? column.element.name
    const wanted = { file, metadata, column, name, label }
    if (column.children.length === 0 && isWideDecimal(column.element)) {
      wide.push({ name, texts: () => wideTexts(wanted) })
    } else if (any(column, isWideDecimal)) {
      const what =
        'it holds decimals of more than 38 digits in lists or structs, which cannot be read exactly'
      const nextStep = 'Write the column with a precision of at most 38, or as text.'
      throw unreadable({ label, column: name, what, nextStep })
    }
    if (any(column, isCut)) await requireMicroseconds(wanted)
  }
  const given = columns.map(({ element }) => element.name)
  return { wide, usesOwnReader: metadata.created_by === 'rowsmith', given }
}

function any(tree: SchemaTree, test: (element: SchemaTree['element']) => boolean): boolean {
  return tree.children.length === 0 ? test(tree.element) : tree.children.some((child) => any(child, test))
}

function isWideDecimal({ converted_type, logical_type, precision = 0 }: SchemaTree['element']): boolean {
  return (converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL') && precision > 38
}

function isCut({ type, logical_type: logical }: SchemaTree['element']): boolean {
  if (type === 'INT96') return true
  return logical?.type === 'TIMESTAMP' && logical.unit === 'NANOS' && logical.isAdjustedToUTC
}

interface Doubted {
  readonly file: { byteLength: number; slice: (start: number, end?: number) => Promise<ArrayBuffer> }
  readonly metadata: FileMetaData
  readonly column: SchemaTree
  readonly name: string
  readonly label: string
}

/** The decimals as text: read as bytes, a big-endian integer each, by a schema that does not say that they are decimals. */
async function* wideTexts({ file, metadata, column, name, label }: Doubted): AsyncGenerator<string | null> {
  const { element } = column
  const plain = { ...element, converted_type: undefined, logical_type: undefined }
  const schema = metadata.schema.map((each) => (each === element ? plain : each))
  const key = present(placesOf(metadata).get(element), 'places')
  let row = 0
  for (const { num_rows } of metadata.row_groups) {
    const rows = await parquetReadObjects({
      file,
      metadata: numbered({ ...metadata, schema } as FileMetaData),
      compressors,
      columns: [key],
      rowStart: row,
      rowEnd: row + Number(num_rows),
      utf8: false,
    }).catch((cause: unknown) => {
      const what = 'its decimals of more than 38 digits cannot be read'
      const nextStep = 'Write the column with a precision of at most 38, or as text.'
      throw unreadable({ label, column: name, what, nextStep, cause })
    })
    for (const each of rows) yield decimalText(each[key] as Uint8Array | null, element.scale ?? 0)
    row += Number(num_rows)
  }
}

function decimalText(bytes: Uint8Array | null | undefined, scale: number): string | null {
  if (bytes === null || bytes === undefined) return null
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const places = scale === 0 ? '' : `.${digits.slice(-scale)}`
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${places}`
}

async function requireMicroseconds(wanted: Doubted): Promise<void> {
  const { file, metadata, column, name, label } = wanted
  const key = present(placesOf(metadata).get(column.element), 'places')
  let row = 0
  for (const { num_rows } of metadata.row_groups) {
    const rows = await parquetReadObjects({
      file,
      metadata: numbered(metadata),
      compressors,
      columns: [key],
      rowStart: row,
      rowEnd: row + Number(num_rows),
      parsers: { timestampFromNanoseconds: (nanos: bigint) => (nanos % 1000n === 0n ? 0 : nanos) },
    }).catch((cause: unknown) => {
      const what = 'its nanoseconds cannot be looked at'
      throw unreadable({ label, column: name, what, nextStep: 'Write the column in microseconds.', cause })
    })
    const bad = rows.findIndex((each) => holdsNanos(each[key]))
    if (bad !== -1) {
      throw unreadable({
        label,
        row: row + bad + 1,
        column: name,
        what: 'a time does not fit microseconds',
        nextStep: 'Write the column in microseconds, or as text.',
      })
    }
    row += Number(num_rows)
  }
}

function holdsNanos(value: unknown): boolean {
  if (typeof value === 'bigint') return value !== 0n
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(holdsNanos)
}
