/** Agreement of judges. Figures are those of scikit-learn 1.9.1 and krippendorff 0.9.0, which `npm run quality` asks again. */
import { expect, test } from 'vitest'
import { type Agreement, type AgreementLevel, agreementOf, type Label } from '../../src/quality/agreement.ts'

function agreementOfRows(level: AgreementLevel, ...judges: (readonly Label[])[]): Agreement {
  const rows = judges[0]?.map((_, at) => ({ labels: judges.map((labels) => labels[at] ?? null), rows: 1 }))
  return agreementOf(rows ?? [], level)
}

const a = [1, 2, 3, 4, 5, 3, 2, 1, 4, 5]
const b = [1, 2, 4, 4, 5, 2, 2, 1, 5, 5]

test('kappa and alpha are those of scikit-learn and krippendorff', () => {
  const levels = (['nominal', 'ordinal', 'interval'] as const).map((level) => agreementOfRows(level, a, b))
  expect(levels.map(({ kappa }) => kappa)).toEqual([0.625, 0.625, 0.625])
  expect(levels[0]?.kappa_quadratic).toBeNull()
  expect(levels[1]?.kappa_quadratic).toBeCloseTo(0.9333333333333333, 12)
  expect(levels[0]?.alpha).toBeCloseTo(0.6369426751592357, 12)
  expect(levels[1]?.alpha).toBeCloseTo(0.9378644602048858, 12)
  expect(levels[2]?.alpha).toBeCloseTo(0.9365962180200222, 12)
  expect(levels[1]).toMatchObject({ rows: 10, raw_agreement: 0.7, base_rate: 0.25, labels: [1, 2, 3, 4, 5] })
})

test('much raw agreement can be little more than chance: the base rate stands next to it', () => {
  const patterns = [
    { labels: ['yes', 'yes'], rows: 95 },
    { labels: ['no', 'yes'], rows: 2 },
    { labels: ['no', 'no'], rows: 3 },
  ]
  const found = agreementOf(patterns, 'nominal')
  expect(found).toMatchObject({
    raw_agreement: 0.98,
    base_rate: 0.96,
    confusion: [
      [3, 2],
      [0, 95],
    ],
  })
  expect(found.kappa).toBeCloseTo(0.7402597402597403, 12)
})

test('missing labels: kappa leaves such rows out, alpha uses every row with two labels', () => {
  const found = agreementOfRows('nominal', [1, 1, null, 2, 1], [1, 2, 2, 2, null], [1, null, 2, 2, null])
  expect(found).toMatchObject({ rows: 4, unpaired: 1, kappa: null, confusion: null })
  expect(found.alpha).toBeCloseTo(0.625, 12)
})

const undefinedCases: readonly [what: string, labels: readonly (readonly Label[])[], because: string][] = [
  [
    'one label only',
    [
      [3, 3, 3],
      [3, 3, 3],
    ],
    'there is one label only',
  ],
  ['no rows', [[], []], 'no row has two labels'],
  [
    'one judge gave none',
    [
      [1, 2],
      [null, null],
    ],
    'no row has two labels',
  ],
]

test.each(undefinedCases)('not defined, neither 1 nor 0: %s', (_, [first = [], second = []], because) => {
  const found = agreementOfRows('ordinal', first, second)
  expect(found).toMatchObject({ kappa: null, kappa_quadratic: null, alpha: null, undefined_because: because })
})

test('one other label among equal ones leaves no more agreement than chance', () => {
  const found = agreementOfRows('nominal', [3, 3, 3, 3, 3], [3, 3, 3, 3, 1])
  expect(found).toMatchObject({ raw_agreement: 0.8, base_rate: 0.9, kappa: 0 })
  expect(found.alpha).toBeCloseTo(0, 12)
})

test('texts as labels are compared as nominal where numbers are needed', () => {
  expect(agreementOfRows('interval', ['a', 'b'], ['a', 'a']).level).toBe('nominal')
})

test('a judge that gives one label and another that varies agree by chance: kappa is 0', () => {
  expect(agreementOfRows('nominal', [1, 1, 1, 1], [1, 2, 1, 2]).kappa).toBe(0)
})

test('more labels than can be compared are said to be too many', () => {
  const many = Array.from({ length: 201 }, (_, at) => at / 7)
  expect(agreementOfRows('interval', many, many)).toMatchObject({
    alpha: null,
    raw_agreement: null,
    undefined_because: 'there are 201 different labels, more than 200',
  })
})
