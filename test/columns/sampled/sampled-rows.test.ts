import { describe, expect, test } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import type { ValueObject } from '../../../src/base/values/value.ts'
import { rowSampler } from '../../../src/columns/sampled/sampled-rows.ts'
import { checkConfig } from '../../../src/config/check/check.ts'
import { configFromValue } from '../../../src/config/form/load.ts'
import { compile } from '../examples.ts'
import { everySampler, sampled, sampledColumns, sampleRows } from './sampling.ts'

const unit = (name: string, more: ValueObject = {}): ValueObject =>
  sampled(name, 'uniform', { low: 0n, high: 1n }, more)
const scalar = (target_column: string, operator: string, rhs: number | bigint): ValueObject => ({
  target_column,
  operator,
  rhs,
})
const between = (target_column: string, operator: string, rhs: string): ValueObject => ({
  target_column,
  operator,
  rhs,
})

test('a value depends on run seed, column and row: not on order, not on the other columns', async () => {
  const columns = sampledColumns(everySampler)
  await Promise.all(columns.map((column) => column.load?.()))
  const sample = rowSampler(columns, 5n, '2026-08-07')
  const forward = [0, 1, 2, 3].map((row) => sample(row).values)
  expect([3, 2, 1, 0].map((row) => sample(row).values).reverse()).toEqual(forward)
  const alone = rowSampler(
    columns.filter(({ name }) => name === 'bell'),
    5n,
    '2026-08-07',
  )
  const at = columns.findIndex(({ name }) => name === 'bell')
  expect([0, 1, 2, 3].map((row) => alone(row).values[0])).toEqual(forward.map((values) => values[at]))
})

describe('subcategory', () => {
  test('draws from the list of what the category drew', () => {
    const lists = { a: ['a1', 'a2'], b: ['b1'] }
    const rows = sampleRows(
      [
        sampled('sub', 'subcategory', { category: 'kind', values: lists }),
        sampled('kind', 'category', { values: ['a', 'b'] }),
      ],
      300,
    )
    for (const { kind, sub } of rows) expect(lists[kind as 'a' | 'b']).toContain(sub)
    expect(new Set(rows.map(({ sub }) => sub)).size).toBe(3)
  })
  test.each<[ValueObject[0][], string | null]>([
    [[1n, 2n], null],
    [[1n, 2n], 'str'],
    [[1n, 2n], 'float'],
    [[1n, 2.5], null],
    [[1n, 'two'], null],
  ])('a category of %o, converted to %s, can have subcategories', (values, convert_to) => {
    const [first, second] = values.map((value) => String(value))
    const rows = sampleRows(
      [
        sampled('size', 'category', { values }, { convert_to }),
        sampled('sub', 'subcategory', {
          category: 'size',
          values: { [first!]: ['one'], [second!]: ['more'] },
        }),
      ],
      100,
    )
    for (const { size, sub } of rows) expect(sub).toBe(Number(size) === 1 ? 'one' : 'more')
    expect(new Set(rows.map(({ sub }) => sub)).size).toBe(2)
  })
  test.each<[ValueObject, string]>([
    [{ a: ['x'] }, 'has no list for "b", which "kind" can be'],
    [{ a: ['x'], b: [] }, 'must have at least 1 item'],
    [{ a: ['x'], b: ['y'], c: ['z'] }, 'is not a value of "kind"'],
  ])('lists %o are refused', (values, message) => {
    const columns = [
      sampled(
        'kind',
        'category',
        { values: ['a'] },
        { conditional_params: { 'coin == 1': { values: ['b'] } } },
      ),
      sampled('coin', 'bernoulli', { p: 0.5 }),
      sampled('sub', 'subcategory', { category: 'kind', values }),
    ]
    expect(() => checkConfig(configFromValue({ columns }, 'config'))).toThrow(message)
  })
})

