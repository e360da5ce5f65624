import { allLocales } from '@faker-js/faker'
import { beforeAll, describe, expect, test } from 'vitest'
import { columnRandom } from '../../../src/base/numbers/random.ts'
import { fits } from '../../../src/base/values/column-type.ts'
import { personFromFakerSampler } from '../../../src/sample/persons/person-from-faker.ts'
import { personLocales } from '../../../src/sample/persons/person-locales.ts'
import type { Sampler } from '../../../src/sample/sampler/sampler.ts'

interface Person {
  readonly [field: string]: string | null
}

const anyCaller = { locale: 'en_US', sex: null, city: null, age_range: [18, 114] } as const

async function loaded(params: Partial<Parameters<typeof personFromFakerSampler>[1]> = {}): Promise<Sampler> {
  const sampler = personFromFakerSampler('who', { ...anyCaller, ...params })
  await sampler.load?.()
  return sampler
}

function people(sampler: Sampler, rows: number, today = '2026-08-07', seed = 1n): Person[] {
  const stream = columnRandom(seed, 'who')
  return Array.from(
    { length: rows },
    (_, row) => sampler.draw(stream(row), { drawn: {}, today }) as unknown as Person,
  )
}

/** Whole years between two dates, counted on the calendar. */
function ageOn(today: string, birth: string): number {
  const years = Number(today.slice(0, 4)) - Number(birth.slice(0, 4))
  return today.slice(5) >= birth.slice(5) ? years : years - 1
}

test.each(['ja_JP', 'zh_CN', 'ko_KR', 'th_TH', 'ne_NP', 'ka_GE', 'hy_AM'])(
  'the e-mail address of a person of %s is the name, spelled as it sounds',
  async (locale) => {
    for (const { email_address } of people(await loaded({ locale }), 50))
      expect(email_address).toMatch(/^[a-z]+[._]?[a-z]*\d{0,2}@example\.(?:com|net|org)$/)
  },
)

test('names of places have no blanks around them, and no two in a row', async () => {
  for (const locale of ['ar_SA', 'hy_AM', 'en_US'])
    for (const { state, street_name, city } of people(await loaded({ locale }), 300))
      for (const text of [state, street_name, city]) expect(text).toBe(text!.replaceAll(/\s+/g, ' ').trim())
})

test('a phone number of Quebec has no extension, whose word is French', async () => {
  for (const { phone_number } of people(await loaded({ locale: 'fr_CA' }), 50))
    expect(phone_number).toMatch(/^[\d -]+$/)
})

describe('a person of the United States', () => {
  let some: Person[] = []
  let sampler: Sampler
  beforeAll(async () => {
    sampler = await loaded({ age_range: [0, 100] })
    some = people(sampler, 2000)
  })

  test('has the type that is announced', () => {
    expect(some.every((person) => fits(sampler.type, person))).toBe(true)
  })
  test('is of the age that the birth date gives today', () => {
    for (const { age, birth_date } of some) expect(ageOn('2026-08-07', birth_date!)).toBe(Number(age))
  })
  test.each(['2024-02-29', '2023-02-28', '2024-03-01', '2026-12-31', '2027-01-01'])(
    'also when today is %s',
    (today) => {
      for (const { age, birth_date } of people(sampler, 3000, today)) {
        expect(ageOn(today, birth_date!), `born ${birth_date}`).toBe(Number(age))
      }
    },
  )
  test('lives in a state whose postcodes begin as theirs do', () => {
    const digits: Readonly<Record<string, RegExp>> = {
      California: /^9[0-6]/,
      Texas: /^(7[5-9]|885)/,
      Maine: /^0(39|4)/,
      Illinois: /^6[0-2]/,
      Florida: /^3[234]/,
      Ohio: /^4[345]/,
    }
    const known = some.filter(({ state }) => state! in digits)
    expect(known.length).toBeGreaterThan(100)
    expect(known.filter(({ state, postcode }) => !digits[state!]!.test(postcode!))).toEqual([])
  })
  test('has an address at which nobody can be reached, made of the name', () => {
    const adults = some.filter(({ age }) => Number(age) >= 18)
    for (const { first_name, last_name, email_address } of adults) {
      expect(email_address).toMatch(/^[a-z0-9._-]+@example\.(com|net|org)$/)
      const letters = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, '')
      expect(email_address).toContain(letters(last_name!))
      expect(
        email_address!.includes(letters(first_name!)) || email_address!.startsWith(letters(first_name!)[0]!),
      ).toBe(true)
    }
  })
  test('has neither phone nor e-mail as a child, is not married and holds no degree', () => {
    const children = some.filter(({ age }) => Number(age) < 18)
    expect(children.length).toBeGreaterThan(200)
    for (const child of children) {
      expect(child).toMatchObject({
        phone_number: null,
        email_address: null,
        marital_status: 'never_married',
        bachelors_field: 'no_degree',
        occupation: 'student',
      })
    }
  })
  test('has a field of study exactly with a degree', () => {
    for (const { education_level, bachelors_field } of some) {
      expect(bachelors_field !== 'no_degree').toBe(
        ['bachelors', 'graduate', 'doctorate'].includes(education_level!),
      )
    }
  })
  test('has a phone number without an extension', () => {
    const numbers = some.flatMap(({ phone_number }) => phone_number ?? [])
    expect(numbers.filter((number) => !/^[\d\s().+-]+$/.test(number))).toEqual([])
  })
  test('lives in the country of the locale', () => {
    expect(new Set(some.map(({ country }) => country))).toEqual(new Set(['United States']))
  })
  test('is hardly ever met twice', () => {
    expect(new Set(some.map(({ uuid }) => uuid)).size).toBe(some.length)
    expect(
      new Set(some.map(({ first_name, last_name }) => `${first_name} ${last_name}`)).size,
    ).toBeGreaterThan(1900)
  })
})

