/**
 * Writes the rows of a dataset to one file.
 *
 * Owns: what is exported, and the way to the final name. Takes no lock and changes nothing of the dataset.
 * Rules:
 *   1. How a file gets its name is `output-file.ts`. An export that fails or is stopped removes what it wrote, and leaves an
 *      older file as it was; what a device, a pipe or a caller took stays there.
 *   2. One row group is in memory at a time.
 *   4. What is exported was checked as it was read; what DuckDB reads for a condition, right before (`checked-files.ts`).
 *   3. Without `partial` every row of the dataset is settled, and every published row is there to be read.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { shellWord } from '../../base/text/shell-word.ts'
import { isValueObject } from '../../base/values/value.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { Disk } from '../../disk/disk.ts'
import { Encoder, type Encodes } from '../../store/parquet/encoder.ts'
import type { Row } from '../../store/parquet/parquet-rows.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import { type DatasetColumn, scanColumns } from '../rows/columns.ts'
import { publishedFiles } from '../rows/dataset-results.ts'
import { processorFiles } from '../rows/processor-rows.ts'
import { rowNumbersIn } from '../rows/row-numbers.ts'
import { type UnfinishedCount, withUnfinishedFiles } from '../rows/unfinished.ts'
import { matchingRows } from '../rows/where.ts'
import { statusOf } from '../status/status.ts'
import { trainingFormats } from '../training/training-formats.ts'
import { type SkippedRows, type TrainingOptions, TrainingRows } from '../training/training-rows.ts'
import {
  type DestinationOptions,
  type ExportFormat,
  formatOf,
  type NamedFormat,
  type Target,
  targetsOf,
} from './destination.ts'
import { formatterFor } from './export-formats.ts'
import { MediaColumns } from './media-columns.ts'
import { type TakesBytes, writeOutput } from './output-file.ts'
import { type SplitReport, Splits } from './splits.ts'

export interface ExportOptions extends DestinationOptions, TrainingOptions {
  /** The rows that this processor made, or this output of one, in place of the dataset's. */
  readonly processor?: string
  /** In CSV, a text that a spreadsheet would take for a formula gets an apostrophe in front. @default false */
  readonly csvSafe?: boolean
  /** In Parquet, columns of JSON are marked as text, for readers that do not know the type. @default false */
  readonly jsonAsText?: boolean
  /** In Parquet, columns of images, sound or video: as `{bytes, path}`, which `datasets` of Hugging Face reads as what they are. */
  readonly media?: readonly string[]
  /** Columns to export, in this order. In the format of a trainer: next to its own. @default all in the order of the config; no others */
  readonly columns?: readonly string[]
  /** An SQL condition on the columns of a row, as DuckDB understands it; the whole is called `dataset` in it. */
  readonly where?: string
  /** Export what is there of a dataset that is not complete, rows of unfinished row groups too. @default false */
  readonly partial?: boolean
  /** With `partial`: the config that the dataset was made from, if that is code. Its functions are run for unfinished rows. */
  readonly config?: Config
  /** Export the rows as they were generated, before the processors of the after-generation stage. @default false */
  readonly raw?: boolean
  /** Stops the export; nothing is left of it. */
  readonly signal?: AbortSignal
}

/** What was exported. */
export interface Exported {
  /** The file, without links; of splits all files with commas between them; `-` for a sink. */
  readonly path: string
  readonly format: ExportFormat
  readonly rows: number
  readonly columns: readonly string[]
  /** In the format of a trainer: columns of the dataset by field. */
  readonly mapping?: Readonly<Record<string, string>>
  /** In the format of a trainer: rows that do not fit it, by reason; left out when there are none. */
  readonly skipped?: readonly SkippedRows[]
  /** Which split has how many rows. */
  readonly split?: SplitReport
  /** With `partial`: what of it is of row groups that are not finished; left out when there is none. */
  readonly unfinished?: UnfinishedCount
}

/** Rows turned into bytes at once. */
const SLICE = 1000

