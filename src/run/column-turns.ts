/**
 * The sequential engine's rule within one row group: column after column.
 *
 * Owns: which cells wait for their column's turn. Never: makes a cell, or knows what it holds.
 * Rule T1. A column's turn comes when every cell before it, in making order, is made or has no row left to be made for.
 */
import type { MakingOrder } from './open-group.ts'

const none: readonly number[] = []

/** A column whose turn it is: the rows whose cells are to be asked for. */
interface Turn {
  readonly position: number
  readonly rows: readonly number[]
}

export class ColumnTurns {
  readonly #order: MakingOrder
  /** By position: rows whose cell is ready and waits. */
  readonly #waiting = new Map<number, number[]>()
  /** The first column that has not had its turn. */
  #position: number
  /** Cells that were handed out and have not ended. */
  #cells = 0

  constructor(order: MakingOrder) {
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

  /**
   * Hands out the cells of the next column, if it is due.
   *
   * @param wants whether a row still wants its cell
   * @returns undefined while cells of the column before are out, and when no column is left
   */
  next(wants: (row: number, position: number) => boolean): Turn | undefined {
    while (this.#cells === 0 && this.#position < this.#order.columns.length) {
      const position = this.#position++
      const rows = (this.#waiting.get(position) ?? none).filter((row) => wants(row, position))
      this.#waiting.delete(position)
      this.#cells = rows.length
      if (rows.length > 0) return { position, rows }
    }
    return undefined
  }
}
