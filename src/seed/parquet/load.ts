/**
 * The rows of Parquet files, and what each column is.
 *
 * Rules:
 *   1. Every file is read with its own types. A column that files have otherwise is united as an export unites them: integers and floats
 *      are floats, kinds of text are text, lists and structs are united within, anything else is JSON.
 *   2. A column without a value in a file says nothing of its type. A file that lacks a column or a member has null there.
 *   3. No part of a path is a column.
 *   4. A map of another tool's is JSON unless the user says that it is a map; one that Rowsmith wrote is one.
 *   5. What does not come through whole is an error with file, row and column, before the first cell is made.
 */

import type { DuckDBType, DuckDBValue } from '@duckdb/node-api'
import { present } from '../../base/errors/present.ts'
import { type ConfinedDuckDB, sqlName, sqlPaths } from '../../base/libraries/confined-duckdb.ts'
import type { ColumnType, FoundType } from '../../base/values/column-type.ts'
import { fits } from '../../base/values/column-type.ts'
import { asTyped, commonType, settledType } from '../../base/values/common-type.ts'
import { isValueObject, memberOf, type Value } from '../../base/values/value.ts'
import type { SeedReading } from '../../config/schema/seeds.ts'
import type { SeedFiles } from '../files/files.ts'
import type { LoadedFiles } from '../table/loaded.ts'
import { renamings } from '../table/names.ts'
import { type SeedColumn, type SeedFile, TABLE } from '../table/table.ts'
import { shown, unreadable } from '../table/unreadable.ts'
import { type Cells, cellsOf, NoObject, Unfit } from './cells.ts'
import { requireReadable, type WideDecimals } from './doubts.ts'
import { withoutProto } from './proto.ts'

interface FileColumn {
  readonly name: string
  /** Its values, in SQL. */
  readonly values: string
  /** Their type, as SQL has it: files that agree share a column of the table. */
  readonly sql: string
  readonly cells: Cells
  /** The same with maps as lists. */
  readonly withLists: Cells
}

interface ParquetFile {
  readonly label: string
  /** Its rows, in SQL. */
  readonly source: string
  readonly columns: ReadonlyMap<string, FileColumn>
  readonly warnings: readonly string[]
}

/** A column of the dataset, and the column of the table that each file's values are in. */
interface United {
  readonly key: string
  readonly name: string
  /** By SQL type. */
  readonly places: Map<string, number>
}

/** @throws RowsmithError seed_unreadable, io_error */
export async function loadParquet(
  duckdb: ConfinedDuckDB,
  { paths, labels = paths }: SeedFiles,
  { types = {} }: SeedReading,
): Promise<LoadedFiles> {
  const files: ParquetFile[] = []
  for (const [index, path] of paths.entries()) {
    files.push(await describeFile(duckdb, { path, label: present(labels[index], 'labels') }, types))
  }
  const columns = unite(files)
  const counts = await fill(duckdb, files, columns)
  const read: { readonly column: SeedColumn; readonly readers: readonly (Reader | undefined)[] }[] = []
  for (const column of columns) {
    read.push(
      await readColumn(
        duckdb,
        files.map((file) => file.columns.get(column.key)),
        { column, counts, types },
      ),
    )
  }
  const found = read.map(({ column }) => column)
  const decode: LoadedFiles['decode'] = (stored) =>
    found.map(({ type }, index) => {
      const reader = present(read[index], 'read').readers[Number(stored[0])]
      if (reader === undefined) return null
      const value = present(stored[reader.place], 'stored')
      return value === null ? null : asTyped(type, reader.cells.read(value))
    })
  return {
    columns: found,
    files: counts,
    warnings: [...files.flatMap((file) => file.warnings), ...lacking(files, columns)],
    decode,
  }
}

