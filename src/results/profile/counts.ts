/**
 * What is counted in the cells of a column. DuckDB does it, or this process where there are few values.
 *
 * Rules:
 *   1. Both give the same figures, to the last digit.
 *   2. -0 counts as 0, but not within JSON, which is text. Values are one category of a histogram when their JSON is equal.
 *   3. Equal counts of a histogram stand in the order of the UTF-8 bytes of their JSON.
 */
import type { Value } from '../../base/values/value.ts'
import type { DatasetColumn } from '../rows/columns.ts'

/** Values of a column and how often each is there, most frequent first; equal counts by their text. */
export interface Histogram {
  readonly categories: readonly Value[]
  readonly counts: readonly number[]
}

/** How numbers lie: `stddev` is that of a sample, null for fewer than two. */
export interface NumericalDistribution {
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly stddev: number | null
  readonly median: number
}

export interface CellCounts {
  readonly num_records: number
  readonly num_null: number
  /** Distinct values. */
  readonly num_unique: number
}

/** The fields that lead to a part of a cell; none lead to the cell itself. */
export type CellPath = readonly string[]

/** Questions about one column. */
export interface ColumnCounts {
  cells(): CellCounts | Promise<CellCounts>
  /** Cells whose named parts are all true; none where no part is named. In JSON, a part may be the text `true`. */
  allTrue(parts: readonly CellPath[]): number | Promise<number>
  /** Null where there are no numbers, or where they have no finite mean and deviation. */
  numbers(): NumericalDistribution | null | Promise<NumericalDistribution | null>
  histogram(part: CellPath): Histogram | Promise<Histogram>
}

/** Who counts the columns of some files. */
export interface Counts {
  of(column: DatasetColumn): ColumnCounts
  close(): void
}
