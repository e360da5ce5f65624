import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { pick } from '../../base/numbers/random.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { printValue } from '../../template/rendering/template.ts'
import { type Conversion, convertedType, convertScalar, type Scalar } from '../sampler/convert.ts'
import { fitsInt64 } from '../sampler/numbers.ts'
import type { Sampler } from '../sampler/sampler.ts'

/**
 * One of some values, drawn with replacement.
 *
 * All integers make an integer column, integers and floats a float column; one text among them makes all of them text.
 *
 * @param weights relative, one per value, not negative, not all zero; null for equal chances
 * @throws RowsmithError config_invalid for a value that cannot be converted or stored
 */
export function categorySampler(
  column: string,
  params: { readonly values: readonly Scalar[]; readonly weights: readonly number[] | null },
  conversion: Conversion | null,
): Sampler {
  const { type, values } = categoryValues(column, params.values, conversion)
  for (const value of values) {
    if (typeof value === 'bigint' && !fitsInt64(value)) throw unfit(column, value, 'an integer of 64 bits')
  }
  if (params.weights === null) return { type, draw: (random) => pick(random, values) }
  const bounds = cumulative(params.weights)
  const total = bounds.at(-1) ?? 0
  return {
    type,
    draw: (random) => present(values[firstAbove(bounds, random.float() * total)], 'values of a category'),
  }
}

/**
 * The values of a category as they are drawn, in the order in which they are given.
 *
 * @throws RowsmithError config_invalid for a value that cannot be converted
 */
export function categoryValues(
  column: string,
  values: readonly Scalar[],
  conversion: Conversion | null,
): { readonly type: ColumnType; readonly values: readonly Scalar[] } {
  return conversion === null ? unified(values) : converted(column, values, conversion)
}

/** The values as one kind, as a NumPy array would hold them. */
function unified(values: readonly Scalar[]): { type: ColumnType; values: readonly Scalar[] } {
  if (values.some((value) => typeof value === 'string')) {
    const texts = values.map(printValue)
    return { type: { kind: 'string' }, values: texts }
  }
  if (values.every((value) => typeof value === 'bigint')) return { type: { kind: 'int' }, values }
  return { type: { kind: 'float' }, values: values.map(Number) }
}

function converted(
  column: string,
  given: readonly Scalar[],
  conversion: Conversion,
): { type: ColumnType; values: readonly Scalar[] } {
  const values = unified(given).values.map((value) => {
    const result = convertScalar(value, conversion)
    if (result === undefined) throw unfit(column, value, `converted to ${conversion}`)
    return result
  })
  return { type: convertedType(conversion), values }
}

function unfit(column: string, value: Scalar, what: string): RowsmithError {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : printValue(value)
  return new RowsmithError('config_invalid', `Column "${column}": the value ${shown} cannot be ${what}.`, {
    facts: { column },
  })
}

function cumulative(weights: readonly number[]): readonly number[] {
  let sum = 0
  return weights.map((weight) => (sum += weight))
}

/** Index of the first bound above `point`, so that a value of weight zero is never drawn. */
function firstAbove(bounds: readonly number[], point: number): number {
  let low = 0
  let high = bounds.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((bounds[middle] ?? 0) > point) high = middle
    else low = middle + 1
  }
  return low
}
