import type { Command } from 'commander'
import { shellWord } from '../../../base/text/shell-word.ts'
import { isCodePath, loadConfigAgain, settings } from '../../../entries/commands.ts'
import { withDefaultModels } from '../../../entries/config.ts'
import { startDev } from '../../../entries/pages.ts'
import { addConfigArgs, configArgs } from '../../options/config-args.ts'
import { underNpm } from '../../options/environment.ts'
import { addHomeOption, type HomeValues, homeOf, providersGiven } from '../../options/home.ts'
import { addSettings, settingsGiven } from '../../options/settings.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { DevLines } from '../../printing/dev-lines.ts'
import { addPortOption, listening, servedUntilSignal } from '../../process/serving.ts'
import { watchSignals } from '../../process/signals.ts'

interface Values extends HomeValues {
  port: number
  yes?: true
  runConfig?: string
  mcpProviders?: string
}

export function addDev(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('dev')
    .description(
      'Watch CONFIG and, after each save, generate its first rows again: what changed is requested, all else is reused. A page on this machine shows old and new side by side. `create` reuses every answer.',
    )
    .argument('<config>', 'the config, YAML or JSON, or a module')
  addSettings(command, 'preview', 'dataset', 'rows')
  addConfigArgs(command)
  addSettings(addHomeOption(command), 'preview', 'requests', 'limits', 'stops', 'files')
  addPortOption(command)
    .option('-y, --yes', 'do not wait for consent before the first request')
    .action(async (path: string, args: string[], values: Values, self: Command) => {
      const signals = watchSignals({ underNpm: underNpm() })
      const given = configArgs(args, self)
      const load = async () => {
        const home = await homeOf(values)
        const config = withDefaultModels(await loadConfigAgain(path, given), home.modelConfigs)
        return {
          config,
          options: await settingsGiven({ ...values, ...providersGiven(values, home) }, 'preview'),
        }
      }
      const options = await settingsGiven({ ...values }, 'preview')
      const { artifactPath = settings.artifactPath.default, datasetName = settings.datasetName.default } =
        options
      const files = [values.providers, values.runConfig, values.mcpProviders].filter(
        (file) => file !== undefined,
      )
      const started = startDev(
        {
          path,
          load,
          place: { artifactPath, datasetName },
          files,
          isCode: isCodePath(path),
          rows: options.numRecords ?? settings.numRecords.default,
          maxCost: options.maxCost ?? null,
          yes: values.yes === true,
          command: createCommand(self, path),
        },
        values.port,
      )
      const server = await listening(started, values.port)
      writeOut(`${server.url}\n`)
      writeErr('Open this address in a browser on this machine, and edit the config. Ctrl-C ends.\n')
      const lines = new DevLines(writeErr)
      const show = (): void => lines.show(server.session.view())
      const stop = server.session.listen(({ type }) => type === 'view' && show())
      show()
      const exitCode = await servedUntilSignal(server, signals)
      stop()
      end(exitCode)
    })
}

/** The command that makes the whole dataset: this one, without what only a session has. */
function createCommand(self: Command, path: string): string {
  const { rawArgs } = self.parent as Command & { readonly rawArgs: readonly string[] }
  const words = rawArgs.slice(rawArgs.indexOf('dev') + 1)
  const staying: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (/^(-y|--yes)$/.test(word) || /^--(port|num-records|max-cost)=/.test(word)) continue
    if (/^(-n|--num-records|--port|--max-cost)$/.test(word)) at++
    else staying.push(word)
  }
  const shown = staying.length === 0 ? [path] : staying
  return ['rowsmith', 'create', ...shown, '-n', '1000'].map(shellWord).join(' ')
}
