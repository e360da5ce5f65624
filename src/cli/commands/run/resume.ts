import type { Command } from 'commander'
import { forecastOfResume, resume } from '../../../index.ts'
import { addConfigOption, type ConfigValues, configGiven } from '../../options/given-config.ts'
import { parseCount } from '../../options/usage.ts'
import { runToTheEnd } from '../../run/run-command.ts'
import { addDryRunOption, tellForecast } from '../../telling/forecast.ts'
import { addRunOptions, type RunOptionValues, runSettingsOf, sourcesOf, tellingOf } from './run-options.ts'

export function addResume(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('resume')
    .description('Goes on with the dataset in DATASET_DIR. Everything not given is taken from the dataset.')
    .argument('<dataset_dir>', 'the dataset directory')
    .option('-n, --num-records <n>', 'extend the dataset to this many rows', (text) =>
      parseCount(text, '--num-records', 1),
    )
  addConfigOption(addRunOptions(addDryRunOption(command))).action(
    async (
      directory: string,
      values: RunOptionValues & ConfigValues & { numRecords?: number; dryRun?: true },
    ) => {
      const options = {
        ...runSettingsOf(values),
        ...(await sourcesOf(values)),
        ...(await configGiven(values)),
        ...(values.numRecords === undefined ? {} : { numRecords: values.numRecords }),
      }
      if (values.dryRun) return tellForecast(await forecastOfResume(directory, options), values)
      end(await runToTheEnd((given) => resume(directory, { ...options, ...given }), tellingOf(values)))
    },
  )
}
