/** The command line: which commands there are, and what their errors exit with. */
import { Command, CommanderError } from 'commander'
import { asRowsmithError, type RowsmithError } from '../base/errors/errors.ts'
import { usageError } from '../base/text/flag-values.ts'
import { addCommands } from './commands.ts'
import { printJson, wantsJson } from './output/json-output.ts'
import { ignoreClosedStreams, leave, writeErr, writeOut } from './output/output.ts'
import { formatError } from './output/report.ts'
import { isDeprecation, showWarnings } from './output/warnings.ts'
import { exitCodeOf } from './process/exit-codes.ts'
import { type EarlySignals, exitOnSignal, queueEarlySignals } from './process/signals.ts'
import { limitHeap } from './process/small-heap.ts'
import { failOnEarlyExit, mayRunUserCode } from './user-code.ts'

/** Commands that watch for signals. */
const handlesSignals = new Set([
  'create',
  'preview',
  'dev',
  'resume',
  'batches',
  'export',
  'verify',
  'simulate',
  'view',
  'mcp',
])

/** Runs one command and ends the process with its exit code. */
export async function main(args: readonly string[], version: string, early: EarlySignals): Promise<never> {
  queueEarlySignals(early, mayRunUserCode(args))
  failOnEarlyExit(args)
  limitHeap()
  ignoreClosedStreams()
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
      if (wantsJson(args)) printJson(undefined, 1, thrown)
      writeErr(`${thrown.name}: ${thrown.message}\n`)
      return 1
    }
    const error = thrown instanceof CommanderError ? wrongUsage(thrown) : asRowsmithError(thrown)
    const code = exitCodeOf(error, undefined)
    if (wantsJson(args)) printJson(undefined, code, error)
    writeErr(formatError(error, args.includes('-v') || args.includes('--verbose')))
    return code
  }
}

function commandLine(version: string): Command {
  return new Command('rowsmith')
    .description(
      'Generate synthetic datasets with language models. Interrupted runs continue where they stopped.',
    )
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'show what a command takes')
    .exitOverride()
    .configureOutput({ writeOut, writeErr, outputError: () => {} })
    .hook('preAction', async (_program, command) => {
      if (!handlesSignals.has(command.name())) await exitOnSignal()
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
