/** How many tokens the cells of columns took, in numbers that need little room: how often each count was there. */
import { Frequencies } from '../../base/numbers/frequencies.ts'

/** What one cell took. */
export interface CountedTokens {
  readonly column: string
  readonly input: number
  readonly output: number
}

/** Tokens of the cells of one column. */
export interface TokenFrequencies {
  readonly input: Frequencies
  readonly output: Frequencies
}

/** Of the cells of row groups, by column. The memory does not grow with the number of cells. */
export class ColumnTokens {
  readonly groups = new Set<number>()
  readonly columns = new Map<string, TokenFrequencies>()

  /** A row group is published. @param cells those of the rows that are written */
  add(group: number, cells: Iterable<CountedTokens>): void {
    this.groups.add(group)
    for (const { column, input, output } of cells) {
      let counts = this.columns.get(column)
      if (counts === undefined) {
        counts = { input: new Frequencies(), output: new Frequencies() }
        this.columns.set(column, counts)
      }
      counts.input.add(input)
      counts.output.add(output)
    }
  }
}
