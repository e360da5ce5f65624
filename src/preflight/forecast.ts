/**
 * What requests will take, estimated from requests that were answered. Pure.
 *
 * Rules:
 *   W1. The unit is a cell: a column that calls a model twice for one row in five, or fails now and then, takes that into account.
 *   W2. Where answers are longer under some values of a sampled column, rows are of several *kinds*, each with a mean of its own: one
 *       for each value, or for each of a few ranges of numbers. The column is the one whose kinds explain most of the variance of
 *       the logarithm of output tokens, counted against their number: lengths differ by factors.
 *   W3. A kind that was seen once or twice has a mean between its own and that of all, the nearer to its own the more the
 *       kinds differ (empirical Bayes; the weight of n cells is n / (n + within / between)). One that was never seen has that of all.
 *   W4. How far off a sum may be is reported too: the error of each mean, and the chance of the cells themselves, on a logarithmic scale.
 */
import { present } from '../base/errors/present.ts'

/** What a cell takes, or several. */
export interface AnswerUsage {
  readonly requests: number
  readonly input: number
  /** Of the input tokens. */
  readonly cached: number
  readonly output: number
}

/** A cell that was made. @property drawn what the sampled columns drew for its row, as text */
export interface SeenCell {
  readonly drawn: ReadonlyMap<string, string>
  readonly usage: AnswerUsage
}

/** From, and to. */
export type Range = readonly [low: number, high: number]

/** What the next cell of a column takes. */
export interface Expectation {
  /** The sampled column whose value makes the difference; null for none. */
  readonly by: string | null
  /** How many cells it is estimated from. */
  readonly cells: number
  /** The share of the cells of a kind that sent requests: others were skipped, or their row was dropped before. */
  requestShareOf(value: string | undefined): number
  /** The kind of row that a value of that column makes; the kind of all where the value is not known. */
  kindOf(value: string | undefined): string
  /** The mean for a value of that column; that of all cells where the value is not known, or was never seen. */
  of(value: string | undefined): AnswerUsage
  /**
   * Within what the sum of so many cells lies in four cases of five; null where too few were seen.
   *
   * @param pending how many cells of each kind
   */
  range(pending: ReadonlyMap<string, number>): Record<'input' | 'output', Range> | null
}

export const noAnswerUsage: AnswerUsage = { requests: 0, input: 0, cached: 0, output: 0 }

/** Fewer cells of a kind than this have no mean quite of their own (W3). */
const cellsOfKindMin = 3
/** A column with more values than this has ranges of numbers for kinds, or none. */
const valuesMax = 24
const rangesMax = 6
const cellsOfRangeMin = 8
/** Rows of no particular kind. */
const anyKind = ''

export function sumOf(a: AnswerUsage, b: AnswerUsage, times = 1): AnswerUsage {
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
  const all = new Kind(cells)
  const found = kindsOf(cells)
  const kindOf = (value: string | undefined): string =>
    value === undefined ? anyKind : (found?.kindOf(value) ?? anyKind)
  /** How much a kind counts against all cells (W3). */
  const weightOf = (own: Kind): number =>
    own.cells >= cellsOfKindMin ? 1 : own.cells / (own.cells + present(found, 'kinds').withinByBetween)
  const mean = (kind: string): AnswerUsage => {
    const own = found?.kinds.get(kind)
    if (own === undefined) return all.mean
    const weight = weightOf(own)
    return sumOf(sumOf(noAnswerUsage, all.mean, 1 - weight), own.mean, weight)
  }
  const share = (kind: string): number => {
    const own = found?.kinds.get(kind)
    if (own === undefined) return all.requestShare
    const weight = weightOf(own)
    return (1 - weight) * all.requestShare + weight * own.requestShare
  }
  return {
    by: found?.by ?? null,
    cells: cells.length,
    requestShareOf: (value) => share(kindOf(value)),
    kindOf,
    of: (value) => mean(kindOf(value)),
    range: (pending) => {
      const kinds = found?.kinds ?? new Map<string, Kind>()
      const free = cells.length - Math.max(1, kinds.size)
      if (free < 1) return null
      const rangeOf = (what: Measure): Range =>
        spreadOf(pending, what, { all, kinds, free, mean: (kind) => mean(kind)[what] })
      return { input: rangeOf('input'), output: rangeOf('output') }
    },
  }
}

type Measure = 'input' | 'output'

/** Cells of which one mean is reported. */
class Kind {
  readonly cells: number
  readonly mean: AnswerUsage
  readonly requestShare: number
  readonly #cells: readonly SeenCell[]

  constructor(cells: readonly SeenCell[]) {
    this.#cells = cells
    this.cells = cells.length
    const sum = cells.reduce((total, { usage }) => sumOf(total, usage), noAnswerUsage)
    this.mean = sumOf(noAnswerUsage, sum, 1 / cells.length)
    this.requestShare = cells.filter(({ usage }) => usage.requests > 0).length / cells.length
  }

  /** The sum of squared distances from the mean, as shares of it. */
  squares(what: Measure): number {
    const mean = this.mean[what]
    return mean === 0 ? 0 : this.#cells.reduce((sum, { usage }) => sum + (usage[what] / mean - 1) ** 2, 0)
  }
}

interface Kinds {
  readonly by: string
  readonly kindOf: (value: string) => string
  readonly kinds: ReadonlyMap<string, Kind>
  readonly withinByBetween: number
}

