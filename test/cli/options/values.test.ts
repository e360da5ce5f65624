import { expect, test } from 'vitest'
import { formatDuration } from '../../../src/cli/options/durations.ts'
import { exceeds, parseDropLimit } from '../../../src/cli/options/usage.ts'
import { formatTable } from '../../../src/cli/text/table.ts'

test('formatDuration() never shows sixty seconds', () => {
  expect([0, 9949, 9950, 59_499, 59_500, 185_000, 7_800_000].map(formatDuration)).toEqual([
    '0.0s',
    '9.9s',
    '10s',
    '59s',
    '1m 0s',
    '3m 5s',
    '2h 10m',
  ])
})

test('exceeds() compares with rows or with a share of the rows planned', () => {
  expect(exceeds(parseDropLimit('0'), 1, 100)).toBe(true)
  expect(exceeds(parseDropLimit('10'), 10, 100)).toBe(false)
  expect(exceeds(parseDropLimit('10'), 11, 100)).toBe(true)
  expect(exceeds(parseDropLimit('5%'), 5, 100)).toBe(false)
  expect(exceeds(parseDropLimit('5%'), 6, 100)).toBe(true)
  expect(exceeds(parseDropLimit('0.5%'), 1, 100)).toBe(true)
})

test('formatTable() aligns, cuts to the width and shows no control characters', () => {
  const table = formatTable(
    [
      { id: 1n, text: 'one\nline \u001b[31mred', wide: '日本' },
      { id: 22n, text: 'x'.repeat(200), wide: null },
    ],
    40,
  )
  expect(table.split('\n')).toEqual([
    'id  text                            wide',
    '1   one line \\x1b[31mred            日本',
    `22  ${'x'.repeat(29)}…  null`,
  ])
})

test('formatTable() counts the columns that do not fit', () => {
  const row = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`column_${index}`, 'text']))
  expect(formatTable([row], 40)).toContain('(and 25 more columns)')
})

test('formatTable() draws as many rows as there are', () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => ({ id: BigInt(index) }))
  expect(formatTable(rows, 40).split('\n')).toHaveLength(200_001)
})
