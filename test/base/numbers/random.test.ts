import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnRandom, keyedRandom, philox4x32 } from '../../../src/base/numbers/random.ts'

test.each([
  ['zeros', [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
  [
    'ones',
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    'digits of pi',
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
])('Philox4x32-10 gives the answer Random123 publishes for %s', (_, counter, key, answer) => {
  const out = new Uint32Array(4)
  philox4x32(Uint32Array.from(counter), key[0]!, key[1]!, out)
  expect([...out]).toEqual(answer)
})

test('a stream hands out the words of its blocks in order', () => {
  const seed = 0x1122334455667788n
  const row = 3 * 2 ** 32 + 7
  const stream = keyedRandom(seed, 'category', row)
  const drawn = Array.from({ length: 8 }, () => stream.uint32())
  // 0xedb2cd3b is where the SHA-256 of "category" begins.
  const column = 0xedb2cd3b
  const expected: number[] = []
  for (const block of [0, 1]) {
    const out = new Uint32Array(4)
    philox4x32(Uint32Array.of(7, 3, column, block), 0x55667788, 0x11223344, out)
    expected.push(...out)
  }
  expect(drawn).toEqual(expected)
})

test('the keying never changes: golden words', () => {
  const words = (seed: bigint, column: string, row: number): number[] => {
    const stream = keyedRandom(seed, column, row)
    return [stream.uint32(), stream.uint32(), stream.uint32(), stream.uint32(), stream.uint32()]
  }
  expect(words(1n, 'rating', 0)).toMatchInlineSnapshot(`
    [
      2861410161,
      4031291594,
      2348844710,
      4077561087,
      3263825214,
    ]
  `)
  expect(words(2n ** 64n - 1n, 'größe', 2 ** 40)).toMatchInlineSnapshot(`
    [
      2842211871,
      1168004544,
      2518165168,
      1870671463,
      1022630883,
    ]
  `)
})

test('seed, column and row each choose another stream; order does not', () => {
  const first = (seed: bigint, column: string, row: number): number => keyedRandom(seed, column, row).uint32()
  const values = [
    first(1n, 'a', 0),
    first(2n, 'a', 0),
    first(1n + 2n ** 32n, 'a', 0),
    first(1n, 'b', 0),
    first(1n, 'a', 1),
    first(1n, 'a', 2 ** 32),
  ]
  expect(new Set(values).size).toBe(values.length)
  const column = columnRandom(1n, 'a')
  column(1).uint32()
  expect(column(0).uint32()).toBe(values[0])
})

test('float is in [0, 1), with 53 bits', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(), (seed, row) => {
      const value = keyedRandom(seed, 'c', row).float()
      return value >= 0 && value < 1 && Number.isInteger(value * 2 ** 53)
    }),
  )
})

test.each([2, 3, 7, 10])('below(%i) is uniform (chi-square, fixed seed)', (n) => {
  const stream = keyedRandom(42n, 'c', 0)
  const counts = new Array<number>(n).fill(0)
  const draws = 20_000
  for (let index = 0; index < draws; index++) counts[stream.below(n)]!++
  const expected = draws / n
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // 0.999 quantile of chi-square with 9 degrees of freedom; smaller n has a smaller one.
  expect(statistic).toBeLessThan(27.9)
})

test('below draws again instead of favouring small results', () => {
  // Of 2^31 + 1 results, nearly half the words are past the last multiple; without rejection 0..2^31-2 come twice as often.
  const n = 2 ** 31 + 1
  const stream = keyedRandom(7n, 'c', 0)
  let high = 0
  for (let index = 0; index < 4000; index++) if (stream.below(n) >= 2 ** 30) high++
  expect(high).toBeGreaterThan(1900)
  expect(high).toBeLessThan(2100)
})

test.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('below refuses %d', (n) => {
  expect(() => keyedRandom(0n, 'c', 0).below(n)).toThrow(RangeError)
})

test('the whole range of a word is allowed', () => {
  expect(keyedRandom(0n, 'c', 0).below(2 ** 32)).toBe(keyedRandom(0n, 'c', 0).uint32())
  expect(keyedRandom(0n, 'c', 0).below(1)).toBe(0)
})