async function describeFile(
  duckdb: ConfinedDuckDB,
  { path, label }: { path: string; label: string },
  types: NonNullable<SeedReading['types']>,
): Promise<ParquetFile> {
  const { connection, library } = duckdb
  const columns = new Map<string, FileColumn>()
  try {
    const described = await connection.runAndReadAll(`SELECT * FROM ${sourceOf(path)} LIMIT 0`)
    const found = described.columnTypes()
    const names = described.columnNames()
    const { wide, usesOwnReader, given } = await requireReadable({ path, label, names })
    const source = await withWide(duckdb, sourceOf(path), wide)
    const said = names.map((name) => declaredFor(types, { name, label }))
    const values = names.map((name, index) =>
      valuesOf(name, present(found[index], 'found'), { asText: said[index] === 'text', wide }),
    )
    const read = await connection.runAndReadAll(`SELECT ${values.join(', ')} FROM ${source} LIMIT 0`)
    const typesRead = read.columnTypes()
    for (const [index, name] of names.entries()) {
      const type = present(typesRead[index], 'types read')
      const maps = said[index] === 'map'
      const cells = cellsOf(type, library, maps || usesOwnReader ? 'maps' : 'objects')
      const withLists = cellsOf(type, library, 'lists')
      if (cells === undefined || withLists === undefined) {
        const what = `column ${JSON.stringify(name)} holds ${type}, which no cell can hold`
        throw unreadable({ label, what })
      }
      columns.set(name.toLowerCase(), {
        name,
        values: present(values[index], 'values'),
        sql: String(type),
        cells,
        withLists,
      })
    }
    const warnings = renamings(given, names).map((what) => `${label}: ${what}`)
    return { label, source, columns, warnings }
  } catch (error) {
    throw asUnreadable(error, label)
  }

  function valuesOf(
    name: string,
    type: DuckDBType,
    { asText, wide }: { readonly asText: boolean; readonly wide: readonly WideDecimals[] },
  ): string {
    const place = wide.findIndex((each) => each.name === name)
    if (place !== -1) return wideName(place)
    return asText ? `CAST(${sqlName(name)} AS VARCHAR)` : withoutProto(sqlName(name), type, library)
  }
}

const wideName = (place: number): string => sqlName(`\u{F8FF}wide${place}`)

/** The rows of a file next to its wide decimals, which another reader reads into tables of their own. */
async function withWide(
  { connection }: ConfinedDuckDB,
  source: string,
  wide: readonly WideDecimals[],
): Promise<string> {
  let joined = source
  for (const [place, { texts }] of wide.entries()) {
    const table = `wide_${crypto.randomUUID().replaceAll('-', '')}`
    await connection.run(`CREATE TEMP TABLE ${table} (${wideName(place)} VARCHAR)`)
    const appender = await connection.createAppender(table)
    for await (const text of texts()) {
      if (text === null) appender.appendNull()
      else appender.appendVarchar(text)
      appender.endRow()
    }
    appender.flushSync()
    appender.closeSync()
    joined += ` POSITIONAL JOIN ${table}`
  }
  return joined
}

function holdsMap(type: FoundType): boolean {
  if (type.kind === 'list') return holdsMap(type.element)
  return type.kind === 'map' || (type.kind === 'struct' && type.fields.some((field) => holdsMap(field.type)))
}

/** @throws RowsmithError seed_unreadable for a type that no column of a Parquet file can be made */
function declaredFor(
  types: NonNullable<SeedReading['types']>,
  { name, label }: { readonly name: string; readonly label: string },
): 'text' | 'map' | undefined {
  const declared = Object.hasOwn(types, name) ? types[name] : undefined
  if (declared === undefined || declared === 'text' || declared === 'map') return declared
  const what = `types can only make text or a map of a column of a Parquet file, and says ${declared}`
  throw unreadable({ label, column: name, what })
}

function sourceOf(path: string): string {
  return `read_parquet(${sqlPaths([path])}, hive_partitioning = false)`
}

function unite(files: readonly ParquetFile[]): United[] {
  const columns = new Map<string, United>()
  let places = 0
  for (const file of files) {
    for (const [key, { name, sql }] of file.columns) {
      const united = columns.get(key) ?? { key, name, places: new Map() }
      columns.set(key, united)
      if (!united.places.has(sql)) united.places.set(sql, places++)
    }
  }
  return [...columns.values()]
}