/**
 * @throws RowsmithError dataset_not_found, dataset_incomplete, unknown_column, where_invalid, file_damaged, export_unfit, usage for an
 *   output that cannot be one, aborted, or a storage error
 */
export async function exportRows(
  disk: Disk,
  directory: string,
  options: ExportOptions = {},
  encoder: () => Encodes = () => Encoder.start(),
): Promise<Exported> {
  const view = DatasetView.at(disk, directory)
  if (options.partial !== true || options.processor !== undefined) {
    return exportFiles(view, options, await filesOf(view, options))
  }
  const reading = { disk, encoder, config: options.config }
  return withUnfinishedFiles(reading, view, options.raw === true, async (files, found, aside) => {
    let rows = 0
    if (files.length === 0 && found.why !== null) throw noneSoFar(directory, found.why)
    const exported = await exportFiles(view, options, files, (path, count) => {
      if (aside.includes(path)) rows += count
    })
    return found.groups === 0 && found.why === null && found.raw === undefined
      ? exported
      : { ...exported, unfinished: { ...found, rows } }
  })
}

function noneSoFar(directory: string, why: string): RowsmithError {
  const message = `${directory} has no finished row group yet, and rows of others cannot be made: ${why}`
  return new RowsmithError('dataset_incomplete', message, {
    nextStep: 'Give what is missing, or finish the dataset with `rowsmith resume`.',
  })
}

async function exportFiles(
  view: DatasetView,
  options: ExportOptions,
  files: readonly string[],
  took: (path: string, rows: number) => void = () => {},
): Promise<Exported> {
  const { disk, path: directory } = view.directory
  const format = formatOf(options)
  const targets = await targetsOf(view.directory, options, format)
  const found = await scanColumns(view, files, options.processor === undefined)
  if (options.partial !== true) await requireComplete(view, options.raw === true)
  if (files.length === 0) {
    throw new RowsmithError('dataset_incomplete', `${directory} has no rows to export yet.`, {
      nextStep: 'Finish it with `rowsmith resume`.',
    })
  }
  const splits = await splitsOf(view, options, found.columns)
  const splitColumn: DatasetColumn[] =
    splits?.column === undefined ? [] : [{ name: splits.column, type: { kind: 'string' } }]
  const chosenColumns = chosen(found.columns, options.columns)
  const training = trainingOf(format, options, { all: found.columns, chosen: chosenColumns, splitColumn })
  const columns = training?.columns ?? [...chosenColumns, ...splitColumn]
  const media = mediaOf(disk, directory, options, { format, columns })
  const names = found.columns.map(({ name }) => name)
  const checked = new CheckedFiles(view)
  if (options.where !== undefined) await checked.require(files)
  const matching =
    options.where === undefined ? undefined : await matchingRows(files, names, found.rows, options.where)
  const rows = await writeTargets(disk, targets, options.sink, (take, split) => {
    const slices = slicesOf({ view, checked, files, took, signal: options.signal, splits, split }, matching)
    const formatter = formatterFor(format.file, media?.typed(columns) ?? columns, {
      ...options,
      media,
      optional: optionalIn(format, training),
    })
    return writeAll(take, formatter, training?.rows(slices) ?? media?.rows(slices) ?? slices)
  })
  return {
    path: targets.map(({ output }) => output?.path ?? '-').join(', '),
    format: format.named,
    rows,
    columns: columns.map(({ name }) => name),
    ...(training === undefined ? {} : { mapping: training.mapping }),
    ...(training === undefined || training.skipped.length === 0 ? {} : { skipped: training.skipped }),
    ...(splits === undefined ? {} : { split: splits.report }),
  }
}

