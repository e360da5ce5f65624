import { RowsmithError } from '../../base/errors/errors.ts'
import { type Conversion, convertScalar } from '../sampler/convert.ts'
import { numberSampler } from '../sampler/number-sampler.ts'
import type { Sampler } from '../sampler/sampler.ts'

/**
 * A float in [low, high), each equally likely; `high` itself can come out by rounding.
 *
 * @throws RowsmithError config_invalid when the range is wider than a float, or cannot be converted to integers of 64 bits
 */
export function uniformSampler(
  column: string,
  params: { readonly low: number; readonly high: number; readonly decimal_places: number | null },
  conversion: Conversion | null,
): Sampler {
  const { low, high, decimal_places: places } = params
  for (const bound of [low, high]) {
    if (conversion !== null && convertScalar(bound, conversion) === undefined) {
      throw new RowsmithError(
        'config_invalid',
        `Column "${column}": ${bound} cannot be converted to ${conversion}.`,
        { facts: { column } },
      )
    }
  }
  if (!Number.isFinite(high - low)) {
    const message = `Column "${column}": from ${low} to ${high} is wider than a float can say; bring low and high nearer together.`
    throw new RowsmithError('config_invalid', message, { facts: { column } })
  }
  return numberSampler(
    column,
    { whole: false, places, conversion },
    (random) => low + (high - low) * random.float(),
  )
}
