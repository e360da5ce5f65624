/**
 * The profile of a dataset: statistics of its columns, and what can be said of it as a whole.
 *
 * Rules:
 *   1. Sends no request, takes no lock, changes no byte.
 *   2. What needs every text in memory, or files of the user's, is made when it is requested; everything else always.
 *   3. Equal datasets and options give equal profiles.
 */
import { ColumnTokens } from '../../run/usage/column-tokens.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import { type ColumnProfile, configuredColumns, profileFiles } from '../profile/profile.ts'
import { type Reading, type UnfinishedCount, withUnfinishedFiles } from '../rows/unfinished.ts'
import type { DatasetStatus } from '../status/status.ts'
import {
  type AgreementOptions,
  type AgreementReport,
  agreementReports,
  type CrossReport,
  crossReports,
  type RequestedReport,
  requestedReports,
} from './label-reports.ts'
import { type Profiled, ProfiledTable } from './profiled-table.ts'
import { type Spending, type SpentAndDropped, spentAndDropped } from './spending.ts'
import { type TextReportOptions, type TextReports, textReports } from './text-reports.ts'

export interface ProfileOptions extends TextReportOptions {
  /** @default scores of one name that several judges give */
  readonly agreement?: readonly AgreementOptions[]
  readonly signal?: AbortSignal
}

export interface DatasetProfile extends Partial<TextReports> {
  readonly num_records: number
  /** What of the records is of row groups that are not finished. */
  readonly unfinished: UnfinishedCount
  /** Columns in the dataset that the config does not name. */
  readonly side_effect_column_names: readonly string[]
  readonly column_statistics: readonly ColumnProfile[]
  /** How long texts are, by column, in characters. */
  readonly text_lengths: readonly TextLengths[]
  /** Category samplers: weights of the config against rows. */
  readonly requested: readonly RequestedReport[]
  /** Pairs of category samplers. */
  readonly crosses: readonly CrossReport[]
  readonly agreement: readonly AgreementReport[]
  /** Rows by cause; null where the accounting cannot be read. */
  readonly dropped: SpentAndDropped['dropped']
  /** null where the accounting cannot be read. */
  readonly spending: Spending | null
}

interface TextLengths {
  readonly column_name: string
  readonly min: number
  readonly median: number
  readonly mean: number
  readonly p95: number
  readonly max: number
  /** Texts that equal an earlier one. */
  readonly repeated: number
}

/**
 * @param status what the caller has read already
 * @throws RowsmithError dataset_not_found, duckdb_missing, io_error; usage and unknown_column for options
 */
export function profileDataset(
  reading: Reading,
  directory: string,
  options: ProfileOptions = {},
  status?: DatasetStatus,
): Promise<DatasetProfile> {
  const view = DatasetView.at(reading.disk, directory)
  return withUnfinishedFiles(reading, view, false, async (files, unfinished) => {
    const tokens = new ColumnTokens()
    const { columns, column_statistics, ...found } = await profileFiles(view, files, options.signal, tokens)
    const configured = await configuredColumns(view)
    return {
      ...found,
      column_statistics: column_statistics.map(({ type: _type, ...statistics }) => statistics),
      ...(await reportsOf(reading, { view, files, columns, configured }, options)),
      ...(await spentAndDropped(view, tokens, status)),
      unfinished,
    }
  })
}

type Reports = Pick<DatasetProfile, 'text_lengths' | 'requested' | 'crosses' | 'agreement'> &
  Partial<TextReports>

async function reportsOf({ disk }: Reading, profiled: Profiled, options: ProfileOptions): Promise<Reports> {
  if (profiled.files.length === 0) return { text_lengths: [], requested: [], crosses: [], agreement: [] }
  const table = await ProfiledTable.open(profiled)
  try {
    return {
      text_lengths: await textLengths(table),
      requested: await requestedReports(table),
      crosses: await crossReports(table),
      agreement: await agreementReports(table, options.agreement),
      ...(await textReports(disk, table, options, options.signal)),
    }
  } finally {
    table.close()
  }
}

async function textLengths(table: ProfiledTable): Promise<TextLengths[]> {
  const lengths: TextLengths[] = []
  for (const { name, type } of table.columns) {
    if (type.kind !== 'string') continue
    const { sql } = table.cell(name)
    const length = `length(${sql})`
    const [row = []] = await table.rows(
      `min(${length}), quantile_cont(${length}, 0.5), avg(${length}), quantile_disc(${length}, 0.95), max(${length}), count(${sql}) - count(DISTINCT hash(${sql})) FILTER (WHERE ${sql} IS NOT NULL)`,
    )
    if (row[0] === null) continue
    const [min = 0, median = 0, mean = 0, p95 = 0, max = 0, repeated = 0] = row.map(Number)
    lengths.push({ column_name: name, min, median, mean, p95, max, repeated })
  }
  return lengths
}
