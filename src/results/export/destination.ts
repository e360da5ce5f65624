/**
 * Where an export goes, and in which format: what `format`, `output` and `split` mean together.
 *
 * Rules:
 *   1. A format of a trainer is written as JSON Lines or Parquet, by the ending of `output`.
 *   2. Nothing that makes up the dataset is overwritten, and nothing is put where files of rows lie.
 *   3. Splits have a file each, whose name has the split in the place of `{split}`; or they are a column of one file.
 */

import { basename, extname, join, relative, resolve, sep } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { type TrainingFormat, trainingFormats } from '../training/training-formats.ts'
import { type FileFormat, fileFormats } from './export-formats.ts'
import { type OutputFile, outputAt, type TakesBytes } from './output-file.ts'
import { type SplitOptions, splitNames } from './splits.ts'

/** A kind of file, or what a trainer reads, in a file of JSON Lines or Parquet. */
export const exportFormats = [...fileFormats, ...trainingFormats] as const
export type ExportFormat = FileFormat | TrainingFormat

/** What decides where an export goes. */
export interface DestinationOptions {
  /** @default what the name of `output` ends with; jsonl when there is neither */
  readonly format?: ExportFormat
  /** The file to write: a link is followed, a device or a pipe written to. @default `<directory>/<name of the directory>.<format>` */
  readonly output?: string
  /** Replace a file that is there. The default file is always replaced. @default false */
  readonly overwrite?: boolean
  /** Takes the bytes in place of a file; `output` then only names the format. */
  readonly sink?: TakesBytes
  /** Rows by train, test and others: a file each, whose name has `{split}`, or a column. */
  readonly split?: SplitOptions
}

/** One file that is written. */
export interface Target {
  /** Undefined for a sink. */
  readonly output: OutputFile | undefined
  /** The split whose rows it has; undefined for all rows. */
  readonly split: string | undefined
}

const place = '{split}'

/** At least one. @throws RowsmithError usage, output_exists, folder_unwritable */
export async function targetsOf(
  directory: DatasetDirectory,
  options: DestinationOptions,
  format: NamedFormat,
): Promise<readonly [Target, ...Target[]]> {
  const names = options.split === undefined ? [] : splitNames(options.split)
  const isByFile = options.split !== undefined && options.split.column === undefined
  const { sink, output = '' } = options
  if (!isByFile) {
    if (sink !== undefined) return [{ output: undefined, split: undefined }]
    return [{ output: await outputOf(directory, options, format), split: undefined }]
  }
  if (sink !== undefined || !output.includes(place)) {
    throw new RowsmithError(
      'usage',
      'Splits have a file each, so that the name of the file needs {split} in it.',
      {
        nextStep: 'Name it as in -o "data/{split}.jsonl", or write one file with --split-column NAME.',
      },
    )
  }
  const [first = '', ...others] = names
  const target = async (split: string): Promise<Target> => ({
    output: await outputOf(directory, { ...options, output: output.replaceAll(place, split) }, format),
    split,
  })
  return [await target(first), ...(await Promise.all(others.map(target)))]
}

/** @throws RowsmithError usage, output_exists, folder_unwritable */
async function outputOf(
  { disk, path: directory }: DatasetDirectory,
  options: DestinationOptions,
  { training, file }: NamedFormat,
): Promise<OutputFile> {
  const ending = training === undefined ? file : `${training}.${file}`
  const named = options.output ?? join(directory, `${basename(resolve(directory))}.${ending}`)
  const overwrite = options.overwrite === true || options.output === undefined
  return outputAt(disk, named, { overwrite, check: (path) => checkOutput(directory, named, resolve(path)) })
}

/** The format that was named, and the kind of file it is written in. */
export interface NamedFormat {
  readonly named: ExportFormat
  readonly file: FileFormat
  readonly training: TrainingFormat | undefined
}

/** @throws RowsmithError usage */
export function formatOf({ format, output }: DestinationOptions): NamedFormat {
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
