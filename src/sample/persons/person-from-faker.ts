/**
 * Persons made of a locale's word lists: one record whose parts fit each other as far as word lists can show.
 *
 * What fits: names, cities, streets and phone numbers are of one locale, the country is the locale's, the first name is of the
 * sex, the e-mail address is of the name, the birth date gives the age today, schooling and marriage are possible at that age,
 * and in the United States the postcode is of the state. What does not: cities are not those of their state, and shares of
 * names and ages are of no census.
 *
 * No real address or inbox: e-mail addresses are at example.com, .net and .org, which have no owner (RFC 2606).
 */

import type { Faker } from '@faker-js/faker'
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { Random } from '../../base/numbers/random.ts'
import { pick } from '../../base/numbers/random.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import type { Value } from '../../base/values/value.ts'
import { didYouMean } from '../../config/reading/suggest.ts'
import { hyphenated, uuidDigits } from '../plain/uuid.ts'
import type { Sampler } from '../sampler/sampler.ts'
import { educationAt, fieldOf, maritalStatusAt } from './life-course.ts'
import { ADULT, birthDate, emailDomains, latin, spelledOut, userName } from './person-details.ts'
import { type PersonLocale, personLocales } from './person-locales.ts'

interface PersonParams {
  readonly locale: string
  readonly sex: 'Male' | 'Female' | null
  readonly city: string | readonly string[] | null
  readonly age_range: readonly number[]
}

const fields = [
  'uuid',
  'locale',
  'first_name',
  'last_name',
  'middle_name',
  'sex',
  'street_number',
  'street_name',
  'city',
  'state',
  'postcode',
  'age',
  'birth_date',
  'country',
  'marital_status',
  'education_level',
  'unit',
  'occupation',
  'phone_number',
  'bachelors_field',
  'email_address',
] as const

type Person = Record<(typeof fields)[number], Value>

const personType: ColumnType = {
  kind: 'struct',
  fields: fields.map((name) => ({ name, type: { kind: name === 'age' ? 'int' : 'string' } })),
}

/**
 * Records of people who do not exist. Phone number and e-mail address are null under 18, a state or a postcode is null where
 * the locale has none.
 *
 * @throws RowsmithError config_invalid for a locale whose word lists would be English
 */
export function personFromFakerSampler(column: string, params: PersonParams): Sampler {
  const locale = Object.hasOwn(personLocales, params.locale) ? personLocales[params.locale] : undefined
  if (locale === undefined) throw unknownLocale(column, params.locale)
  const cities = typeof params.city === 'string' ? [params.city] : (params.city ?? [])
  const [youngest = 0, oldest = youngest] = params.age_range
  const source = new WordLists(locale)
  return {
    type: personType,
    extras: ['email_address'],
    load: () => source.load(),
    draw: (random, { today }) => {
      const faker = source.from(random)
      const uuid = hyphenated(uuidDigits(random))
      const sex = params.sex ?? (random.below(2) === 0 ? 'Male' : 'Female')
      const age = youngest + random.below(oldest - youngest + 1)
      const birth_date = birthDate(random, age, today)
      const kind = sex === 'Male' ? 'male' : 'female'
      const first_name = faker.person.firstName(kind)
      const last_name = faker.person.lastName(kind)
      const place = placeOf(faker, locale)
      const education = educationAt(random, age)
      const person: Person = {
        uuid,
        locale: params.locale,
        first_name,
        last_name,
        middle_name: null,
        sex,
        ...place,
        city: cities.length > 0 ? pick(random, cities) : tidy(faker.location.city()),
        age: BigInt(age),
        birth_date,
        country: locale.country,
        marital_status: maritalStatusAt(random, age),
        education_level: education,
        unit: '',
        occupation: age < ADULT ? 'student' : faker.person.jobTitle(),
        phone_number: age < ADULT || locale.lacks.includes('phone') ? null : phoneNumber(faker),
        bachelors_field: fieldOf(random, education),
        email_address: age < ADULT ? null : emailAddress(faker, random, first_name, last_name, birth_date),
      }
      return person
    },
  }
}

