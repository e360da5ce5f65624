import type { Command } from 'commander'
import { type CreateOptions, loadRunConfig, type Preview, startPreview } from '../../../index.ts'
import { addConfigArgs, configArgs } from '../../options/config-args.ts'
import { addHomeOption, configAt, type HomeValues, homeOf, providersGiven } from '../../options/home.ts'
import { type ModelValues, modelOption } from '../../options/model-option.ts'
import { parseCount, parseReuse, parseSeed } from '../../options/usage.ts'
import { type BegunBy, type Presented, runToTheEnd } from '../../run/run-command.ts'
import { counted } from '../../text/amounts.ts'
import { formatCards } from '../../text/cards.ts'
import { widthOf } from '../../text/width.ts'
import { addRunOptions, type RunOptionValues, runSettingsOf, sourcesOf, tellingOf } from './run-options.ts'

interface Values extends RunOptionValues, HomeValues, ModelValues {
  numRecords: number
  datasetName: string
  artifactPath: string
  runConfig?: string
  seed?: bigint
  reuse: NonNullable<CreateOptions['reuse']>
}

export function addPreview(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('preview')
    .description(
      'Makes the first rows of the dataset that CONFIG declares and shows each as a card. They are kept: shown again they cost nothing, and `create` takes them over.',
    )
    .argument('<config>', 'the config, YAML or JSON, or a module; or the web address of YAML or JSON')
    .option('-n, --num-records <n>', 'how many rows', (text) => parseCount(text, '--num-records', 1), 10)
    .option('-d, --dataset-name <name>', 'name of the dataset that is previewed', 'dataset')
    .option('-o, --artifact-path <folder>', 'folder that holds datasets', 'artifacts')
    .option('-c, --run-config <file>', 'YAML file with run settings')
    .addOption(modelOption())
    .option('--seed <n>', 'seed of every random stream (default: drawn, and kept)', parseSeed)
    .option(
      '--reuse <dataset_dir|auto|none>',
      'take answers that still match from another dataset; auto: from the dataset that is previewed, or its newest preview',
      parseReuse,
      'auto',
    )
  addConfigArgs(command)
  addHomeOption(addRunOptions(command)).action(
    async (path: string, args: string[], values: Values, self: Command) => {
      const home = await homeOf(values)
      const config = await configAt(path, home, configArgs(args, self))
      const options: Parameters<typeof startPreview>[1] = {
        ...runSettingsOf(values),
        numRecords: values.numRecords,
        datasetName: values.datasetName,
        artifactPath: values.artifactPath,
        models: [...values.model],
        reuse: values.reuse,
        ...(await sourcesOf({ ...values, ...providersGiven(values, home) })),
        ...(values.seed === undefined ? {} : { seed: values.seed }),
        ...(values.runConfig === undefined ? {} : { runConfig: await loadRunConfig(values.runConfig) }),
      }
      const begin = (given: BegunBy) => startPreview(config, { ...options, integers: 'bigint', ...given })
      end(await runToTheEnd(begin, tellingOf(values), (made) => present(made, values.numRecords)))
    },
  )
}

function present(made: Preview, asked: number): Presented {
  const { columns, records, summary } = made
  const { requests_sent: sent, replies_reused: reused } = summary.this_run
  const bill =
    `${counted(records.length, 'row')} in ${summary.dataset_path}; ${counted(sent, 'request')} sent` +
    `${reused > 0 ? `, ${counted(reused, 'answer')} from ${summary.reuse_sources.join(', ')}` : ''}; ` +
    'a new dataset of this config takes these rows over\n'
  const lost = records.filter(({ values }) => values === null).length
  return {
    text: `\n${formatCards(columns, records, widthOf(process.stdout, 100))}\n${bill}`,
    json: { columns, records },
    lost: { ...summary, rows_planned: asked, rows_dropped: lost, rows_open: asked - records.length },
  }
}
