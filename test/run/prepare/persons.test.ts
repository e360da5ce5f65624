import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../../../src/base/numbers/hash.ts'
import { toValue } from '../../../src/base/values/value.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import { type Config, type CreateOptions, create, open, resume, validate } from '../../../src/index.ts'
import { query } from '../../support/duckdb.ts'
import { PEOPLE, writePersons } from '../../support/persons.ts'
import { artifactFolder, echo, failureOf, quick, rowsOf, smallOptions } from '../../support/small-runs.ts'

interface Person {
  readonly [field: string]: unknown
}

const folder = artifactFolder()
const assets = (): string => join(folder.path, 'managed-assets')

const person = (name: string, params: object = {}, more: object = {}) => ({
  name,
  column_type: 'sampler',
  sampler_type: 'person',
  params,
  ...more,
})

function configOf(...columns: readonly object[]): Config {
  return configFromValue(toValue({ model_configs: [], columns }), 'test')
}

async function peopleOf(config: Config, rows: number, more: Partial<CreateOptions> = {}): Promise<Person[]> {
  const options = { ...smallOptions(folder.path, rows), runConfig: { buffer_size: 100 }, seed: 7n }
  const made = await create(config, { ...options, managedAssets: assets(), ...more }, quick().components)
  return (await rowsOf(made)).map(({ who }) => who as Person)
}

async function storedPeople(name: string): Promise<Person[]> {
  return (await rowsOf(open(join(folder.path, name)))).map(({ who }) => who as Person)
}

/** Whole years between two dates, counted on the calendar. */
function ageOn(today: string, birth: string): number {
  const years = Number(today.slice(0, 4)) - Number(birth.slice(0, 4))
  return today.slice(5) >= birth.slice(5) ? years : years - 1
}

describe('a person of a dataset', () => {
  it('has the fields that may come out and hold something, and those derived from them', async () => {
    await writePersons(assets())
    const [first] = await peopleOf(configOf(person('who')), 1)
    expect(Object.keys(first!)).toEqual([
      'uuid',
      'first_name',
      'last_name',
      'sex',
      'age',
      'city',
      'state',
      'country',
      'locale',
      'birth_date',
      'email_address',
      'phone_number',
      'national_id',
    ])
    expect(first).toMatchObject({ country: 'USA', locale: 'en_US' })
  })

  it('has a persona only when asked for', async () => {
    await writePersons(assets())
    const [first] = await peopleOf(configOf(person('who', { with_synthetic_personas: true })), 1)
    const number = Number(first!.uuid)
    expect(first).toMatchObject({
      persona: `persona ${number}`,
      openness: { t_score: BigInt(number), label: 'high' },
    })
  })

  it('matches sex, city, both ends of the ages, and the fields selected by', async () => {
    await writePersons(assets())
    const params = { sex: 'Female', age_range: [35, 55], select_field_values: { state: ['NY', 'TX'] } }
    const some = await peopleOf(configOf(person('who', params)), 200)
    expect(new Set(some.map(({ sex }) => sex))).toEqual(new Set(['Female']))
    expect(new Set(some.map(({ state }) => state))).toEqual(new Set(['NY', 'TX']))
    const ages = some.map(({ age }) => Number(age))
    expect([Math.min(...ages), Math.max(...ages)]).toEqual([35, 55])
    const inTown = await peopleOf(configOf(person('who', { city: ['Springfield'] })), 20, {
      datasetName: 'town',
    })
    expect(new Set(inTown.map(({ city }) => city))).toEqual(new Set(['Springfield']))
  })

  it('is drawn from all that match, each as likely as another', async () => {
    await writePersons(assets())
    const some = await peopleOf(configOf(person('who', { age_range: [0, 114] })), 2000)
    // Of 400 people, 2000 draws miss each with the probability exp(-5): about 3.
    expect(new Set(some.map(({ uuid }) => uuid)).size).toBeGreaterThan(PEOPLE - 20)
    const women = some.filter(({ sex }) => sex === 'Female').length
    // Four standard deviations.
    expect(Math.abs(women - 1000)).toBeLessThan(90)
  })

  it('has a birth date that gives the age, and numbers of the right length', async () => {
    await writePersons(assets())
    const today = new Date().toISOString().slice(0, 10)
    const some = await peopleOf(configOf(person('who', { age_range: [0, 114] })), 1000)
    for (const { age, birth_date, email_address, phone_number, national_id } of some) {
      const years = Number(age)
      // A dataset begun just before midnight is of yesterday.
      expect([years, years + 1]).toContain(ageOn(today, birth_date as string))
      expect(national_id).toMatch(/^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$/)
      if (years < 18) expect([email_address, phone_number]).toEqual([null, null])
      else {
        expect(phone_number).toMatch(/^[2-9]\d\d-[2-9]\d\d-\d{4}$/)
        expect(email_address).toMatch(
          /^(a|ann|b|bo|lee[a-z])[._]?(lee[a-z]|ann|bo)\d*@example\.(com|net|org)$/,
        )
      }
    }
  })

  it('has the fields of every branch where parameters depend on a condition', async () => {
    await writePersons(assets())
    await writePersons(assets(), 'ja_JP', "'Kanto' AS area")
    const columns = [
      { name: 'at', column_type: 'sampler', sampler_type: 'category', params: { values: ['us', 'jp'] } },
      person(
        'who',
        {},
        { conditional_params: { "at == 'jp'": { locale: 'ja_JP', sampler_type: 'person' } } },
      ),
    ]
    const some = await peopleOf(configOf(...columns), 40)
    const locales = new Set(
      some.map(({ locale, area, national_id }) => [locale, area, typeof national_id].join()),
    )
    expect(locales).toEqual(new Set(['en_US,,string', 'ja_JP,Kanto,object']))
  })
})

