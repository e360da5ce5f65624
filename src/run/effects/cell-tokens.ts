/**
 * How many tokens cells took, as providers counted them.
 *
 * Rules:
 *   1. A cell's tokens are those of all answers that it took in its last round: corrections and turns of tools included.
 *   2. Cells of dropped rows do not count, nor do answers without usage.
 */

import type { Usage } from '../../models/contract/contract.ts'
import { isEffectName } from '../../models/contract/effect.ts'
import type { CountedTokens } from '../usage/column-tokens.ts'
import { type CellName, cellOfKey, type EffectKey, placeOfKey, retryOfKey } from './journal-records.ts'

interface Cell {
  readonly round: number
  input: number
  output: number
}

/** Of the cells of one row group. */
export class CellTokens {
  readonly #cells = new Map<CellName, Cell>()

  /** An answer is there. @param model as the journal names it */
  add(key: EffectKey, model: string, usage: Usage): void {
    if (isEffectName(model) || usage.usageUnknown === true) return
    const name = cellOfKey(key)
    const { retry } = retryOfKey(key)
    const found = this.#cells.get(name)
    if (found !== undefined && found.round > retry) return
    const cell = found?.round === retry ? found : { round: retry, input: 0, output: 0 }
    this.#cells.set(name, cell)
    cell.input += usage.inputTokens
    cell.output += usage.outputTokens
  }

  /** Those of the rows that are written. */
  *written(dropped: ReadonlySet<number>): Generator<CountedTokens> {
    for (const [name, { input, output }] of this.#cells) {
      const { row, column } = placeOfKey(name)
      if (!dropped.has(row)) yield { column, input, output }
    }
  }
}
