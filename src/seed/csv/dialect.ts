/**
 * How a CSV file is written: its delimiter, its header, where its rows begin. Known from its first lines and from what the user says.
 *
 * Rules:
 *   1. The first line is the header. Nothing is skipped to find another one.
 *   2. The delimiter is the one of `,` tab `;` `|` that the header has. Where it has several, the first rows decide; where these can be
 *      split by either, Rowsmith does not guess.
 *   3. `"` quotes. A file that quotes with `'` is an error that says so.
 */
import type { CsvReading } from '../../config/schema/seeds.ts'
import { distinctNames, renamings } from '../table/names.ts'
import { unreadable } from '../table/unreadable.ts'
import { type Dialect, firstRecords } from './scan.ts'

export interface CsvStart {
  readonly dialect: Dialect
  /** The names of the columns, no two alike for DuckDB. */
  readonly names: readonly string[]
  /** Lines before the first row. */
  readonly skipLines: number
  /** Records before the first row. */
  readonly skipRecords: number
  readonly warnings: readonly string[]
}

const DELIMITERS = [',', '\t', ';', '|'] as const
const SAMPLE_RECORDS = 200
/** A number or a date: what a header seldom holds. */
const DATA = /^(?:[-+]?\d+(?:[.,]\d+)*|\d{4}-\d\d-\d\d.*|\d+[/.]\d+[/.]\d+)$/

/**
 * @param start the first bytes
 * @param whole whether they are all of the file
 * @throws RowsmithError seed_unreadable
 */
export function startOf(start: Uint8Array, whole: boolean, reading: CsvReading, label: string): CsvStart {
  requireText(start, label)
  const text = new TextDecoder().decode(start)
  const headerLine = reading.header === undefined || reading.header === true ? 1 : reading.header
  const skipped = headerLine === false ? 0 : headerLine - 1
  const after = afterLines(text, skipped)
  if (after === '' && skipped > 0) {
    throw unreadable({ label, what: `header is line ${headerLine}, and the file has fewer lines` })
  }
  if (reading.header === undefined) requireNoHint(after, label)
  const quote = reading.quote === undefined ? '"' : reading.quote === '' ? null : reading.quote
  const escaping = quote === null ? null : (reading.escape ?? quote)
  const dialectOf = (delimiter: string): Dialect => ({ delimiter, quote, escaping })
  const dialect = dialectOf(reading.delimiter ?? delimiterOf(after, { whole, label }, dialectOf))
  const [first, second] = firstRecords(after, dialect, 2)
  if (first === undefined || (whole && /^\ufeff?[\r\n]*$/.test(after)))
    return { dialect, names: [], skipLines: 0, skipRecords: 0, warnings: [] }
  if (headerLine === false) {
    const names = first.fields.map((_, index) => `column${index}`)
    return { dialect, names, skipLines: 0, skipRecords: 0, warnings: [] }
  }
  if (!whole && second === undefined) {
    throw unreadable({ label, line: headerLine, what: 'the header does not end within the first 4 MB' })
  }
  const { fields } = first
  checkHeader(fields, reading, { label, line: headerLine })
  return {
    dialect,
    names: distinctNames(fields),
    skipLines: skipped + first.lastLine,
    skipRecords: skipped + 1,
    warnings: headerWarnings(fields, reading, label),
  }
}

const UNPACK = 'Unpack the file, and name the unpacked one.'
/** What files begin with that are no text, whatever their names say. */
const MAGIC: readonly (readonly [bytes: readonly number[], is: string, nextStep: string])[] = [
  [[0x1f, 0x8b], 'compressed with gzip', UNPACK],
  [[0x28, 0xb5, 0x2f, 0xfd], 'compressed with Zstandard', UNPACK],
  [[0x50, 0x4b, 3, 4], 'a ZIP archive or a spreadsheet', 'Save the table as CSV.'],
  [[0x50, 0x41, 0x52, 0x31], 'Parquet', 'Give the file a name that ends in .parquet.'],
  [[0xff, 0xfe], 'text in UTF-16', 'Save the file as UTF-8.'],
  [[0xfe, 0xff], 'text in UTF-16', 'Save the file as UTF-8.'],
]

/** @throws RowsmithError seed_unreadable for a file that is no text in UTF-8 from its first bytes on */
export function requireText(start: Uint8Array, label: string): void {
  const found = MAGIC.find(([bytes]) => bytes.every((byte, index) => start[index] === byte))
  if (found === undefined) return
  const [, is, nextStep] = found
  throw unreadable({ label, what: `it is ${is}, whatever its name says`, nextStep })
}

