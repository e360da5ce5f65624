import { once } from 'node:events'
import { type Command, Option } from 'commander'
import { errnoOf } from '../../../base/errors/errors.ts'
import { parseCount, parseDuration, parseSeed, usageError } from '../../../base/text/flag-values.ts'
import { loadScenario, type SimulatorOptions, startSimulator } from '../../../entries/simulator.ts'
import { underNpm } from '../../options/environment.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { signalExitCodes } from '../../process/exit-codes.ts'
import { watchSignals } from '../../process/signals.ts'

interface Values extends Pick<SimulatorOptions, 'words' | 'seed' | 'answers'> {
  port: number
  scenario?: string
  latency?: number
}

const defaultLatencyMs = 50

export function addSimulate(program: Command, end: (exitCode: number) => void): void {
  program
    .command('simulate')
    .description(
      'Serves offline models over HTTP, as OpenAI, Anthropic and Gemini do, with /stats beside; with faults where a scenario has them.',
    )
    .option('--port <n>', 'port to listen on; 0 takes a free one', (text) => parseCount(text, '--port', 0), 0)
    .option('--latency <duration>', 'how long an answer takes (default: 50ms)', (text) =>
      parseDuration(text, '--latency'),
    )
    .option('--words <n>', 'words per answer (default: 60)', (text) => parseCount(text, '--words', 1))
    .option('--seed <n>', 'seed of the answers (default: 0)', (text) => parseSeed(text, '--seed'))
    .addOption(
      new Option(
        '--answers <kind>',
        'equal for equal requests, or each with a number of its own (default: "repeatable")',
      ).choices(['repeatable', 'serial']),
    )
    .option('--scenario <file>', 'latencies, limits and faults (docs/simulator.md); the options above win')
    .action(async (values: Values) => {
      const signals = watchSignals({ underNpm: underNpm() })
      const { latency, scenario: file, ...options } = values
      const scenario = file === undefined ? undefined : await loadScenario(file)
      const latencyMs = latency ?? (scenario?.latency === undefined ? defaultLatencyMs : undefined)
      const simulator = await startSimulator({
        ...options,
        scenario,
        ...(latencyMs === undefined ? {} : { latencyMs }),
      }).catch((error) => {
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
