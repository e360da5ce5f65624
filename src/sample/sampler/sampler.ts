import type { Random } from '../../base/numbers/random.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import type { Value } from '../../base/values/value.ts'

/** What a draw may know in addition to its random numbers. */
interface RowSoFar {
  /** What the sampled columns named in `reads` drew for this row. */
  readonly drawn: Readonly<Record<string, Value>>
  /** The date that "today" means in this dataset, `2026-08-07`: never that of the clock. */
  readonly today: string
  /** What the sampler's `ahead` gave for this row. */
  readonly ahead?: Value
}

/** A distribution, ready to be drawn from. The same stream and row always give the same value, never null. */
export interface Sampler {
  readonly type: ColumnType
  /** Members that the reference does not have. */
  readonly extras?: readonly string[]
  /** Set for moments, which are drawn as `2024-01-31T09:30:00`, so that the earlier one is less. */
  readonly moment?: true
  /** Names of the sampled columns a draw looks at; none when left out. */
  readonly reads?: readonly string[]
  /** To be awaited once before the first draw: brings in what is too large to be there always. */
  readonly load?: () => Promise<void>
  /** Set when its source was not read: its type is not known, and it cannot be drawn from. */
  readonly unread?: true
  /**
   * To be awaited before rows are drawn: reads what their draws need, for many rows at once.
   *
   * @param streams makes the streams of the rows, fresh: a draw begins with the same numbers
   * @returns one entry a row
   */
  readonly ahead?: (streams: () => readonly Random[]) => Promise<readonly Value[]>
  /** @throws RowsmithError of class `row` when this row has no value */
  draw(random: Random, row: RowSoFar): Value
  /** How a drawn value is written; the columns that read it see it as it was drawn. As it is, when left out. */
  readonly write?: (drawn: Value) => Value
}

/** A uniform number between 0 and 1 that is neither: for quantile functions, which end in infinities. Takes two words. */
export function openUniform(random: Random): number {
  const high = random.uint32() >>> 6
  const low = random.uint32() >>> 6
  return (high * 2 ** 26 + low + 0.5) / 2 ** 52
}
