import { once } from 'node:events'
import type { Command } from 'commander'
import { errnoOf } from '../../../base/errors/errors.ts'
import { parseCount, usageError } from '../../../base/text/flag-values.ts'
import { startView } from '../../../entries/commands.ts'
import { underNpm } from '../../options/environment.ts'
import { addUnfinishedConfigOption, type ConfigValues, configGiven } from '../../options/given-config.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { signalExitCodes } from '../../process/exit-codes.ts'
import { watchSignals } from '../../process/signals.ts'

interface Values extends ConfigValues {
  port: number
}

export function addView(program: Command, end: (exitCode: number) => void): void {
  addUnfinishedConfigOption(program.command('view'))
    .description(
      'Serve a page on this machine that shows the rows of DATASET_DIR, and for each row prompts, answers and failures. Works during a run; changes nothing.',
    )
    .argument('<dataset_dir>', 'the dataset directory')
    .option('--port <n>', 'port to listen on; 0 for a free port', (text) => parseCount(text, '--port', 0), 0)
    .action(async (directory: string, { port, ...values }: Values) => {
      const signals = watchSignals({ underNpm: underNpm() })
      const config = await configGiven(values)
      const server = await startView(directory, { ...config, port }).catch((error) => {
        const errno = errnoOf(error)
        if (errno === undefined) throw error
        throw usageError(`Cannot listen on port ${port}: ${errno}`, 'Choose another --port.')
      })
      writeOut(`${server.url}\n`)
      writeErr('Open this address in a browser on this machine. Ctrl-C ends the page.\n')
      if (!signals.signal.aborted) await once(signals.signal, 'abort')
      await server.close()
      end(signalExitCodes[signals.received ?? 'SIGTERM'])
    })
}
