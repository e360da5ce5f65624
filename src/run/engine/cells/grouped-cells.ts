import type { GroupedColumn } from '../../../columns/column/column.ts'
import { asking, CellEffects } from '../../effects/effects.ts'
import type { GroupInWork, ReadyCell } from '../group/group-in-work.ts'
import type { Making } from './making.ts'

/**
 * Makes a column for all rows that have come (rule N10 of `cell-flow.ts`). Never rejects.
 *
 * @param rows in order, at least one
 */
export async function makeGrouped(
  making: Making,
  open: GroupInWork,
  rows: readonly number[],
  position: number,
  column: GroupedColumn,
): Promise<void> {
  const { group, firstRow } = open.rows
  const effects = new CellEffects(making.host, open.kept, { group, row: firstRow, column: column.name })
  making.began(open)
  try {
    const views = rows.map((row) => open.rows.view(row, position))
    const random = making.randomOf[position]!(firstRow)
    const made = await column.makeAll({ ...asking(effects, column.aliases[0], random), rows: views })
    const ready: ReadyCell[] = []
    for (const [index, row] of rows.entries()) {
      making.outcomes.putMade(open, row, position, made[index]!, ready)
    }
    making.follow(ready)
  } catch (error) {
    for (const row of rows) making.outcomes.fail(open, row, position, error, effects)
  }
  making.ended(open, rows)
}
