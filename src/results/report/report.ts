/**
 * A report on a dataset: what it is made of, how far it is, what it cost, its profile, its first rows. To be passed on as one file.
 *
 * Rules:
 *   1. Equal datasets and options give equal reports: no time of the reading, no path of the machine but that of files which the user names.
 *   2. What is in it is data. `html.ts` and `markdown.ts` draw it, and escape.
 *   3. Sends no request, takes no lock, changes no byte of the dataset.
 */
import { basename, resolve } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { objectsIn, type Value, type ValueObject } from '../../base/values/value.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import type { DatasetPages, PageRow } from '../pages/pages.ts'
import { findPositions } from '../pages/positions.ts'
import { type DatasetProfile, type ProfileOptions, profileDataset } from '../quality/dataset-profile.ts'
import type { Reading } from '../rows/unfinished.ts'
import { type DatasetStatus, statusOf } from '../status/status.ts'

export interface ReportOptions extends ProfileOptions {
  /** How many rows are shown. @default 200 */
  readonly rows?: number
  /** An SQL condition for the rows that are shown. */
  readonly where?: string
}

interface ReportColumn {
  readonly name: string
  readonly kind: string
  /** A model's alias, or what a sampler draws; null for others. */
  readonly detail: string | null
  /** Made, and in no file. */
  readonly dropped: boolean
}

/** A report as data: what `rowsmith report --json` prints. */
export interface DatasetReport {
  /** Name of the folder. */
  readonly dataset: string
  readonly rows_planned: number
  readonly rows_written: number
  readonly rows_dropped: number
  readonly rows_open: number
  readonly total: Pick<DatasetStatus['total'], 'requests' | 'usage' | 'cost' | 'models'>
  readonly failures: DatasetStatus['failures']
  readonly columns: readonly ReportColumn[]
  readonly config: ValueObject
  readonly profile: DatasetProfile
  /** Positions that the condition chose, or that the dataset has. */
  readonly rows_found: number
  readonly where: string | null
  readonly rows: readonly PageRow[]
}

const rowsShown = 200
const rowsMost = 5_000

/** @throws RowsmithError usage, where_invalid, unknown_column, dataset_not_found, duckdb_missing, io_error */
export async function reportOn(
  reading: Reading,
  pages: DatasetPages,
  directory: string,
  { rows = rowsShown, where, ...profiled }: ReportOptions = {},
): Promise<DatasetReport> {
  if (!Number.isInteger(rows) || rows < 0 || rows > rowsMost) {
    throw new RowsmithError('usage', `A report shows 0 to ${rowsMost} rows, not ${rows}.`, {
      nextStep: 'Export the rows for more: rowsmith export DATASET_DIR',
    })
  }
  const view = DatasetView.at(reading.disk, directory)
  const status = await statusOf(view, 'the usage')
  const profile = await profileDataset(reading, directory, profiled, status)
  const positions = where === undefined ? undefined : await findPositions(pages, { where })
  const page = await pages.page(0, rows, { integers: 'bigint', ...(positions && { positions }) })
  const config = await view.savedConfig()
  const { requests, usage, cost, models } = status.total
  return {
    dataset: basename(resolve(directory)),
    rows_planned: status.rows_planned,
    rows_written: status.rows_written,
    rows_dropped: status.rows_dropped,
    rows_open: status.rows_open,
    total: { requests, usage, cost, models },
    failures: status.failures,
    columns: columnsOf(config),
    config,
    profile,
    rows_found: page.of,
    where: where ?? null,
    rows: page.rows,
  }
}

function columnsOf({ columns }: ValueObject): ReportColumn[] {
  return objectsIn(columns).map((column) => ({
    name: String(column.name),
    kind: String(column.column_type),
    detail: textOf(column.model_alias) ?? textOf(column.sampler_type) ?? textOf(column.validator_type),
    dropped: column.drop === true,
  }))
}

function textOf(value: Value | undefined): string | null {
  return typeof value === 'string' ? value : null
}
