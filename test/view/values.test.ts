import { expect, expectTypeOf, test } from 'vitest'
import type { Value } from '../../src/base/values/value.ts'
import type { PageRow } from '../../src/results/pages/pages.ts'
import type { InspectedRow } from '../../src/results/status/inspect.ts'
import type { DatasetStatus } from '../../src/results/status/status.ts'
import type { ViewColumn } from '../../src/view/columns.ts'
import { wireJson, wireValue } from '../../src/view/values.ts'
import type * as page from '../../web/types.ts'
import type { Wired } from './wired.ts'

test.each<[Value, unknown]>([
  [1n, 1],
  [2n ** 60n, { $int: '1152921504606846976' }],
  [0.5, 0.5],
  [Number.NaN, { $num: 'NaN' }],
  [Number.NEGATIVE_INFINITY, { $num: '-Infinity' }],
  ['short', 'short'],
  ['longer than ten', { $cut: 'longer tha', length: 15 }],
  ['123456789😀', { $cut: '123456789', length: 11 }],
  [{ a: [1n, null, true] }, { a: [1, null, true] }],
  [{ $cut: 'mine' }, { $object: [['$cut', 'mine']] }],
  [Array.from({ length: 30 }, () => 1n), { $cut: '[1,1,1,1,1', length: 61, json: true }],
])('%o goes to the page as %j', (value, expected) => {
  expect(wireValue(value, 10)).toEqual(expected)
})

test('integers of other objects are written by the same rules', () => {
  expect(wireJson({ epoch: 1n, big: [2n ** 60n] })).toBe('{"epoch":1,"big":[{"$int":"1152921504606846976"}]}')
})

test('what the page expects is what the server has', () => {
  expectTypeOf<Wired<DatasetStatus>>().toExtend<page.Status>()
  expectTypeOf<Wired<InspectedRow>>().toExtend<page.Inspected>()
  expectTypeOf<Omit<PageRow, 'values'>>().toExtend<Omit<page.Row, 'values'>>()
  expectTypeOf<ViewColumn>().toExtend<page.Column>()
})
