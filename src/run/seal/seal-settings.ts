/** How the files of a dataset's row groups come out: the same for the run that makes them and for whoever checks them. */

import { withSortedJson } from '../../base/values/column-type.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { MakingOrder } from '../../columns/column/making-order.ts'
import { schemaOf } from '../../post/schema-transform.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import { processorFolder } from '../../store/files/layout.ts'
import type { ReadsMedia } from '../../store/publishing/media.ts'
import type { Publication } from '../../store/publishing/publish.ts'
import { ledgerToValue } from '../bill/ledger.ts'
import type { KeptGroup } from '../effects/kept.ts'
import type { OpenGroup } from '../engine/group/open-group.ts'
import type { Blueprint } from '../prepare/blueprint.ts'
import { fileOrder, followFiles } from './adopt.ts'
import type { SealSettings } from './seal-group.ts'

export function sealSettings(
  blueprint: Blueprint,
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
    columns: fileOrder(blueprint.columns, schema),
    preserveDroppedColumns: run.preserve_dropped_columns,
    transforms: blueprint.transforms.map((transform) => ({
      transform,
      schema: schemaOf(transform, processed(transform.name)),
      follows: processed(transform.name) !== undefined,
    })),
    clock,
    media,
  }
}

/** The order in which cells are made, with the types that files have which they have to follow. */
export function orderFor(blueprint: Blueprint, run: RunFile): MakingOrder {
  const columns = followFiles(blueprint.order.columns, run)
  if (run.json_members === 'as_written') return { ...blueprint.order, columns }
  const sorted = columns.map(({ following, ...column }) => ({
    ...column,
    type: withSortedJson(column.type),
    ...(following === undefined
      ? {}
      : { following: { ...following, followed: withSortedJson(following.followed) } }),
  }))
  return { ...blueprint.order, columns: sorted }
}

/** What a sealed group's commit says beside its files. */
export function commitOf(rows: OpenGroup, kept: KeptGroup): Omit<Publication, 'files'> {
  const skipped = rows.skippedCells()
  return {
    group: rows.group,
    firstRow: rows.firstRow,
    plannedRows: rows.rowCount,
    rows: rows.rowCount - rows.rowsDropped,
    dropped: rows.verdicts().map(({ row, column, code }) => [row, column, code]),
    ...(skipped.length > 0 ? { skipped } : {}),
    ledger: ledgerToValue(kept.ledger),
    ...(kept.rounds.highest > 0 ? { retried: kept.rounds.highest } : {}),
    ...(kept.published === null ? {} : { replaces: kept.published.sha256 }),
  }
}
