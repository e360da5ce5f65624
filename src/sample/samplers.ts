/**
 * Every sampler type, and what makes it.
 *
 * The table is complete by type: a sampler type added to the config does not compile until it is decided here.
 */
import type { ColumnConfig, ColumnOf, SamplerParams } from '../config/schema/schema.ts'
import {
  bernoulliMixtureSampler,
  bernoulliSampler,
  binomialSampler,
  poissonSampler,
} from './numeric/counts.ts'
import { gaussianSampler } from './numeric/gaussian.ts'
import { scipySampler } from './numeric/scipy.ts'
import { uniformSampler } from './numeric/uniform.ts'
import { type PersonParams, type PersonRecords, personSampler } from './persons/person.ts'
import { personFromFakerSampler } from './persons/person-from-faker.ts'
import { categorySampler } from './plain/category.ts'
import { conditionalSampler } from './plain/conditional.ts'
import { datetimeSampler, timedeltaSampler } from './plain/moments.ts'
import { type ParentCategory, subcategorySampler } from './plain/subcategory.ts'
import { uuidSampler } from './plain/uuid.ts'
import { readConversion } from './sampler/convert.ts'
import type { Sampler } from './sampler/sampler.ts'

type SamplerColumn = ColumnOf<'sampler'>
type SamplerType = SamplerParams['sampler_type']
type ParamsOf<Type extends SamplerType> = Extract<SamplerParams, { sampler_type: Type }>
type Build<Type extends SamplerType> = (
  params: ParamsOf<Type>,
  column: SamplerColumn,
  columns: readonly ColumnConfig[],
  persons: FindsPersons,
) => Sampler

/** The records of the person datasets that match; null when they were not read. */
export type FindsPersons = ((params: PersonParams) => PersonRecords) | null

const conversionOf = ({ name, convert_to }: SamplerColumn) => readConversion(name, convert_to)

const builders: { readonly [Type in SamplerType]: Build<Type> } = {
  category: (params, column) => categorySampler(column.name, params, conversionOf(column)),
  subcategory: (params, column, columns) => {
    // A branch may give lists for some values only; the others keep theirs.
    const values = { ...(column.params as ParamsOf<'subcategory'>).values, ...params.values }
    return subcategorySampler(
      column.name,
      { values },
      conversionOf(column),
      parentOf(params.category, columns),
    )
  },
  uniform: (params, column) => uniformSampler(column.name, params, conversionOf(column)),
  gaussian: (params, column) => gaussianSampler(column.name, params, conversionOf(column)),
  bernoulli: (params, column) => bernoulliSampler(column.name, params, conversionOf(column)),
  bernoulli_mixture: (params, column) => bernoulliMixtureSampler(column.name, params, conversionOf(column)),
  binomial: (params, column) => binomialSampler(column.name, params, conversionOf(column)),
  poisson: (params, column) => poissonSampler(column.name, params, conversionOf(column)),
  scipy: (params, column) => scipySampler(column.name, params, conversionOf(column)),
  uuid: (params) => uuidSampler(params),
  datetime: (params, column) => datetimeSampler(column.name, params, column.convert_to),
  timedelta: (params, column) => timedeltaSampler(column.name, params, column.convert_to),
  person: (params, column, _, persons) => personSampler(column.name, params, persons?.(params) ?? null),
  person_from_faker: (params, column) => personFromFakerSampler(column.name, params),
}

/**
 * The sampler of a column.
 *
 * @param columns all of the config: a sampler may build on another
 * @throws RowsmithError config_invalid for parameters that cannot be drawn from
 */
export function buildSampler(
  column: SamplerColumn,
  columns: readonly ColumnConfig[],
  persons: FindsPersons,
): Sampler {
  // The table's type ties each builder to its parameters; indexing by a union loses that tie.
  const build = builders[column.sampler_type] as Build<SamplerType>
  const make = (params: SamplerParams): Sampler => build(params as never, column, columns, persons)
  const otherwise = make(column.params)
  const conditions = Object.entries(column.conditional_params)
  if (conditions.length === 0) return otherwise
  const branches = conditions.map(([condition, params]) => ({ condition, sampler: make(params) }))
  return conditionalSampler(branches, otherwise)
}

/** The config check has seen that the parent is there, and a category. */
function parentOf(name: string, columns: readonly ColumnConfig[]): ParentCategory {
  const parent = columns.find((column) => column.name === name) as SamplerColumn | undefined
  if (parent === undefined) return { name, values: [], conversion: null }
  const params = [parent.params, ...Object.values(parent.conditional_params)] as ParamsOf<'category'>[]
  return { name, values: params.flatMap(({ values }) => values), conversion: conversionOf(parent) }
}
