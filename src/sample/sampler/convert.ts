import { RowsmithError } from '../../base/errors/errors.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { readFloat } from '../../template/limits/numbers.ts'
import { printValue } from '../../template/rendering/template.ts'
import { fitsInt64, roundHalfEven } from './numbers.ts'

/** What `convert_to` of a sampler column can name. */
export type Conversion = 'int' | 'float' | 'str'

/** What a sampler that can be converted draws. */
export type Scalar = string | bigint | number

const typeOf: { readonly [K in Conversion]: ColumnType } = {
  int: { kind: 'int' },
  float: { kind: 'float' },
  str: { kind: 'string' },
}

/** The column type a conversion gives. */
export function convertedType(conversion: Conversion): ColumnType {
  return typeOf[conversion]
}

/**
 * Reads `convert_to` of a sampler that gives numbers or categories.
 *
 * @throws RowsmithError config_invalid, naming the column
 */
export function readConversion(column: string, convertTo: string | null): Conversion | null {
  if (convertTo === null || convertTo === 'int' || convertTo === 'float' || convertTo === 'str')
    return convertTo
  throw new RowsmithError(
    'config_invalid',
    `Column "${column}": convert_to is "${convertTo.slice(0, 80)}"; allowed are int, float and str.`,
    { facts: { column } },
  )
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined
}

/**
 * Converts one value: `int` rounds half to even first, `str` is Python's `str`.
 *
 * @returns undefined when it cannot be done: text that is no number, no integer of 64 bits
 */
export function convertScalar(value: Scalar, conversion: Conversion): Scalar | undefined {
  switch (conversion) {
    case 'str':
      return printValue(value)
    case 'float':
      return finite(typeof value === 'string' ? readFloat(value) : Number(value))
    case 'int': {
      if (typeof value === 'bigint') return fitsInt64(value) ? value : undefined
      const number = typeof value === 'string' ? readFloat(value) : value
      if (number === undefined || !Number.isFinite(number)) return undefined
      const rounded = BigInt(roundHalfEven(number))
      return fitsInt64(rounded) ? rounded : undefined
    }
    default:
      conversion satisfies never
  }
}
