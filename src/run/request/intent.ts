/** What a command requests of the dataset that it finds. */

import type { Column } from '../../columns/column/column.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { Retries } from '../../store/logs/retries.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'

/**
 * One of four. `create` and `preview` name a config, `resume` and `retry` a dataset directory, so that no other directory will do.
 *
 * Example: `rowsmith retry artifacts/dataset --rows 3` is `{ kind: 'retry', request: { filter: '{"rows":[[3,3]]}', ... }, cells: ... }`.
 */
export type RunIntent =
  | { readonly kind: 'create' }
  | { readonly kind: 'resume' }
  | {
      readonly kind: 'retry'
      readonly request: RetryRequest
      /** What it names in the dataset as it was found; null when a retry that requested the same is to be continued. */
      readonly cells: ChosenCells | null
    }
  | {
      readonly kind: 'preview'
      /** The name of the dataset it is a preview of. */
      readonly of: string
      /** How many rows are wanted of it; its target may be larger, from an earlier time. */
      readonly rows: number
      /** A dataset directory whose seed and answers a new preview reuses. */
      readonly origin: string | null
    }

/** Whether a folder made next to the named one will do. */
export function mayBeSibling({ kind }: RunIntent): boolean {
  return kind === 'create' || kind === 'preview'
}

/** Cells that a retry names. */
export interface ChosenCells {
  /** Rows over the dataset, in order, by column. */
  readonly cells: ReadonlyMap<string, readonly number[]>
  /** Those of the rows that are in the dataset. */
  readonly written: readonly number[]
}

/** A retry as it is requested; carrying it out is `retry/retry.ts`. */
export interface RetryRequest {
  /** What is requested, as text (rule T1 of `retry/retry.ts`). */
  readonly filter: string
  /** How long the answers may be, in tokens; undefined: as the config says. */
  readonly answerTokens?: number | undefined
  /**
   * Finds the cells; called before the lock is taken, and again under it.
   *
   * @throws RowsmithError nothing_to_retry, unknown_column, where_invalid, answers_missing
   */
  readonly choose: (view: DatasetView, run: RunFile, columns: readonly Column[]) => Promise<ChosenCells>
}

/** Whether the same was requested before, and is not done (rule T1 of `retry/retry.ts`). */
export function isOpen({ filter }: Pick<RetryRequest, 'filter'>, { all, done }: Retries): boolean {
  return all.some((retry) => retry.filter === filter && !done.has(retry.number))
}
