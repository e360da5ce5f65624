/**
 * Which answer of a cell counts, when some were requested again.
 *
 * Owns: the arithmetic of retries within a row group. Pure, and the same in whatever order its frames are read.
 * Rules:
 *   Q1. A retry has a number, from 1 over the dataset, and names cells. The *round* of a cell is the number of the last retry that
 *       names it, or 0. The round is part of an effect's key, so an answer of an earlier round stays and is never taken for the new one.
 *       How long its answers may be is said by the retry too: another length is another request.
 *   Q2. A row failure belongs to the round of its row: that of the last retry that names any cell of it. An earlier one is superseded.
 *   Q3. A row that was in the dataset stays in it (P6): if a retry that names it ends with a row failure, that retry is taken back
 *       for the row, which is made of its former answers again.
 */

/** What one retry names in a row group. */
export interface RetriedCells {
  readonly number: number
  /** Rows over the dataset, by column. */
  readonly cells: ReadonlyMap<string, readonly number[]>
  /** Those of the rows that were in the dataset when it was requested. */
  readonly written: readonly number[]
  /** How long answers to these cells may be, in tokens; undefined: as the config says. */
  readonly answerTokens?: number | undefined
}

interface RowRetry {
  readonly number: number
  readonly columns: Set<string>
  readonly wasWritten: boolean
  readonly answerTokens: number | undefined
  isReverted: boolean
}

export class RetryNumbers {
  readonly #numbers = new Set<number>()
  /** By row, in order of their numbers. */
  readonly #retries = new Map<number, RowRetry[]>()
  /** Row failures by row, as they came: some before their retry. */
  readonly #rowFailures = new Map<number, Set<number>>()

  /** A retry that is known already changes nothing. @returns false then */
  add({ number, cells, written, answerTokens }: RetriedCells): boolean {
    if (this.#numbers.has(number)) return false
    this.#numbers.add(number)
    const inDataset = new Set(written)
    for (const [column, rows] of cells) {
      for (const row of rows) {
        const ofRow = this.#ofRow(row)
        const known = ofRow.find((retry) => retry.number === number)
        if (known !== undefined) known.columns.add(column)
        else {
          const isReverted = inDataset.has(row) && this.#rowFailures.get(row)?.has(number) === true
          const wasWritten = inDataset.has(row)
          ofRow.push({ number, columns: new Set([column]), wasWritten, answerTokens, isReverted })
        }
      }
    }
    for (const ofRow of this.#retries.values()) ofRow.sort((a, b) => a.number - b.number)
    return true
  }

  /** A row came to a row failure in a round (rule Q3). */
  failed(row: number, number: number): void {
    if (number === 0) return
    const ended = this.#rowFailures.get(row)
    if (ended === undefined) this.#rowFailures.set(row, new Set([number]))
    else ended.add(number)
    for (const retry of this.#retries.get(row) ?? []) {
      if (retry.number === number && retry.wasWritten) retry.isReverted = true
    }
  }

  /** The round of a cell (rule Q1). */
  of(row: number, column: string): number {
    return this.#last(row, column)?.number ?? 0
  }

  /** How long the answers of a cell's round may be; undefined: as the config says. */
  answerTokens(row: number, column: string): number | undefined {
    return this.#last(row, column)?.answerTokens
  }

  /** The round of a row (rule Q2). */
  ofRow(row: number): number {
    return this.#retries.get(row)?.findLast(({ isReverted }) => !isReverted)?.number ?? 0
  }

  /** Whether a row's present round may not end it (rule Q3). */
  mustStay(row: number): boolean {
    return this.#retries.get(row)?.findLast(({ isReverted }) => !isReverted)?.wasWritten ?? false
  }

  /** The highest retry that names a cell of the group; 0 for none. */
  get highest(): number {
    return Math.max(0, ...this.#numbers)
  }

  /** Whether any retry ever named a cell of the row: some of its answers may be superseded. */
  names(row: number): boolean {
    return this.#retries.has(row)
  }

  /** Whether a retry after that one names a cell of the row. */
  namesAfter(row: number, number: number): boolean {
    return this.#retries.get(row)?.some((retry) => retry.number > number) ?? false
  }

  #last(row: number, column: string): RowRetry | undefined {
    return this.#retries.get(row)?.findLast((retry) => !retry.isReverted && retry.columns.has(column))
  }

  #ofRow(row: number): RowRetry[] {
    let retries = this.#retries.get(row)
    if (retries === undefined) {
      retries = []
      this.#retries.set(row, retries)
    }
    return retries
  }
}
