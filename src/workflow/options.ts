/** Options of a workflow, in addition to those of each step's run. */

import { RowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'
import type { Workflow } from '../config/files/workflow.ts'
import { didYouMean, quote } from '../config/reading/suggest.ts'
import type { RunOutcome } from '../run/execute/execute-run.ts'
import { type CreateOptions, type ResolvedOptions, resolveOptions } from '../run/request/options.ts'
import type { RowsTransform } from './output.ts'

/**
 * As for `create`, stage by stage: `datasetName` is the workflow's folder, `numRecords` the rows of the first stage. Budgets hold for the
 * datasets of all stages together.
 */
export interface WorkflowOptions extends Omit<CreateOptions, 'launch'> {
  /** The last stage to run; what is known of later ones stays. @default the last one there is */
  readonly until?: string
  /** Begin this stage and those after it again, next to what is there. The same call again goes on with that. */
  readonly rerunFrom?: string
  /** Output to use in place of what a stage makes, by its name: the path of a seed. Stages up to it are not run. */
  readonly outputs?: Readonly<Record<string, string>>
  /** Functions that make other rows of a stage's rows, by its name. They count by their source. */
  readonly transforms?: Readonly<Record<string, RowsTransform>>
  /** Called with each stage whose rows all are settled, before the next begins, and waited for; throws to stop there. */
  readonly accept?: (step: string, outcome: RunOutcome['summary']) => void | Promise<void>
  readonly launch?: Pick<NonNullable<CreateOptions['launch']>, 'providersFile' | 'envFile'>
}

export interface ResolvedWorkflow {
  readonly run: ResolvedOptions
  /** As given, for the stages. */
  readonly given: WorkflowOptions
  /** Index of the last stage to run. */
  readonly last: number
  /** Index of the first stage to begin again; null for none. */
  readonly rerun: number | null
  /** Index of the first stage that is run: the one after the last given output. */
  readonly first: number
  readonly outputs: ReadonlyMap<string, string>
  readonly transforms: ReadonlyMap<string, RowsTransform>
}

/** @throws RowsmithError usage, unknown_step, path_escapes */
export function resolveWorkflow(
  { name, stages: steps }: Workflow,
  options: WorkflowOptions,
): ResolvedWorkflow {
  const names = steps.map((step) => step.name)
  const indexOf = (step: string): number => {
    const index = names.indexOf(step)
    if (index >= 0) return index
    const message = `The workflow has no stage ${quote(step)}; it has ${names.join(', ')}${didYouMean(step, names)}`
    throw new RowsmithError('unknown_step', message, { facts: { stage: step, stages: names } })
  }
  const outputs = new Map(Object.entries(options.outputs ?? {}))
  const transforms = new Map(Object.entries(options.transforms ?? {}))
  for (const [step] of transforms) {
    const { output } = present(steps[indexOf(step)], 'steps')
    if (output.processor === null) continue
    throw new RowsmithError(
      'usage',
      `A function takes rows of the dataset, but ${quote(step)} gives those of a processor`,
    )
  }
  const last = options.until === undefined ? steps.length - 1 : indexOf(options.until)
  const rerun = options.rerunFrom === undefined ? null : indexOf(options.rerunFrom)
  const first = Math.max(0, ...[...outputs.keys()].map((step) => indexOf(step) + 1))
  if (first > last) {
    throw new RowsmithError(
      'usage',
      `No stage is left to run: the output of ${quote(present(names[first - 1], 'names'))} is given`,
    )
  }
  if (rerun !== null && (rerun > last || rerun < first)) {
    const why =
      rerun > last
        ? `comes after ${quote(present(names[last], 'names'))}`
        : 'is not run, since its output or a later one is given'
    throw new RowsmithError(
      'usage',
      `Cannot start again from ${quote(present(names[rerun], 'names'))}, which ${why}`,
    )
  }
  const run = resolveOptions({ ...options, datasetName: options.datasetName ?? name })
  return {
    run,
    given: options,
    last,
    rerun: run.resume === 'never' ? first : rerun,
    first,
    outputs,
    transforms,
  }
}
