/**
 * Every sampler type, and what makes it.
 *
 * The table is complete by type: a sampler type added to the config does not compile until it is decided here.
 */
import type { ColumnOf, SamplerParams } from '../config/schema.ts'
import { categorySampler } from './category.ts'
import { readConversion } from './convert.ts'
import type { Sampler } from './sampler.ts'
import { uniformSampler } from './uniform.ts'
import { uuidSampler } from './uuid.ts'

type SamplerType = SamplerParams['sampler_type']
type ParamsOf<Type extends SamplerType> = Extract<SamplerParams, { sampler_type: Type }>
type Build<Type extends SamplerType> = (
  params: ParamsOf<Type>,
  column: { readonly name: string; readonly convert_to: string | null },
) => Sampler

const notBuilt = null

const builders: { readonly [Type in SamplerType]: Build<Type> | typeof notBuilt } = {
  category: (params, { name, convert_to }) => categorySampler(name, params, readConversion(name, convert_to)),
  subcategory: notBuilt,
  uniform: (params, { name, convert_to }) => uniformSampler(name, params, readConversion(name, convert_to)),
  gaussian: notBuilt,
  bernoulli: notBuilt,
  bernoulli_mixture: notBuilt,
  binomial: notBuilt,
  poisson: notBuilt,
  scipy: notBuilt,
  uuid: (params) => uuidSampler(params),
  datetime: notBuilt,
  timedelta: notBuilt,
  person: notBuilt,
  person_from_faker: notBuilt,
}

/**
 * The sampler of a column, or what Rowsmith cannot make of it yet.
 *
 * @throws RowsmithError config_invalid for parameters that cannot be drawn from
 */
export function buildSampler(
  config: ColumnOf<'sampler'>,
):
  | { readonly kind: 'sampler'; readonly sampler: Sampler }
  | { readonly kind: 'not_built'; readonly what: string } {
  if (Object.keys(config.conditional_params).length > 0) {
    return { kind: 'not_built', what: `sampler: ${config.sampler_type} with conditional_params` }
  }
  // The table's type ties each builder to its parameters; indexing by a union loses that tie.
  const build = builders[config.sampler_type] as Build<SamplerType> | typeof notBuilt
  if (build === notBuilt) return { kind: 'not_built', what: `sampler: ${config.sampler_type}` }
  return { kind: 'sampler', sampler: build(config.params as never, config) }
}
