import type { Random } from '../../../base/numbers/random.ts'
import type { MakingOrder } from '../../../columns/column/making-order.ts'
import type { EffectsHost } from '../../effects/effects-host.ts'
import type { GroupInWork, ReadyCell } from '../group/group-in-work.ts'
import type { Outcomes } from './outcomes.ts'

/**
 * What every way to make cells works with. One that takes its time says `began`, hands what it made to `outcomes`, lets the cells
 * that became ready by it `follow`, and says `ended`, in this order and whatever happens: it never rejects.
 */
export interface Making {
  readonly order: MakingOrder
  readonly host: EffectsHost
  readonly outcomes: Outcomes
  /** Per column in making order: the random stream of a row of the dataset. */
  readonly randomOf: readonly ((row: number) => Random)[]
  /** A cell is being made, or all cells of a column that makes them at once. */
  began(open: GroupInWork): void
  /** Brings ready cells to where they are made, or wait. Takes them out of the list. */
  follow(ready: ReadyCell[]): void
  /** It is over, for these rows of the group. */
  ended(open: GroupInWork, rows: readonly number[]): void
}
