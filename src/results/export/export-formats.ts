/**
 * Rows as the bytes of an export. Each format is fed slices of rows and gives bytes as they come.
 *
 * Rules:
 *   1. Every row has every column, in one order; a column that its file lacks is null. In JSON Lines, an optional column that is
 *      null is left out.
 *   2. Numbers are exact: floats as the shortest text that reads back equal, integers with all their digits.
 *   3. JSON has no word for NaN and the infinities: in JSON they are null. A CSV cell names them.
 *   4. In CSV, nested values are JSON, null is nothing between the commas, and empty text is `""`.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { asTyped } from '../../base/values/common-type.ts'
import { formatFloat, formatJson } from '../../base/values/json.ts'
import {
  isValueObject,
  memberOf,
  objectOf,
  rowBuilder,
  type Value,
  type ValueObject,
} from '../../base/values/value.ts'
import { jsonText, ParquetParts } from '../../store/parquet/parquet-encode.ts'
import type { Row } from '../../store/parquet/parquet-rows.ts'
import type { DatasetColumn } from '../rows/columns.ts'
import type { MediaColumns } from './media-columns.ts'

export const fileFormats = ['jsonl', 'csv', 'parquet'] as const
export type FileFormat = (typeof fileFormats)[number]

/** One export being made. */
export interface Formatter {
  /** Before the first row. */
  begin(): Uint8Array
  encode(rows: readonly Row[]): Uint8Array
  /** After the last row. */
  end(): Uint8Array
}

/** Rows of one Parquet row group, at least, but for the last one: many small files make one that reads well. */
const ROWS_PER_GROUP = 1000
/** With images, sound or video, of megabytes each. */
const MEDIA_ROWS_PER_GROUP = 100

export interface FormatOptions {
  readonly csvSafe?: boolean
  readonly jsonAsText?: boolean
  readonly media?: MediaColumns | undefined
  /** In JSON Lines, columns that a row without a value does not have. */
  readonly optional?: ReadonlySet<string>
}

export function formatterFor(
  format: FileFormat,
  columns: readonly DatasetColumn[],
  options: FormatOptions = {},
): Formatter {
  if (format === 'jsonl') return jsonLines(columns, options.optional)
  return format === 'csv' ? csv(columns, options.csvSafe === true) : parquet(columns, options)
}

function jsonLines(columns: readonly DatasetColumn[], optional: ReadonlySet<string> = new Set()): Formatter {
  const rowOf = rowBuilder(columns.map(({ name }) => name))
  const whole = (row: Row): ValueObject =>
    rowOf((index) => forJson(cellOf(row, present(columns[index], 'columns').name)))
  const withoutAbsent = (row: ValueObject): ValueObject =>
    objectOf(Object.entries(row).filter(([name, value]) => value !== null || !optional.has(name)))
  const line = (row: Row): string =>
    `${formatJson(optional.size === 0 ? whole(row) : withoutAbsent(whole(row)))}\n`
  return {
    begin: () => new Uint8Array(),
    encode: (rows) => Buffer.from(rows.map(line).join('')),
    end: () => new Uint8Array(),
  }
}

function csv(columns: readonly DatasetColumn[], safe: boolean): Formatter {
  const text = safe ? (cell: string) => quoted(withoutFormula(cell)) : quoted
  const line = (row: Row): string =>
    `${columns.map(({ name, type }) => csvCell(cellOf(row, name), type.kind === 'json', text)).join(',')}\n`
  return {
    begin: () => Buffer.from(`${columns.map(({ name }) => text(name)).join(',')}\n`),
    encode: (rows) => Buffer.from(rows.map(line).join('')),
    end: () => new Uint8Array(),
  }
}

function parquet(columns: readonly DatasetColumn[], { jsonAsText = false, media }: FormatOptions): Formatter {
  const file = new ParquetParts(columns, { jsonAsText, bytesIn: media?.names ?? [] })
  const rowsPerGroup = media === undefined ? ROWS_PER_GROUP : MEDIA_ROWS_PER_GROUP
  let waiting: Row[] = []
  const writeGroup = (): void => {
    const values = columns.map(({ name, type }) => waiting.map((row) => asTyped(type, cellOf(row, name))))
    try {
      file.write(values, waiting.length)
    } catch (error) {
      throw unfit(error)
    }
    waiting = []
  }
  return {
    begin: () => new Uint8Array(),
    encode: (rows) => {
      waiting.push(...rows)
      if (waiting.length >= rowsPerGroup) writeGroup()
      return file.take()
    },
    end: () => {
      if (waiting.length > 0) writeGroup()
      file.finish(media?.footer() ?? {})
      return file.take()
    },
  }
}

/** Only a dataset whose files disagree about a column can hold a value that the common type does not. */
function unfit(error: unknown): unknown {
  if (!RowsmithError.isInstance(error) || error.code !== 'value_unfit') return error
  const { column = '', type = '' } = error.facts
  return new RowsmithError(
    'export_unfit',
    `Column "${column}" holds values of different types, and one of them cannot be stored as ${type}.`,
    { facts: error.facts, cause: error },
  )
}

function cellOf(row: Row, name: string): Value {
  return memberOf(row, name) ?? null
}

function csvCell(value: Value, isJson: boolean, text: (cell: string) => string): string {
  if (value === null) return ''
  if (isJson || typeof value === 'object') return text(jsonText(forJson(value)))
  if (typeof value === 'string') return text(value)
  return typeof value === 'number' ? formatFloat(value) : String(value)
}

/** What spreadsheets take for a formula, or for the end of a cell before one, is a text with an apostrophe in front. */
function withoutFormula(text: string): string {
  return /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(text) ? `'${text}` : text
}

/** RFC 4180, with empty text in quotes, so that it is not taken for null. */
function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The same value with null for what JSON cannot say. */
function forJson(value: Value): Value {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (Array.isArray(value)) return value.map(forJson)
  if (!isValueObject(value)) return value
  return objectOf(Object.entries(value).map(([key, member]) => [key, forJson(member)]))
}