describe('conditional parameters', () => {
  const flag = sampled('flag', 'bernoulli', { p: 0.5 })
  const branches = (conditional_params: ValueObject, more: ValueObject = {}) =>
    sampled('x', 'uniform', { low: 0n, high: 1n }, { conditional_params, ...more })

  test('hold where their expression is true, the others elsewhere', () => {
    const rows = sampleRows([branches({ 'flag == 1': { low: 10n, high: 11n } }), flag], 200)
    for (const { flag, x } of rows) expect(Math.floor(Number(x))).toBe(flag === 1n ? 10 : 0)
  })
  test('a condition that is true without being True holds: no cell is left without a value', () => {
    const rows = sampleRows([branches({ flag: { low: 10n, high: 11n } }), flag], 200)
    for (const { flag, x } of rows) expect(Math.floor(Number(x))).toBe(flag === 1n ? 10 : 0)
  })
  test('of several that hold, the last one counts', () => {
    const rows = sampleRows(
      [branches({ 'flag >= 0': { low: 10n, high: 11n }, 'flag == 1': { low: 20n, high: 21n } }), flag],
      200,
    )
    for (const { flag, x } of rows) expect(Math.floor(Number(x))).toBe(flag === 1n ? 20 : 10)
  })
  test('round to their own decimal places, and convert', () => {
    const own = branches({ 'flag == 1': { low: 0n, high: 1n, decimal_places: 1n } }, { convert_to: 'str' })
    for (const row of sampleRows([own, flag], 200)) {
      expect(String(row.x).length > 4).toBe(row.flag !== 1n)
    }
  })
  test('see persons and dates', async () => {
    const columns = sampledColumns([
      sampled('who', 'person_from_faker', {}),
      sampled('day', 'datetime', { start: '2020-01-01', end: '2022-01-01' }, { convert_to: '%d/%m/%y' }),
      sampled(
        'a',
        'category',
        { values: ['m'] },
        { conditional_params: { "who.sex == 'Female'": { values: ['f'] } } },
      ),
      sampled(
        'b',
        'category',
        { values: ['old'] },
        { conditional_params: { "day >= '2021-01-01'": { values: ['new'] } } },
      ),
    ])
    await Promise.all(columns.map((column) => column.load?.()))
    const sample = rowSampler(columns, 3n, '2026-08-07')
    const at = (name: string) => columns.findIndex((column) => column.name === name)
    for (let row = 0; row < 100; row++) {
      const { values } = sample(row)
      expect(values[at('a')]).toBe((values[at('who')] as { sex: string }).sex === 'Female' ? 'f' : 'm')
      expect(values[at('b')]).toBe(String(values[at('day')]).endsWith('21') ? 'new' : 'old')
    }
  })
  test('may draw other kinds of values: the column holds them all', () => {
    const kind = (values: ValueObject[0][]) =>
      sampledColumns([
        flag,
        sampled('x', 'category', { values: [1n] }, { conditional_params: { flag: { values } } }),
      ])[1]!.type.kind
    expect([kind([2n]), kind([2.5]), kind(['two'])]).toEqual(['int', 'float', 'string'])
  })
  test('subcategories under a condition keep the lists it does not name', () => {
    const rows = sampleRows(
      [
        flag,
        sampled('kind', 'category', { values: ['a', 'b'] }),
        sampled(
          'sub',
          'subcategory',
          { category: 'kind', values: { a: ['a'], b: ['b'] } },
          {
            conditional_params: { flag: { category: 'kind', values: { a: ['A'] } } },
          },
        ),
      ],
      100,
    )
    for (const { flag, kind, sub } of rows) expect(sub).toBe(kind === 'a' && flag === 1n ? 'A' : kind)
  })
})

test('timedelta counts from what was drawn, however that is written, and from another timedelta', () => {
  const rows = sampleRows(
    [
      sampled('end', 'timedelta', { dt_min: 1n, dt_max: 2n, reference_column_name: 'middle', unit: 'h' }),
      sampled(
        'middle',
        'timedelta',
        { dt_min: 1n, dt_max: 2n, reference_column_name: 'start' },
        { convert_to: '%j' },
      ),
      sampled('start', 'datetime', { start: '2024-02-28', end: '2024-02-29' }, { convert_to: '%d.%m.%Y' }),
    ],
    1,
  )
  expect(rows[0]).toEqual({ start: '28.02.2024', middle: '060', end: '2024-02-29T01:00:00' })
})

