/** Workflows of typed datasets: steps in order, each starting from the rows of the one before. */
import type { ValueObject } from '../base/values/value.ts'
import { toValue } from '../base/values/value.ts'
import { configFromCode } from '../code/from-code.ts'
import { type Workflow, workflowOfConfigs } from '../config/files/workflow.ts'
import type { TypedDataset } from './dataset.ts'
import { takingOf } from './seeds.ts'

export interface TypedStep {
  readonly name: string
  /** One after the first says what it starts from: `dataset({ seed: { rowsOf: drafts } })`. */
  readonly dataset: TypedDataset<unknown>
  /** @default as many as the step before gives; 10 for the first */
  readonly rows?: number | undefined
  /** SQL: the rows that the next step starts from. @default all */
  readonly where?: string | undefined
  /** The table of a schema_transform processor, in place of the dataset itself. */
  readonly processor?: string | undefined
  /** How rows of the step before are taken. @default 'ordered' */
  readonly order?: 'ordered' | 'shuffle' | undefined
  /** Which of them: from one to another, both included; or one of so many equal parts. @default all */
  readonly select?:
    | { readonly start: number; readonly end: number }
    | { readonly part: number; readonly of: number }
    | undefined
  /** Whether the workflow may end here when no row is left. @default false */
  readonly allowEmpty?: boolean | undefined
}

/**
 * A workflow, for `createWorkflow`.
 *
 * @param name that of its folder
 * @throws RowsmithError config_invalid
 */
export async function workflow(name: string, steps: readonly TypedStep[]): Promise<Workflow> {
  const configs = new Map(
    steps.map(({ dataset }, index) => [String(index), configFromCode(dataset, `${name}: step ${index}`)]),
  )
  const stages = steps.map((step, index) => stage(step, String(index)))
  return workflowOfConfigs(toValue({ workflow: name, stages }), name, configs)
}

function stage(step: TypedStep, config: string): ValueObject {
  const { name, rows, where, processor, allowEmpty } = step
  return toValue({
    name,
    config,
    num_records: rows,
    where,
    output: processor === undefined ? undefined : `processor:${processor}`,
    ...takingOf(step),
    allow_empty: allowEmpty,
  }) as ValueObject
}
