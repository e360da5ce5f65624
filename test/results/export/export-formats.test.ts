/** Every format, read back by DuckDB and compared cell by cell with the Parquet files of the dataset. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance, DuckDBListValue, DuckDBStructValue, type DuckDBValue } from '@duckdb/node-api'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ColumnType } from '../../../src/base/values/column-type.ts'
import { parseJson } from '../../../src/base/values/json.ts'
import type { Value } from '../../../src/base/values/value.ts'
import { open, type Row } from '../../../src/index.ts'
import { type EncodeColumn, encodeParquet } from '../../../src/store/parquet/parquet-encode.ts'

type Table = readonly EncodeColumn[]

/** A dataset directory, as another tool might leave it: a config, and files. */
function dataset(order: readonly string[], files: Readonly<Record<number, Table>>): string {
  const directory = join(mkdtempSync(join(tmpdir(), 'rowsmith-export-')), 'set')
  onTestFinished(() => rmSync(join(directory, '..'), { recursive: true, force: true }))
  mkdirSync(join(directory, 'parquet-files'), { recursive: true })
  const config = { data_designer: { columns: order.map((name) => ({ name })) } }
  writeFileSync(join(directory, 'builder_config.json'), JSON.stringify(config))
  for (const [group, columns] of Object.entries(files)) {
    const { bytes } = encodeParquet({ columns, rowCount: columns[0]?.values.length ?? 0, footer: {} })
    writeFileSync(join(directory, 'parquet-files', `batch_${group.padStart(5, '0')}.parquet`), bytes)
  }
  return directory
}

function plain(value: DuckDBValue): unknown {
  if (value instanceof DuckDBListValue) return value.items.map(plain)
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([key, member]) => [key, plain(member)]))
  }
  return value
}

