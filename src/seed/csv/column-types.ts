/**
 * What the columns of a table of texts are.
 *
 * Rules:
 *   1. A column has a type when each of its values, printed by an export, is the text that it was. Whole numbers among floats are the one
 *      exception: `2` is `2.0` there. Everything else stays text.
 *   2. All values decide, not the first ones. A few first ones only leave out what need not be tried.
 *   3. A type that the user declares holds for every value, or the first that it does not fit is an error.
 */

import { present } from '../../base/errors/present.ts'
import type { ConfinedDuckDB } from '../../base/libraries/confined-duckdb.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import type { Value } from '../../base/values/value.ts'
import type { TextType } from '../../config/schema/seeds.ts'
import { declaredType, fromText } from '../table/declared.ts'
import { type LoadedFiles, placeOfRow } from '../table/loaded.ts'
import { type SeedColumn, type SeedFile, TABLE } from '../table/table.ts'
import { shown, unreadable } from '../table/unreadable.ts'
import type { Guess } from './certain-types.ts'

const SAMPLE_ROWS = 2048
const SHOWN_ROWS = 100

/** Integers up to which every one is a float. */
const EXACT = 2 ** 53

/** What is wrong with a text, were the column of that type: an SQL condition. */
const wrong: Record<Guess, (cell: string) => string> = {
  int: (cell) => `CAST(TRY_CAST(${cell} AS BIGINT) AS VARCHAR) IS DISTINCT FROM ${cell}`,
  float: (cell) => `CASE
    WHEN CAST(TRY_CAST(${cell} AS DOUBLE) AS VARCHAR) IS NOT DISTINCT FROM ${cell} THEN ${cell} IN ('nan', 'inf', '-inf')
    WHEN ${cell} IN ('NaN', 'Infinity', '-Infinity') THEN false
    ELSE CAST(TRY_CAST(${cell} AS BIGINT) AS VARCHAR) IS DISTINCT FROM ${cell}
      OR TRY_CAST(${cell} AS BIGINT) NOT BETWEEN -${EXACT} AND ${EXACT} END`,
  bool: (cell) => `${cell} NOT IN ('true', 'false')`,
  date: (cell) =>
    `CAST(TRY_CAST(${cell} AS DATE) AS VARCHAR) IS DISTINCT FROM ${cell} OR length(${cell}) <> 10`,
}
const guesses = Object.keys(wrong) as Guess[]

interface Undecided {
  readonly index: number
  readonly left: Guess[]
  /** The row, from 0, of the first value that is not of the type the first ones suggested. */
  odd?: number
}

/** What the user says of columns. */
interface Declared {
  readonly types: Readonly<Record<string, TextType>>
  readonly decimal: '.' | ','
}

/** A text of a declared column. With a comma between places, a point is none. */
function declaredValue(text: string, type: TextType, decimal: Declared['decimal']): Value | undefined {
  if (decimal === '.' || type !== 'float') return fromText(text, type)
  return text.includes('.') ? undefined : fromText(text.replace(',', '.'), type)
}

/** @throws RowsmithError seed_unreadable where a declared type does not fit */
export async function typesOfTexts(
  duckdb: ConfinedDuckDB,
  names: readonly string[],
  files: readonly SeedFile[],
  { types: declared, decimal }: Declared,
  certain: readonly (Guess | undefined)[],
): Promise<Pick<LoadedFiles, 'columns' | 'decode'> & { samples: string[][] }> {
  const samples = names.length === 0 ? [] : await firstValues(duckdb, names.length)
  const undecided: Undecided[] = []
  const found = names.map((name, index): Guess | 'string' | TextType => {
    const type = Object.hasOwn(declared, name) ? declared[name] : certain[index]
    return type ?? 'string'
  })
  if (names.length > 0) {
    const open = [...names.keys()].filter((index) => found[index] === 'string')
    undecided.push(...(await plausible(duckdb, open)))
    for (const each of await decided(duckdb, undecided)) found[each.index] = each.guess
  }
  const columns: SeedColumn[] = []
  for (const [index, name] of names.entries()) {
    const kind = present(found[index], 'types of columns')
    const type = Object.hasOwn(declared, name) ? declared[name] : undefined
    if (type !== undefined) {
      await requireDeclared(duckdb, { index, name, type, decimal }, files)
      columns.push({ name, type: declaredType(type) })
      continue
    }
    const odd = kind === 'string' ? undecided.find((each) => each.index === index)?.odd : undefined
    const note =
      kind !== 'string'
        ? undefined
        : odd === undefined
          ? await textNote(duckdb, index, name)
          : await oddNote(duckdb, index, odd, files)
    columns.push({ name, type: { kind } as ColumnType, ...(note === undefined ? {} : { note }) })
  }
  const converters = columns.map(({ name, type }) => {
    const given = Object.hasOwn(declared, name) ? declared[name] : undefined
    return (text: string): Value =>
      given === undefined
        ? typed(text, type.kind)
        : present(declaredValue(text, given, decimal), `values of column ${name}`)
  })
  return {
    columns,
    samples,
    decode: (cells) =>
      converters.map((convert, index): Value => {
        const cell = cells[index] ?? null
        return cell === null ? null : convert(String(cell))
      }),
  }
}

function typed(text: string, kind: ColumnType['kind']): Value {
  if (kind === 'int') return BigInt(text)
  if (kind === 'float') return Number(text)
  return kind === 'bool' ? text === 'true' : text
}

/** The first values of each column that are not null. */
async function firstValues({ connection }: ConfinedDuckDB, count: number): Promise<string[][]> {
  const reader = await connection.runAndReadAll(`SELECT * FROM ${TABLE} LIMIT ${SHOWN_ROWS}`)
  const rows = reader.getRows()
  return Array.from({ length: count }, (_, index) =>
    rows.flatMap((row) => (row[index] === null ? [] : [String(row[index])])),
  )
}

