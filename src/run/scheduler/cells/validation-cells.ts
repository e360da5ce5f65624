import type { CheckedColumn } from '../../../columns/column/column.ts'
import type { Checks } from '../../../validate/checking/checker.ts'
import type { ReadyCell } from '../group/active-row-group.ts'
import type { CellRunner } from './cell-runner.ts'

/** Makes a cell that is checked elsewhere. Never rejects. */
export async function runValidationCells(
  runner: CellRunner,
  checks: Checks,
  { open, row, position }: ReadyCell,
  column: CheckedColumn,
): Promise<void> {
  runner.started(open)
  try {
    const value = await column.check(open.rows.view(row, position), checks)
    const ready: ReadyCell[] = []
    runner.results.put(open, row, position, value, ready)
    runner.follow(ready)
  } catch (error) {
    runner.results.fail(open, row, position, error)
  }
  runner.ended(open, [row])
}
