import { type Command, Option } from 'commander'
import { head, headOfProcessor } from '../../index.ts'
import { writeOut } from '../output.ts'
import { formatTable } from '../table.ts'
import { parseCount } from '../usage.ts'

export function addHead(program: Command): void {
  program
    .command('head')
    .summary('show the first rows of a dataset')
    .description('Shows the first rows of the dataset in DATASET_DIR, also while it is being made.')
    .argument('<dataset_dir>', 'the dataset directory')
    .option('-n, --num-records <n>', 'how many rows', (text) => parseCount(text, '--num-records', 1), 5)
    .option('--processor <name>', 'the rows of this processor, or of this output of one')
    .addOption(new Option('--raw', 'the rows as they were generated').conflicts('processor'))
    .action(async (directory: string, values: { numRecords: number; processor?: string; raw?: true }) => {
      const { numRecords, processor, raw } = values
      const rows = await (processor === undefined
        ? head(directory, numRecords, { raw: raw === true, integers: 'bigint' })
        : headOfProcessor(directory, processor, numRecords, { integers: 'bigint' }))
      writeOut(rows.length === 0 ? 'No rows yet.\n' : `${formatTable(rows, process.stdout.columns ?? 110)}\n`)
    })
}
