/** Two count the same cells: DuckDB in a file, and this process in memory. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../../../src/base/values/column-type.ts'
import { objectOf, type Value } from '../../../src/base/values/value.ts'
import type { ColumnCounts, Counts } from '../../../src/results/profile/counts.ts'
import { duckdbCounts } from '../../../src/results/profile/duckdb-counts.ts'
import { rowCounts } from '../../../src/results/profile/row-counts.ts'
import { encodeParquet } from '../../../src/store/parquet/parquet-encode.ts'
import { rowsOfParquet } from '../../../src/store/parquet/parquet-rows.ts'
import { artifactFolder } from '../../support/small-runs.ts'

const folder = artifactFolder()

type Ask = (of: ColumnCounts) => unknown

/** Both answers to every question about one column. */
async function both(type: ColumnType, cells: readonly Value[], asks: readonly Ask[]) {
  const { bytes } = encodeParquet({
    columns: [{ name: 'It. "is"', type, values: cells }],
    rowCount: cells.length,
    footer: {},
  } as never)
  const path = join(folder.path, 'cells.parquet')
  writeFileSync(path, bytes)
  const column = { name: 'It. "is"', type }
  const rows = await rowsOfParquet(bytes, path)
  const here = rowCounts(new Map([[column.name, rows.map((row) => row[column.name] ?? null)]]))
  const duckdb = await duckdbCounts([path], folder.path)
  const told = async (counts: Counts): Promise<unknown[]> => {
    const figures: unknown[] = []
    for (const ask of asks) figures.push(await ask(counts.of(column)))
    return figures
  }
  try {
    return { here: await told(here), duckdb: await told(duckdb) }
  } finally {
    duckdb.close()
  }
}

const counted: Ask = (of) => of.cells()
const spread: Ask = (of) => of.numbers()
const shares: Ask = (of) => of.histogram([])

const text = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'a',
    'A',
    'é',
    'e\u0301',
    '"',
    '\\',
    '\u0000',
    '\u001f\u007f',
    '😀',
    '\uffff',
    '1',
    'null',
    '[1,2]',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
)
const int = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
  fc.bigInt({ min: -20n, max: 20n }),
)
const float = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    0.1,
    1 / 3,
    1e-7,
    1e-5,
    1e15,
    1e16,
    1e17,
    1e21,
    1e22,
    1e100,
    5e-324,
    123456789.125,
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
)
const bool = fc.boolean()
const date = fc.constantFrom('2024-02-29', '1969-12-31', '0001-01-01')
const moment = fc.constantFrom('2024-02-29T00:00:00', '2024-02-29T00:00:00.000001', '1969-12-31T23:59:59.5')
const orNull = <T extends Value>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null, freq: 4 })
const zero = fc.constantFrom(0, -0)
const json: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    orNull(fc.oneof(text, int, float, bool)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 3 }).map(objectOf),
  ),
})).value

const kind = <K extends ColumnType['kind']>(name: K) => ({ kind: name }) as ColumnType
const struct: ColumnType = {
  kind: 'struct',
  fields: [
    { name: 'a b', type: kind('string') },
    { name: 'n', type: kind('float') },
    { name: 'i', type: { kind: 'list', element: kind('int') } },
  ],
}
const structs = fc
  .tuple(orNull(text), orNull(float), orNull(fc.array(orNull(int), { maxLength: 2 })))
  .map(([a, n, i]) =>
    objectOf([
      ['a b', a],
      ['n', n],
      ['i', i],
    ]),
  )
const maps = fc
  .array(fc.tuple(fc.constantFrom('2', '1', 'x', ''), orNull(float)), { maxLength: 3 })
  .map(objectOf)

