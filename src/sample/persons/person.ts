/**
 * Persons of a dataset that the user has: NVIDIA's Nemotron-Personas, one file a locale.
 *
 * Rules:
 *   1. Which record a row gets is the first number of its stream: run seed, column and row decide, not what was drawn before.
 *      So a record can come twice, as in any draw with replacement.
 *   2. Records are read for many rows at once, before they are drawn (`ahead`). A row that is drawn again keeps its record;
 *      what is derived from it is made again.
 *   3. Numbers look like numbers of that kind, and are made up: an e-mail address is at a domain without an owner.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import type { Random } from '../../base/numbers/random.ts'
import { pick } from '../../base/numbers/random.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import { didYouMean } from '../../config/reading/suggest.ts'
import type { SamplerParams } from '../../config/schema/schema.ts'
import type { Sampler } from '../sampler/sampler.ts'
import { ADULT, birthDate, emailDomains, latin, userName } from './person-details.ts'
import { derivedFields, selectableFields } from './person-fields.ts'
import { areasByLotFrom, lastAreaByState, type StateNumbers, usStates } from './us-states.ts'

export type PersonParams = Extract<SamplerParams, { sampler_type: 'person' }>

/** The records that match the parameters of a sampler, wherever they are stored. */
export interface PersonRecords {
  /** In the order in which a record has them; none of the derived ones. */
  readonly fields: readonly { readonly name: string; readonly type: ColumnType }[]
  /** At least 1. */
  readonly count: number
  /** Records by index, in the order requested. */
  read(indices: readonly number[]): Promise<ValueObject[]>
}

const BORN_IN_THEIR_STATE = 0.6

/**
 * Records of a person dataset, with birth date and e-mail address, and in the United States phone number and social security
 * number. Phone number and e-mail address are null under 18.
 *
 * @param records null when the dataset was not read: such a sampler knows no type, and cannot be drawn from
 * @throws RowsmithError config_invalid for a field of select_field_values that no dataset has
 */
export function personSampler(column: string, params: PersonParams, records: PersonRecords | null): Sampler {
  for (const name of Object.keys(params.select_field_values ?? {})) {
    if (!selectableFields.includes(name)) throw unknownField(column, name)
  }
  if (records === null) return { type: { kind: 'json' }, unread: true, draw: () => unread() }
  const { count, fields } = records
  const american = params.locale === 'en_US'
  const made = american ? derivedFields : (['birth_date', 'email_address'] as const)
  // The files have none: a locale is a file.
  const derived = fields.some(({ name }) => name === 'locale') ? made : (['locale', ...made] as const)
  return {
    type: {
      kind: 'struct',
      fields: [...fields, ...derived.map((name) => ({ name, type: { kind: 'string' } as const }))],
    },
    ahead: (streams) => records.read(streams().map((random) => random.below(count))),
    draw: (random, { today, ahead }) => {
      if (!isValueObject(ahead ?? null)) return unread()
      // The record's number, which has been read.
      random.below(count)
      const record = ahead as ValueObject
      const age = ageOf(record)
      const birth_date = birthDate(random, age, today)
      const email_address = emailAddress(random, record, age, birth_date)
      const person = { ...record, locale: params.locale, birth_date, email_address }
      if (!american) return person
      const home = usStates[String(record.state)]
      return {
        ...person,
        phone_number: age < ADULT ? null : phoneNumber(random, home),
        national_id: nationalId(random, home, birth_date),
      }
    },
  }
}

function ageOf({ age }: ValueObject): number {
  const years = typeof age === 'bigint' || typeof age === 'number' ? Number(age) : Number.NaN
  if (Number.isInteger(years) && years >= 0 && years <= 200) return years
  throw new RowsmithError(
    'value_unfit',
    'A record of the person dataset has an age that is no number of years',
  )
}

function emailAddress(random: Random, record: ValueObject, age: number, birth_date: string): Value {
  const first = latin(String(record.preferred_english_name ?? record.first_name ?? ''))
  const last = latin(String(record.last_name ?? ''))
  const shape = random.below(5)
  const suffix = pick(random, ['', '', birth_date.slice(2, 4), birth_date.slice(0, 4)])
  const number = String(random.below(1_000_000)).padStart(6, '0')
  const domain = pick(random, emailDomains)
  if (age < ADULT) return null
  const readable = first !== '' && last !== ''
  return readable ? `${userName(first, last, shape)}${suffix}@${domain}` : `person${number}@${domain}`
}

const allAreaCodes = Object.values(usStates).flatMap(({ areaCodes }) => areaCodes)

/** Ten digits of the North American Numbering Plan, `212-555-0142`: neither the exchange nor anything else is longer. */
function phoneNumber(random: Random, home: StateNumbers | undefined): string {
  // Some still have the number they had elsewhere.
  const away = home === undefined || random.below(10) === 0
  const codes = away ? allAreaCodes : home.areaCodes
  const area = pick(random, codes)
  const exchange = 200 + random.below(800)
  // No exchange ends in 11: that is how service numbers end.
  const spoken = exchange % 100 === 11 ? exchange + 1 : exchange
  return `${area}-${spoken}-${digits(random.below(10_000), 4)}`
}

/** The area is one of the state for those who were born there before areas were drawn by lot. */
function nationalId(random: Random, home: StateNumbers | undefined, birth_date: string): string {
  const native = random.float() < BORN_IN_THEIR_STATE
  const byState = birth_date < areasByLotFrom
  const [first, last] = native && byState && home !== undefined ? home.areaNumbers : anyArea(byState)
  const area = first + random.below(last - first + 1)
  // There is no area 666.
  const given = area === 666 ? 667 : area
  return `${digits(given, 3)}-${digits(1 + random.below(99), 2)}-${digits(1 + random.below(9999), 4)}`
}

function anyArea(byState: boolean): readonly [number, number] {
  return [1, byState ? lastAreaByState : 899]
}

function digits(number: number, count: number): string {
  return String(number).padStart(count, '0')
}

function unread(): never {
  throw new RowsmithError('internal', 'Persons are drawn before their records are read')
}

function unknownField(column: string, name: string): RowsmithError {
  const shown = JSON.stringify(name.slice(0, 80))
  return new RowsmithError(
    'config_invalid',
    `Column "${column}": params.select_field_values has no field ${shown} to select by${didYouMean(name, selectableFields)}; there are ${selectableFields.join(', ')}.`,
    { facts: { column, field: name.slice(0, 80) } },
  )
}
