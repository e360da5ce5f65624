/** Workflow files, and the config files that their stages name. */

import { dirname, isAbsolute, join } from 'node:path'
import { present } from '../base/errors/present.ts'
import { allProviders } from '../config/files/providers.ts'
import { completeRunConfig } from '../config/files/run-config.ts'
import { parseWorkflow, type Workflow } from '../config/files/workflow.ts'
import type { Config } from '../config/schema/schema.ts'
import { checkProviders, type ProvidersKnown } from '../preflight/validate.ts'
import { checkSteps } from './check.ts'

/**
 * Reads a workflow file. A config that stands in a file of its own, YAML, JSON or code, is looked for next to it.
 *
 * @throws RowsmithError config_not_found, config_unreadable, config_invalid
 */
export async function readWorkflowFile(
  path: string,
  readText: (path: string) => Promise<string>,
  readConfig: (path: string) => Promise<Config>,
): Promise<Workflow> {
  const nextTo = (name: string): string => (isAbsolute(name) ? name : join(dirname(path), name))
  return parseWorkflow(await readText(path), path, (name) => readConfig(nextTo(name)))
}

/** What a check of a workflow found, when nothing is wrong with it. */
export interface WorkflowValidation {
  readonly stages: readonly { readonly name: string; readonly columns: readonly string[] }[]
  /** What is in it that cannot be made yet. */
  readonly notBuilt: readonly { readonly column: string; readonly type: string }[]
  /** What is surely not meant: one sentence each. */
  readonly warnings: readonly string[]
}

/** Checks every stage with the columns that the one before gives it. Sends no request. @throws RowsmithError as `checkSteps` */
export async function validateSteps(workflow: Workflow, known: ProvidersKnown): Promise<WorkflowValidation> {
  const changes = { models: [], maxParallelRequests: null }
  const providers = allProviders(known.providers ?? [])
  const compiledSteps = await checkSteps(workflow, completeRunConfig({}), changes, providers, () => undefined)
  for (const compiled of compiledSteps) await checkProviders(compiled, known)
  return {
    stages: workflow.stages.map(({ name }, index) => ({
      name,
      columns: present(compiledSteps[index], 'compiled steps')
        .columns.filter(({ drop }) => !drop)
        .map((column) => column.name),
    })),
    notBuilt: compiledSteps.flatMap(({ notBuilt }) => notBuilt),
    warnings: compiledSteps.flatMap(({ warnings }) => warnings),
  }
}
