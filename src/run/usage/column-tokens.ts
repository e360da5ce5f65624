/** How many tokens the cells of columns took, in numbers that need little room: how often each count was there. */

/** What one cell took. */
export interface CountedTokens {
  readonly column: string
  readonly input: number
  readonly output: number
}

/** How many cells took so many tokens, by that number. */
export type TokenHistogram = Map<number, number>

/** Of the cells of row groups, by column. The memory does not grow with the number of cells. */
export class ColumnTokens {
  readonly groups = new Set<number>()
  readonly columns = new Map<string, { readonly input: TokenHistogram; readonly output: TokenHistogram }>()

  /** A row group is published. @param cells those of the rows that are written */
  add(group: number, cells: Iterable<CountedTokens>): void {
    this.groups.add(group)
    for (const { column, input, output } of cells) {
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
