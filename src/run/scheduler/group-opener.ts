/**
 * The first cells of a row group: those of the seed, sampled ones, and what is computed from them alone.
 *
 * Owns:   what a group begins with, column by column, and the frame that keeps it.
 * Never:  sends a request, or decides whether a group may open.
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import { present } from '../../base/errors/present.ts'
import { objectOf, type Value } from '../../base/values/value.ts'
import { Slice } from '../../base/work/slice.ts'
import { isFirst, mayHaveEffects } from '../../columns/column/topological-order.ts'
import type { RowGroup } from '../../plan/row-groups.ts'
import { formatRecord } from '../effects/journal-records.ts'
import type { ReplayState } from '../effects/replay-state.ts'
import type { CellFlow } from './cells/cell-flow.ts'
import {
  type ActiveRowGroup,
  type ReadyCell,
  restoreFailures,
  storeRecord,
} from './group/active-row-group.ts'
import type { SchedulerParts } from './parts/scheduler-parts.ts'
import { SampledColumns } from './sampled-columns.ts'

type Parts = Pick<SchedulerParts, 'order' | 'runSeed' | 'today' | 'seedColumns'>

export class GroupOpener {
  readonly #parts: Parts
  readonly #cells: CellFlow
  readonly #sampled: SampledColumns

  constructor(parts: Parts, cells: CellFlow) {
    this.#parts = parts
    this.#cells = cells
    this.#sampled = new SampledColumns(parts.order, parts.runSeed, parts.today)
  }

  /**
   * Makes a group's first cells and sends those after them on their way. Rows that are done by it are settled then.
   *
   * @throws RowsmithError what the seed dataset throws
   */
  async fill(open: ActiveRowGroup, group: RowGroup): Promise<void> {
    const { order, host, results } = this.#cells
    restoreFailures(open, 0)
    const slice = new Slice(host.clock)
    const first = await this.#firstColumns(group, open.stored)
    const misdrawn = await this.#sampled.addTo(first, group, slice)
    const ready: ReadyCell[] = []
    for (const [position, column] of order.columns.entries()) {
      const given = first.get(column.name)
      const eager = position < order.eagerCount
      if (!eager && order.waits[position]?.length !== 0) continue
      for (let row = 0; row < group.rows; row++) {
        if (slice.over()) await nextTurn()
        if (!eager) ready.push({ open, row, position })
        else if (column.kind === 'computed') this.#cells.compute(open, row, position, column, ready)
        else if (given !== undefined) {
          const failed = misdrawn.get(row)
          if (failed?.position === position) results.fail(open, row, position, failed.error)
          else results.put(open, row, position, present(given[row], 'values of a column'), ready)
        }
      }
    }
    this.#storeFirst(open)
    this.#cells.follow(ready)
    for (let row = 0; row < group.rows; row++) results.settle(open, row)
  }

  /** What is not drawn here: columns that were stored (rule E5), and those of the seed. */
  async #firstColumns(group: RowGroup, replay: ReplayState): Promise<Map<string, readonly Value[]>> {
    const given = new Map<string, readonly Value[]>()
    const missing: string[] = []
    for (const column of this.#parts.order.columns.filter(isFirst)) {
      const stored = storedColumn(replay, column.name, group.rows)
      if (stored !== undefined) given.set(column.name, stored)
      else if (column.kind === 'seed') missing.push(column.name)
    }
    if (missing.length > 0) {
      const seed = await this.#parts.seedColumns(group.firstRow, group.rows)
      for (const name of missing) given.set(name, present(seed.get(name), `seed column ${name}`))
    }
    return given
  }

  /** A group with effects keeps its sampled and seed columns in its first frame (rule E5). */
  #storeFirst(open: ActiveRowGroup): void {
    const { columns } = this.#parts.order
    if (open.stored.sampled !== undefined || !columns.some(mayHaveEffects)) return
    const first = objectOf(
      columns.flatMap((column, position) =>
        isFirst(column) ? [[column.name, open.rows.valuesOf(position)]] : [],
      ),
    )
    storeRecord(
      open,
      formatRecord({ kind: 'group', group: open.rows.group, columns: first }),
      this.#cells.host,
    )
  }
}

function storedColumn(replay: ReplayState, name: string, rowCount: number): readonly Value[] | undefined {
  const stored = replay.sampled?.[name]
  return Array.isArray(stored) && stored.length === rowCount ? stored : undefined
}
