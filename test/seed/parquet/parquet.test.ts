import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { formatJson } from '../../../src/base/values/json.ts'
import { readSeed, seedFolder } from '../opened.ts'

const folder = seedFolder()

/** Writes Parquet files of what statements select, `0.parquet` and so on, by another writer than ours. */
async function write(at: string, ...selects: string[]): Promise<void> {
  mkdirSync(join(folder.path, at), { recursive: true })
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  for (const [index, select] of selects.entries()) {
    await connection.run(
      `copy (${select}) to '${join(folder.path, at, `${index}.parquet`)}' (format parquet)`,
    )
  }
  connection.closeSync()
  instance.closeSync()
}

const read = (at = 'p', more: object = {}) =>
  readSeed({ seed_type: 'local', path: `${at}/*.parquet`, ...more }, { folders: [folder.path] })

describe('Parquet files that differ in a type', () => {
  it.each<[string, string[], string, unknown[]]>([
    ['integers and floats are floats', ['select 1 as a', 'select 1.5::double as a'], 'a float', [1, 1.5]],
    [
      'decimals of different places',
      ['select 1.25::decimal(5,2) as a', 'select 1.2555::decimal(10,4) as a'],
      'a float',
      [1.25, 1.2555],
    ],
    ['narrow and wide floats', ['select 0.5::float as a', 'select 0.1::double as a'], 'a float', [0.5, 0.1]],
    ['integers and text are JSON', ['select 7 as a', "select '7.9' as a"], 'a json', [7n, '7.9']],
    [
      'dates and times are text',
      ["select date '2024-01-31' as a", "select timestamp '2024-01-31 09:30:00' as a"],
      'a string',
      ['2024-01-31', '2024-01-31 09:30:00'],
    ],
    [
      'times with and without a zone are text',
      ["select timestamp '2024-01-31 09:30:00' as a", "select timestamptz '2024-01-31 09:30:00+00' as a"],
      'a string',
      ['2024-01-31 09:30:00', '2024-01-31 09:30:00+00:00'],
    ],
    [
      'structs have the members of all',
      ["select {'x': 1} as a", "select {'z': 5, 'x': 2.5::double} as a"],
      'a struct',
      [
        { x: 1, z: null },
        { x: 2.5, z: 5n },
      ],
    ],
    [
      'a column without a value is of no type',
      ['select null as a', "select 'x' as a"],
      'a string',
      [null, 'x'],
    ],
    [
      'lists without an item are of no type',
      ['select []::int[] as a', "select ['x'] as a"],
      'a list',
      [[], ['x']],
    ],
  ])('are read each with its own: %s', async (_, selects, type, values) => {
    await write('p', ...selects)
    const { rows, types } = await read()
    expect(types).toEqual([type])
    expect(rows.map(({ a }) => a)).toEqual(values)
  })

  it('have null where a column is missing, which is told', async () => {
    await write('p', 'select 1 as a', "select 2 as a, 'x' as b")
    const { rows, warnings } = await read()
    expect(rows).toEqual([
      { a: 1n, b: null },
      { a: 2n, b: 'x' },
    ])
    expect(warnings).toEqual([expect.stringMatching(/0\.parquet has no column "b": null there$/)])
  })

  it('are refused where an integer is no float', async () => {
    await write('p', 'select 9007199254740993 as a', 'select 1.5::double as a')
    await expect(read()).rejects.toThrow(
      /0\.parquet cannot be used: row 1, column "a": 9007199254740993 does not fit a float$/,
    )
  })
})

it('a folder called key=value gives no column', async () => {
  await write('lang=en', "select 'fr' as lang, 'bonjour' as text")
  expect((await read('lang=en')).rows).toEqual([{ lang: 'fr', text: 'bonjour' }])
})

it('maps are exact, and bytes are base64', async () => {
  await write(
    'p',
    `select map {'a': 18446744073709551615::ubigint} as big, map {'a': 1.25::decimal(9,2)} as money, map {2: 'x', 1: 'y'} as numbered,
      {'bytes': 'abc'::blob, 'path': 'a.jpg'} as image`,
  )
  const { rows } = await read()
  expect(rows).toEqual([
    {
      big: { a: 18446744073709551615n },
      money: { a: 1.25 },
      numbered: { 2: 'x', 1: 'y' },
      image: { bytes: 'YWJj', path: 'a.jpg' },
    },
  ])
  expect(Object.keys(rows[0]!.numbered as object)).toEqual(['2', '1'])
})

it('maps are maps when the user says so', async () => {
  await write(
    'p',
    "select map {'b': 'nan'::double, 'a': 1.5} as m, map {2: 'x'} as n",
    "select map {'c': 1} as m, null as n",
  )
  const { rows, types } = await read('p', { types: { m: 'map', n: 'map' } })
  expect(types).toEqual(['m map', 'n map'])
  expect(rows.map((row) => formatJson(row))).toEqual([
    '{"m":{"b":NaN,"a":1.5},"n":{"2":"x"}}',
    '{"m":{"c":1.0},"n":null}',
  ])
  await write('q', 'select 1 as m')
  await expect(read('q', { types: { m: 'map' } })).rejects.toThrow(
    /column "m".*says that it holds maps, and it holds INTEGER/,
  )
})

it.each<[about: string, selects: string[], rows: unknown[]]>([
  [
    'NaN',
    ["select map {'a': 1.5::double} as m", "select map {'b': 'nan'::double}"],
    [[{ key: 'a', value: 1.5 }], [{ key: 'b', value: Number.NaN }]],
  ],
  [
    'NaN below a struct',
    ["select {'x': [map {1: {'y': 'inf'::double}}]} as m"],
    [{ x: [[{ key: 1n, value: { y: Number.POSITIVE_INFINITY } }]] }],
  ],
  [
    'a key that is no text',
    ["select map {[1]: 'x'} as m union all select null"],
    [[{ key: [1n], value: 'x' }], null],
  ],
])('maps that are no object of JSON are lists of key and value: %s', async (_about, selects, values) => {
  await write('p', ...selects.map((select) => select.replace(/}$/, '} as m')))
  const { rows } = await read()
  expect(rows.map(({ m }) => m)).toEqual(values)
})

