/**
 * Where every row of a dataset is: a position from 0 on for each planned row, whatever became of it.
 *
 * Rules:
 *   1. Positions follow the plan: a row that was dropped, or is not generated yet, has its position too. A row group that a column
 *      resized has as many as it generated.
 *   2. Where processors make the dataset of the raw rows, positions count the rows of their table: these are no planned rows.
 *   3. Made of commits and footers alone: no row is read.
 *
 * For example: of 10 rows of which row 3 was dropped, position 4 is the fourth row of the file.
 */
import { groupCount, groupOf, type RowGroup } from '../../plan/row-groups.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import { groupFileName } from '../../store/files/layout.ts'
import { mapWithLimit } from '../../store/files/map-with-limit.ts'
import type { Commit } from '../../store/logs/commits.ts'
import { reopenedRows } from '../../store/logs/retries.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { publishedFiles, publishedFooter } from '../rows/dataset-results.ts'

/** A row group, or a file of a table. */
export interface IndexedGroup {
  /** The position of its first row. */
  readonly at: number
  /** How many positions it has. */
  readonly length: number
  /** Its planned rows; undefined for a file of a table (rule 2), or where row numbers do not follow the plan. */
  readonly planned: RowGroup | undefined
  /** Its file; undefined while it is open. */
  readonly path: string | undefined
  /** Rows without a value, by offset in the group: the column and the code, or neither where that is not known. */
  readonly dropped: ReadonlyMap<number, Dropped>
  /** Offsets of dropped rows that a retry requests again. */
  readonly reopened: ReadonlySet<number>
}

interface Dropped {
  readonly column: string | null
  readonly code: string | null
}

export interface RowIndex {
  /** In order of their positions, without a gap. */
  readonly groups: readonly IndexedGroup[]
  readonly length: number
  /** Positions count the rows of a table that processors made (rule 2). */
  readonly isTable: boolean
}

/** @param raw the rows before post-processing. @throws RowsmithError as `publishedFiles` */
export async function rowIndexOf(view: DatasetView, raw: boolean): Promise<RowIndex> {
  const run = await view.plannedRun()
  // Of a directory of another tool, the files are all there is.
  if (run === undefined) return { ...(await indexOfTable(view, await publishedFiles(view))), isTable: false }
  if (run.raw_folder !== 'parquet-files' && !raw) {
    const files = await publishedFiles(view)
    if (files.length > 0) return indexOfTable(view, files)
  }
  return indexOfPlan(view, run)
}

async function indexOfTable(view: DatasetView, files: readonly string[]): Promise<RowIndex> {
  const { disk } = view.directory
  const counts = await mapWithLimit(files, async (path) => (await publishedFooter(disk, path)).rows)
  let length = 0
  const groups = files.map((path, index) => {
    const rows = counts[index] ?? 0
    const group: IndexedGroup = {
      at: length,
      length: rows,
      planned: undefined,
      path,
      dropped: new Map(),
      reopened: new Set(),
    }
    length += rows
    return group
  })
  return { groups, length, isTable: true }
}

async function indexOfPlan(view: DatasetView, run: RunFile): Promise<RowIndex> {
  const plan = await view.plan()
  const commits = new Map<number, Commit>()
  for (const [number, state] of (await view.progress()).groups) {
    if (state.kind !== 'open' && state.kind !== 'committed') commits.set(number, state.commit)
  }
  const { retries } = await view.logs()
  const folder = view.directory.files.place(run.raw_folder)
  const groups: IndexedGroup[] = []
  let length = 0
  for (let number = 0; number < groupCount(plan); number++) {
    const planned = groupOf(plan, number)
    const commit = commits.get(number)
    const rows = commit?.plannedRows ?? planned.rows
    const reopened = commit === undefined ? new Set<number>() : reopenedRows(retries, commit)
    groups.push({
      at: length,
      length: rows,
      planned: rows === planned.rows ? planned : undefined,
      path: commit === undefined ? undefined : `${folder}/${groupFileName(number)}`,
      dropped: droppedOf(commit),
      reopened: new Set([...reopened].map((row) => row - planned.firstRow)),
    })
    length += rows
  }
  return { groups, length, isTable: false }
}

/** Of a row group of another tool only the number of missing rows is known: the last ones, it is assumed. */
function droppedOf(commit: Commit | undefined): ReadonlyMap<number, Dropped> {
  if (commit === undefined) return new Map()
  const { dropped, firstRow, plannedRows, rows } = commit
  if (dropped.length === plannedRows - rows) {
    return new Map(dropped.map(([row, column, code]) => [row - firstRow, { column, code }]))
  }
  const unknown = { column: null, code: null }
  return new Map(Array.from({ length: plannedRows - rows }, (_, index) => [rows + index, unknown]))
}

/** The group that holds a position; undefined beyond the last. */
export function groupAt({ groups }: RowIndex, position: number): IndexedGroup | undefined {
  let [low, high] = [0, groups.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const group = groups[middle]
    if (group !== undefined && group.at + group.length <= position) low = middle + 1
    else high = middle
  }
  return groups[low]
}

/** The position of each row of a file, in order. */
export function positionsIn(group: IndexedGroup): number[] {
  const positions: number[] = []
  for (let offset = 0; offset < group.length; offset++) {
    if (!group.dropped.has(offset)) positions.push(group.at + offset)
  }
  return positions
}
