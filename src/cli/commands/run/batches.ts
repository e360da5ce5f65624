import type { Command } from 'commander'
import { open, resume } from '../../../index.ts'
import { addConfigOption, type ConfigValues, configGiven } from '../../options/given-config.ts'
import { settingsGiven } from '../../options/settings.ts'
import { printObject } from '../../output/json-output.ts'
import { writeOut } from '../../output/output.ts'
import { batchLines } from '../../printing/batch-lines.ts'
import { runCommand } from '../../run/run-command.ts'
import { inLine } from '../../text/terminal-text.ts'
import { addRunOptions, outputOptionsOf, type RunOptionValues } from './run-options.ts'

export function addBatches(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('batches')
    .description(
      'Shows the batches of the dataset in DATASET_DIR; with --cancel, calls back those that are out.',
    )
    .argument('<dataset_dir>', 'the dataset directory')
    .option('--cancel', 'call back what is out, wait for it, and keep what was answered')
  addConfigOption(addRunOptions(command, 'resume')).action(
    async (directory: string, values: RunOptionValues & ConfigValues & { cancel?: true }) => {
      if (values.cancel) {
        const options = {
          ...(await settingsGiven({ ...values }, 'resume')),
          ...(await configGiven(values)),
          callBack: true,
        }
        return end(
          await runCommand((given) => resume(directory, { ...options, ...given }), outputOptionsOf(values)),
        )
      }
      const { dataset_path, batches = [] } = await open(directory).status()
      if (values.json) printObject({ dataset_path, batches, exit_code: 0 })
      else
        writeOut(`${batches.length === 0 ? 'No batches.' : batchLines({ batches }).map(inLine).join('\n')}\n`)
    },
  )
}
