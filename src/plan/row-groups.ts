/**
 * The plan of a dataset: which rows each row group holds.
 *
 * Owns: segments and the arithmetic over them. A plan is recorded, never worked out again from totals.
 * Rules:
 *   1. A segment covers `rows` rows from `first_row` in groups of `buffer_size`, the last one shorter if need be.
 *   2. Segments follow each other without a gap, in groups and in rows.
 *   3. An extension appends a segment: the groups that exist never change, a short last group stays short.
 *   4. Nothing here grows with the number of groups.
 */
import { present } from '../base/errors/present.ts'
export interface PlanRange {
  readonly first_group: number
  readonly first_row: number
  /** At least 1. */
  readonly rows: number
  /** Rows per group, at least 1. */
  readonly buffer_size: number
}

/** One row group: its number, its first row over the dataset, how many rows it holds. */
export interface RowGroup {
  readonly group: number
  readonly firstRow: number
  readonly rows: number
}

/** The plan of a new dataset. @param numRecords at least 1 */
export function planRanges(numRecords: number, bufferSize: number): readonly PlanRange[] {
  return extendRanges([], numRecords, bufferSize)
}

/**
 * The plan with its target raised to `numRecords`; the same plan when that is its target already.
 *
 * @throws RangeError when the target would fall, or a number is not a positive integer
 */
export function extendRanges(
  ranges: readonly PlanRange[],
  numRecords: number,
  bufferSize: number,
): readonly PlanRange[] {
  for (const [name, value] of Object.entries({ numRecords, bufferSize })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`${name} must be a positive integer, got ${value}`)
    }
  }
  const target = rowCount(ranges)
  if (numRecords < target) throw new RangeError(`A plan of ${target} rows cannot shrink to ${numRecords}`)
  if (numRecords === target) return ranges
  return [
    ...ranges,
    {
      first_group: groupCount(ranges),
      first_row: target,
      rows: numRecords - target,
      buffer_size: bufferSize,
    },
  ]
}

/** How many row groups a plan has. */
export function groupCount(ranges: readonly PlanRange[]): number {
  const last = ranges.at(-1)
  return last === undefined ? 0 : last.first_group + Math.ceil(last.rows / last.buffer_size)
}

/** How many rows a plan has: the target. */
export function rowCount(ranges: readonly PlanRange[]): number {
  const last = ranges.at(-1)
  return last === undefined ? 0 : last.first_row + last.rows
}

/** How many row groups lie in these segments: of a part of a plan (`blocks.ts`) fewer than its highest number. */
export function groupsIn(ranges: readonly PlanRange[]): number {
  return ranges.reduce((sum, { rows, buffer_size: size }) => sum + Math.ceil(rows / size), 0)
}

/** How many rows lie in them. */
export function rowsIn(ranges: readonly PlanRange[]): number {
  return ranges.reduce((sum, { rows }) => sum + rows, 0)
}

/** The numbers of the row groups in them, lowest first. */
export function* groupNumbers(ranges: readonly PlanRange[]): Generator<number> {
  for (const range of ranges) {
    for (let group = range.first_group; group < groupCount([range]); group++) yield group
  }
}

/** Whether a row group with that number lies in them. */
export function holdsGroup(ranges: readonly PlanRange[], group: number): boolean {
  const range = lastStartingAt(ranges, group)
  return range !== undefined && group < groupCount([range])
}

/**
 * The row group with that number, found in O(log segments).
 *
 * @throws RangeError when the plan has no such group
 */
export function groupOf(ranges: readonly PlanRange[], group: number): RowGroup {
  const range = lastStartingAt(ranges, group)
  const before = range === undefined ? 0 : (group - range.first_group) * range.buffer_size
  if (range === undefined || before >= range.rows || !Number.isInteger(group)) {
    throw new RangeError(`The plan has ${groupCount(ranges)} row groups, none with number ${group}`)
  }
  return {
    group,
    firstRow: range.first_row + before,
    rows: Math.min(range.buffer_size, range.rows - before),
  }
}

/** The row group that holds a planned row. @throws RangeError when the plan has no such row */
export function groupWithRow(ranges: readonly PlanRange[], row: number): RowGroup {
  const range = ranges.findLast((each) => each.first_row <= row)
  if (range === undefined || row >= rowCount(ranges)) {
    throw new RangeError(`The plan has ${rowCount(ranges)} rows, none with number ${row}`)
  }
  return groupOf(ranges, range.first_group + Math.floor((row - range.first_row) / range.buffer_size))
}

/** The last segment whose groups begin at or before a number; segments are in order. */
function lastStartingAt(ranges: readonly PlanRange[], group: number): PlanRange | undefined {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (present(ranges[middle], 'ranges').first_group <= group) low = middle + 1
    else high = middle
  }
  return ranges[low - 1]
}
