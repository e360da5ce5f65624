/**
 * Rows to the bytes of a Parquet file. Pure: no disk, no clock, no thread.
 *
 * Owns: the physical form of every column type, and the footer.
 * Rules:
 *   1. Equal columns, rows and footer keys give equal bytes, in any process of the same Node major version.
 *   2. All rows lie in one Parquet row group; a file without rows has none.
 *   3. Every column and field is optional, whatever its values: the schema depends on the types alone.
 *   4. `rowsmith.body_sha256` is the SHA-256 of everything before the footer: from the first byte of the file to
 *      the byte before the FileMetaData. No page index is written, so that is the magic number and the pages.
 *   5. A value that is not of its type is an error here (`value_unfit`), never a conversion.
 */
import zlib from 'node:zlib'
import type { CompressionCodec, LogicalType, SchemaElement } from 'hyparquet'
import type { ParquetWriter } from 'hyparquet-writer'
import { RowsmithError } from '../../base/errors/errors.ts'
import { parquetWriter } from '../../base/libraries/when-needed.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { type FoundType, fits } from '../../base/values/column-type.ts'
import { formatJson } from '../../base/values/json.ts'
import { daysOfDate, microsOfTimestamp } from '../../base/values/moments.ts'
import type { Value } from '../../base/values/value.ts'

/** One file to encode. */
export interface EncodeJob {
  /** At least one. */
  readonly columns: readonly EncodeColumn[]
  /** Values of every column. */
  readonly rowCount: number
  /** Keys of the footer, all but `rowsmith.body_sha256`. */
  readonly footer: Readonly<Record<string, string>>
}

export interface EncodeColumn {
  readonly name: string
  readonly type: FoundType
  readonly values: readonly Value[]
}

export interface Encoded {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Of the whole file. */
  readonly sha256: string
}

export const BODY_HASH_KEY = 'rowsmith.body_sha256'

const CODEC: CompressionCodec = 'ZSTD'

/**
 * @throws RowsmithError `value_unfit` with the column, the row (its place among the values) and what is wrong;
 *   `internal` for a job that makes no file: no column, two of one name, a struct without fields, a wrong length
 */
export function encodeParquet(job: EncodeJob): Encoded {
  const file = new ParquetParts(job.columns)
  file.write(
    job.columns.map(({ values }) => values),
    job.rowCount,
  )
  const body = file.take()
  file.finish({ ...job.footer, [BODY_HASH_KEY]: sha256(body) })
  const footer = file.take()
  const bytes = new Uint8Array(body.byteLength + footer.byteLength)
  bytes.set(body)
  bytes.set(footer, body.byteLength)
  return { bytes, sha256: sha256(bytes) }
}

/** A Parquet file made a part at a time: every `write` is one Parquet row group. Only what is not taken is in memory. */
export class ParquetParts {
  readonly #columns: readonly Omit<EncodeColumn, 'values'>[]
  readonly #writer = new (parquetWriter().ByteWriter)()
  readonly #file: ParquetWriter

  readonly #bytesIn: ReadonlySet<string>

