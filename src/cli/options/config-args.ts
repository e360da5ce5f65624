/** What follows `--` on a command line: for the function that a config which is code exports. */
import type { Command } from 'commander'
import { usageError } from '../../base/text/flag-values.ts'

export function addConfigArgs(command: Command): Command {
  return command.argument(
    '[args...]',
    'after --: arguments of the function that a module exports, as in `create dataset.ts -- --topic tea`',
  )
}

/** @throws RowsmithError `usage` for words that do not stand behind `--` */
export function configArgs(args: readonly string[], command: Command): readonly string[] {
  const { rawArgs } = command.parent as Command & { readonly rawArgs: readonly string[] }
  if (args.length > 0 && !rawArgs.includes('--')) {
    throw usageError(
      `Too many arguments: ${args.map((arg) => JSON.stringify(arg)).join(', ')}`,
      'Put what is meant for a config that is code behind `--`: rowsmith create dataset.ts -- --topic tea',
    )
  }
  return args
}
