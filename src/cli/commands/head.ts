import { type Command, Option } from 'commander'
import { headOfProcessor, headSoFar, type RowsSoFar } from '../../index.ts'
import { writeOut } from '../output.ts'
import { formatTable } from '../table.ts'
import { rowsOfUnfinished, whyNot } from '../unfinished.ts'
import { parseCount } from '../usage.ts'
import { widthOf } from '../width.ts'

export function addHead(program: Command): void {
  program
    .command('head')
    .description(
      'Shows the first rows of the dataset in DATASET_DIR, also while it is being made: rows of unfinished row groups too.',
    )
    .argument('<dataset_dir>', 'the dataset directory')
    .option('-n, --num-records <n>', 'how many rows', (text) => parseCount(text, '--num-records', 1), 5)
    .option('--processor <name>', 'the rows of this processor, or of this output of one')
    .addOption(new Option('--raw', 'the rows as they were generated').conflicts('processor'))
    .action(async (directory: string, values: { numRecords: number; processor?: string; raw?: true }) => {
      const { numRecords, processor, raw } = values
      const found: RowsSoFar =
        processor === undefined
          ? await headSoFar(directory, numRecords, { raw: raw === true, integers: 'bigint' })
          : {
              rows: await headOfProcessor(directory, processor, numRecords, { integers: 'bigint' }),
              unfinished: [],
              why: null,
            }
      writeOut(formatHead(found, widthOf(process.stdout, 110)))
    })
}

function formatHead(found: RowsSoFar, width: number): string {
  const { rows } = found
  const table = rows.length === 0 ? 'No rows yet.' : formatTable(rows, width)
  return `${table}\n${rowsOfUnfinished(found)}${whyNot(found)}`
}
