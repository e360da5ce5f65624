/**
 * Columns that are made for all rows of a group at once: which rows have come, and when all have.
 *
 * Rules:
 *   R1. A row comes when every column before this one, in making order, is made for it; one that failed there never comes, and one
 *       whose cell is skipped is passed over. So which rows a column gets does not depend on who was fast.
 *   R2. A column is due once, when every row of its group has come, failed before it, or been passed over.
 */
import type { RowGroupState } from './row-group-state.ts'

interface Waiting {
  readonly rows: number[]
  passed: number
}

/** A column that is due, and the rows it is made for, in row order: perhaps none. */
export interface ReadyColumn {
  readonly position: number
  readonly rows: readonly number[]
}

export class RowBarrier {
  readonly #waiting: Map<number, Waiting>

  /** @param positions of the grouped columns */
  constructor(positions: readonly number[]) {
    this.#waiting = new Map(positions.map((position) => [position, { rows: [], passed: 0 }]))
  }

  come(row: number, position: number): void {
    this.#waiting.get(position)?.rows.push(row)
  }

  pass(position: number): void {
    const waiting = this.#waiting.get(position)
    if (waiting !== undefined) waiting.passed++
  }

  /** Hands out the columns that have become due (rule R2). */
  ready(group: RowGroupState): ReadyColumn[] {
    const ready: ReadyColumn[] = []
    for (const [position, { rows, passed }] of this.#waiting) {
      if (rows.length + passed + group.lostBefore(position) < group.rowCount) continue
      this.#waiting.delete(position)
      ready.push({ position, rows: rows.sort((a, b) => a - b) })
    }
    return ready
  }
}
