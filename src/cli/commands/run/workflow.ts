import type { Command } from 'commander'
import { loadRunConfig, startWorkflow, type WorkflowOptions } from '../../../index.ts'
import { type ModelValues, modelOption } from '../../options/model-option.ts'
import { parseCount, parseResumeMode, parseSeed, type ResumeMode, usageError } from '../../options/usage.ts'
import { runWorkflowToTheEnd } from '../../run/workflow-command.ts'
import { finishedShort } from '../../telling/short.ts'
import { addRunOptions, type RunOptionValues, runSettingsOf, sourcesOf, tellingOf } from './run-options.ts'

interface Values extends RunOptionValues, ModelValues {
  numRecords?: number
  datasetName?: string
  artifactPath: string
  resume: ResumeMode
  runConfig?: string
  seed?: bigint
  until?: string
  rerunFrom?: string
  stageOutput: Readonly<Record<string, string>>
}

export function addWorkflow(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('workflow')
    .description(
      'Runs the stages of WORKFLOW, each a dataset that starts from the rows of the one before. Given again after a stop of any kind, goes on where it was.',
    )
    .argument('<workflow>', 'the workflow, YAML or JSON')
    .option('-n, --num-records <n>', 'rows of the first stage', (text) =>
      parseCount(text, '--num-records', 1),
    )
    .option('-d, --dataset-name <name>', 'name of the folder of its datasets (default: that of the workflow)')
    .option('-o, --artifact-path <folder>', 'folder that holds it', 'artifacts')
    .option(
      '-r, --resume <mode>',
      'if_possible, always or never go on with what is there',
      parseResumeMode,
      'if_possible',
    )
    .option('--until <stage>', 'the last stage to run')
    .option('--rerun-from <stage>', 'begin this stage and those after it anew, beside what is there')
    .option(
      '--stage-output <stage=path>',
      'go on from this file instead of what the stage makes; can be given again',
      (text, earlier: Readonly<Record<string, string>>) => ({ ...earlier, ...parseStageOutput(text) }),
      {},
    )
    .option('-c, --run-config <file>', 'YAML file with run settings such as buffer_size')
    .addOption(modelOption())
    .option('--seed <n>', 'seed of every random stream (default: drawn, and kept)', parseSeed)
  addRunOptions(command).action(async (file: string, values: Values) => {
    const telling = tellingOf(values)
    const options: WorkflowOptions = {
      ...runSettingsOf(values),
      ...(await sourcesOf(values)),
      artifactPath: values.artifactPath,
      resume: values.resume,
      models: [...values.model],
      outputs: values.stageOutput,
      accept: (_stage, summary) => {
        const short = finishedShort(summary, telling.maxDropped)
        if (short !== undefined) throw short
      },
      ...(values.numRecords === undefined ? {} : { numRecords: values.numRecords }),
      ...(values.datasetName === undefined ? {} : { datasetName: values.datasetName }),
      ...(values.seed === undefined ? {} : { seed: values.seed }),
      ...(values.until === undefined ? {} : { until: values.until }),
      ...(values.rerunFrom === undefined ? {} : { rerunFrom: values.rerunFrom }),
      ...(values.runConfig === undefined ? {} : { runConfig: await loadRunConfig(values.runConfig) }),
    }
    end(await runWorkflowToTheEnd((signal) => startWorkflow(file, { ...options, signal }), telling))
  })
}

/** `STAGE=PATH` */
function parseStageOutput(text: string): Record<string, string> {
  const [, stage, path] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (stage === undefined || path === undefined) {
    throw usageError(`--stage-output takes STAGE=PATH, such as drafts=reviewed.csv, not "${text}"`)
  }
  return { [stage]: path }
}
