import { type Command, Option } from 'commander'
import { parseCount } from '../../../base/text/flag-values.ts'
import { open, type RowsSoFar } from '../../../index.ts'
import { addUnfinishedConfigOption, type ConfigValues, configGiven } from '../../options/given-config.ts'
import { printObject } from '../../output/json-output.ts'
import { writeOut } from '../../output/output.ts'
import { formatTable } from '../../text/table.ts'
import { rowsOfUnfinished, whyNot } from '../../text/unfinished.ts'
import { widthOf } from '../../text/width.ts'

interface Values extends ConfigValues {
  numRecords: number
  processor?: string
  raw?: true
  json?: true
}

export function addHead(program: Command): void {
  addUnfinishedConfigOption(program.command('head'))
    .description(
      'Print the first rows of DATASET_DIR, including rows of unfinished row groups. Works during a run.',
    )
    .argument('<dataset_dir>', 'the dataset directory')
    .option('-n, --num-records <n>', 'number of rows', (text) => parseCount(text, '--num-records', 1), 5)
    .option('--processor <name>', 'the rows of this processor, or of this output of a processor')
    .option('--json', 'print one JSON object on stdout')
    .addOption(new Option('--raw', 'the raw rows, before post-processing').conflicts('processor'))
    .action(async (directory: string, { numRecords, processor, raw, json, ...values }: Values) => {
      const dataset = open(directory, await configGiven(values))
      const found: RowsSoFar =
        processor === undefined
          ? await dataset.headSoFar(numRecords, { raw: raw === true, integers: 'bigint' })
          : {
              rows: await dataset.head(numRecords, { processor, integers: 'bigint' }),
              unfinished: [],
              why: null,
            }
      if (json) printObject({ dataset_path: directory, ...found, exit_code: 0 })
      else writeOut(formatHead(found, widthOf(process.stdout, 110)))
    })
}

function formatHead(found: RowsSoFar, width: number): string {
  const { rows } = found
  const table = rows.length === 0 ? 'No rows yet.' : formatTable(rows, width)
  return `${table}\n${rowsOfUnfinished(found)}${whyNot(found)}`
}
