/**
 * Cells that are left out.
 *
 * Rules:
 *   N9. A cell that its column's rule skips is made at once when it is ready: nothing is requested, no turn is waited for.
 *       A rule that cannot know skips, as in the reference, and the run says so once per column.
 */

import { errorCodes } from '../../../base/errors/error-codes.ts'
import { asRowsmithError } from '../../../base/errors/errors.ts'
import { columnRandom, type Random } from '../../../base/numbers/random.ts'
import type { TopologicalOrder } from '../../../columns/column/topological-order.ts'
import { columnAt } from '../../../columns/column/topological-order.ts'
import type { RowGroupState } from '../group/row-group-state.ts'
import type { SchedulerParts } from '../parts/scheduler-parts.ts'

export class Skipping {
  readonly #order: TopologicalOrder
  readonly #emit: SchedulerParts['emit']
  /** Per column in making order: the random stream of `skip.when` for a row, where there is one. */
  readonly #randomOf: readonly (((row: number) => Random) | undefined)[]
  /** Columns whose `skip.when` could not be evaluated for some row. */
  readonly #unclear = new Set<string>()

  constructor({ order, runSeed, emit }: Pick<SchedulerParts, 'order' | 'runSeed' | 'emit'>) {
    this.#order = order
    this.#emit = emit
    this.#randomOf = order.columns.map(({ name, skip }) =>
      skip?.when ? columnRandom(runSeed, `${name}\0skip.when`) : undefined,
    )
  }

  /** Whether a ready cell is left out (rule N9). @throws whatever is no fault of the row */
  skips(rows: RowGroupState, row: number, position: number): boolean {
    if (columnAt(this.#order, position).skip === undefined) return false
    return rows.skippedAlong(row, position) || this.#skipsItself(rows, row, position)
  }

  #skipsItself(rows: RowGroupState, row: number, position: number): boolean {
    const { name, skip } = columnAt(this.#order, position)
    const random = this.#randomOf[position]
    if (skip?.when === undefined || skip.when === null || random === undefined) return false
    try {
      return skip.when(rows.view(row, position), random(rows.firstRow + row))
    } catch (error) {
      const { code, message } = asRowsmithError(error)
      if (errorCodes[code].class !== 'row') throw error
      if (!this.#unclear.has(name)) {
        const warning = `Column "${name}": skip.when cannot be decided for every row, so those are skipped: ${message}`
        this.#emit({ type: 'warning', code: 'skip_unclear', message: warning })
      }
      this.#unclear.add(name)
      return true
    }
  }
}
