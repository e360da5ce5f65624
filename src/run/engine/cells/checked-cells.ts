import type { CheckedColumn } from '../../../columns/column/column.ts'
import type { Checks } from '../../../validate/checking/checker.ts'
import type { ReadyCell } from '../group/group-in-work.ts'
import type { Making } from './making.ts'

/** Makes a cell that is checked elsewhere. Never rejects. */
export async function makeChecked(
  making: Making,
  checks: Checks,
  { open, row, position }: ReadyCell,
  column: CheckedColumn,
): Promise<void> {
  making.began(open)
  try {
    const value = await column.check(open.rows.view(row, position), checks)
    const ready: ReadyCell[] = []
    making.outcomes.put(open, row, position, value, ready)
    making.follow(ready)
  } catch (error) {
    making.outcomes.fail(open, row, position, error)
  }
  making.ended(open, [row])
}
