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

import { basename, extname, join, relative, resolve, sep } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { Disk } from '../../disk/disk.ts'
import { Encoder, type Encodes } from '../../store/parquet/encoder.ts'
import type { Row } from '../../store/parquet/parquet-rows.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import { type DatasetColumn, scanColumns } from '../rows/columns.ts'
import { publishedFiles } from '../rows/dataset-results.ts'
import { processorFiles } from '../rows/processor-rows.ts'
import { type UnfinishedCount, withUnfinishedFiles } from '../rows/unfinished.ts'
import { matchingRows } from '../rows/where.ts'
import { statusOf } from '../status/status.ts'
import { type TrainingFormat, trainingFormats } from '../training/training-formats.ts'
import { type SkippedRows, type TrainingOptions, TrainingRows } from '../training/training-rows.ts'
import { type FileFormat, fileFormats, formatterFor } from './export-formats.ts'
import { MediaColumns } from './media-columns.ts'
import { type OutputFile, outputAt, type TakesBytes, writeOutput } from './output-file.ts'

/** A kind of file, or what a trainer reads, in a file of JSON Lines or Parquet. */
export const exportFormats = [...fileFormats, ...trainingFormats] as const
export type ExportFormat = FileFormat | TrainingFormat

export interface ExportOptions extends TrainingOptions {
  /** @default what the name of `output` ends with; jsonl when there is neither */
  readonly format?: ExportFormat
  /** The file to write: a link is followed, a device or a pipe written to. @default `<directory>/<name of the directory>.<format>` */
  readonly output?: string
  /** Replace a file that is there. The default file, which no other process writes, is replaced in any case. @default false */
  readonly overwrite?: boolean
  /** Takes the bytes in place of a file; `output` then only names the format. */
  readonly sink?: TakesBytes
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
  /** The file, without links; `-` for a sink. */
  readonly path: string
  readonly format: ExportFormat
  readonly rows: number
  readonly columns: readonly string[]
  /** In the format of a trainer: columns of the dataset by field. */
  readonly mapping?: Readonly<Record<string, string>>
  /** In the format of a trainer: rows that do not fit it, by reason; left out when there are none. */
  readonly skipped?: readonly SkippedRows[]
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
  const output = await outputOf(disk, directory, options, format)
  const found = await scanColumns(view, files, options.processor === undefined)
  if (options.partial !== true) await requireComplete(view, options.raw === true)
  if (files.length === 0) {
    throw new RowsmithError('dataset_incomplete', `${directory} has no rows to export yet.`, {
      nextStep: 'Finish it with `rowsmith resume`.',
    })
  }
  const chosenColumns = chosen(found.columns, options.columns)
  const training = trainingOf(format, options, { all: found.columns, further: chosenColumns })
  const columns = training?.columns ?? chosenColumns
  const media = mediaOf(disk, directory, options, { format, columns })
  const names = found.columns.map(({ name }) => name)
  const checked = new CheckedFiles(view)
  if (options.where !== undefined) await checked.require(files)
  const matching =
    options.where === undefined ? undefined : await matchingRows(files, names, found.rows, options.where)
  const slices = slicesOf({ checked, files, took, signal: options.signal }, matching)
  const formatter = formatterFor(format.file, media?.typed(columns) ?? columns, {
    ...options,
    media,
    optional: optionalIn(format, training),
  })
  const prepared = training?.rows(slices) ?? media?.rows(slices) ?? slices
  const write = (take: TakesBytes): Promise<number> => writeAll(take, formatter, prepared)
  const rows = await (output === undefined
    ? write(present(options.sink, 'places of an export'))
    : writeOutput(disk, output, write))
  return {
    path: output?.path ?? '-',
    format: format.named,
    rows,
    columns: columns.map(({ name }) => name),
    ...(training === undefined ? {} : { mapping: training.mapping }),
    ...(training === undefined || training.skipped.length === 0 ? {} : { skipped: training.skipped }),
  }
}

/** @throws RowsmithError usage, unknown_column */
function trainingOf(
  { training, file }: NamedFormat,
  options: ExportOptions,
  { all, further }: { readonly all: readonly DatasetColumn[]; readonly further: readonly DatasetColumn[] },
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
  return new TrainingRows(training, { all, further: options.columns === undefined ? [] : further }, options)
}

/** An API refuses `tools` that are null. What reads a table wants every column in every row. */
function optionalIn({ training }: NamedFormat, rows: TrainingRows | undefined): ReadonlySet<string> {
  return new Set(training === 'openai-chat' && rows !== undefined ? ['tools'] : [])
}

/** Undefined for bytes that a caller takes. @throws RowsmithError usage, output_exists, folder_unwritable */
async function outputOf(
  disk: Disk,
  directory: string,
  options: ExportOptions,
  { training, file }: NamedFormat,
): Promise<OutputFile | undefined> {
  if (options.sink !== undefined) return undefined
  const ending = training === undefined ? file : `${training}.${file}`
  const named = options.output ?? join(directory, `${basename(resolve(directory))}.${ending}`)
  const overwrite = options.overwrite === true || options.output === undefined
  return outputAt(disk, named, { overwrite, check: (path) => checkOutput(directory, named, resolve(path)) })
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

/** The format that was named, and the kind of file it is written in. */
interface NamedFormat {
  readonly named: ExportFormat
  readonly file: FileFormat
  readonly training: TrainingFormat | undefined
}

/** @throws RowsmithError usage */
function formatOf({ format, output }: ExportOptions): NamedFormat {
  const training = trainingFormats.find((each) => each === format)
  const named = fileFormats.find((each) => each === format)
  if (named !== undefined) return { named, file: named, training }
  const ending = output === undefined ? 'jsonl' : extname(output).slice(1).toLowerCase()
  const possible = fileFormats.filter((each) => training === undefined || each !== 'csv')
  const file = possible.find((each) => each === ending)
  if (file !== undefined) return { named: training ?? file, file, training }
  // The bytes of a sink have no name.
  if (training !== undefined && ['', '-'].includes(output ?? ''))
    return { named: training, file: 'jsonl', training }
  const endings = possible.map((each) => `.${each}`).join(', ')
  if (training === undefined)
    throw new RowsmithError('usage', `${output} does not say in which format to export.`, {
      nextStep: `End its name with ${endings}, or name the format.`,
    })
  throw new RowsmithError(
    'usage',
    `The format ${training} is written as JSON Lines or Parquet, not to ${output}.`,
    {
      nextStep: `End the name of the file with ${endings}.`,
    },
  )
}

/** Nothing that makes up the dataset is overwritten, and nothing is put where files of rows lie. */
function checkOutput(directory: string, named: string, path: string): void {
  const inside = relative(resolve(directory), path)
  const below = inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`)
  const ofTheDataset = inside.includes(sep) || ['metadata.json', 'builder_config.json'].includes(inside)
  if (!below || !ofTheDataset) return
  throw new RowsmithError('usage', `${named} is where the dataset keeps files of its own.`, {
    facts: { path: named },
    nextStep: 'Choose another file.',
  })
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
  readonly checked: CheckedFiles
  readonly files: readonly string[]
  /** Called with how many rows of a file are exported. */
  readonly took: (path: string, rows: number) => void
  readonly signal: AbortSignal | undefined
}

/** The rows to export, some at a time. */
async function* slicesOf(
  { checked, files, took, signal }: ReadFrom,
  matching: Uint8Array | undefined,
): AsyncGenerator<Row[], void, undefined> {
  let first = 0
  for (const path of files) {
    const rows = await checked.rows(path)
    const wanted = matching === undefined ? rows : rows.filter((_row, index) => matching[first + index] === 1)
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
