import type { Command } from 'commander'
import { create, estimate, type FileFormat } from '../../../index.ts'
import { addConfigArgs, configArgs } from '../../options/config-args.ts'
import { parseFileFormat } from '../../options/export-format.ts'
import { addHomeOption, configAt, type HomeValues, homeOf, providersGiven } from '../../options/home.ts'
import { addSettings, settingsGiven } from '../../options/settings.ts'
import { addDryRunOption, printForecast } from '../../printing/forecast.ts'
import { runCommand } from '../../run/run-command.ts'
import { RunPage } from '../../run/run-page.ts'
import { addRunOptions, outputOptionsOf, type RunOptionValues } from './run-options.ts'

interface Values extends RunOptionValues, HomeValues {
  dryRun?: true
  view?: true
  format?: FileFormat
}

export function addCreate(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('create')
    .description('Generate a dataset from CONFIG, or continue an interrupted one.')
    .argument('<config>', 'the config, YAML or JSON, or a module; or the web address of YAML or JSON')
  addSettings(command, 'create', 'dataset', 'rows')
  command.option('-f, --format <format>', 'also export the dataset as jsonl, csv or parquet', parseFileFormat)
  command.option('--view', 'serve the page of `rowsmith view` during the run, and after it until Ctrl-C')
  addConfigArgs(command)
  addHomeOption(addRunOptions(addDryRunOption(command), 'create')).action(
    async (path: string, args: string[], values: Values, self: Command) => {
      const home = await homeOf(values)
      const config = await configAt(path, home, configArgs(args, self))
      const options = await settingsGiven({ ...values, ...providersGiven(values, home) }, 'create')
      if (values.dryRun) return printForecast(await estimate(config, options), values)
      const output = {
        ...outputOptionsOf(values),
        ...(values.format === undefined ? {} : { format: values.format }),
      }
      const page = values.view ? new RunPage() : undefined
      const exitCode = await runCommand((given) => {
        const run = create(config, { ...options, ...given })
        return page === undefined ? run : page.follow(run, given.signal)
      }, output)
      await page?.stay(exitCode)
      end(exitCode)
    },
  )
}
