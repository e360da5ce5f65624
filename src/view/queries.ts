/**
 * Questions of the page: the positions that each found, for as long as the page reads rows of them.
 *
 * Rules:
 *   1. Four answers are stored, 4 bytes a row; the oldest is removed first.
 *   2. A question ends when its reader goes away, and after 30 seconds.
 */

import type { Dataset } from '../api/dataset.ts'
import { RowsmithError } from '../base/errors/errors.ts'
import type { PositionQuery } from '../results/pages/positions.ts'

const storedMax = 4
const longestMs = 30_000

export class Queries {
  readonly #dataset: Dataset
  readonly #found = new Map<string, Uint32Array>()
  #next = 1

  constructor(dataset: Dataset) {
    this.#dataset = dataset
  }

  /** @throws RowsmithError as `positions`, and `usage` for a question that takes too long */
  async ask(
    query: PositionQuery,
    onProgress: (found: number) => void,
    signal: AbortSignal,
  ): Promise<{ readonly id: string; readonly found: number }> {
    const timeout = AbortSignal.timeout(longestMs)
    const both = AbortSignal.any([signal, timeout])
    const positions = await this.#dataset
      .positions(query, { onProgress, signal: both })
      .catch((error: unknown) => {
        if (!timeout.aborted) throw error
        throw new RowsmithError('usage', `The question took longer than ${longestMs / 1000} seconds.`, {
          nextStep: 'Ask for less: a condition on a column that is not long text, or one column to search.',
        })
      })
    const id = String(this.#next++)
    this.#found.set(id, positions)
    for (const old of this.#found.keys()) {
      if (this.#found.size > storedMax) this.#found.delete(old)
    }
    return { id, found: positions.length }
  }

  /** @throws RowsmithError usage for one that is not stored any more */
  positions(id: string): Uint32Array {
    const found = this.#found.get(id)
    if (found !== undefined) return found
    throw new RowsmithError('usage', 'The answer to this question is not stored any more.', {
      nextStep: 'Ask again.',
    })
  }
}
