/**
 * From a sealed row group to the files of its commit.
 *
 * Owns: which files a group has and what stands in them. Never: where drafts lie, or the order of publishing.
 * The same rows give the same bytes: nothing here depends on time, host, attempts or the order of answers,
 * except the replies file, which is a record of what happened and no data.
 */

import { present } from '../../base/errors/present.ts'
import { storedColumn } from '../../base/values/stored-values.ts'
import type { Value } from '../../base/values/value.ts'
import type { Clock } from '../../base/work/clock.ts'
import { type SchemaTransform, type TransformedRows, transformRows } from '../../post/schema-transform.ts'
import type { SchemaField } from '../../post/table.ts'
import { groupFileName, processorFile, type RawFolder, rawPath } from '../../store/files/layout.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import type { EncodeJob } from '../../store/parquet/parquet-encode.ts'
import { groupFooterKeys } from '../../store/publishing/footer.ts'
import { type ReadsMedia, requireMedium } from '../../store/publishing/media.ts'
import type { LazyFile, PublishedFile } from '../../store/publishing/publish.ts'
import type { ReplayState } from '../effects/replay-state.ts'
import type { RowGroupState } from '../scheduler/group/row-group-state.ts'

/** What every file of a dataset says about it in its footer. */
interface DatasetMarks {
  readonly configHash: string
  readonly rowsIdentity: string
  readonly runSeed: bigint
}

export interface SealSettings {
  readonly rawFolder: RawFolder
  readonly marks: DatasetMarks
  /** Column names in config order. */
  readonly columns: readonly string[]
  /** Whether dropped columns get files of their own. */
  readonly preserveDroppedColumns: boolean
  /** Schema transforms in config order, each with the columns of its files. */
  readonly transforms: readonly {
    readonly transform: SchemaTransform
    readonly schema: readonly SchemaField[]
    /** Whether the columns are those of files that another tool began. */
    readonly follows: boolean
  }[]
  readonly clock: Clock
  readonly media: ReadsMedia
}

/**
 * Encodes a group's files, sidecar files before the main one. Without survivors there are the same files, with no rows.
 *
 * @throws RowsmithError transform_failed
 */
export async function sealGroup(
  encoder: Encodes,
  settings: SealSettings,
  group: RowGroupState,
  stored: ReplayState,
): Promise<PublishedFile[]> {
  const name = groupFileName(group.group)
  const files: PublishedFile[] = []
  const dropped = parquetJob(settings, group, true)
  if (settings.preserveDroppedColumns && dropped.columns.length > 0) {
    const path = rawPath(settings.rawFolder, `dropped-columns-parquet-files/${name}`)
    files.push({ role: 'companion', path, ...(await encoder.encode(dropped)) })
  }
  for (const { transform, schema, follows } of settings.transforms) {
    const { runSeed } = settings.marks
    const using = { runSeed, clock: settings.clock, follows }
    const columns = await transformRows(transform, schema, survivingRows(group), using)
    const path = rawPath(settings.rawFolder, processorFile(transform.name, group.group))
    files.push({ role: 'companion', path, ...(await encoder.encode(jobOf(settings, group, columns))) })
  }
  if (stored.records.length > 0) {
    const path = answersPath(group.group)
    const lines = new TextEncoder().encode(`${stored.records.join('\n')}\n`)
    files.push({ role: 'companion', path, ...(await encoder.compress(lines)) })
  }
  const main = parquetJob(settings, group, false)
  files.push({ role: 'main', path: `${settings.rawFolder}/${name}`, ...(await encoder.encode(main)) })
  return files
}

/** What the main file of a group would hold if these were its rows: indices within the group. */
export function mainFileOf(settings: SealSettings, group: RowGroupState, rows: readonly number[]): EncodeJob {
  const job = parquetJob(settings, group, false, (position) => {
    const values = present(group.values[position], 'values')
    return rows.map((row) => present(values[row], 'values'))
  })
  return { ...job, rowCount: rows.length }
}

/** The files that values of a group's files name. */
export function sealMedia({ preserveDroppedColumns, media }: SealSettings, group: RowGroupState): LazyFile[] {
  return group
    .media(({ drop }) => !drop || preserveDroppedColumns)
    .map(({ path, sha256 }) => ({
      role: 'companion',
      path,
      sha256,
      bytes: () => requireMedium(media, sha256),
    }))
}

/** Where a published group's replies lie, relative to the dataset. */
export function answersPath(group: number): string {
  return `.rowsmith/replies/${groupFileName(group).replace('.parquet', '.jsonl.zst')}`
}

/** The rows of a group that are written, as processors see them: dropped columns among them. */
function survivingRows(group: RowGroupState): TransformedRows {
  const rows: number[] = []
  for (let row = 0; row < group.rowCount; row++) if (!group.isDropped(row)) rows.push(group.firstRow + row)
  const positions = positionsOf(group)
  return {
    rows,
    values: (column): readonly Value[] => group.survivors(present(positions.get(column), 'positions')),
  }
}

function positionsOf(group: RowGroupState): ReadonlyMap<string, number> {
  return new Map(group.order.columns.map(({ name }, position) => [name, position]))
}

function parquetJob(
  settings: SealSettings,
  group: RowGroupState,
  dropped: boolean,
  valuesOf = (position: number): Value[] => group.survivors(position),
): EncodeJob {
  const positions = positionsOf(group)
  const columns = settings.columns
    .map((name) => present(positions.get(name), 'positions'))
    .filter((position) => present(group.order.columns[position], 'columns').drop === dropped)
    .map((position) => {
      const { name, type, following } = present(group.order.columns[position], 'columns')
      const values = valuesOf(position)
      return following === undefined ? { name, type, values } : { name, ...storedColumn(following, values) }
    })
  return jobOf(settings, group, columns)
}

function jobOf({ marks }: SealSettings, group: RowGroupState, columns: EncodeJob['columns']): EncodeJob {
  return {
    columns,
    rowCount: group.rowCount - group.rowsDropped,
    footer: groupFooterKeys({
      configHash: marks.configHash,
      identity: marks.rowsIdentity,
      runSeed: marks.runSeed,
      group: group.group,
      firstRow: group.firstRow,
      plannedRows: group.rowCount,
      dropped: group.rowFailures().map(({ row, column, code }) => [row, column, code]),
    }),
  }
}
