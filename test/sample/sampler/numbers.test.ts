import { expect, test } from 'vitest'
import { roundHalfEven, roundPlaces } from '../../../src/sample/sampler/numbers.ts'

test.each([
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [-0.5, 0],
  [-1.5, -2],
  [-2.5, -2],
  [2.4999999999999996, 2],
  [2.5000000000000004, 3],
  [2 ** 53 + 2, 2 ** 53 + 2],
])('%d rounds to %d, halves to even', (value, rounded) => {
  expect(roundHalfEven(value) + 0).toBe(rounded)
})

// Answers of numpy.round.
test.each([
  [2.675, 2, 2.68],
  [0.125, 2, 0.12],
  [0.375, 2, 0.38],
  [1.005, 2, 1.0],
  [1234.5, -2, 1200],
  [1250, -2, 1200],
  [1.2345678, 4, 1.2346],
  [1e300, 20, 1e300],
])('%d at %i places is %d', (value, places, rounded) => {
  expect(roundPlaces(value, places)).toBe(rounded)
})
