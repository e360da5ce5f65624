/**
 * The rows of CSV files, as a table of texts, and what each column is.
 *
 * Rules:
 *   1. Our scanner says which rows there are; DuckDB takes their values out, as text. When the two count differently, the file is
 *      refused.
 *   2. Columns are those of all files by name, in the order in which they come up. A file that lacks one has null there.
 *   3. A value between two delimiters is null when there is nothing, or one of `null_values`; in quotes it is text.
 *   4. What a column is, all of its values decide (`column-types.ts`).
 */

import { present } from '../../base/errors/present.ts'
import { type ConfinedDuckDB, sqlName, sqlPaths, sqlText } from '../../base/libraries/confined-duckdb.ts'
import { type RunningSha256, runningSha256 } from '../../base/numbers/hash.ts'
import type { SeedReading, TextType } from '../../config/schema/seeds.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { contentsOfAll, partsOf, type SeedFiles } from '../files/files.ts'
import type { LoadedFiles } from '../table/loaded.ts'
import { type SeedFile, TABLE } from '../table/table.ts'
import { unreadable } from '../table/unreadable.ts'
import type { Guess } from './certain-types.ts'
import { typesOfTexts } from './column-types.ts'
import { type CsvStart, inSingleQuotes, singleQuoted, startOf } from './dialect.ts'
import { BadLine, CsvScanner } from './scan.ts'

const START_BYTES = 4 * 1024 * 1024

interface CsvFile extends CsvStart {
  readonly path: string
  readonly label: string
}

/** @throws RowsmithError seed_unreadable, io_error */
export async function loadCsv(
  duckdb: ConfinedDuckDB,
  { paths, labels = paths }: SeedFiles,
  reading: SeedReading,
): Promise<LoadedFiles> {
  const files: CsvFile[] = []
  for (const [index, path] of paths.entries()) {
    const start = await wrapDiskError('read', path, () => nodeDisk.readRange(path, 0, START_BYTES))
    const label = present(labels[index], 'labels of files')
    files.push({ path, label, ...startOf(start, start.byteLength < START_BYTES, reading, label) })
  }
  const names = new Map<string, string>()
  for (const file of files) {
    for (const name of file.names) if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name)
  }
  const keys = [...names.keys()]
  const cells = keys.map((_, index) => `c${index} VARCHAR`)
  if (cells.length > 0) await duckdb.connection.run(`CREATE TEMP TABLE ${TABLE} (${cells.join(', ')})`)
  const counts: SeedFile[] = []
  const hashes: string[] = []
  const certain = new Map<string, (Guess | undefined)[]>(keys.map((key) => [key, []]))
  for (const file of files) {
    const empty = file.names.length === 0
    const { rows, sha256, types } = empty ? nothing : await loadFile(duckdb, file, keys, reading)
    counts.push({ label: file.label, rows })
    hashes.push(sha256)
    for (const [index, name] of file.names.entries())
      present(certain.get(name.toLowerCase()), 'names of columns').push(types[index])
  }
  const warnings = files.flatMap((file) => file.warnings)
  const lacking = lackingWarnings(files, names)
  const declared = { types: declaredTexts(reading, labels[0] ?? ''), decimal: reading.decimal ?? '.' }
  const known = [...certain.values()].map(inAllFiles)
  const types = await typesOfTexts(duckdb, [...names.values()], counts, declared, known)
  if (reading.quote === undefined) requireNoSingleQuotes(types, counts)
  return { ...types, files: counts, warnings: [...warnings, ...lacking], bytes: contentsOfAll(hashes) }
}

/** @throws RowsmithError seed_unreadable for a map, which no text of a CSV file is */
function declaredTexts({ types = {} }: SeedReading, label: string): Record<string, TextType> {
  return Object.fromEntries(
    Object.entries(types).map(([column, type]) => {
      if (type !== 'map') return [column, type]
      const nextStep = 'Write the column as JSON Lines or Parquet, or take it as text.'
      throw unreadable({
        label,
        column,
        what: 'types says that it holds maps, and a CSV file has none',
        nextStep,
      })
    }),
  )
}

/** The type that a column certainly has in each file that has the column. */
function inAllFiles([first, ...more]: readonly (Guess | undefined)[]): Guess | undefined {
  return more.every((one) => one === first) ? first : undefined
}

interface Loaded {
  readonly rows: number
  readonly sha256: string
  /** By column of the file: its type, where it is certain. */
  readonly types: readonly (Guess | undefined)[]
}

const nothing: Loaded = { rows: 0, sha256: runningSha256().digest(), types: [] }