it('decimals of more than 38 digits are text, digit for digit', async () => {
  // By pyarrow: t int32, w decimal256(40, 2), four rows.
  const file =
    'UEFSMRUAFSwVLCwVCBUAFQYVBhwAAAACAAAACAEBAAAAAgAAAAMAAAAEAAAAFQAVchVyLBUIFQAVBhUGHAAAAAIAAAADDQAAAAAAAAAAAAAAAAAAAAAB////////////////////+DEdYynxw1ykv6u59WD//////xUEGTw1ABgGc2NoZW1hFQQAFQIlAhgBdAAVDhUiFQIYAXclChUEFVAsXBUEFVAAAAAWCBkcGSwmABwVAhklBgAZGAF0FQAWCBZSFlImCEkcFQAVABUCADwpBhkmAAgAAAAmABwVDhklBgAZGAF3FQAWCBaYARaYASZaSRwVABUAFQIAPCkGGSYCBgAAABbqARYIJggW6gEAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRksHAAAHAAAAMMAAABQQVIx'
  folder.write('p/0.parquet', Buffer.from(file, 'base64'))
  const { rows, types } = await read()
  expect(types).toEqual(['t int', 'w string'])
  const texts = ['0.01', null, '-19.99', `${'9'.repeat(38)}.99`]
  expect(rows).toEqual(texts.map((w, index) => ({ t: BigInt(index + 1), w })))
})

it('columns that another reader looks at may have any name', async () => {
  // By pyarrow: __proto__ timestamp(ns, UTC) of 1,000 and 1,001 ns; a.b and __proto__ decimal256(40, 2), one row.
  const moments =
    'UEFSMRUAFSwVLCwVBBUAFQYVBhwAAAACAAAABAHoAwAAAAAAAOkDAAAAAAAAFQQZLDUAGAZzY2hlbWEVAgAVBCUCGAlfX3Byb3RvX19sjBEcPAAAAAAAFgQZHBkcJgAcFQQZJQYAGRgJX19wcm90b19fFQAWBBZSFlImCEkcFQAVABUCADwpBhkmAAQAAAAWUhYEJggWUgAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGRwcAAAAkwAAAFBBUjE='
  const decimals =
    'UEFSMRUAFS4VLiwVAhUAFQYVBhwAAAACAAAAAgEAAAAAAAAAAAAAAAAAAAAAARUAFS4VLiwVAhUAFQYVBhwAAAACAAAAAgH/////////////////////BhUEGTw1ABgGc2NoZW1hFQQAFQ4VIhUCGANhLmIlChUEFVAsXBUEFVAAAAAVDhUiFQIYCV9fcHJvdG9fXyUKFQQVUCxcFQQVUAAAABYCGRwZLCYAHBUOGSUGABkYA2EuYhUAFgIWVBZUJghJHBUAFQAVAgA8KQYZJgACAAAAJgAcFQ4ZJQYAGRgJX19wcm90b19fFQAWAhZUFlQmXEkcFQAVABUCADwpBhkmAAIAAAAWqAEWAiYIFqgBACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZLBwAABwAAADlAAAAUEFSMQ=='
  folder.write('p/0.parquet', Buffer.from(moments, 'base64'))
  await expect(read()).rejects.toThrow(/row 2, column "__proto__": a time does not fit microseconds/)
  folder.write('q/0.parquet', Buffer.from(decimals, 'base64'))
  const { rows } = await read('q')
  expect(Object.entries(rows[0]!)).toEqual([
    ['a.b', '0.01'],
    ['__proto__', '-2.50'],
  ])
})

it('members may be called __proto__', async () => {
  const member = "struct_pack(__proto__ := 1, b := [struct_pack(__proto__ := 'x'), null])"
  await write('p', `select ${member} as a, map {'k': ${member}} as m union all select null, null`)
  const { rows } = await read()
  expect(rows.map((row) => formatJson(row))).toEqual([
    '{"a":{"__proto__":1,"b":[{"__proto__":"x"},null]},"m":{"k":{"__proto__":1,"b":[{"__proto__":"x"},null]}}}',
    '{"a":null,"m":null}',
  ])
})

it('a column can be declared to be text, and nothing else', async () => {
  await write('p', 'select 12345678901234567.89::decimal(20, 2) as a')
  await expect(read()).rejects.toThrow(/12345678901234567\.89 does not fit a float$/)
  expect((await read('p', { types: { a: 'text' } })).rows).toEqual([{ a: '12345678901234567.89' }])
  await expect(read('p', { types: { a: 'float' } })).rejects.toThrow(/types can only make text or a map/)
})

it('names that no column can have, or another has, are others, which is said', async () => {
  const column = (name: string) => ({ name, data: [1], type: 'INT32' as const })
  const bytes = parquetWriteBuffer({ columnData: ['a', 'A', '', '2022'].map(column) })
  folder.write('p/0.parquet', new Uint8Array(bytes))
  const { types, warnings } = await read()
  expect(types).toEqual(['a int', 'A_1 int', expect.stringMatching(/ int$/), '2022 int'])
  expect(warnings).toEqual([
    expect.stringMatching(/0\.parquet: the name "A" is taken by "a": the column is called "A_1"$/),
    expect.stringMatching(/0\.parquet: column 3 has no name: the column is called /),
  ])
})
