import { type Command, Option } from 'commander'
import { type CreateOptions, type ExportFormat, forecast, loadRunConfig, start } from '../../../index.ts'
import { addConfigArgs, configArgs } from '../../options/config-args.ts'
import { parseExportFormat } from '../../options/export-format.ts'
import { addHomeOption, configAt, type HomeValues, homeOf, providersGiven } from '../../options/home.ts'
import { type ModelValues, modelOption } from '../../options/model-option.ts'
import { parseCount, parseResumeMode, parseReuse, parseSeed, type ResumeMode } from '../../options/usage.ts'
import { runToTheEnd } from '../../run/run-command.ts'
import { addDryRunOption, tellForecast } from '../../telling/forecast.ts'
import { addRunOptions, type RunOptionValues, runSettingsOf, sourcesOf, tellingOf } from './run-options.ts'

interface Values extends RunOptionValues, HomeValues, ModelValues {
  dryRun?: true
  numRecords: number
  datasetName: string
  artifactPath: string
  resume: ResumeMode
  runConfig?: string
  seed?: bigint
  format?: ExportFormat
  reuse: NonNullable<CreateOptions['reuse']>
}

export function addCreate(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('create')
    .description('Makes a dataset from CONFIG. Given again after a stop of any kind, goes on where it was.')
    .argument('<config>', 'the config, YAML or JSON, or a module; or the web address of YAML or JSON')
    .option(
      '-n, --num-records <n>',
      'rows of the dataset',
      (text) => parseCount(text, '--num-records', 1),
      10,
    )
    .option('-d, --dataset-name <name>', 'name of the dataset directory', 'dataset')
    .option('-o, --artifact-path <folder>', 'folder that holds datasets', 'artifacts')
    .option(
      '-r, --resume <mode>',
      'if_possible, always or never go on with what is there',
      parseResumeMode,
      'if_possible',
    )
    .option('-c, --run-config <file>', 'YAML file with run settings such as buffer_size')
    .addOption(modelOption())
    .option('--seed <n>', 'seed of every random stream (default: drawn, and kept)', parseSeed)
    .addOption(
      new Option(
        '--reuse <dataset_dir|auto|none>',
        'take answers that still match from another dataset; auto: from a preview of the same rows, and from the dataset this one is made beside',
      )
        .argParser(parseReuse)
        .default('auto'),
    )
    .option('-f, --format <format>', 'also export it as jsonl, csv or parquet', parseExportFormat)
  addConfigArgs(command)
  addHomeOption(addRunOptions(addDryRunOption(command))).action(
    async (path: string, args: string[], values: Values, self: Command) => {
      const home = await homeOf(values)
      const config = await configAt(path, home, configArgs(args, self))
      const options: CreateOptions = {
        ...runSettingsOf(values),
        numRecords: values.numRecords,
        datasetName: values.datasetName,
        artifactPath: values.artifactPath,
        resume: values.resume,
        models: [...values.model],
        reuse: values.reuse,
        ...(await sourcesOf({ ...values, ...providersGiven(values, home) })),
        ...(values.seed === undefined ? {} : { seed: values.seed }),
        ...(values.runConfig === undefined ? {} : { runConfig: await loadRunConfig(values.runConfig) }),
      }
      if (values.dryRun) return tellForecast(await forecast(config, options), values)
      const telling = {
        ...tellingOf(values),
        ...(values.format === undefined ? {} : { format: values.format }),
      }
      end(await runToTheEnd((given) => start(config, { ...options, ...given }), telling))
    },
  )
}