test('sex, city and age are as asked', async () => {
  const women = people(
    await loaded({ sex: 'Female', city: ['Paris', 'Lyon'], age_range: [30, 31], locale: 'fr_FR' }),
    200,
  )
  expect(new Set(women.map(({ sex }) => sex))).toEqual(new Set(['Female']))
  expect(new Set(women.map(({ city }) => city))).toEqual(new Set(['Paris', 'Lyon']))
  expect(new Set(women.map(({ age }) => Number(age)))).toEqual(new Set([30, 31]))
  const { female = [], generic = [] } = allLocales.fr.person?.first_name ?? {}
  const names: readonly string[] = [...female, ...generic]
  expect(women.every(({ first_name }) => names.includes(first_name!))).toBe(true)
})

test('a row is the same person whatever was drawn before it, and others with another seed', async () => {
  const sampler = await loaded()
  const forward = people(sampler, 20)
  const stream = columnRandom(1n, 'who')
  const backward = Array.from({ length: 20 }, (_, at) =>
    sampler.draw(stream(19 - at), { drawn: {}, today: '2026-08-07' }),
  )
  expect(backward.reverse()).toEqual(forward)
  expect(people(sampler, 20, '2026-08-07', 2n)).not.toEqual(forward)
})

test.each(Object.keys(personLocales))('%s has persons of its own', async (locale) => {
  const sampler = await loaded({ locale })
  const some = people(sampler, 30)
  const { lacks } = personLocales[locale]!
  for (const person of some) {
    expect(fits(sampler.type, person)).toBe(true)
    expect(
      Object.entries(person)
        .flatMap(([key, value]) => (value === null ? [key] : []))
        .sort(),
    ).toEqual(['middle_name', ...lacks.map((what) => (what === 'phone' ? 'phone_number' : what))].sort())
    expect(person.email_address).toMatch(/^[a-z0-9._-]+@example\.(com|net|org)$/)
    expect(person.street_number).toMatch(/^[^\s,]/)
  }
})

test('the locale table says which word lists would come out in English', () => {
  const lists: Readonly<Record<string, { location?: object; phone_number?: object; person?: object }>> =
    allLocales
  const own = (name: string): readonly string[] => {
    const language = name.split('_')[0]!
    return name === language ? [name] : [name, language]
  }
  for (const [name, { lists: list, lacks }] of Object.entries(personLocales)) {
    const chain = own(list).flatMap((each) => lists[each] ?? [])
    const has = (part: 'location' | 'phone_number' | 'person', key: string): boolean =>
      chain.some(
        (each) => Object.keys((each[part] as Record<string, object> | undefined)?.[key] ?? {}).length > 0,
      )
    expect([has('person', 'first_name'), has('person', 'last_name')], name).toEqual([true, true])
    expect(has('location', 'city_name') || has('location', 'city_pattern'), name).toBe(true)
    expect(has('location', 'state'), `${name}: state`).toBe(
      !lacks.includes('state') || ['en_IE'].includes(name),
    )
    expect(has('location', 'postcode'), `${name}: postcode`).toBe(!lacks.includes('postcode'))
    expect(has('phone_number', 'format'), `${name}: phone`).toBe(!lacks.includes('phone'))
  }
})

test('a locale without word lists of its own is refused, and the others are named', () => {
  expect(() => personFromFakerSampler('who', { ...anyCaller, locale: 'en_UK' })).toThrow(
    'Column "who": there are no persons for the locale "en_UK"; did you mean "en_',
  )
})
