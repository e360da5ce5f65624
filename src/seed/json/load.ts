/**
 * The rows of JSON files, as a table of their texts, and what each column is. All rows decide that, of all files (`shape.ts`).
 */

import { present } from '../../base/errors/present.ts'
import type { ConfinedDuckDB } from '../../base/libraries/confined-duckdb.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { fits } from '../../base/values/column-type.ts'
import { formatJson } from '../../base/values/json.ts'
import { objectOf, type Value } from '../../base/values/value.ts'
import type { SeedReading, SeedType } from '../../config/schema/seeds.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { requireText } from '../csv/dialect.ts'
import { partsOf, type SeedFiles } from '../files/files.ts'
import { decodeText } from '../files/text.ts'
import { declaredType, fromText } from '../table/declared.ts'
import { type LoadedFiles, placeOfRow } from '../table/loaded.ts'
import { distinctNames, renamings } from '../table/names.ts'
import { type SeedColumn, type SeedFile, TABLE } from '../table/table.ts'
import { shown, unreadable } from '../table/unreadable.ts'
import { plainJson, writtenNumber } from './cells.ts'
import { JsonFault, LongNumber, type Parsed, type ParsedObject, parseExact } from './parse.ts'
import { Shape } from './shape.ts'
import { rowTexts } from './split.ts'

/** A column as its rows are read. */
interface JsonColumn extends SeedColumn {
  /** The member of a row. */
  readonly key: string
  readonly declared: SeedType | undefined
}

/** @throws RowsmithError seed_unreadable, io_error */
export async function loadJson(
  duckdb: ConfinedDuckDB,
  { paths, labels = paths }: SeedFiles,
  { types = {} }: SeedReading,
): Promise<LoadedFiles> {
  const shapes = new Map<string, Shape>()
  const files: SeedFile[] = []
  let nonFinite = false
  await duckdb.connection.run(`CREATE TEMP TABLE ${TABLE} (c0 VARCHAR)`)
  const appender = await duckdb.connection.createAppender(TABLE)
  try {
    for (const [index, path] of paths.entries()) {
      const label = present(labels[index], 'labels of files')
      let rows = 0
      for await (const { text, line } of rowTexts(textOf(path, label), path.endsWith('.jsonl'))) {
        const row = parsedRow(text, { label, line })
        for (const [name, value] of Object.entries(row)) {
          const shape = shapes.get(name) ?? new Shape(Object.hasOwn(types, name) && types[name] === 'map')
          shapes.set(name, shape)
          shape.add(value)
        }
        nonFinite ||= /NaN|Infinity/.test(text)
        appender.appendVarchar(text)
        appender.endRow()
        rows++
      }
      files.push({ label, rows })
    }
    appender.flushSync()
  } finally {
    appender.closeSync()
  }
  const names = distinctNames([...shapes.keys()])
  const columns = [...shapes].map(([key, shape], index): JsonColumn => {
    const name = present(names[index], 'names of columns')
    const declared = Object.hasOwn(types, name) ? types[name] : undefined
    const type = declared === undefined || declared === 'map' ? shape.type() : declaredType(declared)
    const note = declared === undefined ? shape.note : undefined
    return { name, key, type, declared, ...(note === undefined ? {} : { note }) }
  })
  const asWritten = [...shapes.values()].some((shape) => shape.asWritten) || Object.keys(types).length > 0
  const decode: LoadedFiles['decode'] = ([text]) => {
    const row = parseExact(String(text), { asWritten }) as ParsedObject
    return columns.map((column) => cellOf(column, row))
  }
  if (nonFinite || columns.some(({ declared }) => declared !== undefined)) {
    await requireFit(duckdb, columns, decode, files)
  }
  const plainColumns = columns.map(({ declared: _declared, key: _key, ...column }) => column)
  return { columns: plainColumns, files, warnings: renamings([...shapes.keys()]), decode }
}

/** The file's text in parts, without a byte order mark. */
async function* textOf(path: string, label: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  let first = true
  for await (const part of partsOf(path)) {
    if (first) requireText(part, label)
    first = false
    let text: string
    try {
      text = decoder.decode(part, { stream: true })
    } catch {
      decodeText(await wrapDiskError('read', path, () => nodeDisk.readFile(path)), 'utf-8', label)
      throw unreadable({ label, line, what: 'it is not text in UTF-8' })
    }
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) line++
    yield text
  }
}