describe('constraints', () => {
  test('on a number hold in every row, after conversion and rounding', () => {
    const whole = sampled('n', 'gaussian', { mean: 0n, stddev: 2n }, { convert_to: 'int' })
    for (const { n } of sampleRows([whole], 500, {
      constraints: [scalar('n', 'gt', 0n), scalar('n', 'le', 2n)],
    })) {
      expect([1n, 2n]).toContain(n)
    }
    const rounded = sampled('r', 'uniform', { low: 0n, high: 1n, decimal_places: 1n })
    for (const { r } of sampleRows([rounded], 500, { constraints: [scalar('r', 'gt', 0n)] }))
      expect(r).toBeGreaterThan(0)
  })
  test('between columns hold in every row, dates as dates however they are written', () => {
    const range = { start: '2024-01-01', end: '2024-12-31' }
    const rows = sampleRows(
      [
        unit('a'),
        unit('b'),
        sampled('first', 'datetime', range, { convert_to: '%d.%m.%Y' }),
        sampled('second', 'datetime', range),
      ],
      300,
      { constraints: [between('b', 'gt', 'a'), between('second', 'ge', 'first')] },
    )
    for (const { a, b, first, second } of rows) {
      expect(Number(b)).toBeGreaterThan(Number(a))
      const [day, month, year] = String(first).split('.')
      expect(String(second) >= `${year}-${month}-${day}`).toBe(true)
    }
  })
  test('leave the right side as it would be without them, as long as they can be met', () => {
    const free = sampleRows([unit('a'), unit('b')], 200)
    const kept = sampleRows([unit('a'), unit('b')], 200, { constraints: [between('b', 'gt', 'a')] })
    const same = kept.filter(({ a }, row) => a === free[row]!.a).length
    expect(same).toBeGreaterThan(195)
  })
  test('draw the right side again when it is above all that the left side can be', () => {
    const wide = sampled('limit', 'uniform', { low: 0n, high: 10n })
    for (const { x, limit } of sampleRows([unit('x'), wide], 300, {
      constraints: [between('x', 'gt', 'limit')],
    })) {
      expect(Number(x)).toBeGreaterThan(Number(limit))
    }
  })
  test('hold with whatever is made of the columns they compare', () => {
    const rows = sampleRows(
      [
        sampled('limit', 'category', { values: [1n, 50n] }),
        sampled('name', 'subcategory', { category: 'limit', values: { 1: ['low'], 50: ['high'] } }),
        unit('x'),
      ],
      100,
      { constraints: [between('x', 'lt', 'limit'), scalar('limit', 'lt', 10n)] },
    )
    expect(new Set(rows.map(({ limit, name }) => `${limit} ${name}`))).toEqual(new Set(['1 low']))
  })
  test('ask as many times of three rows as of a thousand', () => {
    const rare = { constraints: [scalar('x', 'gt', 0.97)] }
    expect(sampleRows([unit('x')], 3, rare)).toEqual(sampleRows([unit('x')], 1000, rare).slice(0, 3))
  })
  test('that cannot be met are refused before a row is made, in bounded time', () => {
    const began = performance.now()
    expect(() => compile([unit('x')], {}, { constraints: [scalar('x', 'gt', 2n)] })).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message:
          'None of 10000 values drawn for column "x" met x > 2, in the first row tried: the constraint cannot hold.',
      }),
    )
    expect(performance.now() - began).toBeLessThan(5000)
  })
  test('that a row of many cannot meet cost that row alone, with the reason', () => {
    const [column] = sampledColumns([unit('x')])
    let asked = 0
    // Met by every row but the third.
    const constraints = [{ text: 'x > 2', reads: null, holds: () => asked++ < 2 }]
    const sample = rowSampler([{ ...column!, constraints }], 1n, '2026-08-07')
    expect([sample(0).failed, sample(1).failed]).toEqual([undefined, undefined])
    const { values, failed } = sample(2)
    expect(values).toEqual([null])
    expect(failed?.at).toBe(0)
    expect(RowsmithError.isInstance(failed?.error) && failed.error.code).toBe('constraint_unmet')
    expect(asked).toBe(10_002)
  })
  test.each<[ValueObject, string]>([
    [
      scalar('day', 'gt', 5n),
      'The constraint day > 5 compares a date with a number; it takes numbers, or two dates.',
    ],
    [
      scalar('word', 'gt', 5n),
      'The constraint word > 5 compares text with a number; it takes numbers, or two dates.',
    ],
    [
      between('x', 'lt', 'day'),
      'The constraint x < day compares a number with a date; it takes numbers, or two dates.',
    ],
    [
      between('who', 'lt', 'x'),
      'The constraint who < x compares a person with a number; it takes numbers, or two dates.',
    ],
  ])('%o is refused with the reason', (constraint, message) => {
    const columns = [
      unit('x'),
      sampled('day', 'datetime', { start: '2024-01-01', end: '2025-01-01' }),
      sampled('word', 'category', { values: ['a'] }),
      sampled('who', 'person_from_faker', {}),
    ]
    expect(() => compile(columns, {}, { constraints: [constraint] })).toThrow(message)
  })
  test('of a column with itself, and in a circle, are refused', () => {
    const check = (constraints: ValueObject[]) => {
      checkConfig(configFromValue({ columns: [unit('x'), unit('y')], constraints }, 'config'))
      compile([unit('x'), unit('y')], {}, { constraints })
    }
    expect(() => check([between('x', 'lt', 'x')])).toThrow('"x" is compared with itself')
    expect(() => check([between('x', 'lt', 'y'), between('y', 'gt', 'x')])).toThrow(
      'Columns read each other in a circle',
    )
  })
})

test('a negative weight is refused with its place, before anything runs', () => {
  const columns = [sampled('kind', 'category', { values: ['a', 'b'], weights: [1n, -1n] })]
  expect(() => configFromValue({ columns }, 'config')).toThrow('columns[0].params.weights[1]')
})
