/**
 * The records of a preview: every column, dropped ones too, and the rows that were lost with what they were lost by.
 */

import { memberOf, merged, objectOf } from '../../base/values/value.ts'
import { configFromSaved } from '../../config/form/load.ts'
import type { Disk } from '../../disk/disk.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { holdsDroppedColumns } from '../../store/files/layout.ts'
import { contentsOf } from '../../store/files/read-file.ts'
import type { Commit } from '../../store/logs/commits.ts'
import type { Row } from '../../store/parquet/parquet-rows.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'

export interface PreviewColumn {
  readonly name: string
  /** Its `column_type`; null for a column that the config does not name, such as one of a seed dataset. */
  readonly type: string | null
  /** Made, but left out of the dataset. */
  readonly dropped: boolean
}

export interface PreviewRecord {
  /** Planned index over the dataset: a dataset made from the same config and seed has this record at this place. */
  readonly row: number
  /** Every column, dropped ones too; null when the row was lost. */
  readonly values: Row | null
  /** Why it was lost; null when it was not. `message` is null when a former process lost it. */
  readonly failure: { readonly column: string; readonly code: string; readonly message: string | null } | null
}

/**
 * The records of the first rows.
 *
 * @param messages of rows lost just now, by row
 * @throws RowsmithError io_error, or a defect of the files that count
 */
export async function previewRecords(
  disk: Disk,
  directory: string,
  rows: number,
  messages: ReadonlyMap<number, string>,
): Promise<{ readonly columns: readonly PreviewColumn[]; readonly records: readonly PreviewRecord[] }> {
  const view = DatasetView.at(disk, directory)
  const columns = await configColumns(view)
  const known = new Set(columns.map(({ name }) => name))
  const records: PreviewRecord[] = []
  const checked = new CheckedFiles(view)
  const commits = new Map((await view.logs()).commits.map((commit) => [commit.group, commit]))
  for (const commit of [...commits.values()].sort((a, b) => a.firstRow - b.firstRow)) {
    if (commit.firstRow >= rows) break
    const found = await groupRows(view.directory, commit, checked)
    const dropped = new Map(commit.dropped.map(([row, column, code]) => [row, { column, code }]))
    for (let row = commit.firstRow; row < Math.min(rows, commit.firstRow + commit.plannedRows); row++) {
      const lost = dropped.get(row)
      if (lost !== undefined) {
        records.push({ row, values: null, failure: { ...lost, message: messages.get(row) ?? null } })
        continue
      }
      const values = found.shift() ?? {}
      for (const name of Object.keys(values)) {
        if (known.has(name)) continue
        known.add(name)
        columns.unshift({ name, type: null, dropped: false })
      }
      records.push({ row, values: inOrder(values, columns), failure: null })
    }
  }
  return { columns, records }
}

/** Surviving rows of a group, dropped columns next to the others. */
async function groupRows(directory: DatasetDirectory, commit: Commit, checked: CheckedFiles): Promise<Row[]> {
  const rows: Row[] = Array.from({ length: commit.rows }, () => ({}))
  for (const { path, role } of commit.files) {
    if (role !== 'main' && !holdsDroppedColumns(path)) continue
    if (!(await directory.files.has(path))) continue
    for (const [index, row] of (await checked.rows(directory.files.place(path))).entries()) {
      rows[index] = merged(rows[index] ?? {}, row)
    }
  }
  return rows
}

function inOrder(values: Row, columns: readonly PreviewColumn[]): Row {
  return objectOf(
    columns.flatMap(({ name }) => {
      const value = memberOf(values, name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

async function configColumns(view: DatasetView): Promise<PreviewColumn[]> {
  const saved = contentsOf(await view.builderConfig())
  const config = saved === undefined ? undefined : configFromSaved(saved, 'builder_config.json')
  return (config?.columns ?? []).map((column) => ({
    name: column.name,
    type: column.column_type,
    dropped: column.drop,
  }))
}
