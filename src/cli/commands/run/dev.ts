import { once } from 'node:events'
import type { Command } from 'commander'
import { errnoOf } from '../../../base/errors/errors.ts'
import { parseCount, usageError } from '../../../base/text/flag-values.ts'
import { isCodePath, loadConfigAgain, settings, startDev } from '../../../entries/commands.ts'
import { withDefaultModels } from '../../../entries/config.ts'
import { addConfigArgs, configArgs } from '../../options/config-args.ts'
import { underNpm } from '../../options/environment.ts'
import { addHomeOption, type HomeValues, homeOf, providersGiven } from '../../options/home.ts'
import { addSettings, settingsGiven } from '../../options/settings.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { DevLines } from '../../printing/dev-lines.ts'
import { signalExitCodes } from '../../process/exit-codes.ts'
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
    .option('--port <n>', 'port to listen on; 0 for a free port', (text) => parseCount(text, '--port', 0), 0)
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
      const server = await startDev(
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
      ).catch((error) => {
        const errno = errnoOf(error)
        if (errno === undefined) throw error
        throw usageError(`Cannot listen on port ${values.port}: ${errno}`, 'Choose another --port.')
      })
      writeOut(`${server.url}\n`)
      writeErr('Open this address in a browser on this machine, and edit the config. Ctrl-C ends.\n')
      const lines = new DevLines(writeErr)
      const show = (): void => lines.show(server.session.view())
      const stop = server.session.listen(({ type }) => type === 'view' && show())
      show()
      if (!signals.signal.aborted) await once(signals.signal, 'abort')
      await server.close()
      stop()
      end(signalExitCodes[signals.received ?? 'SIGTERM'])
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

function shellWord(text: string): string {
  return /^[\w./=@:,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
