import type { ColumnType } from '../base/column-type.ts'
import type { Random } from '../base/random.ts'
import type { Value } from '../base/value.ts'

/** A distribution, ready to be drawn from. The same stream always gives the same value. */
export interface Sampler {
  readonly type: ColumnType
  draw(random: Random): Value
}
