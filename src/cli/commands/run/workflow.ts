import type { Command } from 'commander'
import { usageError } from '../../../base/text/flag-values.ts'
import { createWorkflow, type WorkflowOptions } from '../../../entries/workflow.ts'
import { addSettings, settingsGiven } from '../../options/settings.ts'
import { finishedShort } from '../../printing/short.ts'
import { runWorkflowToTheEnd } from '../../run/workflow-command.ts'
import { addRunOptions, outputOptionsOf, type RunOptionValues } from './run-options.ts'

interface Values extends RunOptionValues {
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
  addSettings(command, 'workflow', 'dataset')
    .option('--until <stage>', 'the last stage to run')
    .option('--rerun-from <stage>', 'begin this stage and those after it anew, beside what is there')
    .option(
      '--stage-output <stage=path>',
      'go on from this file instead of what the stage makes; can be given again',
      (text, earlier: Readonly<Record<string, string>>) => ({ ...earlier, ...parseStepOutput(text) }),
      {},
    )
  addSettings(command, 'workflow', 'rows')
  addRunOptions(command, 'workflow').action(async (file: string, values: Values) => {
    const output = outputOptionsOf(values)
    const options: WorkflowOptions = {
      ...(await settingsGiven({ ...values }, 'workflow')),
      outputs: values.stageOutput,
      accept: (_stage, summary) => {
        const short = finishedShort(summary, output.maxDropped)
        if (short !== undefined) throw short
      },
      ...(values.until === undefined ? {} : { until: values.until }),
      ...(values.rerunFrom === undefined ? {} : { rerunFrom: values.rerunFrom }),
    }
    end(await runWorkflowToTheEnd((signal) => createWorkflow(file, { ...options, signal }), output))
  })
}

/** `STAGE=PATH` */
function parseStepOutput(text: string): Record<string, string> {
  const [, step, path] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (step === undefined || path === undefined) {
    throw usageError(`--stage-output takes STAGE=PATH, such as drafts=reviewed.csv, not "${text}"`)
  }
  return { [step]: path }
}
