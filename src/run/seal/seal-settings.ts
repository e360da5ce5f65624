/** How the files of a dataset's row groups come out: the same for the run that makes them and for the code that checks them. */

import { withSortedJson } from '../../base/values/column-type.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { TopologicalOrder } from '../../columns/column/topological-order.ts'
import { schemaOf } from '../../post/schema-transform.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import { processorFolder } from '../../store/files/layout.ts'
import type { ReadsMedia } from '../../store/publishing/media.ts'
import type { Publication } from '../../store/publishing/publish.ts'
import type { ReplayState } from '../effects/replay-state.ts'
import type { CompiledConfig } from '../prepare/compiled-config.ts'
import type { RowGroupState } from '../scheduler/group/row-group-state.ts'
import { ledgerToValue } from '../usage/ledger.ts'
import { fileOrder, followFiles } from './import-row-groups.ts'
import type { SealSettings } from './seal-group.ts'

export function sealSettings(
  compiled: CompiledConfig,
  run: RunFile,
  clock: Clock,
  media: ReadsMedia,
): SealSettings {
  const { file_schema: schema } = run
  const processed = (name: string) => schema?.[processorFolder(name)]
  return {
    rawFolder: run.raw_folder,
    marks: {
      configHash: run.config_hash,
      rowsIdentity: run.rows_identity.hash,
      runSeed: run.run_seed,
    },
    columns: fileOrder(compiled.columns, schema),
    preserveDroppedColumns: run.preserve_dropped_columns,
    transforms: compiled.transforms.map((transform) => ({
      transform,
      schema: schemaOf(transform, processed(transform.name)),
      follows: processed(transform.name) !== undefined,
    })),
    clock,
    media,
  }
}

/** The order in which cells are made, with the types that files have which they have to follow. */
export function orderFor(compiled: CompiledConfig, run: RunFile): TopologicalOrder {
  const columns = followFiles(compiled.order.columns, run)
  if (run.json_members === 'as_written') return { ...compiled.order, columns }
  const sorted = columns.map(({ following, ...column }) => ({
    ...column,
    type: withSortedJson(column.type),
    ...(following === undefined
      ? {}
      : { following: { ...following, followed: withSortedJson(following.followed) } }),
  }))
  return { ...compiled.order, columns: sorted }
}

/** What a sealed group's commit says next to its files. */
export function commitOf(rows: RowGroupState, stored: ReplayState): Omit<Publication, 'files'> {
  const skipped = rows.skippedCells()
  return {
    group: rows.group,
    firstRow: rows.firstRow,
    plannedRows: rows.rowCount,
    rows: rows.rowCount - rows.rowsDropped,
    dropped: rows.rowFailures().map(({ row, column, code }) => [row, column, code]),
    ...(skipped.length > 0 ? { skipped } : {}),
    ledger: ledgerToValue(stored.ledger),
    ...(stored.retryNumbers.highest > 0 ? { retried: stored.retryNumbers.highest } : {}),
    ...(stored.published === null ? {} : { replaces: stored.published.sha256 }),
  }
}