/** The kinds that explain most; undefined when none explains more than chance (W2). */
function kindsOf(cells: readonly SeenCell[]): Kinds | undefined {
  let best: { readonly by: string; readonly kindOf: (value: string) => string } | undefined
  let [explained, ratio] = [0, 0]
  for (const by of present(cells[0], 'cells').drawn.keys()) {
    const values = cells.map(({ drawn }) => drawn.get(by) ?? '')
    const kindOf = kindsBy(values)
    if (kindOf === undefined) continue
    const kinds = Map.groupBy(cells, ({ drawn }) => kindOf(drawn.get(by) ?? ''))
    if (kinds.size < 2) continue
    const { within, between } = variances([...kinds.values()])
    const share = between / (within + between)
    if (between > 0 && share > explained) [best, explained, ratio] = [{ by, kindOf }, share, within / between]
  }
  if (best === undefined) return undefined
  const { by, kindOf } = best
  const kinds = Map.groupBy(cells, ({ drawn }) => kindOf(drawn.get(by) ?? ''))
  const byKind = new Map([...kinds].map(([kind, of]) => [kind, new Kind(of)]))
  return { by, kindOf, kinds: byKind, withinByBetween: ratio }
}

/** Undefined for a column whose values come too seldom twice to show anything. */
function kindsBy(values: readonly string[]): ((value: string) => string) | undefined {
  const distinct = new Set(values).size
  if (distinct <= valuesMax && 2 * distinct <= values.length) return (value) => value
  const numbers = values.map((value) => (value === '' ? Number.NaN : Number(value)))
  const ranges = Math.min(rangesMax, Math.floor(values.length / cellsOfRangeMin))
  if (ranges < 2 || numbers.some((number) => !Number.isFinite(number))) return undefined
  const inOrder = numbers.toSorted((a, b) => a - b)
  const bounds = Array.from({ length: ranges - 1 }, (_, index) =>
    present(inOrder[Math.floor(((index + 1) * inOrder.length) / ranges)], 'in order'),
  )
  return (value) => String(bounds.filter((bound) => Number(value) >= bound).length)
}

/** Variances of the logarithm of output tokens: among cells of a kind, and among kinds (one-way random effects). */
function variances(kinds: readonly (readonly SeenCell[])[]): { within: number; between: number } {
  const logs = kinds.map((cells) => cells.map(({ usage }) => Math.log1p(usage.output)))
  const count = logs.reduce((sum, { length }) => sum + length, 0)
  const free = count - logs.length
  if (free < 1) return { within: 0, between: 0 }
  const mean = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0) / of.length
  const all = mean(logs.flat())
  const within =
    logs.reduce((sum, of) => sum + of.reduce((part, each) => part + (each - mean(of)) ** 2, 0), 0) / free
  const among = logs.reduce((sum, of) => sum + of.length * (mean(of) - all) ** 2, 0) / (logs.length - 1)
  const size = (count - logs.reduce((sum, { length }) => sum + length ** 2, 0) / count) / (logs.length - 1)
  return { within, between: Math.max(0, (among - within) / size) }
}

/** So many cells' worth of the common spread count next to a kind's own. */
const commonCells = 4

/** Rule W4. */
function spreadOf(
  pending: ReadonlyMap<string, number>,
  what: Measure,
  seen: {
    readonly all: Kind
    readonly kinds: ReadonlyMap<string, Kind>
    readonly free: number
    readonly mean: (kind: string) => number
  },
): Range {
  const { all, kinds, free, mean } = seen
  const groups = kinds.size === 0 ? [all] : [...kinds.values()]
  const common = groups.reduce((sum, kind) => sum + kind.squares(what), 0) / free
  const overall = all.squares(what) / Math.max(1, all.cells - 1)
  let [total, variance, doubt] = [0, 0, 0]
  for (const [kind, cells] of pending) {
    const known = kinds.get(kind)
    const isAny = known === undefined && (kind === anyKind || kinds.size === 0)
    const spread =
      known !== undefined
        ? (known.squares(what) + commonCells * common) / (known.cells - 1 + commonCells)
        : overall
    // Of a kind that was never seen, the mean is as uncertain as a single cell.
    const from = known?.cells ?? (isAny ? all.cells : 1)
    const sum = cells * mean(kind)
    total += sum
    const part = sum ** 2 * spread * (1 / from + 1 / Math.max(1, cells))
    variance += part
    doubt += part ** 2 / (known === undefined ? free : known.cells - 1 + commonCells)
  }
  if (total === 0) return [0, 0]
  // Satterthwaite: the sum is as uncertain as the kinds that matter most in it.
  const degrees = doubt === 0 ? free : Math.min(free, variance ** 2 / doubt)
  const factor = Math.exp(quantile(Math.max(1, degrees)) * Math.sqrt(Math.log1p(variance / total ** 2)))
  return [total / factor, total * factor]
}

/** The 90 % quantile of Student's t, by the expansion of Cornish and Fisher: within 1 % from 3 degrees of freedom on. */
function quantile(free: number): number {
  const z = 1.281552
  const [third, fifth] = [z ** 3, z ** 5]
  return z + (third + z) / (4 * free) + (5 * fifth + 16 * third + 3 * z) / (96 * free ** 2)
}
