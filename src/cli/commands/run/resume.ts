import type { Command } from 'commander'
import { open, resume } from '../../../index.ts'
import { addConfigOption, type ConfigValues, configGiven } from '../../options/given-config.ts'
import { addSettings, settingsGiven } from '../../options/settings.ts'
import { addDryRunOption, printForecast } from '../../printing/forecast.ts'
import { runCommand } from '../../run/run-command.ts'
import { addRunOptions, outputOptionsOf, type RunOptionValues } from './run-options.ts'

interface Values extends RunOptionValues, ConfigValues {
  dryRun?: true
}

export function addResume(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('resume')
    .description('Continue DATASET_DIR with the settings of its last run. Options override them.')
    .argument('<dataset_dir>', 'the dataset directory')
  addSettings(command, 'resume', 'dataset', 'rows')
  addConfigOption(addRunOptions(addDryRunOption(command), 'resume')).action(
    async (directory: string, values: Values) => {
      const options = { ...(await settingsGiven({ ...values }, 'resume')), ...(await configGiven(values)) }
      if (values.dryRun) return printForecast(await open(directory).estimateResume(options), values)
      end(await runCommand((given) => resume(directory, { ...options, ...given }), outputOptionsOf(values)))
    },
  )
}
