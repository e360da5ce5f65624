import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { Value } from '../../base/values/value.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { Sampler } from '../sampler/sampler.ts'

type Operator = Config['constraints'][number]['operator']

/** An inequality that what a column draws has to meet. */
export interface Constraint {
  /** As it is reported: "end > start". */
  readonly text: string
  /** The column on its right side; null for a number. */
  readonly reads: string | null
  /** @param drawn of the column itself and of the one it reads */
  readonly holds: (value: Value, drawn: Readonly<Record<string, Value>>) => boolean
}

const operators: {
  readonly [O in Operator]: readonly [sign: string, holds: (a: never, b: never) => boolean]
} = {
  lt: ['<', (a, b) => a < b],
  le: ['<=', (a, b) => a <= b],
  gt: ['>', (a, b) => a > b],
  ge: ['>=', (a, b) => a >= b],
}

/**
 * The constraint on a column, for what its sampler draws: after conversion and rounding; moments as moments, whatever is written.
 *
 * @param samplers of both sides, by column
 * @throws RowsmithError config_invalid when its sides cannot be compared: text, a person, a moment with a number
 */
export function buildConstraint(
  config: Config['constraints'][number],
  samplers: ReadonlyMap<string, Sampler>,
): Constraint {
  const { target_column: target, operator, rhs } = config
  const [sign, holds] = operators[operator]
  const text = `${target} ${sign} ${rhs}`
  const kinds = [target, ...(typeof rhs === 'string' ? [rhs] : [])].map((name) => {
    const { moment, type } = present(samplers.get(name), 'samplers')
    return moment ? 'moment' : type.kind
  })
  const numbers = kinds.every((kind) => kind === 'int' || kind === 'float')
  const moments = kinds.every((kind) => kind === 'moment') && typeof rhs === 'string'
  if (!numbers && !moments) {
    throw new RowsmithError(
      'config_invalid',
      `The constraint ${text} compares ${[...kinds.map(kindText), ...(typeof rhs === 'number' ? ['a number'] : [])].join(' with ')}; it takes numbers, or two dates.`,
      { facts: { column: target } },
    )
  }
  return typeof rhs === 'number'
    ? { text, reads: null, holds: (value) => holds(value as never, rhs as never) }
    : { text, reads: rhs, holds: (value, drawn) => holds(value as never, drawn[rhs] as never) }
}

function kindText(kind: string): string {
  if (kind === 'moment') return 'a date'
  if (kind === 'string') return 'text'
  return kind === 'struct' ? 'a person' : 'a number'
}