/** One file after the other. None gets its name before all are written. @returns how many rows were written */
function writeTargets(
  disk: Disk,
  [target, ...others]: readonly [Target, ...Target[]],
  sink: TakesBytes | undefined,
  writeRows: (take: TakesBytes, split: string | undefined) => Promise<number>,
): Promise<number> {
  const [next, ...further] = others
  const write = async (take: TakesBytes): Promise<number> => {
    const rows = await writeRows(take, target.split)
    return next === undefined ? rows : rows + (await writeTargets(disk, [next, ...further], sink, writeRows))
  }
  return target.output === undefined
    ? write(sink ?? (async () => {}))
    : writeOutput(disk, target.output, write)
}

/** @throws RowsmithError usage, unknown_column */
async function splitsOf(
  view: DatasetView,
  { split }: ExportOptions,
  columns: readonly DatasetColumn[],
): Promise<Splits | undefined> {
  if (split === undefined) return undefined
  if (columns.some(({ name }) => name === split.column)) {
    throw new RowsmithError('usage', `The dataset has a column "${split.column}" already.`, {
      nextStep: 'Give the column of splits another name.',
    })
  }
  if (split.by !== undefined) return new Splits(split, chosen(columns, split.by))
  const { seed_config: seed = null, columns: configured = [] } = await view.savedConfig()
  const ofSeed = (Array.isArray(configured) ? configured : []).flatMap((each) =>
    isValueObject(each) && each.column_type === 'seed-dataset' ? [String(each.name)] : [],
  )
  const key = columns.filter(({ name }) => ofSeed.includes(name))
  if (seed === null || key.length > 0) return new Splits(split, key)
  throw new RowsmithError('usage', 'The rows start from a seed dataset, of which no column is among them.', {
    nextStep: 'Name the columns that keep rows together: --split-by COLUMN',
  })
}

/** @throws RowsmithError usage, unknown_column */
function trainingOf(
  { training, file }: NamedFormat,
  options: ExportOptions,
  columns: Readonly<Record<'all' | 'chosen' | 'splitColumn', readonly DatasetColumn[]>>,
): TrainingRows | undefined {
  if (training === undefined) {
    const given = (['map', 'strict', 'toolsAs', 'minMargin'] as const).find(
      (name) => options[name] !== undefined,
    )
    if (given === undefined) return undefined
    throw new RowsmithError(
      'usage',
      `The option ${given} belongs to the formats of trainers, not to ${file}.`,
      {
        nextStep: `Name one of them: ${trainingFormats.map((each) => `-f ${each}`).join(', ')}.`,
      },
    )
  }
  const further = [...(options.columns === undefined ? [] : columns.chosen), ...columns.splitColumn]
  return new TrainingRows(training, { all: columns.all, further }, options)
}

/** An API refuses `tools` that are null. What reads a table wants every column in every row. */
function optionalIn({ training }: NamedFormat, rows: TrainingRows | undefined): ReadonlySet<string> {
  return new Set(training === 'openai-chat' && rows !== undefined ? ['tools'] : [])
}

/** @throws RowsmithError usage, unknown_column */
function mediaOf(
  disk: Disk,
  directory: string,
  { media }: ExportOptions,
  { format, columns }: { readonly format: NamedFormat; readonly columns: readonly DatasetColumn[] },
): MediaColumns | undefined {
  if (media === undefined || media.length === 0) return undefined
  if (format.named === 'parquet') return new MediaColumns(disk, directory, chosen(columns, media))
  throw new RowsmithError('usage', `Columns of media need a Parquet file; ${format.named} holds no bytes.`, {
    nextStep: 'Export with -f parquet.',
  })
}

function filesOf(view: DatasetView, { processor, raw }: ExportOptions): Promise<string[]> {
  return processor === undefined ? publishedFiles(view, raw) : processorFiles(view, processor)
}

