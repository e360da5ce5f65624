import { expect, test } from 'vitest'
import type { Value } from '../../src/base/values/value.ts'
import { gaussianSampler } from '../../src/sample/numeric/gaussian.ts'
import { uniformSampler } from '../../src/sample/numeric/uniform.ts'
import { categorySampler } from '../../src/sample/plain/category.ts'
import { uuidSampler } from '../../src/sample/plain/uuid.ts'
import { drawRows } from './drawing.ts'

const chiSquare = (counts: readonly number[], expected: readonly number[]): number =>
  counts.reduce((sum, count, index) => sum + (count - expected[index]!) ** 2 / expected[index]!, 0)

/** 0.999 quantile with 9 degrees of freedom. */
const LIMIT_9 = 27.88
/** 0.999 quantile with 2 degrees of freedom. */
const LIMIT_2 = 13.82

const plain = { prefix: null, short_form: false, uppercase: false }
const unit = { low: 0, high: 1, decimal_places: null }

test('category draws each value as often as its weight says', () => {
  const sampler = categorySampler('c', { values: ['a', 'b', 'never', 'c'], weights: [1, 2, 0, 7] }, null)
  const drawn = drawRows(sampler, 10_000)
  const counts = ['a', 'b', 'c'].map((value) => drawn.filter((item) => item === value).length)
  expect(chiSquare(counts, [1000, 2000, 7000])).toBeLessThan(LIMIT_2)
  expect(drawn).not.toContain('never')
})

test('category without weights draws all values alike', () => {
  const values = Array.from({ length: 10 }, (_, index) => BigInt(index))
  const drawn = drawRows(categorySampler('c', { values, weights: null }, null), 10_000)
  const counts = values.map((value) => drawn.filter((item) => item === value).length)
  expect(chiSquare(counts, new Array(10).fill(1000))).toBeLessThan(LIMIT_9)
})

test.each<[Value[], string, Value[]]>([
  [[1n, 2n], 'int', [1n, 2n]],
  [[1n, 2.5], 'float', [1, 2.5]],
  [['a', 'b'], 'string', ['a', 'b']],
  [[1n, 'a'], 'string', ['1', 'a']],
  [[2, 1e16, 'a'], 'string', ['2.0', '1e+16', 'a']],
])('category of %o is a column of %s', (values, kind, stored) => {
  const sampler = categorySampler(
    'c',
    { values: values as (string | bigint | number)[], weights: null },
    null,
  )
  expect(sampler.type).toEqual({ kind })
  expect(new Set(drawRows(sampler, 100))).toEqual(new Set(stored))
})

test.each<[(string | bigint | number)[], 'int' | 'float' | 'str', string, Value[]]>([
  [[0.5, 1.5, 2.5], 'int', 'int', [0n, 2n]],
  [['1', '2.5'], 'int', 'int', [1n, 2n]],
  [[1n, 2n], 'float', 'float', [1, 2]],
  [[1n, 2.5], 'str', 'string', ['1.0', '2.5']],
])('category of %o converted to %s', (values, conversion, kind, stored) => {
  const sampler = categorySampler('c', { values, weights: null }, conversion)
  expect(sampler.type).toEqual({ kind })
  expect(new Set(drawRows(sampler, 100))).toEqual(new Set(stored))
})

test('category names the value that cannot be converted or stored', () => {
  expect(() => categorySampler('size', { values: ['small'], weights: null }, 'int')).toThrow(
    expect.objectContaining({
      code: 'config_invalid',
      message: 'Column "size": the value "small" cannot be converted to int.',
    }),
  )
  expect(() => categorySampler('size', { values: [2n ** 63n], weights: null }, null)).toThrow(
    'the value 9223372036854775808 cannot be an integer of 64 bits',
  )
})

test('uniform spreads evenly between its bounds', () => {
  const drawn = drawRows(
    uniformSampler('u', { low: -5, high: 5, decimal_places: null }, null),
    10_000,
  ) as number[]
  const counts = new Array<number>(10).fill(0)
  for (const value of drawn) counts[Math.floor(value + 5)]!++
  expect(chiSquare(counts, new Array(10).fill(1000))).toBeLessThan(LIMIT_9)
})

