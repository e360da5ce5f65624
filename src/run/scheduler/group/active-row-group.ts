import { asRowsmithError } from '../../../base/errors/errors.ts'
import type { TopologicalOrder } from '../../../columns/column/topological-order.ts'
import type { RowGroup } from '../../../plan/row-groups.ts'
import type { EffectsHost } from '../../effects/effects-host.ts'
import { currentFailures, type ReplayState } from '../../effects/replay-state.ts'
import { ColumnSchedule } from './column-schedule.ts'
import { RowBarrier } from './row-barrier.ts'
import { RowGroupState } from './row-group-state.ts'

/** A row group that the engine has open: its rows, what is stored of it, and what is in work for it. */
export interface ActiveRowGroup {
  /** Another object once a column has replaced the rows. */
  rows: RowGroupState
  readonly stored: ReplayState
  /** Per row of the group: the failure that is its row failure so far, and the requests it took. */
  readonly failures: Map<number, { readonly message: string; readonly attempts: number }>
  /** Cells being made, those of dropped rows included: their answers belong to this group's usage. */
  cellsInFlight: number
  /** Cells that are ready, and wait for a model or an effect. */
  cellsWaiting: number
  /** Cells whose answers come with batches: they are left open. */
  cellsParked: number
  /** Whether its first cells are made. */
  isFilled: boolean
  /** Set when columns are made one after the other. */
  readonly schedule: ColumnSchedule | undefined
  /** Columns that wait for all rows of the group. */
  readonly barrier: RowBarrier
  sealed: boolean
}

/** A cell of which everything that it reads is made. */
export interface ReadyCell {
  readonly open: ActiveRowGroup
  /** Its index within the group. */
  readonly row: number
  /** Of its column, in making order. */
  readonly position: number
}

/** A cell that failed lately. */
export interface FailedCell {
  readonly open: ActiveRowGroup
  readonly row: number
  readonly column: string
  /** Whether there are answers to it, which would be used again. */
  readonly answered: boolean
}

/** A group before its first cell. */
export function activeRowGroup(
  { group, firstRow, rows }: RowGroup,
  stored: ReplayState,
  order: TopologicalOrder,
  sequential: boolean,
): ActiveRowGroup {
  return {
    rows: new RowGroupState(group, firstRow, rows, order),
    stored,
    failures: new Map(),
    cellsInFlight: 0,
    cellsWaiting: 0,
    cellsParked: 0,
    isFilled: false,
    schedule: sequential ? new ColumnSchedule(order) : undefined,
    barrier: new RowBarrier(order.grouped),
    sealed: false,
  }
}

/** Takes row failures of a former process, from a column on: as far as their rows are counted as they are now. */
export function restoreFailures({ rows, stored }: ActiveRowGroup, from: number): void {
  const { columns } = rows.order
  const resizing = columns.findIndex(({ kind }, at) => at >= from && kind === 'resizing')
  for (const failure of currentFailures(stored)) {
    const at = Math.max(
      0,
      columns.findIndex(({ name }) => name === failure.column),
    )
    if (at >= from && (resizing === -1 || at <= resizing)) rows.restoreFailure(failure)
  }
}

/** Keeps a frame of the group: in its journal, and for its replies file. A journal that fails stops the run. */
export function storeRecord(
  { rows, stored }: ActiveRowGroup,
  text: string,
  host: Pick<EffectsHost, 'writer' | 'stop'>,
): void {
  stored.records.push(text)
  host.writer.note(rows.group, text).catch((error: unknown) => host.stop(asRowsmithError(error)))
}
