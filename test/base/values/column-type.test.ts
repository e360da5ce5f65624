import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ColumnType, conform, fits } from '../../../src/base/values/column-type.ts'
import type { Value } from '../../../src/base/values/value.ts'

const person: ColumnType = {
  kind: 'struct',
  fields: [
    { name: 'name', type: { kind: 'string' } },
    { name: 'age', type: { kind: 'int' } },
  ],
}

it.each<[string, ColumnType, Value, Value | undefined]>([
  ['widens an integer to a float', { kind: 'float' }, 4n, 4],
  ['takes a whole float for an integer', { kind: 'int' }, 4.0, 4n],
  ['takes no fraction for an integer', { kind: 'int' }, 4.5, undefined],
  ['takes no float beyond exact integers for an integer', { kind: 'int' }, 2 ** 60, undefined],
  ['takes no integer beyond 64 bits', { kind: 'int' }, 2n ** 63n, undefined],
  ['takes the highest integer', { kind: 'int' }, 2n ** 63n - 1n, 2n ** 63n - 1n],
  ['takes no integer beyond all floats', { kind: 'float' }, 10n ** 400n, undefined],
  ['keeps NaN in a float', { kind: 'float' }, Number.NaN, Number.NaN],
  ['takes no NaN in JSON', { kind: 'json' }, [Number.NaN], undefined],
  ['mends half a surrogate pair', { kind: 'string' }, 'a\ud800', 'a\ufffd'],
  ['mends it in JSON, keys too', { kind: 'json' }, { '\udc00': ['\ud800'] }, { '\ufffd': ['\ufffd'] }],
  ['takes no number for text', { kind: 'string' }, 1n, undefined],
  ['takes no number for a truth value', { kind: 'bool' }, 1n, undefined],
  ['fills a missing field with null', person, { name: 'Ana' }, { name: 'Ana', age: null }],
  ['widens inside', { kind: 'list', element: person }, [{ age: 3.0, name: null }], [{ name: null, age: 3n }]],
  ['takes no unknown field', person, { name: 'Ana', size: 3n }, undefined],
  [
    'takes no field from a prototype',
    { kind: 'struct', fields: [{ name: 'constructor', type: { kind: 'string' } }] },
    {},
    { constructor: null },
  ],
  ['keeps a date', { kind: 'date' }, '2024-02-29', '2024-02-29'],
  ['takes no day that is not there', { kind: 'date' }, '2023-02-29', undefined],
  ['takes no year 0', { kind: 'date' }, '0000-01-01', undefined],
  ['takes no time for a date', { kind: 'date' }, '2024-02-29 00:00:00', undefined],
  ['keeps a time', { kind: 'timestamp' }, '1969-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999'],
  [
    'spells a time as Python does',
    { kind: 'timestamp' },
    '2024-01-02T03:04:05.5',
    '2024-01-02 03:04:05.500000',
  ],
  ['takes no 25th hour', { kind: 'timestamp' }, '2024-01-02 25:00:00', undefined],
  ['takes no zone where there is none', { kind: 'timestamp' }, '2024-01-02 03:04:05+00:00', undefined],
  [
    'spells UTC as Python does',
    { kind: 'timestamp_utc' },
    '2024-01-02T03:04:05Z',
    '2024-01-02 03:04:05+00:00',
  ],
  [
    'takes no time without a zone for one in UTC',
    { kind: 'timestamp_utc' },
    '2024-01-02 03:04:05',
    undefined,
  ],
  ['takes null for anything', person, null, null],
  ['takes no list with one bad element', { kind: 'list', element: { kind: 'int' } }, [1n, 'x'], undefined],
])('%s', (_, type, value, expected) => {
  expect(conform(type, value)).toStrictEqual(expected)
})

const types: fc.Arbitrary<ColumnType> = fc.letrec<{ type: ColumnType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<ColumnType>(
      { kind: 'string' },
      { kind: 'int' },
      { kind: 'float' },
      { kind: 'bool' },
      { kind: 'json' },
    ),
    tie('type').map((element): ColumnType => ({ kind: 'list', element })),
    fc
      .uniqueArray(fc.tuple(fc.string(), tie('type')), {
        minLength: 1,
        maxLength: 3,
        selector: ([name]) => name,
      })
      .map(
        (fields): ColumnType => ({ kind: 'struct', fields: fields.map(([name, type]) => ({ name, type })) }),
      ),
  ),
})).type

const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.bigInt(),
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 3, noNullPrototype: true }) as fc.Arbitrary<Value>,
  ),
})).value

it('makes every value fit that it takes, and leaves alone what fits already', () => {
  fc.assert(
    fc.property(types, values, (type, value) => {
      const conformed = conform(type, value)
      if (conformed !== undefined) expect(fits(type, conformed)).toBe(true)
      if (fits(type, value)) expect(conformed).toStrictEqual(value)
    }),
  )
})