describe('the rows of a run with persons', () => {
  it('are the same whatever the size of row groups, and after a row group is lost', async () => {
    await writePersons(assets())
    const config = configOf(person('who'), person('partner', { sex: 'Male' }))
    const one = await peopleOf(config, 60)
    const other = await peopleOf(config, 60, { datasetName: 'small', runConfig: { buffer_size: 7 } })
    expect(other).toEqual(one)
    rmSync(join(folder.path, 'small', 'parquet-files', 'batch_00003.parquet'))
    await resume(join(folder.path, 'small'), { graceMs: 1_000_000 }, quick().components)
    expect(await storedPeople('small')).toEqual(one)
  })

  it('are found again by a resume, which is told of the folder by nobody', async () => {
    await writePersons(assets())
    const config = configOf(person('who'))
    await peopleOf(config, 5, { datasetName: 'grown' })
    await resume(join(folder.path, 'grown'), { numRecords: 12, graceMs: 1_000_000 }, quick().components)
    expect(await storedPeople('grown')).toEqual(await peopleOf(config, 12))
  })

  it('need the file read through once only, while its size and times stay', async () => {
    const path = await writePersons(assets())
    const anHour = 1_700_000_000
    utimesSync(path, anHour, anHour)
    const config = configOf(person('who'))
    const one = await peopleOf(config, 5)
    const directory = join(folder.path, 'dataset')
    const launch = join(directory, '.rowsmith', 'launch.json')
    const { person_files: files } = JSON.parse(readFileSync(launch, 'utf8')) as { person_files: object[] }
    expect(files).toEqual([{ path, stamp: expect.any(String), sha256: sha256(readFileSync(path)) }])
    // Another writer's name, and the old time: only who reads the file through would notice.
    const bytes = readFileSync(path)
    const at = bytes.lastIndexOf('DuckDB')
    expect(at).toBeGreaterThan(0)
    bytes.write('duckDB', at)
    writeFileSync(path, bytes)
    utimesSync(path, anHour, anHour)
    const more = await peopleOf(config, 8, { resume: 'always' })
    expect(more.slice(0, 5)).toEqual(one)
    utimesSync(path, anHour, anHour + 1)
    expect((await failureOf(peopleOf(config, 9, { resume: 'always' }))).code).toBe('config_differs')
  })

  it('are derived again by a replay, byte for byte', async () => {
    await writePersons(assets())
    const made = await create(
      configOf(person('who'), { name: 'n', column_type: 'expression', expr: '{{ who.first_name }}' }),
      { ...smallOptions(folder.path, 9), managedAssets: assets() },
      quick().components,
    )
    expect((await open(made.path).verify({ replay: true })).replay).toMatchObject({ equal: 3, differing: 0 })
  })

  it('are not mixed with rows of another dataset of the same name', async () => {
    await writePersons(assets())
    const config = configOf(person('who'))
    await peopleOf(config, 5)
    await writePersons(assets(), 'en_US', "'y' AS secret")
    const error = await failureOf(peopleOf(config, 8, { resume: 'always' }))
    expect(error.message).toContain('the contents of a person dataset changed')
  })
})