const wild = fc.oneof(fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e308, -1e308, 1e200), float)
const kinds: readonly [name: string, type: ColumnType, cells: fc.Arbitrary<Value>, asks: readonly Ask[]][] = [
  ['texts', kind('string'), text, [counted, shares]],
  ['integers', kind('int'), int, [counted, spread, shares]],
  ['floats', kind('float'), float, [counted, spread, shares]],
  ['floats that are no number, or beyond', kind('float'), wild, [counted, spread]],
  ['truths', kind('bool'), bool, [counted, shares]],
  ['dates', kind('date'), date, [counted, shares]],
  ['times', kind('timestamp'), moment, [counted]],
  ['times in UTC', kind('timestamp_utc'), moment.map((at) => `${at}Z`), [counted]],
  ['JSON', kind('json'), json, [counted]],
  ['lists', { kind: 'list', element: kind('float') }, fc.array(orNull(float), { maxLength: 3 }), [counted]],
  [
    'lists of zeros',
    { kind: 'list', element: kind('float') },
    fc.array(zero, { minLength: 1, maxLength: 1 }),
    [counted],
  ],
  ['zeros in JSON', kind('json'), fc.array(zero, { maxLength: 1 }), [counted]],
  ['zeros in maps', { kind: 'map', value: kind('float') }, zero.map((x) => objectOf([['x', x]])), [counted]],
  ['objects', struct, structs, [counted]],
  ['maps', { kind: 'map', value: kind('float') }, maps, [counted]],
  [
    'lists of objects',
    { kind: 'list', element: struct },
    fc.array(orNull(structs), { maxLength: 2 }),
    [counted],
  ],
]

describe('DuckDB and this process count the same', () => {
  it.each(kinds)('%s', async (_name, type, cells, asks) => {
    await fc.assert(
      fc.asyncProperty(fc.array(orNull(cells), { minLength: 1, maxLength: 30 }), async (column) => {
        const { here, duckdb } = await both(type, column, asks)
        expect(here).toEqual(duckdb)
      }),
      { numRuns: 6, seed: 12 },
    )
  })
})

it('a histogram is that of its column, whatever the others are called', async () => {
  const names = ['topic', 'category', 'times', 'label']
  const { bytes } = encodeParquet({
    columns: names.map((name, at) => ({
      name,
      type: kind('string'),
      values: ['a', 'b', at < 1 ? 'b' : 'c'],
    })),
    rowCount: 3,
    footer: {},
  } as never)
  const path = join(folder.path, 'names.parquet')
  writeFileSync(path, bytes)
  const duckdb = await duckdbCounts([path], folder.path)
  try {
    const found = []
    for (const name of names) found.push(await duckdb.of({ name, type: kind('string') }).histogram([]))
    const [topic, ...others] = found
    expect(topic).toEqual({ categories: ['b', 'a'], counts: [2, 1] })
    for (const other of others) expect(other).toEqual({ categories: ['a', 'b', 'c'], counts: [1, 1, 1] })
  } finally {
    duckdb.close()
  }
})

const verdictType: ColumnType = {
  kind: 'struct',
  fields: ['code', 'a "b"'].map((name) => ({
    name,
    type: {
      kind: 'struct',
      fields: [
        { name: 'is_valid', type: kind('bool') },
        { name: 'score', type: kind('int') },
      ],
    },
  })),
}

it('parts of objects are counted alike: nulls on the way, and names with quotes and spaces', async () => {
  const of = (is_valid: Value, score: Value): Value => ({ is_valid, score })
  const cells: Value[] = [
    null,
    { code: null, 'a "b"': of(true, 3n) },
    { code: of(true, 1n), 'a "b"': of(true, 3n) },
    { code: of(true, 5n), 'a "b"': of(null, null) },
    { code: of(false, 5n), 'a "b"': of(true, 2n) },
  ]
  const names = ['code', 'a "b"']
  const { here, duckdb } = await both(verdictType, cells, [
    ...names.map(
      (name): Ask =>
        (counts) =>
          counts.histogram([name, 'score']),
    ),
    (counts) => counts.allTrue(names.map((name) => [name, 'is_valid'])),
    (counts) => counts.allTrue([['code', 'is_valid']]),
    (counts) => counts.allTrue([]),
  ])
  expect(here).toEqual(duckdb)
  expect(here.slice(1)).toEqual([{ categories: [3, 2], counts: [2, 1] }, 1, 2, 0])
})

it.each(['json', 'string'] as const)('verdicts in %s are counted alike', async (name) => {
  const verdicts = [
    '{"is_valid":true}',
    '{"is_valid":"true"}',
    '{"is_valid":1}',
    '{"is_valid":null}',
    '[true]',
    '{}',
  ]
  const cells = verdicts.map(
    (each): Value => (name === 'json' ? JSON.parse(each.replace('1', 'false')) : each),
  )
  const { here, duckdb } = await both(
    kind(name),
    [null, ...cells],
    [(counts) => counts.allTrue([['is_valid']])],
  )
  expect(here).toEqual(duckdb)
  expect(here).toEqual([2])
})
