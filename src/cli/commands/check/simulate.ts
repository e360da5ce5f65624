import { type Command, Option } from 'commander'
import { parseCount, parseDuration, parseSeed } from '../../../base/text/flag-values.ts'
import { loadScenario, type SimulatorOptions, startSimulator } from '../../../entries/simulator.ts'
import { underNpm } from '../../options/environment.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { addPortOption, listening, servedUntilSignal } from '../../process/serving.ts'
import { watchSignals } from '../../process/signals.ts'

interface Values extends Pick<SimulatorOptions, 'words' | 'seed' | 'answers'> {
  port: number
  scenario?: string
  latency?: number
}

const defaultLatencyMs = 50

export function addSimulate(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('simulate')
    .description(
      'Serve simulated models over HTTP, compatible with OpenAI, Anthropic and Gemini, with statistics at /stats. A scenario adds faults.',
    )
  addPortOption(command)
    .option('--latency <duration>', 'time until an answer (default: 50ms)', (text) =>
      parseDuration(text, '--latency'),
    )
    .option('--words <n>', 'words per answer (default: 60)', (text) => parseCount(text, '--words', 1))
    .option('--seed <n>', 'random seed of the answers (default: 0)', (text) => parseSeed(text, '--seed'))
    .addOption(
      new Option(
        '--answers <kind>',
        'repeatable: equal for equal requests; or each with its own number (default: "repeatable")',
      ).choices(['repeatable', 'serial']),
    )
    .option('--scenario <file>', 'file with latencies, limits and faults; the options above take precedence')
    .action(async (values: Values) => {
      const signals = watchSignals({ underNpm: underNpm() })
      const { latency, scenario: file, ...options } = values
      const scenario = file === undefined ? undefined : await loadScenario(file)
      const latencyMs = latency ?? (scenario?.latency === undefined ? defaultLatencyMs : undefined)
      const started = startSimulator({
        ...options,
        scenario,
        ...(latencyMs === undefined ? {} : { latencyMs }),
      })
      const simulator = await listening(started, values.port)
      writeOut(`${simulator.url}\n`)
      writeErr(
        `Serving a simulated model; as a provider's endpoint use ${simulator.url}/v1. Ctrl-C ends it.\n`,
      )
      end(await servedUntilSignal(simulator, signals))
    })
}
