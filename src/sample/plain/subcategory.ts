import { RowsmithError } from '../../base/errors/errors.ts'
import { pick } from '../../base/numbers/random.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import type { Value } from '../../base/values/value.ts'
import { printValue } from '../../template/rendering/template.ts'
import type { Conversion, Scalar } from '../sampler/convert.ts'
import type { Sampler } from '../sampler/sampler.ts'
import { categoryValues } from './category.ts'

/** The category that subcategories belong to: all values it can draw, under all of its conditions. */
export interface ParentCategory {
  readonly name: string
  readonly values: readonly Scalar[]
  readonly conversion: Conversion | null
}

/**
 * One of the values that belong to what the category of the row drew, each equally likely.
 *
 * A list belongs to the value that prints as its key, so numbers can have subcategories too.
 *
 * @throws RowsmithError config_invalid for a value that cannot be converted
 */
export function subcategorySampler(
  column: string,
  params: { readonly values: Readonly<Record<string, readonly Scalar[]>> },
  conversion: Conversion | null,
  parent: ParentCategory,
): Sampler {
  const all = categoryValues(column, Object.values(params.values).flat(), conversion)
  const lists = new Map<string, readonly Scalar[]>()
  let next = 0
  for (const [key, { length }] of Object.entries(params.values)) {
    lists.set(key, all.values.slice(next, next + length))
    next += length
  }
  const type: ColumnType = all.type
  const keys = keysOf(parent)
  return {
    type,
    reads: [parent.name],
    draw: (random, { drawn }) => {
      const values = lists.get(keys.get(drawn[parent.name] ?? null) ?? '')
      if (values === undefined || values.length === 0) {
        throw new RowsmithError(
          'value_unfit',
          `Column "${column}" has no values for this row's "${parent.name}"`,
          {
            facts: { column },
          },
        )
      }
      return pick(random, values)
    },
  }
}

/** From what the category draws to the key of its list. */
function keysOf({ name, values, conversion }: ParentCategory): Map<Value, string> {
  const keys = new Map<Value, string>()
  const forms = [
    values,
    categoryValues(name, values, null).values,
    categoryValues(name, values, conversion).values,
  ]
  for (const form of forms) {
    for (const [index, value] of form.entries()) {
      const given = values[index]
      if (given !== undefined && !keys.has(value)) keys.set(value, printValue(given))
    }
  }
  return keys
}
