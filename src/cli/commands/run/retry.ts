import type { Command } from 'commander'
import { parseCount } from '../../../base/text/flag-values.ts'
import { withoutUndefined } from '../../../base/values/without-undefined.ts'
import { open, type RetryOptions, retry } from '../../../index.ts'
import { addConfigOption, type ConfigValues, configGiven } from '../../options/given-config.ts'
import { settingsGiven } from '../../options/settings.ts'
import { parseRowRanges } from '../../options/usage.ts'
import { addDryRunOption, printForecast } from '../../printing/forecast.ts'
import { runCommand } from '../../run/run-command.ts'
import { addRunOptions, outputOptionsOf, type RunOptionValues } from './run-options.ts'

interface Values extends RunOptionValues, ConfigValues {
  dryRun?: true
  where?: string
  rows?: RetryOptions['rows']
  column: readonly string[]
  code: readonly string[]
  finishReason?: string
  answerTokens?: number
}

const added = (text: string, earlier: readonly string[]): string[] => [...earlier, text]

export function addRetry(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('retry')
    .description(
      'Regenerate the failed rows of DATASET_DIR, or the rows and columns you select. Dependent cells are regenerated too. Other rows keep their values and positions.',
    )
    .argument('<dataset_dir>', 'the dataset directory')
    .option('--where <sql>', 'written rows that meet this SQL condition')
    .option('--rows <list>', 'numbers of rows, from 0, such as 3,17-20', parseRowRanges)
    .option('--column <name>', 'only cells of this column; repeatable', added, [])
    .option('--code <code>', 'only rows that failed with this code; repeatable', added, [])
    .option('--finish-reason <reason>', 'only cells whose last answer has this finish reason, such as length')
    .option(
      '--answer-tokens <n>',
      "max_tokens of these requests, in place of the model's: for answers that were cut off",
      (text) => parseCount(text, '--answer-tokens', 1),
    )
  addConfigOption(addRunOptions(addDryRunOption(command), 'retry')).action(
    async (directory: string, values: Values) => {
      const { where, rows, column, code, finishReason, answerTokens } = values
      const options: RetryOptions = {
        ...(await settingsGiven({ ...values }, 'retry')),
        ...(await configGiven(values)),
        ...withoutUndefined({ where, rows }),
        ...(column.length === 0 ? {} : { columns: [...column] }),
        ...(code.length === 0 ? {} : { codes: [...code] }),
        ...withoutUndefined({ finishReason, answerTokens }),
      }
      if (values.dryRun) return printForecast(await open(directory).estimateRetry(options), values)
      end(await runCommand((given) => retry(directory, { ...options, ...given }), outputOptionsOf(values)))
    },
  )
}
