/**
 * What requests will take, told from requests that were answered. Pure.
 *
 * Rules:
 *   W1. The unit is a cell: a column that asks twice for one row in five, or fails now and then, takes that into account.
 *   W2. Where answers are longer under some values of a sampled column, each value has a mean of its own. The column is the one
 *       that explains most of the variance of output tokens, counted against the number of its values (adjusted R squared).
 */

/** What a cell takes, or several. */
export interface Taken {
  readonly requests: number
  readonly input: number
  /** Of the input tokens. */
  readonly cached: number
  readonly output: number
}

/** A cell that was made. @property drawn what the sampled columns drew for its row, as text */
export interface SeenCell {
  readonly drawn: ReadonlyMap<string, string>
  readonly taken: Taken
}

/** What the next cell of a column takes. */
export interface Expectation {
  /** The sampled column whose value makes the difference; null for none. */
  readonly by: string | null
  /** How many cells it is told from. */
  readonly cells: number
  /** The share of them that asked: others were skipped, or their row was dropped before. */
  readonly asked: number
  /** The mean for a value of that column; that of all cells where the value is not known, or was too seldom seen. */
  of(value: string | undefined): Taken
}

export const nothingTaken: Taken = { requests: 0, input: 0, cached: 0, output: 0 }

/** Fewer cells of a value than this have no mean of their own. */
const cellsOfValueMin = 3
/** A column with more values than this explains everything, and tells nothing. */
const valuesMax = 24

export function sumOf(a: Taken, b: Taken, times = 1): Taken {
  return {
    requests: a.requests + times * b.requests,
    input: a.input + times * b.input,
    cached: a.cached + times * b.cached,
    output: a.output + times * b.output,
  }
}

/** Undefined without a cell. */
export function expectationOf(cells: readonly SeenCell[]): Expectation | undefined {
  if (cells.length === 0) return undefined
  const all = meanOf(cells)
  let best: { readonly by: string; readonly values: ReadonlyMap<string, readonly SeenCell[]> } | undefined
  let explained = 0
  for (const by of cells[0]!.drawn.keys()) {
    const values = Map.groupBy(cells, ({ drawn }) => drawn.get(by) ?? '')
    const counts = [...values.values()].map(({ length }) => length)
    if (counts.length < 2 || counts.length > valuesMax || Math.min(...counts) < cellsOfValueMin) continue
    const adjusted = explainedBy(cells, values, all.output)
    if (adjusted > explained) [best, explained] = [{ by, values }, adjusted]
  }
  const means = new Map([...(best?.values ?? [])].map(([value, of]) => [value, meanOf(of)]))
  return {
    by: best?.by ?? null,
    cells: cells.length,
    asked: cells.filter(({ taken }) => taken.requests > 0).length / cells.length,
    of: (value) => (value === undefined ? all : (means.get(value) ?? all)),
  }
}

function meanOf(cells: readonly SeenCell[]): Taken {
  const sum = cells.reduce((total, { taken }) => sumOf(total, taken), nothingTaken)
  return sumOf(nothingTaken, sum, 1 / cells.length)
}

/** Adjusted R squared of a grouping. */
function explainedBy(
  cells: readonly SeenCell[],
  values: ReadonlyMap<string, readonly SeenCell[]>,
  mean: number,
): number {
  const spread = (of: readonly SeenCell[], about: number): number =>
    of.reduce((sum, { taken }) => sum + (taken.output - about) ** 2, 0)
  const total = spread(cells, mean)
  const free = cells.length - values.size
  if (total === 0 || free <= 0) return 0
  let left = 0
  for (const of of values.values()) left += spread(of, meanOf(of).output)
  return 1 - (left / free) * ((cells.length - 1) / total)
}
