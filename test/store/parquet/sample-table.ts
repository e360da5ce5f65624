/** A table that holds what is hard to store, in every type a column can have. */
import type { EncodeColumn, EncodeJob } from '../../../src/store/parquet/parquet-encode.ts'

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

const person = {
  kind: 'struct',
  fields: [
    { name: 'name', type: { kind: 'string' } },
    {
      name: 'home',
      type: {
        kind: 'struct',
        fields: [
          { name: 'city', type: { kind: 'string' } },
          { name: 'floor', type: { kind: 'int' } },
        ],
      },
    },
  ],
} as const

export const columns: readonly EncodeColumn[] = [
  {
    name: 'text',
    type: { kind: 'string' },
    values: ['', 'naïve 東京 👩‍🚀 ‮', null, 'x'.repeat(100_000), 'line\nfeed\0nul', 'it\'s "quoted"'],
  },
  { name: 'whole', type: { kind: 'int' }, values: [INT64_MIN, INT64_MAX, 0n, null, -1n, 9007199254740993n] },
  {
    name: 'real',
    type: { kind: 'float' },
    values: [-0, 0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, null],
  },
  { name: 'flag', type: { kind: 'bool' }, values: [true, false, null, true, false, null] },
  { name: 'nothing', type: { kind: 'string' }, values: [null, null, null, null, null, null] },
  { name: 'no whole', type: { kind: 'int' }, values: [null, null, null, null, null, null] },
  {
    name: 'words',
    type: { kind: 'list', element: { kind: 'string' } },
    values: [[], ['a', null, 'ü'], null, [null], [''], ['b', 'c']],
  },
  {
    name: 'person',
    type: person,
    values: [
      null,
      { name: null, home: null },
      { name: 'Ana', home: { city: null, floor: null } },
      { name: 'Bo', home: { city: 'Oslo', floor: INT64_MIN } },
      { name: '', home: { city: '', floor: 0n } },
      { name: 'Cy', home: null },
    ],
  },
  {
    name: 'people',
    type: { kind: 'list', element: person },
    values: [
      [null, { name: 'Di', home: { city: 'Bonn', floor: 2n } }],
      [],
      null,
      [{ name: null, home: null }],
      [{ name: 'Ed', home: { city: null, floor: 1n } }],
      [null],
    ],
  },
  {
    name: 'matrix',
    type: { kind: 'list', element: { kind: 'list', element: { kind: 'float' } } },
    values: [[[1.5, -0], []], [[]], [null, [null]], [], null, [[2.5]]],
  },
  {
    name: 'anything',
    type: { kind: 'json' },
    values: [{ b: [1n, 1.0, null], a: 'ü' }, 'text', 12345678901234567890n, null, [], { a: {} }],
  },
  {
    name: 'nested json',
    type: { kind: 'struct', fields: [{ name: 'tags', type: { kind: 'list', element: { kind: 'json' } } }] },
    values: [
      { tags: [true, null, { z: 1n, y: 2n }] },
      { tags: null },
      { tags: [] },
      null,
      { tags: [1.5] },
      null,
    ],
  },
  { name: 'a.dot "and" quotes', type: { kind: 'string' }, values: ['1', '2', '3', '4', '5', '6'] },
]

export const table: EncodeJob = { columns, rowCount: 6, footer: { 'rowsmith.format': '1' } }

/** Many rows, so that dictionaries, run lengths and several pages come to bear. */
export function longTable(rowCount: number): EncodeJob {
  const make = <T>(value: (row: number) => T): T[] => Array.from({ length: rowCount }, (_, row) => value(row))
  return {
    columns: [
      { name: 'id', type: { kind: 'int' }, values: make((row) => BigInt(row)) },
      { name: 'constant', type: { kind: 'string' }, values: make(() => 'same') },
      {
        name: 'kind',
        type: { kind: 'string' },
        values: make((row) => (row % 7 === 0 ? null : `kind ${row % 5}`)),
      },
      { name: 'flag', type: { kind: 'bool' }, values: make((row) => (row % 3 === 0 ? null : row % 2 === 0)) },
      { name: 'zero', type: { kind: 'float' }, values: make((row) => [0, -0, 1, Number.NaN][row % 4]!) },
      { name: 'prose', type: { kind: 'string' }, values: make((row) => `${row} `.repeat(300)) },
      {
        name: 'list',
        type: { kind: 'list', element: { kind: 'int' } },
        values: make((row) => make((n) => BigInt(n)).slice(0, row % 4)),
      },
    ],
    rowCount,
    footer: {},
  }
}
