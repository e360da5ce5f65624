import type { Command } from 'commander'
import { asRowsmithError, type ExportFormat, exportDataset } from '../../index.ts'
import { underNpm } from '../environment.ts'
import { exitCodeOf } from '../exit-codes.ts'
import { formatExported } from '../exported.ts'
import { writeErr, writeOut } from '../output.ts'
import { formatError } from '../report.ts'
import { watchSignals } from '../signals.ts'
import { parseColumns, parseExportFormat } from '../usage.ts'

interface Values {
  output?: string
  format?: ExportFormat
  columns?: readonly string[]
  where?: string
  partial?: true
  raw?: true
  verbose?: true
}

export function addExport(program: Command, end: (exitCode: number) => void): void {
  program
    .command('export')
    .summary('write the rows of a dataset to one file')
    .description('Writes the rows of the dataset in DATASET_DIR to one file, whole or not at all.')
    .argument('<dataset_dir>', 'the dataset directory')
    .option('-o, --output <file>', 'the file to write (default: DATASET_DIR/NAME.FORMAT)')
    .option(
      '-f, --format <format>',
      'jsonl, csv or parquet (default: by the name of the file, else jsonl)',
      parseExportFormat,
    )
    .option('--columns <names>', 'only these columns, in this order: a,b', parseColumns)
    .option('--where <condition>', 'only rows for which this SQL condition holds: "stars > 3"')
    .option('--partial', 'export what is there of a dataset that is not complete')
    .option('--raw', 'the rows as they were generated, before processors of the after-generation stage')
    .option('-v, --verbose', 'also print causes of errors')
    .action(async (directory: string, values: Values) => {
      const { verbose, ...options } = values
      const signals = watchSignals({ underNpm: underNpm() })
      try {
        const exported = await exportDataset(directory, { ...options, signal: signals.signal })
        writeOut(formatExported(exported))
      } catch (thrown) {
        const error = asRowsmithError(thrown)
        writeErr(formatError(error, verbose === true))
        end(exitCodeOf(error, signals.received))
      } finally {
        signals.dispose()
      }
    })
}
