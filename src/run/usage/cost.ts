/** Requests that making something again would send; a cell that has to ask more than once counts once. */
export interface Cost {
  readonly requests: number
  /** When no new answer is like the one that was lost, so that what read it has to be requested again too. */
  readonly at_most: number
  readonly columns: readonly {
    readonly column: string
    readonly requests: number
    readonly at_most: number
  }[]
}

export const noCost: Cost = { requests: 0, at_most: 0, columns: [] }

export function addCost(a: Cost, b: Cost): Cost {
  const columns = [...new Set([...a.columns, ...b.columns].map(({ column }) => column))]
  const of = ({ columns: all }: Cost, column: string) => all.find((each) => each.column === column)
  return {
    requests: a.requests + b.requests,
    at_most: a.at_most + b.at_most,
    columns: columns.map((column) => ({
      column,
      requests: (of(a, column)?.requests ?? 0) + (of(b, column)?.requests ?? 0),
      at_most: (of(a, column)?.at_most ?? 0) + (of(b, column)?.at_most ?? 0),
    })),
  }
}
