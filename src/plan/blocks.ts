/**
 * A plan in blocks, so that several machines make one dataset.
 *
 * Owns: which row groups belong to which block. A block is a part of the plan: each segment is cut into as many runs of row groups as there
 * are blocks, of equal length but for one. So a block is a plan of its own, and a segment that is appended gives rows to every block.
 *
 * For example: 10 row groups in 4 blocks are the groups 0 and 1, 2 to 4, 5 and 6, 7 to 9.
 */
import { groupCount, groupOf, type PlanRange } from './row-groups.ts'

/** How a dataset is divided. */
export interface Blocks {
  readonly count: number
  /** Row groups below it belong to no block: they were there before. */
  readonly first_group: number
  /** Who may make a block: equal versions write equal bytes. */
  readonly node: number
  readonly rowsmith: string
}

/** As in package.json. */
export const rowsmithVersion = '0.1.0'

/** The part of a plan that is a block. @param block 0 to `count` - 1 */
export function blockRanges(
  ranges: readonly PlanRange[],
  { count, first_group: from }: Pick<Blocks, 'count' | 'first_group'>,
  block: number,
): PlanRange[] {
  return ranges.flatMap((range) => {
    if (range.first_group < from) return []
    const groups = groupCount([range]) - range.first_group
    const [first, end] = [block, block + 1].map((each) => Math.floor((groups * each) / count)) as [
      number,
      number,
    ]
    if (first === end) return []
    const start = groupOf([range], range.first_group + first)
    const last = groupOf([range], range.first_group + end - 1)
    const rows = last.firstRow + last.rows - start.firstRow
    return [{ ...range, first_group: start.group, first_row: start.firstRow, rows }]
  })
}
