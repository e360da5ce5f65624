/**
 * The sequential engine's rule within one row group: column after column.
 *
 * Owns: which cells wait for their column's turn. Never: makes a cell, or knows what it holds.
 * Rules:
 *   T1. A column's turn comes when every cell before it, in making order, is made or has no row left to be made for.
 *   T2. A resizing or grouped column has its turn with all rows that want it. What waited behind it waited for rows that are no more.
 */

import type { TopologicalOrder } from '../../../columns/column/topological-order.ts'
import { columnAt } from '../../../columns/column/topological-order.ts'
import type { RowGroupState } from './row-group-state.ts'

const none: readonly number[] = []

/** A column whose turn it is, and the rows that want it, in row order: at least one. */
interface Turn {
  readonly position: number
  readonly rows: readonly number[]
}

export class ColumnSchedule {
  readonly #order: TopologicalOrder
  /** By position: rows whose cell is ready and waits. */
  readonly #waiting = new Map<number, number[]>()
  /** The first column that has not had its turn. */
  #position: number
  /** Cells that were handed out and have not ended; a resizing column is one. */
  #cells = 0

  constructor(order: TopologicalOrder) {
    this.#order = order
    this.#position = order.eagerCount
  }

  /** A cell is ready: everything that it reads is made. */
  wait(row: number, position: number): void {
    const rows = this.#waiting.get(position)
    if (rows === undefined) this.#waiting.set(position, [row])
    else rows.push(row)
  }

  /** A cell that was handed out has ended, whatever its end. */
  ended(): void {
    this.#cells--
  }

  /** The group's rows are others from now on; their cells are yet to become ready. */
  resized(): void {
    this.#cells = 0
    this.#waiting.clear()
  }

  /**
   * Hands out the cells of the next column, if it is due.
   *
   * @returns undefined while cells of the column before are out, and when no column is left
   */
  next(group: RowGroupState): Turn | undefined {
    while (this.#cells === 0 && this.#position < this.#order.columns.length) {
      const position = this.#position++
      const { kind } = columnAt(this.#order, position)
      const resizes = kind === 'resizing'
      const waiting = resizes ? Array(group.rowCount).keys() : (this.#waiting.get(position) ?? none)
      const rows = [...waiting].filter((row) => group.wants(row, position)).sort((a, b) => a - b)
      this.#waiting.delete(position)
      this.#cells = resizes || kind === 'grouped' ? Math.min(1, rows.length) : rows.length
      if (rows.length > 0) return { position, rows }
    }
    return undefined
  }
}
