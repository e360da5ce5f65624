import { describe, expect, test } from 'vitest'
import { columnRandom } from '../../../src/base/numbers/random.ts'
import type { ValueObject } from '../../../src/base/values/value.ts'
import { type PersonRecords, personSampler } from '../../../src/sample/persons/person.ts'
import { usStates } from '../../../src/sample/persons/us-states.ts'

type Person = Readonly<Record<string, string | null>>

/** A dataset of one. */
const only = (record: ValueObject): PersonRecords => ({
  fields: Object.keys(record).map((name) => ({ name, type: { kind: name === 'age' ? 'int' : 'string' } })),
  count: 1,
  read: async (indices) => indices.map(() => record),
})

const params = {
  sampler_type: 'person',
  locale: 'en_US',
  sex: null,
  city: null,
  age_range: [0, 114],
  select_field_values: null,
  with_synthetic_personas: false,
} as const

const anna: ValueObject = { first_name: 'Änna', last_name: "O'Brien", age: 40n, state: 'NY' }

async function drawn(record: ValueObject, rows: number, today = '2026-08-07', locale = 'en_US' as const) {
  const sampler = personSampler('who', { ...params, locale, age_range: [0, 114] }, only(record))
  const streams = () => Array.from({ length: rows }, (_, row) => columnRandom(1n, 'who')(row))
  const ahead = await sampler.ahead!(streams)
  return streams().map(
    (random, row) => sampler.draw(random, { drawn: {}, today, ahead: ahead[row]! }) as unknown as Person,
  )
}

/** Whole years between two dates, counted on the calendar. */
function ageOn(today: string, birth: string): number {
  const years = Number(today.slice(0, 4)) - Number(birth.slice(0, 4))
  return today.slice(5) >= birth.slice(5) ? years : years - 1
}

test.each([anna, { ...anna, locale: 'en' }])('a person has the locale of the column', async (record) => {
  const { type } = personSampler('who', { ...params, age_range: [0, 114] }, only(record))
  const names = type.kind === 'struct' ? type.fields.map(({ name }) => name) : []
  expect(names.filter((name) => name === 'locale')).toEqual(['locale'])
  const [person] = await drawn(record, 1)
  expect(person!.locale).toBe('en_US')
  expect(new Set(Object.keys(person!))).toEqual(new Set(names))
})

describe('what is derived from a record', () => {
  test.each(['2024-02-29', '2023-02-28', '2024-03-01', '2026-12-31'])(
    'a birth date gives the age when today is %s',
    async (today) => {
      for (const age of [0n, 20n, 40n, 100n]) {
        for (const { birth_date } of await drawn({ ...anna, age }, 800, today)) {
          expect(ageOn(today, birth_date!), `born ${birth_date}`).toBe(Number(age))
        }
      }
    },
  )

  test('an e-mail address is of the name, in plain letters; a child has none, nor a phone number', async () => {
    for (const { email_address } of await drawn(anna, 200)) {
      expect(email_address).toMatch(/^(a(nna)?[._]?obrien|obrien\.anna)\d*@example\.(com|net|org)$/)
    }
    const [child] = await drawn({ ...anna, age: 17n }, 1)
    expect(child).toMatchObject({ email_address: null, phone_number: null })
  })

  test('a name in another script has an address all the same', async () => {
    const [person] = await drawn({ ...anna, first_name: '花子', last_name: '山田' }, 1)
    expect(person!.email_address).toMatch(/^person\d{6}@example\.(com|net|org)$/)
  })

  test('a phone number has ten digits, most often of the state', async () => {
    const numbers = (await drawn(anna, 5000)).map(({ phone_number }) => phone_number!)
    for (const number of numbers) expect(number).toMatch(/^[2-9]\d\d-[2-9](?!11)\d\d-\d{4}$/)
    const own = numbers.filter((number) => usStates.NY!.areaCodes.includes(Number(number.slice(0, 3))))
    expect(own.length / numbers.length).toBeGreaterThan(0.88)
    expect(own.length).toBeLessThan(numbers.length)
  })

  test('a social security number has an area of the state only for those who were born there', async () => {
    const areas = (await drawn(anna, 5000)).map(({ national_id }) => Number(national_id!.slice(0, 3)))
    const own = areas.filter((area) => area >= 50 && area <= 134).length / areas.length
    // 60 % were born there; of the others, 85 in 772 draw an area of it all the same.
    expect(own).toBeGreaterThan(0.61)
    expect(own).toBeLessThan(0.68)
    const young = await drawn({ ...anna, age: 5n }, 5000)
    const byLot = young.map(({ national_id }) => Number(national_id!.slice(0, 3)))
    expect(byLot.filter((area) => area >= 50 && area <= 134).length / byLot.length).toBeLessThan(0.13)
  })

  test.each(Object.entries(usStates))(
    'the numbers of %s are possible ones',
    (_, { areaCodes, areaNumbers }) => {
      const [first, last] = areaNumbers
      expect(first).toBeLessThanOrEqual(last)
      expect(first > 0 && last < 773 && (last < 666 || first > 666)).toBe(true)
      for (const code of areaCodes) expect(String(code)).toMatch(/^[2-9]\d\d$/)
    },
  )

  test('the same row has the same person, whichever rows are read with it', async () => {
    const many = await drawn(anna, 30)
    expect(await drawn(anna, 5)).toEqual(many.slice(0, 5))
  })
})

test('a sampler whose records nobody has read cannot be drawn from', () => {
  const sampler = personSampler('who', { ...params, age_range: [0, 114] }, null)
  expect(sampler.unread).toBe(true)
  expect(() => sampler.draw(columnRandom(1n, 'who')(0), { drawn: {}, today: '2026-08-07' })).toThrow(
    expect.objectContaining({ code: 'internal' }),
  )
})
