import { type Command, Option } from 'commander'
import { usageError } from '../../../base/text/flag-values.ts'
import { withoutUndefined } from '../../../base/values/without-undefined.ts'
import { createWorkflow, type WorkflowOptions } from '../../../entries/workflow.ts'
import { addSettings, settingsGiven } from '../../options/settings.ts'
import { finishedShort } from '../../printing/short.ts'
import { runWorkflowToTheEnd } from '../../run/workflow-command.ts'
import { addRunOptions, outputOptionsOf, type RunOptionValues } from './run-options.ts'

interface Values extends RunOptionValues {
  until?: string
  rerunFrom?: string
  stageOutput: Readonly<Record<string, string>>
  stepOutput: Readonly<Record<string, string>>
}

export function addWorkflow(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('workflow')
    .description(
      'Run the steps of WORKFLOW in sequence, each seeded by the rows of the step before. Continues an interrupted workflow.',
    )
    .argument('<workflow>', 'the workflow, YAML or JSON')
  addSettings(command, 'workflow', 'dataset')
    .option('--until <step>', 'the last step to run')
    .option('--rerun-from <step>', 'run this step and the steps after it again, as new datasets')
    .option(
      '--step-output <step=path>',
      'continue from this file instead of the output of the step; repeatable',
      collectOutputs('--step-output'),
      {},
    )
    .addOption(
      new Option('--stage-output <stage=path>')
        .argParser(collectOutputs('--stage-output'))
        .default({})
        .hideHelp(),
    )
  addSettings(command, 'workflow', 'rows')
  addRunOptions(command, 'workflow').action(async (file: string, values: Values) => {
    const output = outputOptionsOf(values)
    const options: WorkflowOptions = {
      ...(await settingsGiven({ ...values }, 'workflow')),
      outputs: { ...values.stageOutput, ...values.stepOutput },
      accept: (_stage, summary) => {
        const short = finishedShort(summary, output.maxDropped)
        if (short !== undefined) throw short
      },
      ...withoutUndefined({ until: values.until, rerunFrom: values.rerunFrom }),
    }
    end(await runWorkflowToTheEnd((signal) => createWorkflow(file, { ...options, signal }), output))
  })
}

/** Reads `STEP=PATH`, given any number of times. */
function collectOutputs(flag: string) {
  return (text: string, earlier: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
    const [, step, path] = /^([^=]+)=(.+)$/.exec(text) ?? []
    if (step === undefined || path === undefined) {
      throw usageError(`${flag} takes STEP=PATH, such as drafts=reviewed.csv, not "${text}"`)
    }
    return { ...earlier, [step]: path }
  }
}
