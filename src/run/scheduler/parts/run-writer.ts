/** Where a run gets its row groups from, and where it stores what it makes of them. */
import type { RowGroupWriter } from '../../../store/writing/dataset-store.ts'
import type { EffectWriter } from '../../effects/effects-host.ts'
import type { ReplayState } from '../../effects/replay-state.ts'
import type { CellsToRequestAgain } from '../group/request-again.ts'
import type { RowGroupState } from '../group/row-group-state.ts'
import type { Claims } from './claims.ts'

/** A dataset that is written (`execute/dataset-writing.ts`), or nothing at all (`results/replay/replay-writer.ts`). */
export interface RunWriter extends EffectWriter, Pick<RowGroupWriter, 'lost' | 'release'> {
  /** Row groups to make, with what is stored of them. */
  readonly claims: Claims
  /**
   * Publishes a sealed group: durable when it resolves.
   *
   * @returns what is stored of it, when it is to be made again instead (rule N11)
   */
  commit(group: RowGroupState, stored: ReplayState): Promise<ReplayState | undefined>
  /** Records durably that stored answers of cells are not to be used again; see `request-again.ts`. */
  requestAgain(lists: readonly CellsToRequestAgain[]): Promise<void>
}