async function loadFile(
  { connection }: ConfinedDuckDB,
  file: CsvFile,
  keys: readonly string[],
  reading: SeedReading,
): Promise<Loaded> {
  const hash = runningSha256()
  const scanner = new CsvScanner(file.dialect, file.names.length, file.skipLines)
  // DuckDB works on another thread meanwhile.
  const loading = connection.run(insertion(file, keys, reading)).then(
    (result) => ({ rows: Number(result.rowsChanged) }),
    (error: unknown) => ({ error }),
  )
  const scanned = await scan(scanner, hash, file).catch((error: unknown) => ({ error }))
  let loaded = await loading
  if (scanned !== undefined) throw scanned.error
  if ('error' in loaded && scanner.longest > LINE_BYTES) {
    const longer = insertion(file, keys, reading, scanner.longest)
    loaded = await connection.run(longer).then(
      (result) => ({ rows: Number(result.rowsChanged) }),
      (error: unknown) => ({ error }),
    )
  }
  const { label } = file
  if ('error' in loaded) throw duckdbError(loaded.error, label)
  if (loaded.rows === scanner.rows) {
    return { rows: loaded.rows, sha256: hash.digest(), types: scanner.types.found() }
  }
  const what = `it can be read in two ways, as ${scanner.rows} rows or as ${loaded.rows}`
  throw unreadable({ label, what, nextStep: 'Write the table again, with values in double quotes.' })
}

async function scan(
  scanner: CsvScanner,
  hash: RunningSha256,
  { path, label, names }: CsvFile,
): Promise<undefined> {
  try {
    for await (const part of partsOf(path)) {
      hash.update(part)
      scanner.feed(part)
    }
    scanner.end()
  } catch (error) {
    if (!(error instanceof BadLine)) throw error
    const what = `CSV Error on Line: ${error.line}: ${error.message}`
    throw unreadable({ label, what, facts: { line: error.line }, nextStep: badLineStep(names.length) })
  }
}

function badLineStep(width: number): string {
  if (width === 1) {
    return 'Quote the value; or, where the file has one column, say in seed_config.source a delimiter that no value has, `delimiter: "\\t"`.'
  }
  return 'Fix the line; or say in seed_config.source how the file is written: `delimiter`, `quote`, `escape`, `header` (the line that has the names).'
}

/** DuckDB's own limit. */
const LINE_BYTES = 2_000_000

function insertion(
  { path, dialect, names, skipRecords }: CsvFile,
  keys: readonly string[],
  { null_values: nulls = [] }: SeedReading,
  longest = 0,
): string {
  const line = Math.max(longest + 1024, LINE_BYTES)
  const { delimiter, quote, escaping } = dialect
  const columns = names.map((_, index) => `'h${index}': 'VARCHAR'`)
  const places = names.map((name) => keys.indexOf(name.toLowerCase()))
  const options = [
    'auto_detect = false, header = false, null_padding = false, strict_mode = false',
    'hive_partitioning = false, allow_quoted_nulls = false',
    `skip = ${skipRecords}, delim = ${sqlText(delimiter)}`,
    `quote = ${sqlText(quote ?? '')}, escape = ${sqlText(escaping ?? '')}`,
    `nullstr = [${['', ...nulls].map(sqlText).join(', ')}]`,
    `columns = {${columns.join(', ')}}`,
    `max_line_size = ${line}, buffer_size = ${2 * line}`,
  ]
  return `INSERT INTO ${TABLE} (${places.map((place) => `c${place}`).join(', ')})
    SELECT ${names.map((_, index) => sqlName(`h${index}`)).join(', ')}
    FROM read_csv(${sqlPaths([path])}, ${options.join(', ')})`
}

/** DuckDB refuses little that our scanner lets pass: bytes that are not UTF-8, and rows too long for its memory. */
function duckdbError(error: unknown, label: string): unknown {
  const message = error instanceof Error ? error.message : String(error)
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1]
  if (/Invalid unicode|not utf-8/i.test(message)) {
    const what = 'it is not text in UTF-8 (Invalid unicode)'
    const place = line === undefined ? {} : { line: Number(line) }
    return unreadable({ label, ...place, what, nextStep: 'Save the file as UTF-8.', cause: error })
  }
  const [first = ''] = message.split('\n')
  return unreadable({ label, what: first.replace(/^[A-Za-z ]+ Error: /, '').slice(0, 200), cause: error })
}

/** A column that some files lack. */
function lackingWarnings(files: readonly CsvFile[], names: ReadonlyMap<string, string>): string[] {
  return [...names].flatMap(([key, name]) => {
    const lacking = files.find(
      (file) => file.names.length > 0 && !file.names.some((each) => each.toLowerCase() === key),
    )
    return lacking === undefined ? [] : [`${lacking.label} has no column ${JSON.stringify(name)}: null there`]
  })
}

function requireNoSingleQuotes(
  { columns, samples }: { columns: LoadedFiles['columns']; samples: readonly (readonly string[])[] },
  [file]: readonly { label: string; rows: number }[],
): void {
  const quoted = samples.findIndex((values) => values.length > 0 && values.every(inSingleQuotes))
  const column = columns[quoted]?.name
  if (column === undefined || file === undefined) return
  throw singleQuoted({ label: file.label, row: 1, column, what: 'every value stands in single quotes' })
}
