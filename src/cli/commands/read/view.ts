import type { Command } from 'commander'
import { startView } from '../../../entries/pages.ts'
import { underNpm } from '../../options/environment.ts'
import { addUnfinishedConfigOption, type ConfigValues, configGiven } from '../../options/given-config.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { addPortOption, listening, servedUntilSignal } from '../../process/serving.ts'
import { watchSignals } from '../../process/signals.ts'

interface Values extends ConfigValues {
  port: number
}

export function addView(program: Command, end: (exitCode: number) => void): void {
  const command = addUnfinishedConfigOption(program.command('view'))
    .description(
      'Serve a page on this machine that shows the rows of DATASET_DIR, and for each row prompts, answers and failures. Works during a run; changes nothing.',
    )
    .argument('<dataset_dir>', 'the dataset directory')
  addPortOption(command).action(async (directory: string, { port, ...values }: Values) => {
    const signals = watchSignals({ underNpm: underNpm() })
    const config = await configGiven(values)
    const server = await listening(startView(directory, { ...config, port }), port)
    writeOut(`${server.url}\n`)
    writeErr('Open this address in a browser on this machine. Ctrl-C ends the page.\n')
    end(await servedUntilSignal(server, signals))
  })
}
