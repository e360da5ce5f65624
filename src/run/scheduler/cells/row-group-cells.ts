import { present } from '../../../base/errors/present.ts'
import type { GroupedColumn } from '../../../columns/column/column.ts'
import { CellEffects, requestsOf } from '../../effects/effects.ts'
import type { ActiveRowGroup, ReadyCell } from '../group/active-row-group.ts'
import type { CellRunner } from './cell-runner.ts'

/**
 * Makes a column for all rows that have come (rule N10 of `cell-flow.ts`). Never rejects.
 *
 * @param rows in order, at least one
 */
export async function runRowGroupCells(
  runner: CellRunner,
  open: ActiveRowGroup,
  rows: readonly number[],
  position: number,
  column: GroupedColumn,
): Promise<void> {
  const { group, firstRow } = open.rows
  const effects = new CellEffects(runner.host, open.stored, { group, row: firstRow, column: column.name })
  runner.started(open)
  try {
    const views = rows.map((row) => open.rows.view(row, position))
    const random = runner.randomOf(position, firstRow)
    const results = await column.runAll({ ...requestsOf(effects, column.aliases[0], random), rows: views })
    const ready: ReadyCell[] = []
    for (const [index, row] of rows.entries()) {
      runner.results.putResult(open, row, position, present(results[index], 'results of rows'), ready)
    }
    runner.follow(ready)
  } catch (error) {
    for (const row of rows) runner.results.fail(open, row, position, error, effects)
  }
  runner.ended(open, rows)
}
