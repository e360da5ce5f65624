/**
 * A dataset directory as its user holds it: rows, state, history, checks, export. Needs no lock, also while a run is on.
 *
 * Never: reads anything before its caller wants it, or changes a byte (a repair excepted, which says so).
 */
import { RowsmithError } from '../base/errors/errors.ts'
import type { ValueObject } from '../base/values/value.ts'
import type { Config } from '../config/schema/schema.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import type { Forecast } from '../preflight/forecast-summary.ts'
import { type Exported, type ExportOptions, exportRows } from '../results/export/export.ts'
import { DatasetPages, type Page, type PageOptions, type PageRow } from '../results/pages/pages.ts'
import { findPositions, type PositionOptions, type PositionQuery } from '../results/pages/positions.ts'
import { type DatasetChange, type WatchOptions, watchDataset } from '../results/pages/watch.ts'
import { readAnalysis } from '../results/profile/analysis.ts'
import type { DatasetProfile, ProfileOptions } from '../results/quality/dataset-profile.ts'
import type { DatasetReport, ReportOptions } from '../results/report/report.ts'
import { DatasetResults, firstRows } from '../results/rows/dataset-results.ts'
import { type ReadOptions, withIntegers } from '../results/rows/integers.ts'
import { processorRows } from '../results/rows/processor-rows.ts'
import { countUnfinished, type Reading, type RowsSoFar, rowsSoFar } from '../results/rows/unfinished.ts'
import { type HistoryEntry, readHistory } from '../results/status/history.ts'
import type { InspectedRow } from '../results/status/inspect.ts'
import { type DatasetStatus, readStatus } from '../results/status/status.ts'
import type { Components, ResumeOptions } from '../run/request/options.ts'
import { Encoder } from '../store/parquet/encoder.ts'
import type { Row } from '../store/parquet/parquet-rows.ts'
import type { WithIntegers } from '../typed/values/cells.ts'
import type { Verification } from '../verify/found/findings.ts'
import { type VerifyOptions, verifyDataset } from '../verify/verify.ts'
import { estimateResume, estimateRetry } from './estimate.ts'
import type { RetryOptions } from './retry-options.ts'

/** Which rows `head` gives. */
export interface HeadOptions extends ReadOptions {
  /** Rows before post-processing. @default false */
  readonly raw?: boolean
  /** Rows of the table that this schema_transform processor wrote. @default the dataset's own */
  readonly processor?: string
}

type Integers = NonNullable<ReadOptions['integers']>
/** Integers are numbers. */
interface Numbers {
  readonly integers?: 'number'
}

/**
 * What can be done with a dataset directory without a run. Every method may throw RowsmithError `dataset_not_found`.
 *
 * @template R what a row is, where that is known
 */
export interface Dataset<R = Row> {
  /** The dataset directory. */
  readonly path: string
  /**
   * Every row, in order, one file in memory at a time. Integers are numbers unless `integers` says otherwise; one that
   * no number holds ends the iteration with a RowsmithError `integer_too_large`.
   */
  rows(options?: Numbers): AsyncIterable<R>
  rows<const I extends Integers>(options: { readonly integers: I }): AsyncIterable<WithIntegers<R, I>>
  rows(options?: ReadOptions): AsyncIterable<Row>
  /** The rows before post-processing; `rows` where there is none. */
  rawRows(options?: ReadOptions): AsyncIterable<Row>
  /** The first rows, 5 unless given. @throws RowsmithError unknown_processor, sidecar_missing */
  head(count?: number, options?: Numbers): Promise<R[]>
  head(count: number | undefined, options: HeadOptions): Promise<Row[]>
  /**
   * The first rows that are there, also of row groups that are not finished; sends nothing.
   *
   * @throws RowsmithError journal_damaged
   */
  headSoFar(count?: number, options?: Omit<HeadOptions, 'processor'>): Promise<RowsSoFar>
  /**
   * Some rows, from any position: written, dropped and open ones, also while a run is on. The last row groups that were read
   * stay parsed in this object, so that the next page of one of them is read from memory.
   *
   * @param at position of the first row, from 0
   * @param count how many rows at most
   */
  page(at: number, count: number, options?: PageOptions): Promise<Page>
  /** One row, as `page` gives it. @throws RowsmithError usage for a position that is not there */
  row(position: number, options?: PageOptions): Promise<PageRow>
  /**
   * The positions of published rows that a condition, a text or both choose, in row order or sorted.
   *
   * @param query for example `{ where: 'stars <= 2', sort: [{ column: 'price', descending: true }] }`
   * @throws RowsmithError where_invalid, unknown_column, duckdb_missing; the reason of the signal
   */
  positions(query: PositionQuery, options?: PositionOptions): Promise<Uint32Array>
  /** Its status, first at once, then whenever something changed. Ends when the signal fires. */
  watch(options?: WatchOptions): AsyncIterable<DatasetChange>
  /** How many rows it has. */
  countRecords(): Promise<number>
  /** Its statistics, one object per column: as stored with it, else counted now; null when it has no rows yet. @throws RowsmithError metadata_corrupt, duckdb_missing */
  loadAnalysis(): Promise<readonly ValueObject[] | null>
  /** The rows that a schema_transform processor wrote, in row order. The iteration throws a RowsmithError `unknown_processor` for another name. */
  loadProcessorDataset(name: string, options?: ReadOptions): AsyncIterable<Row>
  /** Writes rows to one file, whole or not at all. @throws RowsmithError dataset_incomplete unless `partial`; unknown_column, where_invalid, or a storage error */
  export(options?: ExportOptions): Promise<Exported>
  /**
   * How far it is, also while a run is on.
   *
   * @param options `unfinished`: also how many rows of unfinished row groups are there, which replays them from stored answers
   */
  status(options?: { readonly unfinished?: boolean }): Promise<DatasetStatus>
  /**
   * Everything that is known of one row: prompts, attempts, answers, failures, tokens, cost, times; also while it is generated.
   *
   * @throws RowsmithError usage for a row that is not planned; unknown_column; answers_missing
   */
  inspect(options: { readonly row: number; readonly column?: string }): Promise<InspectedRow>
  /** What happened to it, over all processes, oldest first. */
  history(): Promise<readonly HistoryEntry[]>
  /**
   * Counts what is in its columns, also while a run is on: nulls, distinct values, and by type of column how samplers
   * drew, what is valid, how judges scored; what was requested against what came, agreement of judges, cost by column.
   * Sends no request, changes no byte.
   *
   * @param options what else to look for: near-duplicates, prompts of other files, diversity
   * @throws RowsmithError duckdb_missing, io_error; usage and unknown_column for options
   */
  profile(options?: ProfileOptions): Promise<DatasetProfile>
  /**
   * A report to pass on: what it is made of, how far it is, cost, profile, first rows. Equal datasets give equal reports.
   *
   * @param format `html` is one file without script or request; `json` the report as an object
   * @throws RowsmithError usage, where_invalid, duckdb_missing, io_error
   */
  report(format: 'html' | 'markdown', options?: ReportOptions): Promise<string>
  report(format: 'json', options?: ReportOptions): Promise<DatasetReport>
  /**
   * Checks every file against what was written, also while a run is on. `repair` repairs what it can; `replay` rebuilds
   * the dataset from the stored answers and compares. Sends no request. What is wrong is in the result.
   *
   * @throws RowsmithError dataset_in_use for a repair; of class storage
   */
  verify(options?: VerifyOptions): Promise<Verification>
  /** What `resume` would request, and what that would cost; sends and writes nothing. @throws RowsmithError as `resume` before its first byte */
  estimateResume(options?: ResumeOptions): Promise<Forecast>
  /** What `retry` would request, and what that would cost; sends and writes nothing. @throws RowsmithError as `retry` before its first byte */
  estimateRetry(options?: RetryOptions): Promise<Forecast>
}

