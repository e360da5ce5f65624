import { expect, test } from 'vitest'
import { keyedRandom } from '../../../src/base/numbers/random.ts'
import type { Value } from '../../../src/base/values/value.ts'
import type { ComputedColumn } from '../../../src/columns/column/column.ts'
import { readRendered } from '../../../src/columns/computed/expression.ts'
import { compileOne } from '../examples.ts'

type Dtype = Parameters<typeof readRendered>[1]

test.each<[string, Dtype, Value]>([
  [' 7 ', 'int', 7n],
  ['2.9', 'int', 2n],
  ['-2.9', 'int', -2n],
  ['1e3', 'int', 1000n],
  ['9007199254740993', 'int', 9007199254740993n],
  ['2', 'float', 2],
  ['1e-5', 'float', 0.00001],
  ['inf', 'float', Number.POSITIVE_INFINITY],
  ['true', 'bool', true],
  [' TRUE ', 'bool', true],
  ['False', 'bool', false],
  ['yes', 'bool', false],
  ['1', 'bool', true],
  ['0.5', 'bool', false],
  ['2.5', 'bool', true],
  ['nan', 'bool', false],
  [' as it is ', 'str', ' as it is '],
])('%o as %s is %o', (rendered, dtype, value) => {
  expect(readRendered(rendered, dtype)).toStrictEqual(value)
})

test.each<[string, Dtype]>([
  ['many', 'int'],
  ['inf', 'int'],
  ['9223372036854775808', 'int'],
  ['1,5', 'float'],
])('%o is not %s: the row fails', (rendered, dtype) => {
  expect(() => readRendered(rendered, dtype)).toThrow(
    expect.objectContaining({
      code: 'expression_failed',
      message: `The expression rendered to "${rendered}", which is not ${dtype}.`,
    }),
  )
})

test.each<Dtype>(['str', 'int', 'float', 'bool'])('a blank rendering as %s fails the row', (dtype) => {
  expect(() => readRendered(' \n', dtype)).toThrow(
    expect.objectContaining({ code: 'expression_failed', message: 'The expression rendered to nothing.' }),
  )
})

test('an expression column computes from its row', () => {
  const expr = '{{ price * 2 }}'
  const column = compileOne({
    name: 'double',
    column_type: 'expression',
    expr,
    dtype: 'float',
  }) as ComputedColumn
  expect(column.compute({ price: 1.25 }, keyedRandom(1n, 'c', 0))).toBe(2.5)
})

test('an expression that cannot be rendered fails the row, naming the variable', () => {
  const expr = '{{ product.name.first }}'
  const column = compileOne({ name: 'n', column_type: 'expression', expr }) as ComputedColumn
  expect(() => column.compute({ product: {} }, keyedRandom(1n, 'c', 0))).toThrow(
    expect.objectContaining({ code: 'template_failed' }),
  )
})

test('a random choice in an expression is the same every time the row is made', () => {
  const expr = '{{ [1, 2, 3, 4, 5, 6, 7, 8] | random }}'
  const column = compileOne({ name: 'pick', column_type: 'expression', expr, dtype: 'int' }) as ComputedColumn
  const drawn = [0, 1, 2, 3, 4, 5].map((row) => column.compute({}, keyedRandom(1n, 'c', row)))
  expect(drawn).toEqual([0, 1, 2, 3, 4, 5].map((row) => column.compute({}, keyedRandom(1n, 'c', row))))
  expect(new Set(drawn).size).toBeGreaterThan(1)
})
