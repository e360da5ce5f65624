import { once } from 'node:events'
import { type Command, Option } from 'commander'
import { errnoOf, startSimulator } from '../../index.ts'
import { parseDuration } from '../durations.ts'
import { underNpm } from '../environment.ts'
import { signalExitCodes } from '../exit-codes.ts'
import { writeErr, writeOut } from '../output.ts'
import { watchSignals } from '../signals.ts'
import { parseCount, parseSeed, usageError } from '../usage.ts'

interface Values {
  port: number
  latency: number
  words: number
  seed: bigint
  answers: 'repeatable' | 'serial'
}

export function addSimulate(program: Command, end: (exitCode: number) => void): void {
  program
    .command('simulate')
    .summary('serve a simulated model')
    .description('Serves an offline model over HTTP: /v1/chat/completions, /v1/models and /stats.')
    .option('--port <n>', 'port to listen on; 0 takes a free one', (text) => parseCount(text, '--port', 0), 0)
    .option(
      '--latency <duration>',
      'how long an answer takes (default: 50ms)',
      (text) => parseDuration(text, '--latency'),
      50,
    )
    .option('--words <n>', 'words per answer', (text) => parseCount(text, '--words', 1), 60)
    .option('--seed <n>', 'seed of the answers (default: 0)', parseSeed, 0n)
    .addOption(
      new Option('--answers <kind>', 'equal for equal requests, or each with a number of its own')
        .choices(['repeatable', 'serial'])
        .default('repeatable'),
    )
    .action(async (values: Values) => {
      const signals = watchSignals({ underNpm: underNpm() })
      const { latency, ...options } = values
      const simulator = await startSimulator({ ...options, latencyMs: latency }).catch((error) => {
        throw usageError(
          `Cannot listen on port ${values.port}: ${errnoOf(error) ?? error}`,
          'Choose another --port.',
        )
      })
      writeOut(`${simulator.url}\n`)
      writeErr(
        `Serving a simulated model; as a provider's endpoint use ${simulator.url}/v1. Ctrl-C ends it.\n`,
      )
      if (!signals.signal.aborted) await once(signals.signal, 'abort')
      await simulator.close()
      end(signalExitCodes[signals.received ?? 'SIGTERM'])
    })
}
