/**
 * How well judges agree: raw agreement, base rate, Cohen's kappa, Krippendorff's alpha.
 *
 * Rules:
 *   1. What comes in are patterns: which label each judge gave, and how many rows have that. Time and memory follow the number of patterns.
 *   2. Raw agreement is never given alone: the base rate (share of the commonest label) says how much of it chance would give.
 *   3. Kappa is of two judges, over rows that both labelled. Alpha takes any number of judges, over rows that two or more labelled.
 *   4. A figure that is not defined is null, for example where all labels are equal: neither 1 nor 0.
 *   5. Distances: `nominal` labels are equal or not; `ordinal` ones have an order; `interval` ones are numbers.
 */
import { sum } from '../base/numbers/sum.ts'

export type Label = string | number | null
export type AgreementLevel = 'nominal' | 'ordinal' | 'interval'

export interface LabelPattern {
  /** One label a judge, in the order of judges; null where it gave none. */
  readonly labels: readonly Label[]
  readonly rows: number
}

export interface Agreement {
  readonly level: AgreementLevel
  /** Rows that at least two judges labelled. */
  readonly rows: number
  /** Rows that fewer labelled. */
  readonly unpaired: number
  /** Labels in their order: numbers by size, then texts. */
  readonly labels: readonly Exclude<Label, null>[]
  /** Share of pairs of labels that are equal, over rows. */
  readonly raw_agreement: number | null
  /** Share of the commonest label over all labels of these rows. */
  readonly base_rate: number | null
  /** Of two judges. */
  readonly kappa: number | null
  /** Weighted by the squared distance of labels in their order; null for nominal labels. */
  readonly kappa_quadratic: number | null
  readonly alpha: number | null
  /** Why figures are null. */
  readonly undefined_because: string | null
  /** Of two judges: rows by label of the first, then of the second. */
  readonly confusion: readonly (readonly number[])[] | null
}

/** Labels that one has not more of than can be read: numbers with fractions are no labels. */
const labelsMax = 200

/** @param level `interval` needs numbers; labels that are texts are compared as `nominal` then */
export function agreementOf(patterns: readonly LabelPattern[], level: AgreementLevel): Agreement {
  const paired = patterns.filter(({ labels }) => labels.filter((label) => label !== null).length > 1)
  const rows = sum(paired.map((pattern) => pattern.rows))
  const all = labelsIn(paired)
  const labels = all.length > labelsMax ? [] : all
  const place = new Map(labels.map((label, at) => [label, at]))
  const coded = paired.map((pattern) => ({
    rows: pattern.rows,
    codes: pattern.labels.map((label) => (label === null ? undefined : place.get(label))),
  }))
  const judges = Math.max(0, ...patterns.map((pattern) => pattern.labels.length))
  const used = level === 'interval' && labels.some((label) => typeof label === 'string') ? 'nominal' : level
  const confusion = judges === 2 ? confusionOf(coded, labels.length) : null
  const coincidences = coincidencesOf(coded, labels.length)
  return {
    level: used,
    rows,
    unpaired: sum(patterns.map((pattern) => pattern.rows)) - rows,
    labels,
    raw_agreement: labels.length === 0 ? null : rawAgreement(coded, rows),
    base_rate: baseRate(coded, labels.length),
    kappa: confusion === null ? null : weightedKappa(confusion, nominal),
    kappa_quadratic:
      confusion === null || used === 'nominal' ? null : weightedKappa(confusion, quadratic(labels, used)),
    alpha: alphaOf(coincidences, distance(used, labels, coincidences)),
    undefined_because: whyUndefined(rows, all.length),
    confusion,
  }
}

function whyUndefined(rows: number, labels: number): string | null {
  if (rows === 0) return 'no row has two labels'
  if (labels > labelsMax) return `there are ${labels} different labels, more than ${labelsMax}`
  return labels === 1 ? 'there is one label only' : null
}

interface Coded {
  readonly rows: number
  readonly codes: readonly (number | undefined)[]
}

type Distance = (a: number, b: number) => number
type Matrix = readonly (readonly number[])[]

