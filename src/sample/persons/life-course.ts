/**
 * What a person of an age can have behind them. The shares are rough, of no census and no country; what is impossible at an
 * age has none.
 */
import { present } from '../../base/errors/present.ts'
import { pick, type Random } from '../../base/numbers/random.ts'

/** Shares out of a hundred, up to an age. */
interface Band {
  readonly below: number
  readonly shares: Readonly<Record<string, number>>
}

const marriage: readonly Band[] = [
  { below: 18, shares: { never_married: 100 } },
  { below: 30, shares: { never_married: 77, married_present: 21, divorced: 1, separated: 1 } },
  { below: 45, shares: { never_married: 34, married_present: 55, divorced: 8, separated: 3 } },
  { below: 65, shares: { never_married: 15, married_present: 60, divorced: 18, separated: 3, widowed: 4 } },
  { below: 80, shares: { never_married: 7, married_present: 59, divorced: 16, separated: 2, widowed: 16 } },
  {
    below: Number.POSITIVE_INFINITY,
    shares: { never_married: 5, married_present: 36, divorced: 8, separated: 1, widowed: 50 },
  },
]

const education: readonly Band[] = [
  { below: 18, shares: { secondary_education: 100 } },
  { below: 21, shares: { secondary_education: 55, some_college: 45 } },
  { below: 24, shares: { secondary_education: 34, some_college: 32, associates: 10, bachelors: 24 } },
  {
    below: 28,
    shares: { secondary_education: 33, some_college: 20, associates: 10, bachelors: 30, graduate: 7 },
  },
  {
    below: Number.POSITIVE_INFINITY,
    shares: {
      secondary_education: 37,
      some_college: 16,
      associates: 9,
      bachelors: 23,
      graduate: 12,
      doctorate: 3,
    },
  },
]

const bachelorsFields = ['stem', 'business', 'education', 'arts_humanities', 'stem_related'] as const

/** Whether a person of this age is married, and was. */
export function maritalStatusAt(random: Random, age: number): string {
  return pickAt(random, marriage, age)
}

/** The highest education a person of this age has. */
export function educationAt(random: Random, age: number): string {
  return pickAt(random, education, age)
}

/** The field of a bachelor's degree; `no_degree` for those who have none. */
export function fieldOf(random: Random, level: string): string {
  const field = pick(random, bachelorsFields)
  return level === 'bachelors' || level === 'graduate' || level === 'doctorate' ? field : 'no_degree'
}

function pickAt(random: Random, bands: readonly Band[], age: number): string {
  const { shares } = present(
    bands.find(({ below }) => age < below),
    'bands of ages',
  )
  let point = random.below(100)
  for (const [name, share] of Object.entries(shares)) {
    if (point < share) return name
    point -= share
  }
  throw new RangeError('Shares do not add up to a hundred')
}
