import type { Command } from 'commander'
import { type HistoryEntry, open } from '../../../index.ts'
import { printObject } from '../../output/json-output.ts'
import { writeOut } from '../../output/output.ts'

export function addLog(program: Command): void {
  program
    .command('log')
    .description('Print the history of DATASET_DIR: runs, crashes, extensions, retries.')
    .argument('<dataset_dir>', 'the dataset directory')
    .option('--json', 'print one JSON object on stdout')
    .action(async (directory: string, values: { json?: true }) => {
      const entries = await open(directory).history()
      if (values.json) printObject({ dataset_path: directory, entries })
      else writeOut(entries.length === 0 ? 'Nothing is recorded.\n' : entries.map(line).join(''))
    })
}

function line({ at, epoch, text }: HistoryEntry): string {
  const when = at === null ? ' '.repeat(20) : `${at.slice(0, 19)}Z`
  return `${when}  ${String(epoch).padStart(3)}  ${text}\n`
}