function labelsIn(patterns: readonly LabelPattern[]): Exclude<Label, null>[] {
  const all = new Set(patterns.flatMap(({ labels }) => labels).filter((label) => label !== null))
  return [...all].sort((a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return a - b
    if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1
    return a < b ? -1 : 1
  })
}

function matrix(size: number): number[][] {
  return Array.from({ length: size }, () => Array.from({ length: size }, () => 0))
}

function put(into: number[][], a: number, b: number, more: number): void {
  const line = into[a]
  if (line !== undefined) line[b] = (line[b] ?? 0) + more
}

function confusionOf(patterns: readonly Coded[], size: number): number[][] {
  const counts = matrix(size)
  for (const { codes, rows } of patterns) {
    const [a, b] = codes
    if (a !== undefined && b !== undefined) put(counts, a, b, rows)
  }
  return counts
}

const given = (codes: Coded['codes']): number[] => codes.filter((code) => code !== undefined)

/** Pairs of labels within rows, each row with the weight of its labels (Krippendorff). */
function coincidencesOf(patterns: readonly Coded[], size: number): number[][] {
  const counts = matrix(size)
  for (const { codes, rows } of patterns) {
    const labels = given(codes)
    for (const [at, a] of labels.entries()) {
      for (const [other, b] of labels.entries()) {
        if (at !== other) put(counts, a, b, rows / (labels.length - 1))
      }
    }
  }
  return counts
}

function rawAgreement(patterns: readonly Coded[], rows: number): number {
  let total = 0
  for (const { codes, rows: times } of patterns) {
    const labels = given(codes)
    const pairs = (labels.length * (labels.length - 1)) / 2
    let equal = 0
    for (const [at, a] of labels.entries()) equal += labels.slice(at + 1).filter((b) => a === b).length
    total += (equal / pairs) * times
  }
  return total / rows
}

function baseRate(patterns: readonly Coded[], size: number): number | null {
  const counts = Array.from({ length: size }, () => 0)
  for (const { codes, rows } of patterns)
    for (const code of given(codes)) counts[code] = (counts[code] ?? 0) + rows
  return size === 0 ? null : Math.max(...counts) / sum(counts)
}

const nominal: Distance = (a, b) => (a === b ? 0 : 1)

const interval =
  (labels: Agreement['labels']): Distance =>
  (a, b) =>
    (Number(labels[a]) - Number(labels[b])) ** 2

function quadratic(labels: Agreement['labels'], level: AgreementLevel): Distance {
  return level === 'interval' ? interval(labels) : (a, b) => (a - b) ** 2
}

function weightedKappa(confusion: Matrix, weight: Distance): number | null {
  const rows = confusion.map((line) => sum(line))
  const columns = confusion.map((_, at) => sum(confusion.map((line) => line[at] ?? 0)))
  const n = sum(rows)
  let [observed, expected] = [0, 0]
  for (const [a, line] of confusion.entries()) {
    for (const [b, times] of line.entries()) {
      observed += weight(a, b) * times
      expected += (weight(a, b) * (rows[a] ?? 0) * (columns[b] ?? 0)) / n
    }
  }
  return expected === 0 || n === 0 ? null : 1 - observed / expected
}

function distance(level: AgreementLevel, labels: Agreement['labels'], coincidences: Matrix): Distance {
  if (level === 'nominal') return nominal
  if (level === 'interval') return interval(labels)
  const totals = coincidences.map((line) => sum(line))
  return (a, b) => {
    const between = sum(totals.slice(Math.min(a, b), Math.max(a, b) + 1))
    return (between - ((totals[a] ?? 0) + (totals[b] ?? 0)) / 2) ** 2
  }
}

function alphaOf(coincidences: Matrix, apart: Distance): number | null {
  const totals = coincidences.map((line) => sum(line))
  const n = sum(totals)
  let [observed, expected] = [0, 0]
  for (const [a, line] of coincidences.entries()) {
    for (const [b, times] of line.entries()) {
      if (a === b) continue
      observed += times * apart(a, b)
      expected += (totals[a] ?? 0) * (totals[b] ?? 0) * apart(a, b)
    }
  }
  return expected === 0 || n <= 1 ? null : 1 - ((n - 1) * observed) / expected
}