/** A locale's word lists, once they are there, drawing from the cell's stream. */
class WordLists {
  readonly #locale: PersonLocale
  #random: Random | undefined
  #faker: Faker | undefined

  constructor(locale: PersonLocale) {
    this.#locale = locale
  }

  async load(): Promise<void> {
    if (this.#faker !== undefined) return
    const module: { readonly faker: Faker } = await import(`@faker-js/faker/locale/${this.#locale.lists}`)
    const { faker } = module
    // The package as a whole would load every locale; a locale's instance has the class at hand.
    const Class = faker.constructor as typeof Faker
    this.#faker = new Class({
      locale: faker.rawDefinitions,
      randomizer: { next: () => present(this.#random, 'the stream of the cell').float(), seed: () => {} },
    })
  }

  from(random: Random): Faker {
    if (this.#faker === undefined)
      throw new RowsmithError('internal', 'Word lists are drawn from before they are there')
    this.#random = random
    return this.#faker
  }
}

function placeOf(
  faker: Faker,
  { lacks, lists }: PersonLocale,
): Pick<Person, 'street_number' | 'street_name' | 'state' | 'postcode'> {
  // Some lists write the number as it stands after a street: ", 12".
  const street_number = faker.location.buildingNumber().replace(/^[\s,]+/, '')
  const street_name = tidy(faker.location.street())
  const state = lacks.includes('state') ? null : tidy(faker.location.state())
  if (lacks.includes('postcode')) return { street_number, street_name, state, postcode: null }
  const postcode = lists === 'en_US' && state !== null ? postcodeIn(faker, state) : faker.location.zipCode()
  return { street_number, street_name, state, postcode }
}

/** Some lists have blanks around a word, or two in a row. */
function tidy(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** Postcodes are listed by the abbreviation of the state, which stands at the same place as its name. */
function postcodeIn(faker: Faker, state: string): string {
  const { state: names, state_abbr: abbreviations } = faker.rawDefinitions.location ?? {}
  const abbreviation = abbreviations?.[names?.indexOf(state) ?? -1]
  return abbreviation === undefined
    ? faker.location.zipCode('#####')
    : faker.location.zipCode({ state: abbreviation })
}

/** Without an extension, which belongs to an office. */
function phoneNumber(faker: Faker): string {
  return faker.phone.number().replace(/ ?x\d+$|, poste \d+$/, '')
}

function emailAddress(
  faker: Faker,
  random: Random,
  firstName: string,
  lastName: string,
  birthDate: string,
): string {
  const first = latin(firstName)
  const last = latin(lastName)
  const shape = random.below(5)
  const suffix = pick(random, ['', '', birthDate.slice(2, 4), String(1 + random.below(99))])
  const domain = pick(random, emailDomains)
  // The word lists spell Cyrillic, Hebrew and Arabic out by a table of their own, and write other scripts as numbers.
  const isSpelled = /^[\p{scx=Latin}\p{scx=Cyrillic}\p{scx=Hebrew}\p{scx=Arabic}\P{L}]*$/u.test(
    firstName + lastName,
  )
  const name =
    first !== '' && last !== ''
      ? userName(first, last, shape)
      : isSpelled
        ? faker.internet.username({ firstName, lastName }).toLowerCase()
        : userName(spelledOut(firstName), spelledOut(lastName), shape)
  return `${name}${suffix}@${domain}`
}

function unknownLocale(column: string, name: string): RowsmithError {
  const known = Object.keys(personLocales)
  const shown = JSON.stringify(name.slice(0, 80))
  return new RowsmithError(
    'config_invalid',
    `Column "${column}": there are no persons for the locale ${shown}${didYouMean(name, known)}; there are for ${known.join(', ')}.`,
    { facts: { column, locale: name.slice(0, 80) } },
  )
}