/** What a dataset is read with. */
export type OpenOptions = Components & {
  /** For a dataset whose config is code: that config, whose functions make the rows of unfinished row groups. */
  readonly config?: Config
}

/** A dataset directory that exists, no matter which tool wrote it. Nothing is read before the caller wants it. */
export function open(directory: string, options: OpenOptions = {}): Dataset {
  const { disk = nodeDisk, encoder = () => Encoder.start(), clock, config } = options
  const dataset = new DatasetResults(disk, directory)
  const pages = new DatasetPages({ disk, encoder, config }, directory)
  const reading: Reading = { disk, encoder, config }
  const rows = (read?: ReadOptions) => withIntegers(dataset.rows(), read)
  const rawRows = (read?: ReadOptions) => withIntegers(dataset.rows(true), read)
  const loadProcessorDataset = (name: string, read?: ReadOptions) =>
    withIntegers(processorRows(disk, directory, name), read)
  return {
    path: directory,
    rows,
    rawRows,
    head(count = 5, { raw = false, processor, ...read }: HeadOptions = {}) {
      if (processor !== undefined) return firstRows(loadProcessorDataset(processor, read), count)
      return pages.head(count, { raw, ...read })
    },
    async headSoFar(count = 5, { raw = false, ...read } = {}) {
      const found = await rowsSoFar(reading, directory, count, raw)
      return { ...found, rows: await firstRows(withIntegers(iterated(found.rows), read), count) }
    },
    page: (at, count, read) => pages.page(at, count, read),
    async row(position, read) {
      const { rows, of } = await pages.page(position, 1, read)
      const [found] = rows
      if (found !== undefined) return found
      throw new RowsmithError('usage', `There is no row ${position}: positions are 0 to ${of - 1}.`)
    },
    positions: (query, wanted) => findPositions(pages, query, wanted),
    watch: (watched) => watchDataset(disk, directory, clock, watched),
    countRecords: () => dataset.countRecords(),
    loadAnalysis: () => readAnalysis(disk, directory),
    loadProcessorDataset,
    export: (exported) => exportRows(disk, directory, exported, options.encoder),
    async status({ unfinished = false } = {}) {
      const found = await readStatus(disk, directory)
      if (!unfinished || found.open_groups.begun === 0) return found
      return { ...found, unfinished: await countUnfinished(reading, directory) }
    },
    inspect: ({ row, column = null }) => pages.inspect(row, column),
    history: () => readHistory(disk, directory),
    async profile(profiled) {
      const { profileDataset } = await import('../results/quality/dataset-profile.ts')
      return profileDataset(reading, directory, profiled)
    },
    report: (async (format: ReportFormat | 'json', reported?: ReportOptions) => {
      const { reportOn } = await import('../results/report/report.ts')
      const report = await reportOn(reading, pages, directory, reported)
      return format === 'json' ? report : reportText(format, report)
    }) as Dataset['report'],
    verify: (verified = {}) =>
      verifyDataset(directory, verified, { disk, encoder, ...(clock === undefined ? {} : { clock }) }),
    estimateResume: (resumed = {}) => estimateResume(directory, resumed, options),
    estimateRetry: (retried = {}) => estimateRetry(directory, retried, options),
  }
}

type ReportFormat = 'html' | 'markdown'

/** A report as the text of a file. */
export async function reportText(format: ReportFormat, report: DatasetReport): Promise<string> {
  return format === 'html'
    ? (await import('../results/report/html.ts')).htmlReport(report)
    : (await import('../results/report/markdown.ts')).markdownReport(report)
}

async function* iterated<T>(values: Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* values
}
