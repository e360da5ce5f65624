/** Workflows: several datasets in sequence, each seeded by the one before. */
import { RowsmithError } from '../base/errors/errors.ts'
import type { Workflow } from '../config/files/workflow.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import type { ValidateOptions } from '../preflight/validate.ts'
import type { Components } from '../run/request/options.ts'
import { validateSteps, type WorkflowValidation } from '../workflow/load.ts'
import type { WorkflowOptions } from '../workflow/options.ts'
import type { StepStatus } from '../workflow/record.ts'
import { startWorkflowRun, type WorkflowEvent, type WorkflowOutcome } from '../workflow/run.ts'
import { isWorkflowFolder, readWorkflowStatus, type WorkflowStatus } from '../workflow/status.ts'
import { runComponents } from './components.ts'
import { type Dataset, open } from './dataset.ts'
import { loadWorkflow } from './load.ts'
import { type Results, type Run, resultsOf, runOf } from './run.ts'

/** How a workflow ended, or stands where it stopped. */
export type WorkflowSummary = Omit<WorkflowOutcome, 'runs'>

/** One step of a workflow, as it stands. */
export interface StepResults {
  readonly name: string
  readonly status: StepStatus
  /** Null for a step that has none. */
  readonly dataset: Dataset | null
  /** Null for a step that this run did not run. */
  readonly results: Results | null
}

/** A workflow that ran to its end, or to the step it was requested. */
export interface WorkflowResults {
  /** The folder that holds the datasets of its steps. */
  readonly path: string
  /** In order. */
  readonly stages: readonly StepResults[]
  /** The dataset of a step. @throws RowsmithError unknown_step, also for one that has none */
  stage(name: string): Dataset
  /** What `--json` prints of it. */
  readonly summary: WorkflowSummary
}

/** A workflow under way: steps as they begin, and everything that happens in them. Its error names the step that stopped. */
export type WorkflowRun = Run<WorkflowResults, WorkflowEvent>

/**
 * Runs a workflow: steps, each a dataset of its own that starts from the rows of the one before. The same call after a stop of
 * any kind continues where it was.
 *
 * @param workflow as `loadWorkflow` or `workflowFromValue` gives it, or the path of a file
 * @throws RowsmithError what stopped it; `summary` on it is a `WorkflowSummary`
 */
export function createWorkflow(
  workflow: Workflow | string,
  options: WorkflowOptions = {},
  components: Components = {},
): WorkflowRun {
  const load = () => (typeof workflow === 'string' ? loadWorkflow(workflow) : workflow)
  return runOf(startWorkflowRun(load, options, runComponents(components)), (outcome) =>
    workflowResults(outcome, components),
  )
}

/** Checks every step of a workflow with the columns it will get, offline. @throws RowsmithError as `validate` */
export function validateWorkflow(
  workflow: Workflow,
  options: Pick<ValidateOptions, 'providers' | 'env'> = {},
): Promise<WorkflowValidation> {
  return validateSteps(workflow, options)
}

/** How far a workflow is; undefined for a folder that holds none. Needs no lock, also while it runs. */
export async function workflowStatus(
  folder: string,
  components: Components = {},
): Promise<WorkflowStatus | undefined> {
  const disk = components.disk ?? nodeDisk
  return (await isWorkflowFolder(disk, folder)) ? readWorkflowStatus(disk, folder) : undefined
}

function workflowResults(outcome: WorkflowOutcome, components: Components): WorkflowResults {
  const { runs, ...summary } = outcome
  const steps = summary.stages.map(({ name, status, dataset_path: path }): StepResults => {
    const run = runs.get(name)
    return {
      name,
      status,
      dataset: path === null ? null : open(path, components),
      results: run === undefined ? null : resultsOf(run, components),
    }
  })
  return {
    path: summary.workflow_path,
    stages: steps,
    summary,
    stage(name) {
      const dataset = steps.find((step) => step.name === name)?.dataset ?? null
      if (dataset !== null) return dataset
      throw new RowsmithError('unknown_step', `There is no dataset of a stage "${name}"`, {
        facts: { stage: name },
      })
    },
  }
}