/** Names, types and cells, as DuckDB reads them. */
async function read(source: string) {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(`SELECT * FROM ${source}`)
    const names = reader.columnNames()
    return {
      names,
      types: reader.columnTypes().map((type) => type.alias ?? String(type)),
      rows: reader.getRows().map((row) => row.map(plain)),
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

const csvOf = (path: string, columns: string): string =>
  `read_csv('${path}', auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', new_line = '\\n', nullstr = '', allow_quoted_nulls = false, columns = ${columns})`

async function rowsOf(directory: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of open(directory).rows({ integers: 'bigint' })) rows.push(row)
  return rows
}

const personType: ColumnType = {
  kind: 'struct',
  fields: [
    { name: 'name', type: { kind: 'string' } },
    { name: 'scores', type: { kind: 'list', element: { kind: 'float' } } },
  ],
}
const texts: Value[] = ['plain', '', null, 'a,b', 'say "no"', 'two\nlines', 'cr\rand\r\ncrlf', ' é😀\u2028 ']
const wholes: Value[] = [
  0n,
  9223372036854775807n,
  -9223372036854775808n,
  null,
  1n,
  -1n,
  9007199254740993n,
  7n,
]
const reals: Value[] = [0.1, -0, 5e-324, 1.7976931348623157e308, null, 1 / 3, 1e16, 1e-7]
const flags: Value[] = [true, false, null, true, false, null, true, false]
const people: Value[] = [
  { name: 'a "b", c', scores: [0.1, null, 1e300] },
  null,
  { name: null, scores: null },
  { name: '', scores: [] },
  { name: 'two\nlines', scores: [-0] },
  { name: '😀', scores: [1] },
  { name: 'x', scores: [2 / 3] },
  null,
]
const words: Value[] = [[], null, ['a', null, ''], ['"'], [','], ['\n'], ['é'], ['x', 'y']]
const anything: Value[] = [{ k: [1n, 1, null] }, null, 'text', 12345678901234567890n, [], true, 0.1, '']

const order = ['text', 'whole', 'real', 'flag', 'person', 'words', 'anything']
const first: Table = [
  { name: 'text', type: { kind: 'string' }, values: texts },
  { name: 'whole', type: { kind: 'int' }, values: wholes },
  { name: 'real', type: { kind: 'float' }, values: reals },
  { name: 'flag', type: { kind: 'bool' }, values: flags },
  { name: 'person', type: personType, values: people },
  { name: 'words', type: { kind: 'list', element: { kind: 'string' } }, values: words },
  { name: 'anything', type: { kind: 'json' }, values: anything },
]
/** The same columns with their values turned round, in another order than the config's. */
const second: Table = first.toReversed().map((column) => ({ ...column, values: column.values.toReversed() }))

/** What must come back: every cell of the files, by the reader that is not ours. */
async function expected(directory: string) {
  return read(`read_parquet('${directory}/parquet-files/*.parquet', union_by_name = true)`)
}

describe('read back by DuckDB', () => {
  test('parquet has every cell and every type', async () => {
    const directory = dataset(order, { 0: first, 1: second })
    const { path, rows, columns } = await open(directory).export({ format: 'parquet' })
    expect({ path, rows, columns }).toEqual({
      path: join(directory, 'set.parquet'),
      rows: 16,
      columns: order,
    })
    const found = await read(`read_parquet('${path}')`)
    expect(found).toStrictEqual(await expected(directory))
    expect(found.names).toEqual(order)
  })

  test('jsonl has every cell', async () => {
    const directory = dataset(order, { 0: first, 1: second })
    const { path } = await open(directory).export()
    expect(path).toBe(join(directory, 'set.jsonl'))
    const columns = `{text: 'VARCHAR', "whole": 'BIGINT', "real": 'DOUBLE', flag: 'BOOLEAN', person: 'STRUCT(name VARCHAR, scores DOUBLE[])', words: 'VARCHAR[]', anything: 'JSON'}`
    const found = await read(`read_json('${path}', format = 'newline_delimited', columns = ${columns})`)
    const due = await expected(directory)
    expect(found.rows.map((row) => row.slice(0, 6))).toStrictEqual(due.rows.map((row) => row.slice(0, 6)))
    // Every line has every column, in order, and integers and floats are told apart.
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').map(parseJson)
    expect(lines).toStrictEqual(await inOrder(directory))
    for (const line of lines) expect(Object.keys(line as Row)).toEqual(order)
  })

  test('csv has every cell, aligned', async () => {
    const directory = dataset(order, { 0: first, 1: second })
    const { path } = await open(directory).export({ format: 'csv' })
    const columns = `{text: 'VARCHAR', "whole": 'BIGINT', "real": 'DOUBLE', flag: 'BOOLEAN', person: 'VARCHAR', words: 'VARCHAR', anything: 'VARCHAR'}`
    const found = await read(csvOf(path, columns))
    const due = await expected(directory)
    expect(found.rows.map((row) => row.slice(0, 4))).toStrictEqual(due.rows.map((row) => row.slice(0, 4)))
    const nested = found.rows.map((row) =>
      row.slice(4).map((cell) => (cell === null ? null : parseJson(String(cell)))),
    )
    expect(nested).toStrictEqual(
      (await inOrder(directory)).map((row) => [row.person, row.words, row.anything]),
    )
    expect(readFileSync(path, 'utf8').split('\n')[0]).toBe(order.join(','))
  })

  test('any text comes back from csv', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', ' ', 'a', "'", '\\', '\t') }),
      fc.constant(null),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1 }), async (cells) => {
        const columns = ['a', 'b'].map((name, index) => ({
          name,
          type: { kind: 'string' } as const,
          values: cells.map((row) => row[index]?.replaceAll('\0', '') ?? null),
        }))
        const directory = dataset(['a', 'b'], { 0: columns })
        const { path } = await open(directory).export({ format: 'csv' })
        const found = await read(csvOf(path, "{a: 'VARCHAR', b: 'VARCHAR'}"))
        expect(found.rows).toEqual((await expected(directory)).rows)
        rmSync(join(directory, '..'), { recursive: true })
      }),
      { numRuns: 25 },
    )
  })

  test('thousands of rows in many small files become row groups of a thousand', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, group): [number, Table] => [
        group,
        [
          {
            name: 'n',
            type: { kind: 'int' },
            values: Array.from({ length: 100 }, (_, row) => BigInt(group * 100 + row)),
          },
        ],
      ]),
    )
    const directory = dataset(['n'], files)
    const { path } = await open(directory).export({ format: 'parquet' })
    const { rows } = await read(`read_parquet('${path}')`)
    expect(rows.map(([n]) => n)).toEqual(Array.from({ length: 3000 }, (_, row) => BigInt(row)))
    const groups = await read(`parquet_metadata('${path}')`)
    expect(groups.rows).toHaveLength(3)
  })
})

/** Our own reader's rows, columns in the order of the config. */
async function inOrder(directory: string): Promise<Row[]> {
  return (await rowsOf(directory)).map((row) => Object.fromEntries(order.map((name) => [name, row[name]!])))
}

describe('numbers JSON has no word for', () => {
  const columns: Table = [
    { name: 'real', type: { kind: 'float' }, values: [NaN, Infinity, -Infinity, 1] },
    {
      name: 'list',
      type: { kind: 'list', element: { kind: 'float' } },
      values: [[NaN], [Infinity, 1], null, []],
    },
  ]

  test('are null in jsonl and in nested cells, and named in cells of csv', async () => {
    const directory = dataset(['real', 'list'], { 0: columns })
    const jsonl = await open(directory).export({ format: 'jsonl' })
    expect(readFileSync(jsonl.path, 'utf8')).toBe(
      '{"real":null,"list":[null]}\n{"real":null,"list":[null,1.0]}\n{"real":null,"list":null}\n{"real":1.0,"list":[]}\n',
    )
    const csv = await open(directory).export({ format: 'csv' })
    expect(readFileSync(csv.path, 'utf8')).toBe(
      'real,list\nNaN,[null]\nInfinity,"[null,1.0]"\n-Infinity,\n1.0,[]\n',
    )
    expect(
      (await read(csvOf(csv.path, "{real: 'DOUBLE', list: 'VARCHAR'}"))).rows.map(([real]) => real),
    ).toEqual(columns[0]!.values)
  })

  test('stay in parquet', async () => {
    const directory = dataset(['real', 'list'], { 0: columns })
    const { path } = await open(directory).export({ format: 'parquet' })
    expect((await read(`read_parquet('${path}')`)).rows).toEqual((await expected(directory)).rows)
  })
})

