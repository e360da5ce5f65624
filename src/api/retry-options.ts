/** Which cells a retry requests, as its caller says it. */
import { RowsmithError } from '../base/errors/errors.ts'
import { withoutUndefined } from '../base/values/without-undefined.ts'
import { chooseCells, filterText, type RetryFilter } from '../results/retry/choose-cells.ts'
import type { RunTarget } from '../run/open/prepare-run.ts'
import type { RetryRequest } from '../run/request/intent.ts'
import type { CreateOptions, RetryRunOptions } from '../run/request/options.ts'

/** Which cells to generate again, and how. */
export type RetryOptions = RetryFilter &
  RetryRunOptions & {
    /**
     * How long the new answers may be, in tokens, in place of `max_tokens` of the model: for answers that were cut off. Holds for
     * the cells that are named, not for those that depend on them.
     */
    readonly answerTokens?: number
  }

/** Which retry, apart from how it is run. @throws RowsmithError usage */
export function retryTarget(
  directory: string,
  { config, where, rows, columns, codes, finishReason, answerTokens, ...run }: RetryOptions,
): { readonly target: RunTarget; readonly run: CreateOptions } {
  if (answerTokens !== undefined && !(Number.isSafeInteger(answerTokens) && answerTokens >= 1)) {
    throw new RowsmithError('usage', `answerTokens must be a whole number of at least 1, not ${answerTokens}`)
  }
  const filter = withoutUndefined({ where, rows, columns, codes, finishReason })
  const request: RetryRequest = {
    filter: filterText(filter, answerTokens),
    choose: (view, run, all) => chooseCells(view, run, all, filter),
    answerTokens,
  }
  return { target: { kind: 'retry', directory, config, request }, run }
}
