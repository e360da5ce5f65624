import type { Conversion } from '../sampler/convert.ts'
import { numberSampler, unfitParameter } from '../sampler/number-sampler.ts'
import { openUniform, type Sampler } from '../sampler/sampler.ts'
import { normalQuantile } from './special.ts'

/**
 * A normal distribution; a standard deviation of 0 always gives the mean.
 *
 * @throws RowsmithError config_invalid for a negative standard deviation
 */
export function gaussianSampler(
  column: string,
  params: { readonly mean: number; readonly stddev: number; readonly decimal_places: number | null },
  conversion: Conversion | null,
): Sampler {
  const { mean, stddev, decimal_places: places } = params
  if (stddev < 0) throw unfitParameter(column, 'stddev', stddev, 'must not be negative')
  return numberSampler(
    column,
    { whole: false, places, conversion },
    (random) => mean + stddev * normalQuantile(openUniform(random)),
  )
}