function afterLines(text: string, lines: number): string {
  let at = 0
  for (let line = 0; line < lines; line++) {
    const found = /\r\n?|\n/g
    found.lastIndex = at
    if (found.exec(text) === null) return ''
    at = found.lastIndex
  }
  return text.slice(at)
}

/** The first line that names the delimiter for a spreadsheet, `sep=;`, is none of the table's. */
function requireNoHint(text: string, label: string): void {
  const delimiter = /^\ufeff?"?sep=(.)"?[\r\n]/i.exec(text)?.[1]
  if (delimiter === undefined) return
  const what = 'it names the delimiter for spreadsheets, and is no header'
  const nextStep = `Say in seed_config.source: header: 2 and delimiter: ${JSON.stringify(delimiter)}.`
  throw unreadable({ label, line: 1, what, nextStep })
}

/** A line without a delimiter above rows that all have as many of one may be a title, and the names below it. */
function requireNoTitle(
  split: readonly { readonly delimiter: string; readonly widths: readonly number[] }[],
  label: string,
): void {
  const other = split.find(
    ({ widths: [, width = 1, ...more] }) => width > 1 && more.every((one) => one === width),
  )
  if (other === undefined || other.delimiter === ',') return
  const [, width] = other.widths
  const what = `it is one name, and each line below has ${width} values by ${JSON.stringify(other.delimiter)}`
  const nextStep =
    'Say in seed_config.source: `header: 2` when names are in line 2, `delimiter: ","` when each line is one value.'
  throw unreadable({ label, line: 1, what, nextStep })
}

function delimiterOf(
  text: string,
  { whole, label }: { readonly whole: boolean; readonly label: string },
  dialectOf: (delimiter: string) => Dialect,
): string {
  const widths = (delimiter: string): number[] => {
    const records = firstRecords(text, dialectOf(delimiter), SAMPLE_RECORDS)
    const complete = whole || records.length === SAMPLE_RECORDS ? records : records.slice(0, -1)
    return complete
      .filter(({ fields }) => fields.length > 1 || fields[0] !== '')
      .map(({ fields }) => fields.length)
  }
  const split = DELIMITERS.map((delimiter) => ({ delimiter, widths: widths(delimiter) }))
  const possible = split.filter(({ widths: [header = 1] }) => header > 1)
  if (possible.length === 0) requireNoTitle(split, label)
  const even = possible.filter(({ widths: [header, ...rows] }) => rows.every((width) => width === header))
  const [first, other] = even
  if (first !== undefined && other !== undefined) {
    const [one, two] = [first, other].map(({ delimiter }) => JSON.stringify(delimiter))
    const what = `its rows can be split two ways, by ${one} and by ${two}`
    const nextStep = `Say which in seed_config.source, for example delimiter: ${one}.`
    throw unreadable({ label, line: 1, what, nextStep })
  }
  return (first ?? possible[0])?.delimiter ?? ','
}

interface Place {
  readonly label: string
  readonly line: number
}

function checkHeader(fields: readonly string[], reading: CsvReading, place: Place): void {
  if (fields.some((field) => field.includes('\ufffd'))) {
    throw unreadable({ ...place, what: 'the header is not UTF-8', nextStep: 'Save the file as UTF-8.' })
  }
  const filled = fields.filter((field) => field !== '')
  if (reading.quote === undefined && filled.length > 0 && filled.every(inSingleQuotes)) {
    throw singleQuoted({ ...place, what: 'every name stands in single quotes' })
  }
  if (reading.header !== undefined || filled.length === 0 || !filled.every((field) => DATA.test(field)))
    return
  throw unreadable({
    ...place,
    what: 'the first line holds only numbers and dates, so it may be a header or a row',
    nextStep:
      'Say which in seed_config.source: `header: true` when these are names, `header: false` when it is a row, `header: 3` when names are in line 3.',
  })
}

export function inSingleQuotes(value: string): boolean {
  return value.length > 1 && value.startsWith("'") && value.endsWith("'")
}

export function singleQuoted(trouble: {
  label: string
  what: string
  line?: number
  row?: number
  column?: string
}) {
  return unreadable({
    ...trouble,
    nextStep: `Say in seed_config.source: quote: "'" to take the quotes off, or quote: '"' to keep them.`,
  })
}

function headerWarnings(fields: readonly string[], reading: CsvReading, label: string): string[] {
  const renamed = renamings(fields).map((what) => `${label}: ${what}`)
  const number = fields.find((field) => DATA.test(field))
  if (number === undefined || reading.header !== undefined) return renamed
  const taken = `${label}: line 1 is taken for the header, though it has ${number}; header: true in seed_config.source says it is, header: false that it is a row`
  return [...renamed, taken]
}
