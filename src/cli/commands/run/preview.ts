import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { settings } from '../../../entries/commands.ts'
import { open, type Preview, preview } from '../../../index.ts'
import { addConfigArgs, configArgs } from '../../options/config-args.ts'
import { addHomeOption, configAt, type HomeValues, homeOf, providersGiven } from '../../options/home.ts'
import { addSettings, settingsGiven } from '../../options/settings.ts'
import { writeReport } from '../../output/report-file.ts'
import { type FormattedResult, runCommand, type StartedBy } from '../../run/run-command.ts'
import { counted } from '../../text/amounts.ts'
import { formatCards } from '../../text/cards.ts'
import { widthOf } from '../../text/width.ts'
import { addRunOptions, outputOptionsOf, type RunOptionValues } from './run-options.ts'

interface Values extends RunOptionValues, HomeValues {
  html?: string
  saveResults?: true
}

export function addPreview(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('preview')
    .description(
      'Generate the first rows of CONFIG and print each as a card. Their answers are stored, and `create` reuses them.',
    )
    .argument('<config>', 'the config, YAML or JSON, or a module; or the web address of YAML or JSON')
  addSettings(command, 'preview', 'dataset', 'rows')
  addConfigArgs(command)
  command
    .option('--html <file>', 'write a report of the preview to this HTML file')
    .option('--save-results', 'save report.html and dataset.parquet in a folder of the artifact folder')
  addHomeOption(addRunOptions(command, 'preview')).action(
    async (path: string, args: string[], values: Values, self: Command) => {
      const home = await homeOf(values)
      const config = await configAt(path, home, configArgs(args, self))
      const options = await settingsGiven({ ...values, ...providersGiven(values, home) }, 'preview')
      const start = (given: StartedBy) => preview(config, { ...options, integers: 'bigint', ...given })
      const requested = options.numRecords ?? settings.numRecords.default
      let made: Preview | undefined
      const exitCode = await runCommand(start, outputOptionsOf(values), (preview) => {
        made = preview
        return present(preview, requested)
      })
      if (made !== undefined) await save(made, values, options.artifactPath)
      end(exitCode)
    },
  )
}

/** What of a preview is written to files. */
async function save(
  { summary }: Preview,
  { html, saveResults }: Values,
  artifacts: string = settings.artifactPath.default,
): Promise<void> {
  if (html === undefined && !saveResults) return
  const dataset = open(summary.dataset_path)
  const report = await dataset.report('html', { nearDuplicates: true, diversity: true })
  if (html !== undefined) await writeReport(html, report, true)
  if (!saveResults) return
  const folder = join(artifacts, `preview_results_${stamp(new Date())}`)
  await mkdir(folder, { recursive: true })
  await writeReport(join(folder, 'report.html'), report, true)
  await dataset.export({ output: join(folder, 'dataset.parquet'), overwrite: true, partial: true })
}

/** `20261201_093000`, in local time. */
function stamp(now: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(two).join('')
  return `${day}_${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join('')}`
}

function present(preview: Preview, requested: number): FormattedResult {
  const { columns, records, summary } = preview
  const { requests_sent: sent, replies_reused: reused } = summary.this_run
  const usageLines =
    `${counted(records.length, 'row')} in ${summary.dataset_path}; ${counted(sent, 'request')} sent` +
    `${reused > 0 ? `, ${counted(reused, 'answer')} from ${summary.reuse_sources.join(', ')}` : ''}; ` +
    'a new dataset of this config takes these rows over\n'
  const lost = records.filter(({ values }) => values === null).length
  return {
    text: `\n${formatCards(columns, records, widthOf(process.stdout, 100))}\n${usageLines}`,
    json: { columns, records },
    lost: { ...summary, rows_planned: requested, rows_dropped: lost, rows_open: requested - records.length },
  }
}