/** @throws RowsmithError dataset_incomplete */
async function requireComplete(view: DatasetView, raw: boolean): Promise<void> {
  const directory = view.directory.path
  const status = await statusOf(view)
  const { published, total } = status.row_groups
  if (published < total) {
    throw new RowsmithError(
      'dataset_incomplete',
      `${directory} is not complete: ${published} of ${total} row groups, ${status.rows_written} of ${status.rows_planned} rows.`,
      {
        facts: {
          rows_planned: status.rows_planned,
          rows_written: status.rows_written,
          row_groups: total,
          row_groups_published: published,
        },
      },
    )
  }
  const [unlike, ...others] = await view.unlikeMetadata()
  if (unlike !== undefined) {
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`
    throw new RowsmithError('dataset_incomplete', `${directory}/${unlike.path}: ${unlike.what}${more}.`, {
      nextStep: `Restore the files from where they came; \`rowsmith verify ${shellWord(directory)}\` lists them. Or export what is there with --partial.`,
    })
  }
  if (raw) return
  // Another tool's stage cannot be continued, as the next step says.
  if (status.stage?.state === 'pending' && (await view.run()).kind === 'read') {
    const message = `${directory} is not complete: its rows are all there, and its processors have not seen all of them.`
    throw new RowsmithError('dataset_incomplete', message, {
      nextStep: 'Finish it with `rowsmith resume`, or export the raw rows with --raw.',
    })
  }
  const metadata = await view.metadata()
  if (metadata.kind === 'read' && metadata.contents.post_generation_state === 'started') {
    throw new RowsmithError(
      'dataset_incomplete',
      `${directory} is not complete: a processor started to change its files and did not finish.`,
      {
        nextStep:
          'Create it again with `rowsmith create` and --resume never, or export the available rows with --partial.',
      },
    )
  }
}

/** @throws RowsmithError unknown_column */
function chosen(
  columns: readonly DatasetColumn[],
  names: readonly string[] | undefined,
): readonly DatasetColumn[] {
  if (names === undefined) return columns
  return [...new Set(names)].map((name) => {
    const column = columns.find((each) => each.name === name)
    if (column !== undefined) return column
    const known = columns.map((each) => each.name)
    const shown = `${known.slice(0, 20).join(', ')}${known.length > 20 ? ', …' : ''}`
    throw new RowsmithError('unknown_column', `The dataset has no column "${name}"; it has ${shown}.`, {
      facts: { column: name, columns: known },
    })
  })
}

interface ReadFrom {
  readonly view: DatasetView
  readonly splits: Splits | undefined
  /** Rows of this split alone. */
  readonly split: string | undefined
  readonly checked: CheckedFiles
  readonly files: readonly string[]
  /** Called with how many rows of a file are exported. */
  readonly took: (path: string, rows: number) => void
  readonly signal: AbortSignal | undefined
}

/** The rows to export, some at a time. */
async function* slicesOf(
  { view, checked, files, took, signal, splits, split }: ReadFrom,
  matching: Uint8Array | undefined,
): AsyncGenerator<Row[], void, undefined> {
  let first = 0
  for (const path of files) {
    const rows = await checked.rows(path)
    const numbers = splits?.needNumbers(rows) ? await rowNumbersIn(view, path) : []
    const wanted = rows.flatMap((row, index) => {
      if (matching !== undefined && matching[first + index] !== 1) return []
      const taken = splits === undefined ? row : splits.take(row, numbers[index] ?? index, split)
      return taken === undefined ? [] : [taken]
    })
    first += rows.length
    took(path, wanted.length)
    for (let start = 0; start < wanted.length; start += SLICE) {
      if (signal?.aborted) {
        throw new RowsmithError('aborted', 'The export was stopped; nothing is left of it.', {
          nextStep: 'Run the command again.',
        })
      }
      yield wanted.slice(start, start + SLICE)
    }
  }
}

/** @returns how many rows were written */
async function writeAll(
  take: TakesBytes,
  formatter: ReturnType<typeof formatterFor>,
  slices: AsyncIterable<Row[]>,
): Promise<number> {
  let rows = 0
  const append = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.byteLength > 0) await take(bytes)
  }
  await append(formatter.begin())
  for await (const slice of slices) {
    await append(formatter.encode(slice))
    rows += slice.length
  }
  await append(formatter.end())
  return rows
}