function parsedRow(text: string, { label, line }: { label: string; line: number }): ParsedObject {
  let row: Parsed
  try {
    row = parseExact(text)
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    const lines = text.slice(0, error.at).split('\n').length - 1
    const near = text.slice(error.at, error.at + 20)
    const what = `it is no JSON: ${error.message}${near === '' ? '' : `, at ${shown(near)}`}`
    throw unreadable({ label, line: line + lines, what })
  }
  if (typeof row === 'object' && row !== null && !Array.isArray(row) && !(row instanceof LongNumber))
    return row
  throw unreadable({ label, line, what: `a row must be an object, and this is ${shown(text.trim())}` })
}

function cellOf({ key, type, declared }: JsonColumn, row: ParsedObject): Value {
  const value = memberOf(row, key)
  if (value === null || declared === undefined) return settled(value, type)
  if (declared === 'map') return settledMap(value, type)
  const text =
    typeof value === 'string'
      ? value
      : value instanceof LongNumber
        ? value.text
        : formatJson(plainJson(value))
  const cell = fromText(text, declared)
  if (cell === undefined) throw new Unfit(text)
  return cell
}

/** A value that a declared type does not fit. */
class Unfit extends Error {}

/** A value of a column that is said to hold maps, itself or in lists. */
function settledMap(value: Parsed, type: ColumnType): Value {
  const within = (each: Parsed, of: ColumnType): boolean =>
    each === null ||
    (of.kind === 'list'
      ? Array.isArray(each) && each.every((one) => within(one, of.element))
      : (of.kind === 'map' || of.kind === 'json') && isObject(each))
  if (within(value, type)) return settled(value, type)
  throw new Unfit(formatJson(plainJson(value)))
}

const memberOf = (object: ParsedObject, key: string): Parsed =>
  Object.hasOwn(object, key) ? (object[key] ?? null) : null

function isObject(value: Parsed): value is ParsedObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LongNumber)
  )
}

/** A value as a cell of the type. */
function settled(value: Parsed, type: ColumnType): Value {
  if (value === null) return null
  if (type.kind === 'list') return (value as Parsed[]).map((each) => settled(each, type.element))
  if (type.kind === 'map') {
    const members = Object.entries(value as ParsedObject)
    return objectOf(members.map(([key, member]) => [key, settled(member, type.value)]))
  }
  if (type.kind === 'struct') {
    const given = value as ParsedObject
    return objectOf(
      type.fields.map(({ name, type: member }) => [name, settled(memberOf(given, name), member)]),
    )
  }
  if (type.kind === 'float') return Number(value instanceof LongNumber ? value.text : value)
  if (value instanceof LongNumber) return type.kind === 'string' ? value.text : writtenNumber(value.text)
  return plainJson(value)
}

/** Looks at every row again: for a declared type that does not fit, and a number that JSON has no word for. */
async function requireFit(
  { connection }: ConfinedDuckDB,
  columns: readonly JsonColumn[],
  decode: LoadedFiles['decode'],
  files: readonly SeedFile[],
): Promise<void> {
  const result = await connection.stream(`SELECT c0 FROM ${TABLE}`)
  let row = 0
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; ) {
    for (const stored of chunk.getRows()) {
      const place = placeOfRow(files, row++)
      const parsed = parseExact(String(stored[0])) as ParsedObject
      let cells: Value[]
      try {
        cells = decode(stored)
      } catch (error) {
        if (!(error instanceof Unfit)) throw error
        const bad = columns.find((column) => !readable(column, parsed))
        const what = `${shown(error.message)} is no ${bad?.declared}, which seed_config.source.types says it is`
        throw unreadable({ ...place, column: bad?.name ?? '', what })
      }
      const bad = columns.find(({ type }, index) => !fits(type, cells[index] ?? null))
      if (bad === undefined) continue
      const what = 'it holds NaN or Infinity among values that are no numbers, and JSON has no word for it'
      throw unreadable({ ...place, column: bad.name, what, nextStep: 'Write null in its place.' })
    }
    chunk = await result.fetchChunk()
  }
}

function readable(column: JsonColumn, row: ParsedObject): boolean {
  try {
    cellOf(column, row)
    return true
  } catch {
    return false
  }
}