  /**
   * @param bytesIn columns whose member `bytes` is base64, to be stored as the bytes themselves
   * @throws RowsmithError `internal` for no column, two of one name, a struct without fields
   */
  constructor(
    columns: readonly Omit<EncodeColumn, 'values'>[],
    { jsonAsText = false, bytesIn = [] }: { jsonAsText?: boolean; bytesIn?: readonly string[] } = {},
  ) {
    checkNames(columns.map(({ name }) => name))
    this.#columns = columns
    this.#bytesIn = new Set(bytesIn)
    this.#file = new (parquetWriter().ParquetWriter)({
      writer: this.#writer,
      schema: [
        { name: 'schema', num_children: columns.length },
        ...columns
          .flatMap(({ name, type }) =>
            schemaOf(name, type).map(this.#bytesIn.has(name) ? asBytes : (each) => each),
          )
          .map(jsonAsText ? asText : (each) => each),
      ],
      codec: CODEC,
      compressors: { ZSTD: (page) => zlib.zstdCompressSync(page) },
      createdBy: 'rowsmith',
    })
  }

  /** @throws RowsmithError `value_unfit`, `internal` for a wrong number of values, as `encodeParquet` */
  write(values: readonly (readonly Value[])[], rowCount: number): void {
    this.#file.write({
      columnData: this.#columns.map((each, index) => {
        const column = { ...each, values: values[index] ?? [] }
        checkLength(column, rowCount)
        const cells = column.values.map((value, row) => physical(column, value, row))
        return {
          name: column.name,
          data: this.#bytesIn.has(column.name) ? cells.map(withBytes) : cells,
          offsetIndex: false,
          // A minimum and maximum of JSON text says nothing to a reader, and the writer would keep them whole.
          statistics: !holds(column.type, 'json') && !this.#bytesIn.has(column.name),
          // The writer's dictionary takes -0 for 0; of images there is none.
          ...(this.#bytesIn.has(column.name) || column.values.some(hasNegativeZero)
            ? { encoding: 'PLAIN' as const }
            : {}),
        }
      }),
      rowGroupSize: Math.max(rowCount, 1),
    })
  }

  /** Ends the file. */
  finish(keys: Readonly<Record<string, string>>): void {
    const file = this.#file
    // Only now: while it writes, the older mark for JSON makes the writer quote text that is JSON already.
    file.schema = file.schema.map((element) =>
      element.logical_type?.type === 'JSON' ? { ...element, converted_type: 'JSON' } : element,
    )
    file.kvMetadata = Object.entries(keys).map(([key, value]) => ({ key, value }))
    file.finish()
  }

  /** The bytes made since the last call. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#writer.getBuffer())
    // `offset`, the place in the file, stays.
    this.#writer.index = 0
    return bytes
  }
}

function checkNames(names: readonly string[]): void {
  if (names.length === 0) throw new RowsmithError('internal', 'A Parquet file needs at least one column.')
  if (new Set(names).size !== names.length) {
    throw new RowsmithError('internal', 'Two columns of a Parquet file have one name.')
  }
}

function checkLength({ name, values }: EncodeColumn, rowCount: number): void {
  if (values.length !== rowCount) {
    throw new RowsmithError('internal', `Column "${name}" has ${values.length} values for ${rowCount} rows.`)
  }
}

/** The flat list of elements that Parquet makes of a type, depth first. */
function schemaOf(name: string, type: FoundType): SchemaElement[] {
  const base = { name, repetition_type: 'OPTIONAL' } as const
  switch (type.kind) {
    case 'none':
      return [{ ...base, type: 'INT32', logical_type: { type: 'NULL' } }]
    case 'string':
      return [{ ...base, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }]
    case 'json':
      return [{ ...base, type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } }]
    case 'date':
      return [{ ...base, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }]
    case 'timestamp':
      return [{ ...base, type: 'INT64', logical_type: timestampType(false) }]
    case 'timestamp_utc':
      return [
        { ...base, type: 'INT64', converted_type: 'TIMESTAMP_MICROS', logical_type: timestampType(true) },
      ]
    case 'int':
      return [{ ...base, type: 'INT64' }]
    case 'float':
      return [{ ...base, type: 'DOUBLE' }]
    case 'bool':
      return [{ ...base, type: 'BOOLEAN' }]
    case 'list':
      return [
        { ...base, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...schemaOf('element', type.element),
      ]
    case 'map':
      return [
        { ...base, num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
        { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
        ...schemaOf('key', { kind: 'string' }).map((key) => ({
          ...key,
          repetition_type: 'REQUIRED' as const,
        })),
        ...schemaOf('value', type.value),
      ]
    case 'struct':
      if (type.fields.length === 0) {
        throw new RowsmithError('internal', `The struct "${name}" has no fields; Parquet cannot hold it.`)
      }
      return [
        { ...base, num_children: type.fields.length },
        ...type.fields.flatMap((field) => schemaOf(field.name, field.type)),
      ]
  }
}

/** A member `bytes` without a type: bytes, whatever they mean. */
function asBytes(element: SchemaElement): SchemaElement {
  const { converted_type: _text, logical_type: _too, ...plain } = element
  return element.name === 'bytes' ? plain : element
}

function withBytes(cell: unknown): unknown {
  if (Array.isArray(cell)) return cell.map(withBytes)
  if (typeof cell !== 'object' || cell === null) return cell
  const { bytes, ...rest } = cell as { readonly bytes?: unknown }
  return { ...rest, bytes: typeof bytes === 'string' ? new Uint8Array(Buffer.from(bytes, 'base64')) : null }
}

/** The same bytes, for readers that do not know JSON. */
function asText(element: SchemaElement): SchemaElement {
  if (element.logical_type?.type !== 'JSON') return element
  return { ...element, converted_type: 'UTF8', logical_type: { type: 'STRING' } }
}

function timestampType(isAdjustedToUTC: boolean): LogicalType {
  return { type: 'TIMESTAMP', isAdjustedToUTC, unit: 'MICROS' }
}

function physical(column: EncodeColumn, value: Value, row: number): unknown {
  if (!fits(column.type, value)) {
    throw new RowsmithError(
      'value_unfit',
      `Column "${column.name}", row ${row} of the file: the value does not fit the type ${column.type.kind}.`,
      { facts: { column: column.name, row, type: column.type.kind } },
    )
  }
  return spelled.some((kind) => holds(column.type, kind)) ? asSpelled(column.type, value) : value
}

/** Types whose values are spelled otherwise in a file. */
const spelled: readonly FoundType['kind'][] = ['json', 'date', 'timestamp', 'timestamp_utc', 'map']

/** The same value with text wherever its type says JSON, numbers for dates and times, and pairs for maps. */
function asSpelled(type: FoundType, value: Value): unknown {
  if (value === null) return null
  switch (type.kind) {
    case 'json':
      return type.sorted === true ? formatJson(value, { sortKeys: true }) : jsonText(value)
    case 'date':
      return daysOfDate(value as string)
    case 'timestamp':
    case 'timestamp_utc':
      return microsOfTimestamp(value as string, type.kind === 'timestamp_utc')
    case 'list':
      return (value as Value[]).map((element) => asSpelled(type.element, element))
    case 'map':
      return Object.entries(value as Record<string, Value>).map(([key, member]) => ({
        key,
        value: asSpelled(type.value, member),
      }))
    case 'struct': {
      const object = value as Record<string, Value>
      // Looked up by name: the order does not matter here.
      return Object.fromEntries(
        type.fields.map((field) => [field.name, asSpelled(field.type, object[field.name] ?? null)]),
      )
    }
    default:
      return value
  }
}

/** What a JSON column holds: one line, members in their order, other scripts readable as they are. */
export function jsonText(value: Value): string {
  return formatJson(value)
}

function holds(type: FoundType, kind: FoundType['kind']): boolean {
  if (type.kind === kind) return true
  if (type.kind === 'list') return holds(type.element, kind)
  if (type.kind === 'map') return holds(type.value, kind)
  return type.kind === 'struct' && type.fields.some((field) => holds(field.type, kind))
}

function hasNegativeZero(value: Value): boolean {
  if (typeof value === 'number') return Object.is(value, -0)
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(hasNegativeZero)
}
