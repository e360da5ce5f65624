import { RowsmithError } from '../base/errors.ts'
import { type Conversion, convertedType, convertScalar } from './convert.ts'
import { roundPlaces } from './numbers.ts'
import type { Sampler } from './sampler.ts'

/**
 * A float in [low, high), each equally likely; `high` itself can come out by rounding.
 *
 * @param params `decimal_places` rounds half to even, before a conversion to text and after one to a number
 * @throws RowsmithError config_invalid when the range cannot be converted to integers of 64 bits
 */
export function uniformSampler(
  column: string,
  params: { readonly low: number; readonly high: number; readonly decimal_places: number | null },
  conversion: Conversion | null,
): Sampler {
  const { low, high, decimal_places: places } = params
  const draw = (point: number): number => {
    const value = low + (high - low) * point
    return places === null ? value : roundPlaces(value, places)
  }
  if (conversion === null || conversion === 'float') {
    return { type: { kind: 'float' }, draw: (random) => draw(random.float()) }
  }
  for (const bound of [low, high]) {
    if (convertScalar(bound, conversion) === undefined) {
      throw new RowsmithError(
        'config_invalid',
        `Column "${column}": ${bound} cannot be converted to ${conversion}.`,
        { facts: { column } },
      )
    }
  }
  return {
    type: convertedType(conversion),
    // Rounding to places first would round twice.
    draw: (random) => {
      const point = random.float()
      const value = conversion === 'int' ? low + (high - low) * point : draw(point)
      return convertScalar(value, conversion)!
    },
  }
}
