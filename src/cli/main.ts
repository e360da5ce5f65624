/** The command line: which commands there are, and what their errors exit with. */
import { Command, CommanderError } from 'commander'
import { asRowsmithError, type RowsmithError } from '../base/errors/errors.ts'
import { usageError } from '../base/text/flag-values.ts'
import { addCommands } from './commands.ts'
import { asksForJson, printJson } from './output/json-output.ts'
import { leave, surviveClosedStreams, writeErr, writeOut } from './output/output.ts'
import { formatError } from './output/report.ts'
import { isDeprecation, showWarnings } from './output/warnings.ts'
import { exitCodeOf } from './process/exit-codes.ts'
import { dieAtSignals, type EarlySignals, keepEarlySignals } from './process/signals.ts'
import { keepHeapSmall } from './process/small-heap.ts'
import { failOnEarlyExit, mayRunUserCode } from './user-code.ts'

/** Commands that watch for signals. */
const endsInGoodOrder = new Set(['create', 'preview', 'resume', 'export', 'verify', 'simulate'])

/** Runs one command and ends the process with its exit code. */
export async function main(args: readonly string[], version: string, early: EarlySignals): Promise<never> {
  keepEarlySignals(early, mayRunUserCode(args))
  failOnEarlyExit(args)
  keepHeapSmall()
  surviveClosedStreams()
  showWarnings()
  return leave(await runCommand(args, version))
}

/** Runs one command. @returns its exit code */
export async function runCommand(args: readonly string[], version: string): Promise<number> {
  let exitCode = 0
  const program = commandLine(version)
  try {
    await addCommands(program, args, (code) => {
      exitCode = code
    })
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0
    if (isDeprecation(thrown)) {
      if (asksForJson(args)) printJson(undefined, 1, thrown)
      writeErr(`${thrown.name}: ${thrown.message}\n`)
      return 1
    }
    const error = thrown instanceof CommanderError ? wrongUsage(thrown) : asRowsmithError(thrown)
    const code = exitCodeOf(error, undefined)
    if (asksForJson(args)) printJson(undefined, code, error)
    writeErr(formatError(error, args.includes('-v') || args.includes('--verbose')))
    return code
  }
}

function commandLine(version: string): Command {
  return new Command('rowsmith')
    .description(
      'Declare columns, get a Parquet dataset. Stop it anywhere, give the same command again: it goes on.',
    )
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'show what a command takes')
    .exitOverride()
    .configureOutput({ writeOut, writeErr, outputError: () => {} })
    .hook('preAction', async (_program, command) => {
      if (!endsInGoodOrder.has(command.name())) await dieAtSignals()
    })
}

function wrongUsage(error: CommanderError): RowsmithError {
  if (error.code === 'commander.help') return usageError('No command given')
  const message = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')
  if (error.code === 'commander.unknownCommand') {
    return usageError(
      message.charAt(0).toUpperCase() + message.slice(1),
      'Run `rowsmith --help` to see the commands.',
    )
  }
  return usageError(message.charAt(0).toUpperCase() + message.slice(1))
}
