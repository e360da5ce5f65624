/**
 * How many tokens cells took, as providers counted them.
 *
 * Rules:
 *   1. A cell's tokens are those of all answers that it took in its last round: corrections and turns of tools included.
 *   2. Cells of dropped rows are no cells of the dataset. Answers whose usage nobody told are not counted.
 */

import type { Usage } from '../../models/contract/contract.ts'
import { isEffectName } from '../../models/contract/effect.ts'
import {
  type CellName,
  cellOfKey,
  type EffectKey,
  placeOfKey,
  retryOfKey,
} from '../effects/journal-records.ts'

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
  *written(dropped: ReadonlySet<number>): Generator<{ column: string; input: number; output: number }> {
    for (const [name, { input, output }] of this.#cells) {
      const { row, column } = placeOfKey(name)
      if (!dropped.has(row)) yield { column, input, output }
    }
  }
}

/** How many cells took so many tokens, by that number. */
export type TokenHistogram = Map<number, number>

/** Of the cells of row groups, by column. So much is kept however many cells there are. */
export class ColumnTokens {
  readonly groups = new Set<number>()
  readonly columns = new Map<string, { readonly input: TokenHistogram; readonly output: TokenHistogram }>()

  /** A row group is published. @param dropped rows */
  add(group: number, cells: CellTokens, dropped: ReadonlySet<number>): void {
    this.groups.add(group)
    for (const { column, input, output } of cells.written(dropped)) {
      let counts = this.columns.get(column)
      if (counts === undefined) {
        counts = { input: new Map(), output: new Map() }
        this.columns.set(column, counts)
      }
      counts.input.set(input, (counts.input.get(input) ?? 0) + 1)
      counts.output.set(output, (counts.output.get(output) ?? 0) + 1)
    }
  }
}
