/**
 * Numbers of rows over the dataset, which a dataset that grows never changes.
 *
 * Rules:
 *   1. Rows of a file have the numbers that its footer plans, without those of dropped rows.
 *   2. A file of another tool says nothing of dropped rows: its rows are numbered from the first one of its row group.
 *   3. Rows of post-processing, and of row groups that are not finished, have no numbers: a later run may move them.
 */
import { basename } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { groupCount, groupOf } from '../../plan/row-groups.ts'
import { parseGroupFileName } from '../../store/files/layout.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { publishedFooter } from './dataset-results.ts'

/** @throws RowsmithError usage by rule 3 */
export async function rowNumbersIn(view: DatasetView, path: string): Promise<readonly number[]> {
  const { rows, group, isOthers } = await publishedFooter(view.directory.disk, path)
  if (group !== undefined) {
    const dropped = new Set(group.dropped.map(([row]) => row))
    const planned = Array.from({ length: group.plannedRows }, (_, index) => group.firstRow + index)
    const numbers = planned.filter((number) => !dropped.has(number))
    if (numbers.length === rows) return numbers
  } else if (isOthers) {
    const first = await firstRowOf(view, path)
    return Array.from({ length: rows }, (_, index) => first + index)
  }
  throw new RowsmithError(
    'usage',
    'These rows have no numbers that stay, so that they need a key to be split by.',
    {
      nextStep: 'Name the columns of the key: --split-by COLUMN',
    },
  )
}

async function firstRowOf(view: DatasetView, path: string): Promise<number> {
  const plan = await view.plan()
  const group = parseGroupFileName(basename(path)) ?? 0
  return group < groupCount(plan) ? groupOf(plan, group).firstRow : 0
}