/** For each column, the types that the first values have. */
async function plausible({ connection }: ConfinedDuckDB, columns: readonly number[]): Promise<Undecided[]> {
  if (columns.length === 0) return []
  const conditions = columns.flatMap((index) => [
    `count(c${index})`,
    ...guesses.map((guess) => `coalesce(bool_or(${wrong[guess](`c${index}`)}), false)`),
  ])
  const reader = await connection.runAndReadAll(
    `SELECT ${conditions.join(', ')} FROM (SELECT * FROM ${TABLE} LIMIT ${SAMPLE_ROWS})`,
  )
  const [row = []] = reader.getRows()
  const step = guesses.length + 1
  return columns.map((index, at) => ({
    index,
    left: guesses.filter((_, guess) => row[at * step + 1 + guess] === false),
  }))
}

/** Tries what is left of each column on all of its values, until one holds. */
async function decided(
  { connection }: ConfinedDuckDB,
  undecided: readonly Undecided[],
): Promise<{ index: number; guess: Guess }[]> {
  const done: { index: number; guess: Guess }[] = []
  let round = undecided.filter(({ left }) => left.length > 0)
  while (round.length > 0) {
    const next = round.map((each) => ({ each, guess: present(each.left.shift(), 'types to try') }))
    const tests = next.flatMap(({ each: { index }, guess }) => [
      `min(CASE WHEN ${wrong[guess](`c${index}`)} THEN rowid END)`,
      // A column without a value, or of words alone, is text.
      guess === 'float'
        ? `bool_or(contains(c${index}, '.') OR contains(c${index}, 'e'))`
        : `count(c${index}) > 0`,
    ])
    const reader = await connection.runAndReadAll(`SELECT ${tests.join(', ')} FROM ${TABLE}`)
    const [row = []] = reader.getRows()
    for (const [at, { each, guess }] of next.entries()) {
      const odd = row[at * 2]
      if (odd === null && row[at * 2 + 1] === true) {
        done.push({ index: each.index, guess })
        each.left.length = 0
      } else if (odd !== null && guess !== 'int') {
        each.odd = Number(odd)
      } else if (odd !== null && each.odd === undefined) {
        each.odd = Number(odd)
      }
    }
    round = round.filter(({ left }) => left.length > 0)
  }
  return done
}

/** Why a column is text that looked otherwise at first. */
async function oddNote(
  { connection }: ConfinedDuckDB,
  index: number,
  row: number,
  files: readonly SeedFile[],
): Promise<string> {
  const reader = await connection.runAndReadAll(`SELECT c${index} FROM ${TABLE} WHERE rowid = ${row}`)
  const place = placeOfRow(files, row)
  const where = files.length === 1 ? `row ${place.row}` : `row ${place.row} of ${place.label}`
  return `text, since ${where} is ${shown(String(reader.getRows()[0]?.[0]))}`
}

/** Why a column is text whose first values all look like something else. */
async function textNote(
  { connection }: ConfinedDuckDB,
  index: number,
  name: string,
): Promise<string | undefined> {
  const cell = `c${index}`
  const looks: [type: TextType, words: string, condition: string, more?: string][] = [
    [
      'float',
      'numbers',
      `TRY_CAST(${cell} AS DOUBLE) IS NOT NULL AND length(${cell}) <= 15 AND NOT regexp_matches(${cell}, '[a-zA-Z]')`,
    ],
    ['float', 'numbers', `regexp_full_match(${cell}, '[+-]?[0-9]+,[0-9]+')`, ' and `decimal: ","`'],
    ['bool', 'yes and no', `lower(${cell}) IN ('yes', 'no', 'true', 'false', 'y', 'n', 't', 'f')`],
    ['timestamp', 'times', `TRY_CAST(${cell} AS TIMESTAMP) IS NOT NULL AND length(${cell}) >= 16`],
  ]
  const tests = looks.map(([, , condition]) => `bool_and(${condition})`)
  const reader = await connection.runAndReadAll(
    `SELECT any_value(${cell}), ${tests.join(', ')} FROM (SELECT ${cell} FROM ${TABLE} LIMIT ${SAMPLE_ROWS}) WHERE ${cell} IS NOT NULL`,
  )
  const [[example, ...are] = []] = reader.getRows()
  const found = looks.find((_, at) => are[at] === true)
  if (found === undefined) return undefined
  const [type, words, , more = ''] = found
  const stored = `text as written, such as ${shown(String(example))}`
  const said = `types: { ${/^\w+$/.test(name) ? name : JSON.stringify(name)}: ${type} }${more}`
  return `${stored}; ${said} ${more === '' ? 'makes' : 'make'} ${words} of it`
}

async function requireDeclared(
  { connection }: ConfinedDuckDB,
  {
    index,
    name,
    type,
    decimal,
  }: { index: number; name: string; type: TextType; decimal: Declared['decimal'] },
  files: readonly SeedFile[],
): Promise<void> {
  if (type === 'text') return
  const result = await connection.stream(`SELECT rowid, c${index} FROM ${TABLE} WHERE c${index} IS NOT NULL`)
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; ) {
    const [ids = [], texts = []] = chunk.getColumns()
    const bad = texts.findIndex((text) => declaredValue(String(text), type, decimal) === undefined)
    if (bad !== -1) {
      const what = `${shown(String(texts[bad]))} is no ${type}, which seed_config.source.types says it is`
      throw unreadable({ ...placeOfRow(files, Number(ids[bad])), column: name, what })
    }
    chunk = await result.fetchChunk()
  }
}
