/**
 * A row group whose rows a resizing column has replaced.
 *
 * Rows that were dropped before stand behind the new ones, so that every row the group ever had keeps its state:
 * planned = written + dropped holds for what the group has become. Rows are numbered from the group's first row on,
 * and numbers of a group that has grown may be those of the next group's: they distinguish rows within a group only.
 */
import { RowGroupState } from '../group/row-group-state.ts'

/** The group with that many rows to be made, in place of the open ones. */
export function resizedGroup(before: RowGroupState, rows: number): RowGroupState {
  const dropped = before.rowFailures().filter(({ row }) => before.isDropped(row - before.firstRow))
  const after = new RowGroupState(before.group, before.firstRow, rows + dropped.length, before.order)
  after.copyMedia(before)
  for (const [index, failure] of dropped.entries()) {
    after.drop({ ...failure, row: after.firstRow + rows + index })
    after.settle(rows + index)
  }
  return after
}
