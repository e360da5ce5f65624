import { asRowsmithError } from '../../../base/errors/errors.ts'
import type { MakingOrder } from '../../../columns/column/making-order.ts'
import type { RowGroup } from '../../../plan/row-groups.ts'
import type { EffectsHost } from '../../effects/effects-host.ts'
import { type KeptGroup, verdictsOf } from '../../effects/kept.ts'
import { ColumnTurns } from './column-turns.ts'
import { Gathering } from './gathering.ts'
import { OpenGroup } from './open-group.ts'

/** A row group that the engine has open: its rows, what is kept of it, and what is in work for it. */
export interface GroupInWork {
  /** Another object once a column has replaced the rows. */
  rows: OpenGroup
  readonly kept: KeptGroup
  /** Per row of the group: the failure that is its verdict so far, and the requests it took. */
  readonly failures: Map<number, { readonly message: string; readonly attempts: number }>
  /** Cells being made, those of dropped rows included: their answers belong to this group's bill. */
  cellsInWork: number
  /** Set when columns are made one after the other. */
  readonly turns: ColumnTurns | undefined
  /** Columns that wait for all rows of the group. */
  readonly gathering: Gathering
  sealed: boolean
}

/** A cell of which everything that it reads is made. */
export interface ReadyCell {
  readonly open: GroupInWork
  /** Its index within the group. */
  readonly row: number
  /** Of its column, in making order. */
  readonly position: number
}

/** A cell that failed lately. */
export interface FailedCell {
  readonly open: GroupInWork
  readonly row: number
  readonly column: string
  /** Whether there are answers to it, which would be used again. */
  readonly answered: boolean
}

/** A group before its first cell. */
export function groupInWork(
  { group, firstRow, rows }: RowGroup,
  kept: KeptGroup,
  order: MakingOrder,
  sequential: boolean,
): GroupInWork {
  return {
    rows: new OpenGroup(group, firstRow, rows, order),
    kept,
    failures: new Map(),
    cellsInWork: 0,
    turns: sequential ? new ColumnTurns(order) : undefined,
    gathering: new Gathering(order.grouped),
    sealed: false,
  }
}

/** Takes verdicts of a former process, from a column on: as far as their rows are counted as they are now. */
export function honourVerdicts({ rows, kept }: GroupInWork, from: number): void {
  const { columns } = rows.order
  const resizing = columns.findIndex(({ kind }, at) => at >= from && kind === 'resizing')
  for (const verdict of verdictsOf(kept)) {
    const at = Math.max(
      0,
      columns.findIndex(({ name }) => name === verdict.column),
    )
    if (at >= from && (resizing === -1 || at <= resizing)) rows.honour(verdict)
  }
}

/** Keeps a frame of the group: in its journal, and for its replies file. A journal that fails stops the run. */
export function keepFrame(
  { rows, kept }: GroupInWork,
  text: string,
  host: Pick<EffectsHost, 'journal' | 'stop'>,
): void {
  kept.frames.push(text)
  host.journal.note(rows.group, text).catch((error: unknown) => host.stop(asRowsmithError(error)))
}
