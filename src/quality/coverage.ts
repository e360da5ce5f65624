/**
 * How values lie over categories: got against requested, and two columns crossed.
 *
 * Rules:
 *   1. A category that was requested and never came counts as 0, and is named.
 *   2. The p-value is that of Pearson's chi-squared test; null with one category, without rows, or where a category with weight 0 came.
 *   3. Mutual information is normalised by the mean of both entropies; null where a column has one value.
 */
import { sum } from '../base/numbers/sum.ts'

interface CategoryShare {
  readonly value: string
  readonly requested: number
  readonly got: number
  readonly rows: number
}

export interface RequestedAgainstGot {
  readonly categories: readonly CategoryShare[]
  readonly rows: number
  /** Rows whose value was not requested. */
  readonly other: number
  /** How likely such a difference is by chance. */
  readonly p_value: number | null
}

/** @param weights by category, of any sum. @param counts rows by value */
export function requestedAgainstGot(
  weights: ReadonlyMap<string, number>,
  counts: ReadonlyMap<string, number>,
): RequestedAgainstGot {
  const whole = sum([...weights.values()])
  const rows = sum([...weights.keys()].map((value) => counts.get(value) ?? 0))
  const categories = [...weights].map(([value, weight]) => {
    const here = counts.get(value) ?? 0
    return { value, requested: weight / whole, got: rows === 0 ? 0 : here / rows, rows: here }
  })
  return { categories, rows, other: sum([...counts.values()]) - rows, p_value: pValue(categories, rows) }
}

function pValue(categories: readonly CategoryShare[], rows: number): number | null {
  const drawn = categories.filter(({ requested }) => requested > 0)
  if (drawn.length < 2 || rows === 0) return null
  if (categories.some((category) => category.requested === 0 && category.rows > 0)) return null
  const statistic = sum(
    drawn.map(({ requested, rows: got }) => (got - requested * rows) ** 2 / (requested * rows)),
  )
  return chiSquaredTail(statistic, drawn.length - 1)
}

/** The chance of a chi-squared number of `freedom` degrees to be that large or larger. */
export function chiSquaredTail(statistic: number, freedom: number): number {
  if (statistic <= 0) return 1
  return upperGamma(freedom / 2, statistic / 2)
}

/** Regularised upper incomplete gamma function: by its series below a + 1, by its continued fraction above. */
function upperGamma(a: number, x: number): number {
  const scale = Math.exp(-x + a * Math.log(x) - logGamma(a))
  if (x < a + 1) {
    let [term, total] = [1 / a, 1 / a]
    for (let n = 1; n < 10_000 && Math.abs(term) > Math.abs(total) * 1e-16; n++) {
      term *= x / (a + n)
      total += term
    }
    return Math.min(1, Math.max(0, 1 - total * scale))
  }
  const tiny = 1e-300
  let b = x + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let fraction = d
  for (let n = 1; n < 10_000; n++) {
    const step = -n * (n - a)
    b += 2
    d = 1 / nonZero(step * d + b, tiny)
    c = nonZero(b + step / c, tiny)
    const factor = d * c
    fraction *= factor
    if (Math.abs(factor - 1) < 1e-16) break
  }
  return Math.min(1, scale * fraction)
}

const nonZero = (value: number, tiny: number): number => (Math.abs(value) < tiny ? tiny : value)

/** Lanczos, with g = 7. */
function logGamma(z: number): number {
  const parts = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ]
  if (z < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * z)) - logGamma(1 - z)
  const x = z - 1
  let total = 0.9999999999998099
  for (const [at, part] of parts.entries()) total += part / (x + at + 1)
  const t = x + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(total)
}

export interface CrossCell {
  readonly values: readonly [string, string]
  readonly rows: number
}

export interface Cross {
  readonly cells: number
  readonly empty: number
  /** Empty cells and those with the fewest rows. */
  readonly least: readonly CrossCell[]
  /** 0: the columns are independent; 1: one follows from the other. */
  readonly mutual_information: number | null
}

const cellsShown = 10

/** @param counts rows by both values; each pair once. @param first and second: values that can be */
export function crossOf(
  counts: readonly CrossCell[],
  first: readonly string[],
  second: readonly string[],
): Cross {
  const found = new Map(counts.map(({ values, rows }) => [JSON.stringify(values), rows]))
  const cells = first.flatMap((a) =>
    second.map((b): CrossCell => ({ values: [a, b], rows: found.get(JSON.stringify([a, b])) ?? 0 })),
  )
  const least = [...cells].sort((a, b) => a.rows - b.rows).slice(0, cellsShown)
  return {
    cells: cells.length,
    empty: cells.filter(({ rows }) => rows === 0).length,
    least,
    mutual_information: mutualInformation(counts),
  }
}

function mutualInformation(counts: readonly CrossCell[]): number | null {
  const [firsts, seconds] = [new Map<string, number>(), new Map<string, number>()]
  for (const { values, rows } of counts) {
    firsts.set(values[0], (firsts.get(values[0]) ?? 0) + rows)
    seconds.set(values[1], (seconds.get(values[1]) ?? 0) + rows)
  }
  const n = sum(counts.map(({ rows }) => rows))
  const mean = (entropy([...firsts.values()], n) + entropy([...seconds.values()], n)) / 2
  if (mean === 0 || firsts.size < 2 || seconds.size < 2) return null
  let information = 0
  for (const { values, rows } of counts) {
    if (rows === 0) continue
    const expected = ((firsts.get(values[0]) ?? 0) * (seconds.get(values[1]) ?? 0)) / n
    information += (rows / n) * Math.log(rows / expected)
  }
  return Math.max(0, information / mean)
}

function entropy(counts: readonly number[], n: number): number {
  return -sum(counts.filter((count) => count > 0).map((count) => (count / n) * Math.log(count / n)))
}