test('no sampler writes infinity: a range wider than a float is refused, and a value beyond one costs its row', () => {
  const wide = { low: -1e308, high: 1e308, decimal_places: null }
  expect(() => uniformSampler('u', wide, null)).toThrow(
    'from -1e+308 to 1e+308 is wider than a float can say',
  )
  const steep = gaussianSampler('g', { mean: 1.7e308, stddev: 1e308, decimal_places: null }, null)
  expect(() => drawRows(steep, 50)).toThrow('A value of column "g" is no finite number')
  expect(() => categorySampler('c', { values: ['inf', '1'], weights: null }, 'float')).toThrow('inf')
})

test('uniform rounds to its decimal places', () => {
  const drawn = drawRows(uniformSampler('u', { low: 1, high: 5, decimal_places: 1 }, null), 200) as number[]
  expect(drawn.every((value) => value === Number(value.toFixed(1)) && value >= 1 && value <= 5)).toBe(true)
  expect(new Set(drawn).size).toBeGreaterThan(35)
})

test('uniform converts: integers are rounded once, text shows the rounded places', () => {
  const whole = uniformSampler('u', { low: 0, high: 3, decimal_places: 0 }, 'int')
  expect(whole.type).toEqual({ kind: 'int' })
  expect(new Set(drawRows(whole, 200))).toEqual(new Set([0n, 1n, 2n, 3n]))
  const shown = uniformSampler('u', { low: 0, high: 1, decimal_places: 1 }, 'str')
  expect(shown.type).toEqual({ kind: 'string' })
  expect(drawRows(shown, 50).every((value) => /^[01]\.\d$/.test(String(value)))).toBe(true)
})

test('uniform refuses a range no integer column can hold', () => {
  expect(() => uniformSampler('u', { low: 0, high: 1e19, decimal_places: null }, 'int')).toThrow(
    'Column "u": 10000000000000000000 cannot be converted to int.',
  )
})

test('uuid is a version 4 UUID without hyphens', () => {
  const drawn = drawRows(uuidSampler(plain), 2000) as string[]
  expect(drawn.every((value) => /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(value))).toBe(true)
  expect(new Set(drawn).size).toBe(2000)
})

test('uuid is unique over a dataset, not only within a row group', () => {
  expect(new Set(drawRows(uuidSampler(plain), 100_000)).size).toBe(100_000)
})

test('uuid: uppercase changes the digits and not the prefix, short_form keeps eight', () => {
  const [long] = drawRows(uuidSampler(plain), 1) as string[]
  const [short] = drawRows(uuidSampler({ prefix: 'id-', short_form: true, uppercase: true }), 1)
  expect(short).toBe(`id-${long!.slice(0, 8).toUpperCase()}`)
})

test('what a seed gives never changes: golden values', () => {
  expect(drawRows(uuidSampler(plain), 2, 42n)).toMatchInlineSnapshot(`
    [
      "e30076d0a83d491b952dd77403112c36",
      "95346d359368414ca848881095f3e59d",
    ]
  `)
  expect(drawRows(uniformSampler('u', unit, null), 3, 42n)).toMatchInlineSnapshot(`
    [
      0.8867258329479779,
      0.582831215678255,
      0.6864785598616988,
    ]
  `)
  const colours = { values: ['red', 'green', 'blue'], weights: null }
  expect(drawRows(categorySampler('c', colours, null), 8, 42n)).toMatchInlineSnapshot(`
    [
      "green",
      "red",
      "red",
      "blue",
      "green",
      "blue",
      "green",
      "green",
    ]
  `)
  const weighted = categorySampler('c', { ...colours, weights: [0.2, 0.3, 0.5] }, null)
  expect(drawRows(weighted, 8, 42n)).toMatchInlineSnapshot(`
    [
      "blue",
      "blue",
      "blue",
      "red",
      "green",
      "blue",
      "blue",
      "green",
    ]
  `)
})
