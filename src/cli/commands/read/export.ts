import type { Command } from 'commander'
import { asRowsmithError } from '../../../base/errors/errors.ts'
import { usageError } from '../../../base/text/flag-values.ts'
import { withoutUndefined } from '../../../base/values/without-undefined.ts'
import { type ExportFormat, open } from '../../../index.ts'
import { underNpm } from '../../options/environment.ts'
import {
  parseExportFormat,
  parseMapping,
  parseMargin,
  parseShares,
  parseToolsAs,
} from '../../options/export-format.ts'
import { addUnfinishedConfigOption, type ConfigValues, configGiven } from '../../options/given-config.ts'
import { parseColumns } from '../../options/usage.ts'
import { printFailure, printObject } from '../../output/json-output.ts'
import { isStandardOutput, writeBytes, writeErr, writeOut } from '../../output/output.ts'
import { formatError } from '../../output/report.ts'
import { formatExported } from '../../printing/exported.ts'
import { exitCodeOf } from '../../process/exit-codes.ts'
import { watchSignals } from '../../process/signals.ts'

interface Values extends ConfigValues {
  output?: string
  format?: ExportFormat
  map?: Readonly<Record<string, string>>
  strict?: true
  toolsAs?: 'json' | 'text'
  minMargin?: number
  split?: Readonly<Record<string, number>>
  splitBy?: readonly string[]
  splitSalt?: string
  splitColumn?: string
  columns?: readonly string[]
  where?: string
  partial?: true
  raw?: true
  overwrite?: true
  processor?: string
  csvSafe?: true
  jsonAsText?: true
  media?: readonly string[]
  json?: true
  verbose?: true
}

export function addExport(program: Command, end: (exitCode: number) => void): void {
  const command = addUnfinishedConfigOption(program.command('export'))
    .description('Export the rows of DATASET_DIR to one file. The file is complete or not written.')
    .argument('<dataset_dir>', 'the dataset directory')
  addFileOptions(command)
  addRowOptions(command)
  addTrainingOptions(command)
  addSplitOptions(command)
  command
    .option('--json', 'print one JSON object on stdout')
    .option('-v, --verbose', 'also print the causes of errors')
    .action(async (directory: string, values: Values) => {
      const signals = watchSignals({ underNpm: underNpm() })
      try {
        await exportRows(directory, values, signals.signal)
      } catch (thrown) {
        const error = asRowsmithError(thrown)
        const exitCode = exitCodeOf(error, signals.received)
        if (values.json) printFailure(error, exitCode, { dataset_path: directory, exported: null })
        writeErr(formatError(error, values.verbose === true))
        end(exitCode)
      } finally {
        signals.dispose()
      }
    })
}

function addFileOptions(command: Command): void {
  command
    .option(
      '-o, --output <file>',
      'the file to write; - for standard output (default: DATASET_DIR/NAME.FORMAT)',
    )
    .option('--overwrite', 'replace an existing file')
    .option(
      '-f, --format <format>',
      'jsonl, csv or parquet (default: by the name of the file, else jsonl); for trainers openai-chat, sharegpt, alpaca, prompt-completion, dpo or kto, as jsonl or parquet',
      parseExportFormat,
    )
    .option('--csv-safe', 'in CSV: put an apostrophe before text that a spreadsheet would run as a formula')
    .option('--json-as-text', 'in Parquet: JSON columns as text, for readers without a JSON type')
    .option(
      '--media <names>',
      'in Parquet: these columns as images, audio or video for Hugging Face datasets: picture,clip',
      parseColumns,
    )
}

function addRowOptions(command: Command): void {
  command
    .option(
      '--columns <names>',
      'only these columns, in this order: a,b; for trainers: these columns too',
      parseColumns,
    )
    .option('--where <condition>', 'only rows that meet this SQL condition: "stars > 3"')
    .option(
      '--partial',
      'export the available rows of an incomplete dataset, including rows of unfinished row groups',
    )
    .option('--raw', 'the raw rows, before post-processing')
    .option('--processor <name>', 'the rows of this processor, or of this output of a processor')
}

function addTrainingOptions(command: Command): void {
  command
    .option(
      '--map <fields>',
      'for trainers: the column of each field: prompt=question,completion=answer (default: columns of these names)',
      parseMapping,
    )
    .option('--strict', 'for trainers: fail at the first row that does not fit (default: skip and count it)')
    .option(
      '--tools-as <json|text>',
      'for trainers: tools as objects or as text (default: json)',
      parseToolsAs,
    )
    .option('--min-margin <number>', 'for dpo: skip pairs whose scores are closer than this', parseMargin)
}

function addSplitOptions(command: Command): void {
  command
    .option(
      '--split <shares>',
      'rows by train, test and others: train=0.9,test=0.1; a file each, with -o "data/{split}.jsonl"',
      parseShares,
    )
    .option(
      '--split-by <names>',
      'rows with equal values in these columns stay together (default: those of the seed dataset, else each row)',
      parseColumns,
    )
    .option('--split-salt <text>', 'another text gives other splits (default: none)')
    .option('--split-column <name>', 'one file, with the split of each row in this column')
}

/** @throws RowsmithError usage for options of splits without --split */
function splitIn({ split: shares, splitBy: by, splitSalt: salt, splitColumn: column }: Values) {
  if (shares !== undefined)
    return {
      split: {
        shares,
        ...withoutUndefined({ by, salt, column }),
      },
    }
  if (by === undefined && salt === undefined && column === undefined) return {}
  throw usageError('Options of splits need their shares', 'Add --split train=0.9,test=0.1')
}

/** Writes the rows, and says so. @throws RowsmithError usage, or as `exportDataset` */
async function exportRows(directory: string, values: Values, signal: AbortSignal): Promise<void> {
  const { verbose: _, json, ...options } = values
  const { output, config: __, split: _s, splitBy: _b, splitSalt: _t, splitColumn: _c, ...others } = options
  const splits = splitIn(values)
  const given = await configGiven(options)
  const toStdout = output !== undefined && isStandardOutput(output)
  if (toStdout && json) {
    throw usageError(
      'Rows and --json cannot both go to standard output',
      'Name a file with -o, or leave --json out.',
    )
  }
  if (toStdout && values.format === 'parquet' && process.stdout.isTTY) {
    throw usageError(
      'Parquet is nothing that a terminal can show',
      'Name a file with -o, or redirect standard output.',
    )
  }
  const target = toStdout ? { sink: writeBytes } : { ...(output === undefined ? {} : { output }) }
  const exported = await open(directory).export({ ...others, ...splits, ...given, ...target, signal })
  // Where the rows go to standard output, nothing else does.
  if (json) printObject({ dataset_path: directory, exported, exit_code: 0 })
  else if (toStdout) writeErr(formatExported({ ...exported, path: 'standard output' }))
  else writeOut(formatExported(exported))
}
