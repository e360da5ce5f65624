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
import { type GroupInWork, honourVerdicts, type ReadyCell } from '../group/group-in-work.ts'
import type { Making } from './making.ts'
import { resizedGroup } from './resized-group.ts'

/**
 * Makes a resizing column for the rows that want it. Never rejects. Whether it is over is for the caller to say: the column's turn
 * has ended together with the rows that it was for.
 *
 * @param grew called with how many rows the group has more than before
 */
export async function resize(
  making: Making,
  open: GroupInWork,
  rows: readonly number[],
  position: number,
  column: ResizingColumn,
  grew: (rows: number) => void,
): Promise<void> {
  const { host, outcomes, randomOf } = making
  const made: ValueObject[] = []
  for (const batch of column.per === 'row' ? rows.map((row) => [row]) : [rows]) {
    if (host.stopping.aborted) break
    const random = randomOf[position]!(open.rows.firstRow + batch[0]!)
    try {
      const views = batch.map((row) => open.rows.rowBefore(row, position))
      for (const row of await column.resize(views, random, callsOf(host, column.name))) made.push(row)
    } catch (error) {
      for (const row of batch) {
        outcomes.fail(open, row, position, error)
        outcomes.settle(open, row)
      }
    }
  }
  if (!host.stopping.aborted) {
    await replaceRows(making, open, position, made, grew).catch((error: unknown) =>
      host.stop(asRowsmithError(error)),
    )
  }
}

/** Gives the group the rows that a column made of its own, whole up to that column. */
async function replaceRows(
  making: Making,
  open: GroupInWork,
  position: number,
  made: readonly ValueObject[],
  grew: (rows: number) => void,
): Promise<void> {
  const { order, host, outcomes } = making
  const { columns, waits } = order
  const rows = resizedGroup(open.rows, made.length)
  grew(rows.rowCount - open.rows.rowCount)
  open.rows = rows
  honourVerdicts(open, position + 1)
  open.failures.clear()
  open.turns?.resized()
  const slice = new Slice(host.clock)
  const ready: ReadyCell[] = []
  for (const [row, values] of made.entries()) {
    if (slice.over()) await nextTurn()
    for (const [at, { name }] of columns.entries()) {
      if (at <= position)
        outcomes.put(open, row, at, Object.hasOwn(values, name) ? values[name] : undefined, ready)
      else if (waits[at]!.length === 0) ready.push({ open, row, position: at })
    }
  }
  making.follow(ready.filter((cell) => cell.position > position))
  for (let row = 0; row < made.length; row++) outcomes.settle(open, row)
}
