/**
 * Each sampler against its theoretical distribution, over twenty seeds: at most one below p = 0.01. The seeds are fixed, so this
 * either holds or does not. Numbers are put into ten classes that are equally likely by the distribution (fewer where values
 * are few); the classes come from SciPy's quantiles or from counting, not from the code under test.
 */
import { describe, expect, test } from 'vitest'
import { columnRandom } from '../../src/base/numbers/random.ts'
import type { Value } from '../../src/base/values/value.ts'
import {
  bernoulliMixtureSampler,
  bernoulliSampler,
  binomialSampler,
  poissonSampler,
} from '../../src/sample/numeric/counts.ts'
import { gaussianSampler } from '../../src/sample/numeric/gaussian.ts'
import { scipySampler } from '../../src/sample/numeric/scipy.ts'
import { uniformSampler } from '../../src/sample/numeric/uniform.ts'
import { type PersonRecords, personSampler } from '../../src/sample/persons/person.ts'
import { personFromFakerSampler } from '../../src/sample/persons/person-from-faker.ts'
import { categorySampler } from '../../src/sample/plain/category.ts'
import { datetimeSampler, timedeltaSampler } from '../../src/sample/plain/moments.ts'
import { subcategorySampler } from '../../src/sample/plain/subcategory.ts'
import { uuidSampler } from '../../src/sample/plain/uuid.ts'
import type { Sampler } from '../../src/sample/sampler/sampler.ts'
import { drawRows } from './drawing.ts'

const ROWS = 4000
/** The value that chi-square exceeds in one of a hundred cases, by degrees of freedom; NIST/SEMATECH e-Handbook 1.3.6.7.4. */
const limits = [0, 6.635, 9.21, 11.345, 13.277, 15.086, 16.812, 18.475, 20.09, 21.666, 23.209, 24.725]

/** @param shares of each class, by the theory; @param classOf the class of a value */
function fits(sampler: Sampler, shares: readonly number[], classOf: (value: Value) => number): void {
  areOf(
    seeds.map((seed) => drawRows(sampler, ROWS, seed)),
    shares,
    classOf,
  )
}

const seeds = Array.from({ length: 20 }, (_, index) => 21n + BigInt(index))

/** @param drawn by seed, `ROWS` each */
function areOf(
  drawn: readonly (readonly Value[])[],
  shares: readonly number[],
  classOf: (value: Value) => number,
): void {
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
  const worse: number[] = []
  for (const values of drawn) {
    const counts = shares.map(() => 0)
    for (const value of values) counts[classOf(value)]!++
    const chiSquare = shares.reduce(
      (sum, share, index) => sum + (counts[index]! - share * ROWS) ** 2 / (share * ROWS),
      0,
    )
    if (chiSquare > limits[shares.length - 1]!) worse.push(chiSquare)
  }
  expect(worse.length, `chi-square ${worse.join(', ')}`).toBeLessThanOrEqual(1)
}

const tenths = new Array<number>(10).fill(0.1)
/** The class of a number among ascending bounds. */
const among = (bounds: readonly number[]) => (value: Value) => {
  const index = bounds.findIndex((bound) => Number(value) < bound)
  return index < 0 ? bounds.length : index
}

/** Deciles by SciPy 1.17. */
const deciles = {
  norm: [
    -1.2815515655446006, -0.8416212335729142, -0.5244005127080409, -0.2533471031357997, 0, 0.2533471031357997,
    0.5244005127080407, 0.8416212335729143, 1.2815515655446004,
  ],
  gamma: [0.8050746, 1.1695125, 1.5001218, 1.8279167, 2.1757301, 2.5655991, 3.0322135, 3.6446381, 4.6179338],
}

const plain = { decimal_places: null }
const scipy = (name: string, params: Record<string, number>) =>
  scipySampler('c', { dist_name: name, dist_params: params, ...plain }, null)
const binomial20 = [
  0.00079792, 0.00683933, 0.02784587, 0.07160367, 0.13042097, 0.17886306, 0.19163899, 0.16426199, 0.11439674,
  0.06536957,
]