/** Reads the files into a table: the number of the file, then a column for every type of every column. */
async function fill(
  { connection }: ConfinedDuckDB,
  files: readonly ParquetFile[],
  columns: readonly United[],
): Promise<SeedFile[]> {
  const types = columns.flatMap(({ places }) => [...places])
  types.sort(([, a], [, b]) => a - b)
  const cells = types.map(([sql], place) => `, c${place} ${sql}`)
  await connection.run(`CREATE TEMP TABLE ${TABLE} (f INTEGER${cells.join('')})`)
  const counts: SeedFile[] = []
  for (const [number, { source, label, columns: own }] of files.entries()) {
    const filled = columns.flatMap(({ key, places }) => {
      const column = own.get(key)
      if (column === undefined) return []
      return [{ place: present(places.get(column.sql), 'places'), value: column.values }]
    })
    try {
      const result = await connection.run(
        `INSERT INTO ${TABLE} (f${filled.map(({ place }) => `, c${place}`).join('')})
          SELECT ${number}${filled.map(({ value }) => `, ${value}`).join('')} FROM ${source}`,
      )
      counts.push({ label, rows: Number(result.rowsChanged) })
    } catch (error) {
      throw asUnreadable(error, label)
    }
  }
  return counts
}

/** What a column is, and how each file's values of it are read: maps as objects, or as lists where one is no object. */
async function readColumn(
  duckdb: ConfinedDuckDB,
  own: readonly (FileColumn | undefined)[],
  {
    column,
    counts,
    types,
  }: {
    readonly column: United
    readonly counts: readonly SeedFile[]
    readonly types: NonNullable<SeedReading['types']>
  },
): Promise<{ column: SeedColumn; readers: readonly (Reader | undefined)[] }> {
  const readersOf = (cells: 'cells' | 'withLists') =>
    own.map(
      (each) => each && { place: present(column.places.get(each.sql), 'places') + 1, cells: each[cells] },
    )
  const wanted = { name: column.name, own }
  const readers = readersOf('cells')
  try {
    const found = await typeOfColumn(duckdb, wanted, readers, counts)
    if (types[column.name] === 'map' && !holdsMap(found.type)) throw noMap(column, own, counts)
    return { column: found, readers }
  } catch (error) {
    if (!(error instanceof NoObject)) throw error
    const lists = readersOf('withLists')
    const found = await typeOfColumn(duckdb, wanted, lists, counts)
    return { column: { ...found, note: `lists of key and value, since ${error.message}` }, readers: lists }
  }
}

/** A column that is said to hold maps, and does not. */
function noMap(
  { name }: United,
  own: readonly (FileColumn | undefined)[],
  files: readonly SeedFile[],
): unknown {
  const odd = own.findIndex((each) => each !== undefined && !holdsMap(each.cells.found))
  const what = `types says that it holds maps, and it holds ${own[Math.max(odd, 0)]?.sql ?? 'none'}`
  return unreadable({ label: present(files[Math.max(odd, 0)], 'files').label, column: name, what })
}

interface Reader {
  readonly place: number
  readonly cells: Cells
}

/** The type that all files' values have, after a look at each value of which that is not certain. */
async function typeOfColumn(
  { connection }: ConfinedDuckDB,
  { name, own }: { readonly name: string; readonly own: readonly (FileColumn | undefined)[] },
  readers: readonly (Reader | undefined)[],
  files: readonly SeedFile[],
): Promise<SeedColumn> {
  const drifts = new Set(own.filter((column) => column !== undefined).map(({ sql }) => sql)).size > 1
  const certain = !drifts && readers.every((reader) => reader === undefined || !reader.cells.doubtful)
  const first = present(
    readers.find((reader) => reader !== undefined),
    'readers',
  )
  if (certain) return { name, type: settledType(first.cells.found) }
  const seen = readers.map((reader) => (reader === undefined ? undefined : new Seen(reader.cells.found)))
  if (drifts) await eachValue((value, file) => present(seen[file], 'seen').add(value))
  const found = drifts
    ? seen.reduce<FoundType>((type, each) => (each === undefined ? type : commonType(type, each.type())), {
        kind: 'none',
      })
    : first.cells.found
  const type = settledType(found)
  await eachValue((value) => requireFits(type, asTyped(type, value)))
  if (!drifts) return { name, type }
  const kinds = [...new Set(own.filter((column) => column !== undefined).map(({ sql }) => sql))]
  return { name, type, note: `united from ${kinds.map((kind) => kind.slice(0, 60)).join(' and ')}` }

  async function eachValue(visit: (value: Value, file: number) => void): Promise<void> {
    for (const [file, reader] of readers.entries()) {
      if (reader === undefined) continue
      const { cells } = reader
      const cell = `c${reader.place - 1}`
      const result = await connection.stream(`SELECT ${cell} FROM ${TABLE} WHERE f = ${file}`)
      let row = 0
      for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; ) {
        for (const value of chunk.getColumnValues(0)) {
          row++
          if (value !== null) inspectValues(value, { file, row })
        }
        chunk = await result.fetchChunk()
      }
      function inspectValues(value: DuckDBValue, at: { file: number; row: number }): void {
        try {
          visit(cells.read(value), at.file)
        } catch (error) {
          if (!(error instanceof Unfit)) throw error
          if (error instanceof NoObject) {
            throw new NoObject(`row ${at.row} of ${present(files[at.file], 'files').label} ${error.message}`)
          }
          throw unreadable({
            label: present(files[at.file], 'files').label,
            row: at.row,
            column: name,
            what: `${valueText(value)} ${error.message}`,
            nextStep: `Change the value; or say in seed_config.source types: { ${JSON.stringify(name)}: text } to take the column as text.`,
          })
        }
      }
    }
  }
}

