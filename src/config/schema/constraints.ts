/**
 * Inequalities between sampled columns.
 */
import { z } from 'zod'
import { isValueObject, type Value } from '../../base/values/value.ts'
import { float, prepared, strict, text } from '../reading/lax.ts'

const operator = z.enum(['lt', 'le', 'gt', 'ge'])

/** A constraint; without a `constraint_type`, a right side that reads as a finite number is one. */
export const constraint = prepared(
  z.discriminatedUnion('constraint_type', [
    strict({ target_column: text, rhs: float(), operator, constraint_type: z.literal('scalar_inequality') }),
    strict({ target_column: text, rhs: text, operator, constraint_type: z.literal('column_inequality') }),
  ]),
  (given) => {
    const value = given as Value
    if (!isValueObject(value) || 'constraint_type' in value) return value
    const { rhs } = value
    const column = typeof rhs === 'string' && !(rhs.trim() !== '' && Number.isFinite(Number(rhs)))
    return { ...value, constraint_type: column ? 'column_inequality' : 'scalar_inequality' }
  },
)
