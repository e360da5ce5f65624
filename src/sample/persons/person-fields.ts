/** The fields of person datasets that may come out, and how those of `en_US` are called there. */

const everywhere = [
  'uuid',
  'first_name',
  'middle_name',
  'last_name',
  'sex',
  'age',
  'marital_status',
  'postcode',
  'city',
  'district',
  'county',
  'region',
  'state',
  'country',
  'street_name',
  'street_number',
  'unit',
  'bachelors_field',
  'education_level',
  'occupation',
  'locale',
] as const

/** Made again for every row from the others: what a file has under these names is passed over. */
export const derivedFields = ['birth_date', 'email_address', 'phone_number', 'national_id'] as const

const inSomeLocales = [
  'ethnic_background',
  'industry',
  'preferred_english_name',
  'first_name_heritage',
  'name_heritage',
  'is_first_gen_immigrant',
  'household_type',
  'monthly_income_eur',
  'area',
  'blood_pressure_status',
  'blood_sugar_status',
  'bmi_status',
  'drinking_status',
  'economic_activity_status',
  'family_type',
  'housing_tenure',
  'housing_type',
  'income_bracket',
  'military_status',
  'smoking_status',
  'waist_status',
  'ethnicity',
  'country_of_birth',
  'disability',
  'migration_background',
  'employment_status',
  'job_position',
  'occupation_kldb',
  'last_occupation',
  'last_occupation_kldb',
  'kreis_code',
  'nationality',
  'race',
  'education_degree',
  'first_language',
  'second_language',
  'third_language',
  'zone',
  'religion',
] as const

const synthetic = [
  'persona',
  'detailed_persona',
  'professional_persona',
  'arts_persona',
  'culinary_persona',
  'finance_persona',
  'healthcare_persona',
  'sports_persona',
  'travel_persona',
  'family_persona',
  'religious_persona',
  'linguistic_persona',
  'career_goals_and_ambitions',
  'cultural_background',
  'religious_background',
  'linguistic_background',
  'hobbies_and_interests',
  'hobbies_and_interests_list',
  'skills_and_expertise',
  'skills_and_expertise_list',
  'aspects',
  'digital_skill',
  'openness',
  'conscientiousness',
  'extraversion',
  'agreeableness',
  'neuroticism',
] as const

const facts: readonly string[] = [...everywhere, ...inSomeLocales]

/** Names that `select_field_values` can have. */
export const selectableFields: readonly string[] = [...facts, ...synthetic]

/** A field of a record, and the column of the file that it is read from. */
export interface PersonField {
  readonly name: string
  readonly column: string
}

/**
 * The fields that a file with these columns gives, in the order in which records have them.
 *
 * @param personas whether the synthetic personas are among them
 */
export function fieldsIn(columns: ReadonlySet<string>, locale: string, personas: boolean): PersonField[] {
  const wanted = personas ? selectableFields : facts
  return wanted.flatMap((name) => {
    const column = columnOf(name, columns, locale)
    return column === undefined ? [] : [{ name, column }]
  })
}

/** The column of a field; undefined when the file has none. In `en_US` the state is called region. */
export function columnOf(field: string, columns: ReadonlySet<string>, locale: string): string | undefined {
  const renamed = locale === 'en_US' && columns.has('region')
  if (renamed && field === 'region') return undefined
  const column = renamed && field === 'state' ? 'region' : field
  return columns.has(column) ? column : undefined
}
