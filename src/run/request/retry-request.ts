/** The cells that are to be asked for again. */
export interface ChosenCells {
  /** Rows over the dataset, in order, by column. */
  readonly cells: ReadonlyMap<string, readonly number[]>
  /** Those of the rows that are in the dataset. */
  readonly written: readonly number[]
}

/** A retry as it is asked for; carrying it out is `retry.ts`. */
export interface RetryRequest {
  /** What is asked for, as text (rule T1 of `retry.ts`). */
  readonly filter: string
  /** How long the answers may be, in tokens; undefined: as the config says. */
  readonly answerTokens?: number | undefined
  /**
   * Finds the cells; called before the lock is taken, and again under it.
   *
   * @throws RowsmithError nothing_to_retry, unknown_column, where_invalid, answers_missing
   */
  readonly choose: () => Promise<ChosenCells>
}
