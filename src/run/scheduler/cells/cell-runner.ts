import type { Random } from '../../../base/numbers/random.ts'
import type { TopologicalOrder } from '../../../columns/column/topological-order.ts'
import type { EffectsHost } from '../../effects/effects-host.ts'
import type { ActiveRowGroup, ReadyCell } from '../group/active-row-group.ts'
import type { CellResults } from './cell-results.ts'

/**
 * What every way to make cells works with. One that takes its time says `began`, hands what it made to `outcomes`, lets the cells
 * that became ready by it `follow`, and says `ended`, in this order and whatever happens: it never rejects.
 */
export interface CellRunner {
  readonly order: TopologicalOrder
  readonly host: EffectsHost
  readonly results: CellResults
  /** Per column in making order: the random stream of a row of the dataset. */
  /** The random stream of a cell. @param row of the dataset */
  randomOf(position: number, row: number): Random
  /** A cell is being made, or all cells of a column that makes them at once. */
  started(open: ActiveRowGroup): void
  /** Brings ready cells to where they are made, or wait. Takes them out of the list. */
  follow(ready: ReadyCell[]): void
  /** It is over, for these rows of the group. */
  ended(open: ActiveRowGroup, rows: readonly number[]): void
}
