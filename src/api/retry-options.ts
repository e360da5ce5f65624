/** Which cells a retry asks for, as its caller says it. */
import { RowsmithError } from '../base/errors/errors.ts'
import { chooseCells, filterText, type RetryFilter } from '../results/retry/choose-cells.ts'
import type { ChooseCells, RetryRunOptions, RetryTarget } from '../run/start.ts'

/** Which cells to generate again, and how. */
export type RetryOptions = RetryFilter &
  RetryRunOptions & {
    /**
     * How long the new answers may be, in tokens, in place of `max_tokens` of the model: for answers that were cut off. Holds for
     * the cells that are named, not for those that depend on them.
     */
    readonly answerTokens?: number
  }

/** The cells of a retry, apart from how it is run. @throws RowsmithError usage */
export function retryIntent({
  where,
  rows,
  columns,
  codes,
  finishReason,
  answerTokens,
  ...run
}: RetryOptions): {
  readonly request: RetryTarget
  readonly run: RetryRunOptions
} {
  if (answerTokens !== undefined && !(Number.isSafeInteger(answerTokens) && answerTokens >= 1)) {
    throw new RowsmithError('usage', `answerTokens must be a whole number of at least 1, not ${answerTokens}`)
  }
  const filter = pickGiven({ where, rows, columns, codes, finishReason })
  const choose: ChooseCells = (directory, run, all) => chooseCells(directory, run, all, filter)
  return {
    request: { filter: filterText(filter, answerTokens), choose, ...pickGiven({ answerTokens }) },
    run,
  }
}

/** Without what is undefined. */
function pickGiven<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
