/** The first rows of a dataset, to look at. */
import type { ConfigInput } from '../code/from-code.ts'
import type { Config } from '../config/schema/schema.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { integerReader, type ReadOptions } from '../results/rows/integers.ts'
import { type PreviewColumn, type PreviewRecord, previewRecords } from '../results/rows/preview-records.ts'
import type { RunEvent } from '../run/report/events.ts'
import type { Components, CreateOptions } from '../run/request/options.ts'
import { settings } from '../run/request/settings.ts'
import { startRun } from '../run/start/start.ts'
import type { Row } from '../store/parquet/parquet-rows.ts'
import type { TypedDataset } from '../typed/dataset.ts'
import { withTypedRows } from '../typed/rows.ts'
import { runComponents } from './components.ts'
import { type AnyConfig, configOf } from './load.ts'
import { type Results, type Run, resultsOf, runOf } from './run.ts'
import { type GenerateOptions, runOptions } from './run-options.ts'

/** A preview, and the small dataset it is stored in. */
export interface Preview<R = Row> extends Results<R> {
  /** In config order, dropped ones too. */
  readonly columns: readonly PreviewColumn[]
  /** The first rows, dropped ones with their reason. */
  readonly records: readonly PreviewRecord[]
}

/** Options of a preview: those of `create`, but for what only a dataset needs. */
export type PreviewOptions = Omit<GenerateOptions, 'resume'> & ReadOptions

/**
 * Generates the first rows of a dataset, to look at. They are stored in `.rowsmith-previews` in the artifact folder: the
 * same preview again requests nothing, and a new dataset of the same rows reuses its random seed and its answers.
 *
 * @param options `rows` is 10 unless given
 */
export function preview<R extends object>(
  dataset: TypedDataset<R>,
  options?: PreviewOptions,
  components?: Components,
): Run<Preview<R>>
export function preview(
  config: Config | ConfigInput | string,
  options?: PreviewOptions,
  components?: Components,
): Run<Preview>
export function preview(
  config: AnyConfig,
  given: PreviewOptions = {},
  components: Components = {},
): Run<Preview> {
  const options: CreateOptions & ReadOptions = runOptions(given)
  const handle = startRun(
    { kind: 'preview', config: () => configOf(config) },
    options,
    runComponents(components),
  )
  const reasons = droppedRows(handle.events())
  return runOf(handle, async (outcome) => {
    const { dataset_path: path } = outcome.summary
    const rows = options.numRecords ?? settings.numRecords.default
    const shown = await previewRecords(components.disk ?? nodeDisk, path, rows, await reasons)
    const convert = integerReader(options)
    const records = shown.records.map((record) =>
      record.values === null ? record : { ...record, values: convert(record.values, record.row) },
    )
    return { ...withTypedRows(resultsOf(outcome, components), config), columns: shown.columns, records }
  })
}

/** Why rows were dropped, by row, once the run is over. */
async function droppedRows(events: AsyncIterable<RunEvent>): Promise<ReadonlyMap<number, string>> {
  const messages = new Map<number, string>()
  for await (const event of events) if (event.type === 'row-dropped') messages.set(event.row, event.message)
  return messages
}
