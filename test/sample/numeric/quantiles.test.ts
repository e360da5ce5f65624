/** Quantile functions against SciPy's, stored by test/fixtures/scipy/make-quantiles.py. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { continuous } from '../../../src/sample/numeric/continuous.ts'
import { discrete } from '../../../src/sample/numeric/discrete.ts'
import { scipyDistribution, scipyNames } from '../../../src/sample/numeric/scipy.ts'

interface Case {
  readonly name: string
  readonly params: Readonly<Record<string, number>>
  readonly points: readonly number[]
  readonly quantiles: readonly number[]
}

const text = readFileSync(new URL('../../fixtures/scipy/quantiles.json', import.meta.url), 'utf8')
const stored: { readonly continuous: readonly Case[]; readonly discrete: readonly Case[] } = JSON.parse(text)
const titled = (cases: readonly Case[]) =>
  cases.map((item) => [`${item.name} ${JSON.stringify(item.params)}`, item] as const)

/** Where SciPy itself loses digits: it makes 1 - u of what lies this near to 1. */
const nearOne = 0.9999999

describe('continuous distributions have the quantiles of SciPy, to twelve digits', () => {
  test.each(titled(stored.continuous))('%s', (_, { name, params, points, quantiles }) => {
    const { whole, quantile } = scipyDistribution('c', name, params)
    expect(whole).toBe(false)
    for (const [index, point] of points.entries()) {
      const value = quantile(point)
      const digits = point > nearOne ? 1e-6 : 5e-12
      expect(
        Math.abs(value - quantiles[index]!),
        `at ${point}: ${value}, SciPy ${quantiles[index]}`,
      ).toBeLessThanOrEqual(digits * Math.abs(quantiles[index]!) + 1e-14)
    }
  })
})

describe('discrete distributions have the quantiles of SciPy, exactly', () => {
  test.each(titled(stored.discrete))('%s', (_, { name, params, points, quantiles }) => {
    const { whole, quantile } = scipyDistribution('c', name, params)
    expect(whole).toBe(true)
    // A standard deviation of 100,000: told by the normal distribution with its first correction.
    const wide = name === 'poisson' && params.mu === 1e10
    for (const [index, point] of points.entries()) {
      const off = Math.abs(quantile(point) - quantiles[index]!)
      expect(off, `at ${point}: SciPy ${quantiles[index]}`).toBeLessThanOrEqual(wide ? 1 : 0)
    }
  })
})

test('every distribution is compared with SciPy, and there are more than sixty', () => {
  const compared = [...stored.continuous, ...stored.discrete].map(({ name }) => name)
  expect(scipyNames.filter((name) => !compared.includes(name))).toEqual([])
  expect(scipyNames.length).toBeGreaterThan(60)
})

test('a quantile function never falls', () => {
  for (const { name, params } of [...stored.continuous, ...stored.discrete]) {
    const { quantile } = scipyDistribution('c', name, params)
    let last = Number.NEGATIVE_INFINITY
    for (let step = 0; step < 500; step++) {
      const value = quantile((step + 0.5) / 500)
      expect(value, `${name} ${JSON.stringify(params)} at step ${step}`).toBeGreaterThanOrEqual(last)
      last = value
    }
  }
})

test('the smallest and the largest number that can be drawn give a finite value', () => {
  const heavy = new Set(['burr', 'genpareto'])
  for (const { name, params } of [...stored.continuous, ...stored.discrete]) {
    if (heavy.has(name)) continue
    const { quantile } = scipyDistribution('c', name, params)
    for (const point of [2 ** -53, 1 - 2 ** -53]) {
      expect(Number.isFinite(quantile(point)), `${name} ${JSON.stringify(params)} at ${point}`).toBe(true)
    }
  }
})

test.each<[string, Record<string, number | bigint | string>, string]>([
  ['gausian', {}, 'the distribution "gausian" is not known; known are arcsine,'],
  ['nrom', {}, 'did you mean "norm"'],
  ['constructor', {}, 'the distribution "constructor" is not known'],
  ['norm', { mean: 3 }, 'dist_params has "mean"; norm takes loc, scale.'],
  ['gamma', {}, 'dist_params lacks a; gamma takes a, loc, scale.'],
  ['gamma', { a: 'two' }, 'a of gamma must be a number.'],
  ['gamma', { a: 0 }, 'gamma has a 0; must be above 0.'],
  ['norm', { scale: -1 }, 'scale of norm is -1; it must not be negative.'],
  ['truncnorm', { a: 2, b: 1 }, 'truncnorm has a 2, b 1; a must be below b.'],
  ['binom', { n: 2.5, p: 0.5 }, 'n must be a whole number from 0, p from 0 to 1'],
  ['poisson', { mu: 3, loc: 0.5 }, 'loc of poisson is 0.5; it must be a whole number.'],
  ['poisson', { mu: 3, scale: 2 }, 'dist_params has "scale"; poisson takes mu, loc.'],
  ['zipfian', { a: 1, n: 1e7 }, 'more than four million values'],
])('%s with %o is refused', (name, params, message) => {
  expect(() => scipyDistribution('size', name, params)).toThrow(
    expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(message) }),
  )
})

test('shapes have SciPy names and no distribution is listed twice', () => {
  expect(Object.keys(continuous).filter((name) => name in discrete)).toEqual([])
  for (const { shapes } of [...Object.values(continuous), ...Object.values(discrete)]) {
    expect(new Set(shapes).size).toBe(shapes.length)
  }
})