function valueText(value: DuckDBValue): string {
  const text = String(value)
  return text.length > 60 || /[\p{Cc}]/u.test(text) ? shown(text) : text
}

const limits: Partial<Record<ColumnType['kind'], string>> = { int: '64 bits', float: 'a float' }

/** @throws Unfit */
function requireFits(type: ColumnType, value: Value): void {
  if (fits(type, value)) return
  if (type.kind === 'list' && Array.isArray(value)) for (const each of value) requireFits(type.element, each)
  if (type.kind === 'map' && isValueObject(value)) {
    for (const each of Object.values(value)) requireFits(type.value, each)
  }
  if (type.kind === 'struct' && isValueObject(value)) {
    for (const { name, type: member } of type.fields) requireFits(member, memberOf(value, name) ?? null)
  }
  throw new Unfit(
    type.kind === 'json'
      ? 'holds NaN or Infinity, and JSON has no word for it'
      : `does not fit ${limits[type.kind] ?? type.kind}`,
  )
}

/** What of a type the values of a file show: where there is none, the type says nothing. */
class Seen {
  readonly #found: FoundType
  /** Of a list's elements, a map's values. */
  readonly #element: Seen | undefined
  readonly #members: readonly Seen[]
  #any = false

  constructor(found: FoundType) {
    this.#found = found
    const element = found.kind === 'list' ? found.element : found.kind === 'map' ? found.value : undefined
    this.#element = element && new Seen(element)
    this.#members = found.kind === 'struct' ? found.fields.map(({ type }) => new Seen(type)) : []
  }

  add(value: Value): void {
    if (value === null) return
    this.#any = true
    if (typeof value === 'object') for (const each of Object.values(value)) this.#element?.add(each)
    if (this.#found.kind !== 'struct' || !isValueObject(value)) return
    for (const [index, { name }] of this.#found.fields.entries()) {
      present(this.#members[index], 'members').add(memberOf(value, name) ?? null)
    }
  }

  type(): FoundType {
    if (!this.#any) return { kind: 'none' }
    if (this.#element !== undefined) {
      const of = this.#element.type()
      return this.#found.kind === 'map' ? { kind: 'map', value: of } : { kind: 'list', element: of }
    }
    if (this.#found.kind !== 'struct') return this.#found
    const fields = this.#found.fields.map(({ name }, index) => ({
      name,
      type: present(this.#members[index], 'members').type(),
    }))
    return { kind: 'struct', fields }
  }
}

function lacking(files: readonly ParquetFile[], columns: readonly United[]): string[] {
  return columns.flatMap(({ key, name }) => {
    const file = files.find((each) => !each.columns.has(key))
    return file === undefined ? [] : [`${file.label} has no column ${JSON.stringify(name)}: null there`]
  })
}

function asUnreadable(error: unknown, label: string): unknown {
  if (!(error instanceof Error) || error.name === 'RowsmithError' || 'code' in error) return error
  const [first = ''] = error.message.split('\n')
  const what = first
    .replace(/^[A-Za-z ]+ Error: /, '')
    .slice(0, 300)
    .replace(/[.!]+$/, '')
  return unreadable({ label, what, cause: error })
}