describe('validate', () => {
  it('says whether person datasets are there, and refuses filters that nobody matches', async () => {
    const env = { DATA_DESIGNER_MANAGED_ASSETS_PATH: assets() }
    const { warnings } = await validate(configOf(person('who')), { env })
    const path = join(assets(), 'datasets', 'en_US.parquet')
    expect(warnings).toEqual([`There is no person dataset ${path} for the locale en_US`])
    await writePersons(assets())
    expect((await validate(configOf(person('who')), { env })).warnings).toEqual([])
    const error = await failureOf(
      validate(configOf(person('who', { city: 'Nowhere' })), { managedAssets: assets() }),
    )
    expect(error.message).toMatch(/^test: columns\[0\]\.params: match 0 of 400 persons/)
  })
})

describe('persons that cannot be drawn are refused before anything is made', () => {
  const refused = async (params: object, more: Partial<CreateOptions> = {}) =>
    failureOf(peopleOf(configOf(person('who', params)), 1, more))

  it('for want of the dataset, saying which file was looked for', async () => {
    const env = { DATA_DESIGNER_MANAGED_ASSETS_PATH: join(folder.path, 'elsewhere') }
    const options = { ...smallOptions(folder.path, 1), env }
    const error = await failureOf(
      create(configOf(person('who', { locale: 'pt_BR' })), options, quick(echo).components),
    )
    const path = join(folder.path, 'elsewhere', 'datasets', 'pt_BR.parquet')
    expect(error).toMatchObject({
      code: 'persons_not_found',
      message: `There is no person dataset ${path} for the locale pt_BR`,
    })
  })

  it('for filters that nobody matches, saying how many there are', async () => {
    await writePersons(assets())
    const error = await refused({ city: 'Nowhere' })
    expect(error).toMatchObject({ code: 'config_invalid' })
    expect(error.message).toMatch(/^test: columns\[0\]\.params: match 0 of 400 persons in .*en_US\.parquet/)
  })

  it('for a filter by a field that the dataset lacks, or that none has', async () => {
    await writePersons(assets())
    expect((await refused({ select_field_values: { zone: ['x'] } })).message).toContain('select by zone')
    expect((await refused({ select_field_values: { stat: ['x'] } })).message).toContain(
      'did you mean "state"',
    )
  })

  it('for a file without names', async () => {
    await writePersons(assets(), 'fr_FR')
    const path = join(assets(), 'datasets', 'fr_FR.parquet')
    await query(`COPY (SELECT 1 AS age) TO '${path}' (FORMAT parquet)`)
    expect(await refused({ locale: 'fr_FR' })).toMatchObject({
      code: 'persons_unreadable',
      message: `The person dataset ${path} cannot be used: it has no column first_name, last_name`,
    })
  })
})