describe('over twenty seeds, a sampler has its distribution', () => {
  test('uuid', () =>
    fits(
      uuidSampler({ prefix: null, short_form: true, uppercase: false }),
      new Array(8).fill(0.125),
      (value) => Number.parseInt(String(value)[7]!, 16) >> 1,
    ))
  test('category', () =>
    fits(
      categorySampler('c', { values: [0n, 1n, 2n, 3n], weights: [1, 2, 3, 4] }, null),
      [0.1, 0.2, 0.3, 0.4],
      Number,
    ))
  test('subcategory', () => {
    const parent = { name: 'p', values: ['x'], conversion: null }
    const sampler = subcategorySampler('c', { values: { x: [0n, 1n, 2n, 3n, 4n] } }, null, parent)
    const ofParent: Sampler = {
      ...sampler,
      draw: (random) => sampler.draw(random, { drawn: { p: 'x' }, today: '' }),
    }
    fits(ofParent, new Array(5).fill(0.2), Number)
  })
  test('uniform', () =>
    fits(uniformSampler('c', { low: -5, high: 5, ...plain }, null), tenths, (value) =>
      Math.floor(Number(value) + 5),
    ))
  test('gaussian', () =>
    fits(
      gaussianSampler('c', { mean: 10, stddev: 2, ...plain }, null),
      tenths,
      among(deciles.norm.map((z) => 10 + 2 * z)),
    ))
  test('bernoulli', () => fits(bernoulliSampler('c', { p: 0.3 }, null), [0.7, 0.3], Number))
  test('bernoulli_mixture', () => {
    const sampler = bernoulliMixtureSampler('c', { p: 0.4, dist_name: 'expon', dist_params: {} }, null)
    // Zero, or one of four quarters of an exponential distribution.
    const quarters = among([Math.log(4 / 3), Math.log(2), Math.log(4)])
    fits(sampler, [0.6, 0.1, 0.1, 0.1, 0.1], (value) => (value === 0 ? 0 : 1 + quarters(value)))
  })
  test('binomial', () => {
    const low = binomial20.slice(2)
    const rest = 1 - binomial20.reduce((sum, share) => sum + share, 0)
    const shares = [binomial20[0]! + binomial20[1]! + low[0]!, ...low.slice(1), rest]
    fits(binomialSampler('c', { n: 20, p: 0.3 }, null), shares, (value) =>
      Math.min(8, Math.max(0, Number(value) - 2)),
    )
  })
  test.each([0.8, 4, 30])('poisson, mean %d', (mean) => {
    const shares: number[] = []
    let share = Math.exp(-mean)
    const from = Math.max(0, Math.floor(mean) - 4)
    for (let k = 1; k <= from; k++) share *= mean / k
    for (let k = from; k < from + 9; k++, share *= mean / k) shares.push(share)
    const below = mean < 5 ? 0 : lowerPoisson(mean, from)
    shares[0]! += below
    const classes = shares.filter((item) => item * ROWS > 5)
    const rest = 1 - classes.reduce((sum, item) => sum + item, 0)
    fits(poissonSampler('c', { mean }, null), [...classes, rest], (value) =>
      Math.min(classes.length, Math.max(0, Number(value) - from)),
    )
  })
  test('scipy: norm', () => fits(scipy('norm', {}), tenths, among(deciles.norm)))
  test('scipy: gamma', () => fits(scipy('gamma', { a: 2.5 }), tenths, among(deciles.gamma)))
  test('scipy: randint', () =>
    fits(scipy('randint', { low: 3, high: 13 }), tenths, (value) => Number(value) - 3))
  test('datetime', () => {
    const sampler = datetimeSampler('c', { start: '2024-01-01', end: '2024-01-11', unit: 's' }, null)
    fits(sampler, tenths, (value) => Number(String(value).slice(8, 10)) - 1)
  })
  test('timedelta', () => {
    const params = { dt_min: 0, dt_max: 10, reference_column_name: 'r', unit: 'D' } as const
    const sampler = timedeltaSampler('c', params, null)
    const drawn = { r: '2024-01-01T00:00:00' }
    fits(
      { ...sampler, draw: (random) => sampler.draw(random, { drawn, today: '' }) },
      tenths,
      (value) => Number(String(value).slice(8, 10)) - 1,
    )
  })
  test('person: every record that matches', async () => {
    const records: PersonRecords = {
      fields: ['first_name', 'last_name', 'age'].map((name) => ({
        name,
        type: { kind: name === 'age' ? 'int' : 'string' },
      })),
      count: 10,
      read: async (indices) =>
        indices.map((index) => ({ first_name: 'A', last_name: 'B', age: BigInt(index) })),
    }
    const asked = { locale: 'ja_JP', sex: null, city: null, age_range: [0, 114] } as const
    const more = {
      select_field_values: null,
      with_synthetic_personas: false,
      sampler_type: 'person',
    } as const
    const sampler = personSampler('c', { ...asked, age_range: [0, 114], ...more }, records)
    const drawn = seeds.map(async (seed) => {
      const streams = () => Array.from({ length: ROWS }, (_, row) => columnRandom(seed, 'c')(row))
      const ahead = await sampler.ahead!(streams)
      return streams().map((random, row) =>
        sampler.draw(random, { drawn: {}, today: '2026-08-07', ahead: ahead[row]! }),
      )
    })
    areOf(await Promise.all(drawn), tenths, (value) => Number((value as { age: bigint }).age))
  })
  test('person_from_faker: ages and sexes', async () => {
    const sampler = personFromFakerSampler('c', {
      locale: 'fi_FI',
      sex: null,
      city: null,
      age_range: [20, 24],
    })
    await sampler.load?.()
    fits(sampler, new Array(10).fill(0.1), (value) => {
      const { age, sex } = value as { age: bigint; sex: string }
      return Number(age) - 20 + (sex === 'Male' ? 5 : 0)
    })
  })
})

