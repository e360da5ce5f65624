/** The options that all commands which run something share: how it is run and reported, not what it makes. */
import { type Command, Option } from 'commander'
import type { RunCommand } from '../../../entries/commands.ts'
import { addSettings } from '../../options/settings.ts'
import { type DropLimit, parseDropLimit } from '../../options/usage.ts'
import { logFormats, type OutputOptions } from '../../run/run-command.ts'

export interface RunOptionValues {
  maxDropped: DropLimit
  json?: true
  quiet?: true
  verbose?: true
  logFormat: OutputOptions['logFormat']
}

export function addRunOptions(command: Command, name: RunCommand): Command {
  addSettings(command, name, 'requests').addOption(
    new Option('--max-dropped <n|p%>', 'dropped rows allowed before exit code 6')
      .argParser(parseDropLimit)
      .default({ rows: 0 }, '0'),
  )
  return addSettings(command, name, 'limits', 'stops', 'files')
    .option('--json', 'print one JSON object on stdout')
    .option('-q, --quiet', 'print only warnings and errors')
    .option('-v, --verbose', 'also print row groups, dropped rows, retries and causes of errors')
    .addOption(
      new Option('--log-format <format>', 'format of stderr: text, or one JSON object per line')
        .choices(logFormats)
        .default('text'),
    )
}

export function outputOptionsOf(values: RunOptionValues): OutputOptions {
  return {
    json: values.json === true,
    quiet: values.quiet === true,
    verbose: values.verbose === true,
    logFormat: values.logFormat,
    maxDropped: values.maxDropped,
  }
}
