/**
 * Rows made of rows.
 *
 * Rules:
 *   N8. A resizing column replaces its group's rows at its turn. It needs the sequential engine. Stopped before it is done,
 *       the group stays open with the rows it had.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { asRowsmithError } from '../../../base/errors/errors.ts'
import type { ValueObject } from '../../../base/values/value.ts'
import { Slice } from '../../../base/work/slice.ts'
import type { ResizingColumn } from '../../../columns/column/column.ts'
import { callsOf } from '../../effects/user-call.ts'
import { type ActiveRowGroup, type ReadyCell, restoreFailures } from '../group/active-row-group.ts'
import type { CellRunner } from './cell-runner.ts'
import { resizedGroup } from './resized-group.ts'

/**
 * Makes a resizing column for the rows that want it. Never rejects. Whether it is over is for the caller to say: the column's turn
 * has ended together with the rows that it was for.
 *
 * @param grew called with how many rows the group has more than before
 */
export async function resize(
  runner: CellRunner,
  open: ActiveRowGroup,
  rows: readonly number[],
  position: number,
  column: ResizingColumn,
  grew: (rows: number) => void,
): Promise<void> {
  const { host, results } = runner
  const generatedRows: ValueObject[] = []
  for (const batch of column.per === 'row' ? rows.map((row) => [row]) : [rows]) {
    if (host.stopping.aborted) break
    const [first = 0] = batch
    const random = runner.randomOf(position, open.rows.firstRow + first)
    try {
      const views = batch.map((row) => open.rows.rowBefore(row, position))
      for (const row of await column.resize(views, random, callsOf(host, column.name)))
        generatedRows.push(row)
    } catch (error) {
      for (const row of batch) {
        results.fail(open, row, position, error)
        results.settle(open, row)
      }
    }
  }
  if (!host.stopping.aborted) {
    await replaceRows(runner, open, position, generatedRows, grew).catch((error: unknown) =>
      host.stop(asRowsmithError(error)),
    )
  }
}

/** Gives the group the rows that a column made of its own, whole up to that column. */
async function replaceRows(
  runner: CellRunner,
  open: ActiveRowGroup,
  position: number,
  generatedRows: readonly ValueObject[],
  grew: (rows: number) => void,
): Promise<void> {
  const { order, host, results } = runner
  const { columns, waits } = order
  const rows = resizedGroup(open.rows, generatedRows.length)
  grew(rows.rowCount - open.rows.rowCount)
  open.rows = rows
  restoreFailures(open, position + 1)
  open.failures.clear()
  open.schedule?.resized()
  const slice = new Slice(host.clock)
  const ready: ReadyCell[] = []
  for (const [row, values] of generatedRows.entries()) {
    if (slice.over()) await nextTurn()
    for (const [at, { name }] of columns.entries()) {
      if (at <= position)
        results.put(open, row, at, Object.hasOwn(values, name) ? values[name] : undefined, ready)
      else if (waits[at]?.length === 0) ready.push({ open, row, position: at })
    }
  }
  runner.follow(ready.filter((cell) => cell.position > position))
  for (let row = 0; row < generatedRows.length; row++) results.settle(open, row)
}