function lowerPoisson(mean: number, from: number): number {
  let sum = 0
  let share = Math.exp(-mean)
  for (let k = 0; k < from; k++, share *= mean / k) sum += share
  return sum
}

describe('at the edges', () => {
  const only = (sampler: Sampler): Value => {
    const values = new Set(drawRows(sampler, 200))
    expect(values.size).toBe(1)
    return [...values][0]!
  }
  test('a standard deviation of 0 gives the mean', () =>
    expect(only(gaussianSampler('c', { mean: 7, stddev: 0, ...plain }, null))).toBe(7))
  test('a range of no width gives its bound', () =>
    expect(only(uniformSampler('c', { low: 3, high: 3, ...plain }, null))).toBe(3))
  test('bernoulli of 0 and 1 is certain', () => {
    expect(only(bernoulliSampler('c', { p: 0 }, null))).toBe(0n)
    expect(only(bernoulliSampler('c', { p: 1 }, null))).toBe(1n)
  })
  test('binomial without trials, without chance, with certainty', () => {
    expect(only(binomialSampler('c', { n: 0, p: 0.5 }, null))).toBe(0n)
    expect(only(binomialSampler('c', { n: 9, p: 0 }, null))).toBe(0n)
    expect(only(binomialSampler('c', { n: 9, p: 1 }, null))).toBe(9n)
  })
  test('poisson of 0 is 0', () => expect(only(poissonSampler('c', { mean: 0 }, null))).toBe(0n))
  test('a mixture of 0 is 0, and keeps the seed of its cell', () => {
    const mixture = (p: number) =>
      bernoulliMixtureSampler('c', { p, dist_name: 'expon', dist_params: {} }, null)
    expect(only(mixture(0))).toBe(0)
    expect(drawRows(mixture(1), 5, 9n)).toEqual(drawRows(scipy('expon', {}), 5, 9n))
    expect(drawRows(mixture(1), 5, 9n)).not.toEqual(drawRows(mixture(1), 5, 10n))
  })
  test.each([1e5, 1e9, 1e15])('poisson of %d stays near its mean', (mean) => {
    const drawn = drawRows(poissonSampler('c', { mean }, null), 2000).map(
      (value) => (Number(value) - mean) / Math.sqrt(mean),
    )
    const average = drawn.reduce((sum, z) => sum + z, 0) / drawn.length
    const variance = drawn.reduce((sum, z) => sum + (z - average) ** 2, 0) / drawn.length
    expect(Math.abs(average)).toBeLessThan(3.5 / Math.sqrt(2000))
    expect(Math.abs(variance - 1)).toBeLessThan(3.5 * Math.sqrt(2 / 2000))
  })
  test('weights of zero are never drawn', () =>
    expect(only(categorySampler('c', { values: ['a', 'b', 'c'], weights: [0, 1, 0] }, null))).toBe('b'))
  test.each<[string, () => Sampler, string]>([
    [
      'gaussian',
      () => gaussianSampler('c', { mean: 0, stddev: -1, ...plain }, null),
      'stddev is -1; it must not be negative',
    ],
    ['binomial', () => binomialSampler('c', { n: -1, p: 0.5 }, null), 'n is -1; it must not be negative'],
    ['poisson', () => poissonSampler('c', { mean: -1 }, null), 'mean is -1; it must be from 0 to 1e15'],
  ])('%s refuses what no distribution has', (_, build, message) => expect(build).toThrow(message))
  test('numbers that no integer can hold have no value', () =>
    expect(() => drawRows(gaussianSampler('c', { mean: 1e30, stddev: 1, ...plain }, 'int'), 1)).toThrow(
      'A value of column "c" is no integer of 64 bits',
    ))
})

test('conversion: integers are rounded once, text shows the rounded places, floats of whole numbers', () => {
  const normal = { mean: 0, stddev: 1, decimal_places: 2 }
  expect(
    drawRows(gaussianSampler('c', normal, 'str'), 50).every((value) => /^-?\d\.\d{1,2}$/.test(String(value))),
  ).toBe(true)
  expect(
    drawRows(gaussianSampler('c', { ...normal, stddev: 5 }, 'int'), 50).every(
      (value) => typeof value === 'bigint',
    ),
  ).toBe(true)
  expect(drawRows(bernoulliSampler('c', { p: 1 }, 'float'), 1)).toEqual([1])
  expect(drawRows(bernoulliSampler('c', { p: 1 }, 'str'), 1)).toEqual(['1'])
})