describe('files that disagree', () => {
  const column = (name: string, type: ColumnType, ...values: Value[]): EncodeColumn => ({
    name,
    type,
    values,
  })
  const int = { kind: 'int' } as const
  const float = { kind: 'float' } as const
  const text = { kind: 'string' } as const
  const struct = (...names: string[]): ColumnType => ({
    kind: 'struct',
    fields: names.map((name) => ({ name, type: int })),
  })

  test('about order, fields and numbers become one Parquet file', async () => {
    const directory = dataset(['a', 'b'], {
      0: [column('a', int, 1n), column('b', struct('x', 'y'), { x: 1n, y: 2n }), column('extra', text, 'e')],
      1: [column('b', struct('y', 'z'), { y: 3n, z: 4n }), column('a', float, 0.5)],
    })
    const { path } = await open(directory).export({ format: 'parquet' })
    expect(await read(`read_parquet('${path}')`)).toEqual({
      names: ['a', 'b', 'extra'],
      types: ['DOUBLE', 'STRUCT("x" BIGINT, "y" BIGINT, "z" BIGINT)', 'VARCHAR'],
      rows: [
        [1, { x: 1n, y: 2n, z: null }, 'e'],
        [0.5, { x: null, y: 3n, z: 4n }, null],
      ],
    })
    const csv = await open(directory).export({ format: 'csv' })
    expect(readFileSync(csv.path, 'utf8')).toBe(
      'a,b,extra\n1,"{""x"":1,""y"":2}",e\n0.5,"{""y"":3,""z"":4}",\n',
    )
  })

  test('about the kind of a column make it JSON', async () => {
    const directory = dataset(['a'], { 0: [column('a', int, 1n)], 1: [column('a', text, 'x', null)] })
    const { path } = await open(directory).export({ format: 'parquet' })
    expect(await read(`read_parquet('${path}')`)).toEqual({
      names: ['a'],
      types: ['JSON'],
      rows: [['1'], ['"x"'], [null]],
    })
  })

  test('with an integer that no float equals are refused as Parquet, and exact as jsonl', async () => {
    const directory = dataset(['a'], {
      0: [column('a', int, 9007199254740993n)],
      1: [column('a', float, 0.5)],
    })
    await expect(open(directory).export({ format: 'parquet' })).rejects.toMatchObject({
      code: 'export_unfit',
      facts: { column: 'a' },
    })
    const { path } = await open(directory).export()
    expect(readFileSync(path, 'utf8')).toBe('{"a":9007199254740993}\n{"a":0.5}\n')
  })

  test('columns the config does not name stand after the one they follow', async () => {
    const directory = dataset(['b', 'a'], {
      0: [column('seed', int, 1n), column('a', int, 2n), column('a__trace', int, 3n), column('b', int, 4n)],
    })
    expect((await open(directory).export()).columns).toEqual(['seed', 'b', 'a', 'a__trace'])
  })
})

test('in a safe CSV no text is a formula, and numbers stay numbers', async () => {
  const texts = ['=1+1', '+1', '-x', '@SUM(A1)', '\t=1', '  =1', '＝1', 'a=1', '-', '']
  const columns: Table = [
    { name: '=head', type: { kind: 'string' }, values: texts },
    { name: 'n', type: { kind: 'int' }, values: texts.map(() => -1n) },
  ]
  const directory = dataset(['=head', 'n'], { 0: columns })
  const { path } = await open(directory).export({ format: 'csv', csvSafe: true, partial: true })
  const due = ["'=1+1", "'+1", "'-x", "'@SUM(A1)", "'\t=1", "'  =1", "'＝1", 'a=1', "'-", '""']
  expect(readFileSync(path, 'utf8')).toBe(["'=head,n", ...due.map((text) => `${text},-1`), ''].join('\n'))
})

test('JSON columns are text to a reader of Parquet when that was asked for', async () => {
  const directory = dataset(['doc'], {
    0: [{ name: 'doc', type: { kind: 'json' }, values: [{ b: 1n, a: [2] }] }],
  })
  const { path } = await open(directory).export({ format: 'parquet', jsonAsText: true, partial: true })
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const reader = await connection.runAndReadAll(`SELECT doc, typeof(doc) FROM read_parquet('${path}')`)
  expect(reader.getRows()).toEqual([['{"b":1,"a":[2.0]}', 'VARCHAR']])
})
