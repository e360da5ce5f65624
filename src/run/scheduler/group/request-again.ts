import type { FailedCell } from './active-row-group.ts'

/** Cells whose stored answers are not to be used again: what a retry names (`retry-numbers.ts`). */
export interface CellsToRequestAgain {
  /** Rows over the dataset, in order, by column. */
  readonly cells: ReadonlyMap<string, readonly number[]>
  /** Those of the rows that are in the dataset, and stay in it. */
  readonly written: readonly number[]
  /** How long the answers may be, as an earlier retry of these cells said. */
  readonly answerTokens: number | undefined
}

/** Of cells that failed, those that had answers; what was refused is requested again by itself. One list for each length that answers may have. */
export function cellsToRequestAgain(failed: readonly FailedCell[]): CellsToRequestAgain[] {
  const answered = failed.filter((cell) => cell.answered)
  const byTokens = Map.groupBy(answered, (cell) =>
    cell.open.stored.retryNumbers.answerTokens(rowOf(cell), cell.column),
  )
  return [...byTokens].map(([answerTokens, cells]) => {
    const byColumn = Map.groupBy(cells, ({ column }) => column)
    const written = cells.filter(({ open, row }) => {
      const { published } = open.stored
      return published !== null && !published.dropped.has(open.rows.firstRow + row)
    })
    return {
      cells: new Map([...byColumn].map(([column, ofColumn]) => [column, inOrder(ofColumn)])),
      written: inOrder(written),
      answerTokens,
    }
  })
}

function rowOf({ open, row }: FailedCell): number {
  return open.rows.firstRow + row
}

function inOrder(cells: readonly FailedCell[]): number[] {
  return [...new Set(cells.map(rowOf))].sort((a, b) => a - b)
}
