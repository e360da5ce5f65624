import { expect, test } from 'vitest'
import { durationText, parseDuration, parseSeed } from '../../../src/base/text/flag-values.ts'

test('parseDuration() reads milliseconds, seconds, minutes and hours', () => {
  expect(['500ms', '30s', '2m', '1.5h', '0', '0s'].map((text) => parseDuration(text, '--grace'))).toEqual([
    500, 30_000, 120_000, 5_400_000, 0, 0,
  ])
  for (const wrong of ['', '30', '-1s', 's', '1 s', '1d', '1e3s']) {
    expect(() => parseDuration(wrong, '--grace')).toThrow('--grace takes a duration')
  }
})

test('durationText() writes what parseDuration() reads, in the largest unit', () => {
  const texts = [0, 500, 1500, 30_000, 90_000, 7_200_000].map(durationText)
  expect(texts).toEqual(['0ms', '500ms', '1500ms', '30s', '90s', '2h'])
  expect(texts.map((text) => parseDuration(text, '--grace'))).toEqual([
    0, 500, 1500, 30_000, 90_000, 7_200_000,
  ])
})

test('parseSeed() takes signed and unsigned integers of 64 bits as the same 64 bits', () => {
  const read = (text: string) => parseSeed(text, '--seed')
  expect(read('-1')).toBe(2n ** 64n - 1n)
  expect(read('18446744073709551615')).toBe(2n ** 64n - 1n)
  expect(read('-9223372036854775808')).toBe(2n ** 63n)
  expect(() => read('-9223372036854775809')).toThrow('64 bits')
})
