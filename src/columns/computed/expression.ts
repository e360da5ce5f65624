/**
 * Expression columns: a template, rendered and read as a value of the column's dtype.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import type { Value } from '../../base/values/value.ts'
import type { ColumnOf } from '../../config/schema/schema.ts'
import { fitsInt64 } from '../../sample/sampler/numbers.ts'
import { readFloat, readInteger } from '../../template/limits/numbers.ts'
import { compileTemplate, templateContext } from '../../template/rendering/template.ts'
import type { BuildColumn } from '../column/build.ts'

type Dtype = ColumnOf<'expression'>['dtype']

const typeOf: { readonly [D in Dtype]: ColumnType } = {
  int: { kind: 'int' },
  float: { kind: 'float' },
  str: { kind: 'string' },
  bool: { kind: 'bool' },
}

/** A column computed from a template over its row. */
export const buildExpressionColumn: BuildColumn<'expression'> = (config) => {
  const { name, drop, dtype } = config
  const template = compileTemplate(config.expr)
  return {
    column: {
      kind: 'computed',
      name,
      type: typeOf[dtype],
      drop,
      reads: template.reads,
      compute: (row, random) =>
        readRendered(template.render(templateContext(row, template.reads), random), dtype),
    },
  }
}

/**
 * Reads rendered text as a dtype. `int` cuts the fraction off; `bool` is true for a number whose whole part is not
 * zero, and for "true" in any case.
 *
 * @throws RowsmithError expression_failed for blank text and for text that is nothing of the kind
 */
export function readRendered(rendered: string, dtype: Dtype): Value {
  if (rendered.trim() === '') {
    throw new RowsmithError('expression_failed', 'The expression rendered to nothing.', { facts: { dtype } })
  }
  const value = cast(rendered, dtype)
  if (value !== undefined) return value
  const shown = JSON.stringify(rendered.slice(0, 80))
  throw new RowsmithError(
    'expression_failed',
    `The expression rendered to ${shown}, which is not ${dtype}.`,
    {
      facts: { dtype },
    },
  )
}

function cast(text: string, dtype: Dtype): Value | undefined {
  switch (dtype) {
    case 'str':
      return text
    case 'float':
      return readFloat(text)
    case 'int': {
      const whole = wholePart(text)
      return whole !== undefined && fitsInt64(whole) ? whole : undefined
    }
    case 'bool': {
      const whole = wholePart(text)
      return whole === undefined ? text.trim().toLowerCase() === 'true' : whole !== 0n
    }
    default:
      dtype satisfies never
  }
}

/** The integer a text stands for, exact at any size; of other numbers, the part before the point. */
function wholePart(text: string): bigint | undefined {
  const integer = readInteger(text, 10)
  if (integer !== undefined) return integer
  const number = readFloat(text)
  return number !== undefined && Number.isFinite(number) ? BigInt(Math.trunc(number)) : undefined
}
