/** Samplers of counts: how often, out of how many. */
import type { Conversion } from '../sampler/convert.ts'
import { numberSampler, tooWide, unfitParameter } from '../sampler/number-sampler.ts'
import { openUniform, type Sampler } from '../sampler/sampler.ts'
import { binomialQuantile, poissonQuantile } from './discrete.ts'
import { type ScipyParams, scipyDistribution } from './scipy.ts'

/** 1 with the probability `p`, else 0. */
export function bernoulliSampler(
  column: string,
  { p }: { readonly p: number },
  conversion: Conversion | null,
): Sampler {
  return numberSampler(column, { whole: true, places: null, conversion }, (random) =>
    random.float() < p ? 1 : 0,
  )
}

/**
 * How many of `n` trials succeed.
 *
 * @throws RowsmithError config_invalid for a negative `n`
 */
export function binomialSampler(
  column: string,
  { n, p }: { readonly n: number; readonly p: number },
  conversion: Conversion | null,
): Sampler {
  if (n < 0) throw unfitParameter(column, 'n', n, 'must not be negative')
  const quantile = binomialQuantile(n, p)
  if (quantile === undefined) throw tooWide(column)
  return numberSampler(column, { whole: true, places: null, conversion }, (random) =>
    quantile(openUniform(random)),
  )
}

/**
 * How many events happen where `mean` are expected.
 *
 * @throws RowsmithError config_invalid for a mean that is negative or that no integer column can hold
 */
export function poissonSampler(
  column: string,
  { mean }: { readonly mean: number },
  conversion: Conversion | null,
): Sampler {
  if (mean < 0 || mean > 1e15) throw unfitParameter(column, 'mean', mean, 'must be from 0 to 1e15')
  const quantile = poissonQuantile(mean)
  if (quantile === undefined) throw tooWide(column)
  return numberSampler(column, { whole: true, places: null, conversion }, (random) =>
    quantile(openUniform(random)),
  )
}

/**
 * A draw from a distribution of `scipy.stats` with the probability `p`, else 0. A column of floats whatever the distribution.
 *
 * @throws RowsmithError config_invalid for a distribution or parameters that SciPy does not have
 */
export function bernoulliMixtureSampler(
  column: string,
  params: { readonly p: number; readonly dist_name: string; readonly dist_params: ScipyParams },
  conversion: Conversion | null,
): Sampler {
  const { quantile } = scipyDistribution(column, params.dist_name, params.dist_params)
  return numberSampler(column, { whole: false, places: null, conversion }, (random) => {
    const point = openUniform(random)
    return random.float() < params.p ? quantile(point) : 0
  })
}
