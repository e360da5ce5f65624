/**
 * A workflow looked through before its first stage begins: every stage is compiled with the columns that the stage before will
 * give it, so that a name that is misspelt in the last stage costs nothing in the first.
 */

import { RowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'
import type { ProviderConfig } from '../config/files/providers.ts'
import type { RunConfig } from '../config/files/run-config.ts'
import type { Workflow, WorkflowStep } from '../config/files/workflow.ts'
import { rememberSource, sourceOf } from '../config/reading/source.ts'
import { quote } from '../config/reading/suggest.ts'
import type { Config } from '../config/schema/schema.ts'
import { checkPostProcessors, conditionIssue } from '../post/check-post-processors.ts'
import { schemaOf } from '../post/schema-transform.ts'
import { type CompiledConfig, postProcessingFields } from '../run/prepare/compiled-config.ts'
import { prepareConfig } from '../run/prepare/prepare-config.ts'
import type { ModelOverride } from '../run/request/setting-kinds.ts'
import type { SeedColumn, SeedFacts } from '../seed/dataset/dataset.ts'

export interface StepChanges {
  readonly models: readonly ModelOverride[]
  readonly maxParallelRequests: number | null
}

/**
 * Compiles every stage, and checks its queries and its condition.
 *
 * @param gives the columns of what stands in place of a stage's own rows; null when they are known only when they are there, and
 *   undefined where nothing stands there
 * @throws RowsmithError as `buildCompiledConfig`, `checkPostProcessors`; where_invalid
 */
export async function checkSteps(
  { stages: steps }: Workflow,
  runConfig: RunConfig,
  changes: StepChanges,
  providers: readonly ProviderConfig[],
  gives: (step: WorkflowStep) => readonly SeedColumn[] | null | undefined,
): Promise<readonly CompiledConfig[]> {
  const compiledSteps: CompiledConfig[] = []
  let given: readonly SeedColumn[] | null = null
  for (const [index, step] of steps.entries()) {
    const config = index === 0 ? step.config : seededConfig(step, '../*.parquet')
    const seed: SeedFacts | null = given === null ? null : { columns: given, contents: '' }
    const { compiled } = await inStep(step.name, async () =>
      prepareConfig<SeedFacts>(
        { config, runConfig, changes: modelsOf(changes, steps, index), providers },
        // Its rows are not there yet: nothing is opened.
        { seed: async () => seed, persons: async () => null },
      ),
    )
    compiledSteps.push(compiled)
    const hidden: boolean = config.seed_config !== null && seed === null
    const own: readonly SeedColumn[] | null = await outputColumns(compiled, step, hidden)
    const other = gives(step)
    given = other === undefined ? own : other
  }
  return compiledSteps
}

/** The columns that a stage gives to the next one, its queries and its condition checked; null while they are not known. */
async function outputColumns(
  compiled: CompiledConfig,
  { name, output }: WorkflowStep,
  hidden: boolean,
): Promise<readonly SeedColumn[] | null> {
  const fields = await inStep(name, () =>
    checkPostProcessors(compiled.config, hidden ? undefined : postProcessingFields(compiled)),
  )
  if (output.where !== null) {
    const issue = await conditionIssue(output.where, fields)
    if (issue !== undefined) {
      const message = `Stage ${quote(name)}: where: the condition ${quote(output.where)} cannot be used: ${issue}`
      throw new RowsmithError('where_invalid', message, {
        facts: { stage: name, where: output.where.slice(0, 200) },
      })
    }
  }
  if (output.processor === null) return fields ?? null
  const transform = compiled.transforms.find((each) => each.name === output.processor)
  return transform === undefined ? null : schemaOf(transform)
}

/** What is wrong with a stage is reported with its name. */
export async function inStep<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!RowsmithError.isInstance(error)) throw error
    const { code, message, facts, nextStep } = error
    throw new RowsmithError(code, `Stage ${quote(name)}: ${message}`, {
      facts: { ...facts, stage: name },
      nextStep,
      cause: error,
    })
  }
}

/** A stage's config with the output of the stage before as its seed. */
export function seededConfig({ config, sampling, selection }: WorkflowStep, path: string): Config {
  const seed_config: NonNullable<Config['seed_config']> = {
    source: { seed_type: 'local', path },
    sampling_strategy: sampling,
    selection_strategy: selection,
  }
  return rememberSource({ ...config, seed_config }, sourceOf(config))
}

/** The changes that concern a stage: an alias need not be one of every stage, but of one. */
export function modelsOf(changes: StepChanges, steps: readonly WorkflowStep[], index: number): StepChanges {
  const has = (step: WorkflowStep, alias: string): boolean =>
    step.config.model_configs.some((model) => model.alias === alias)
  const models = changes.models.filter(
    ({ alias }) =>
      has(present(steps[index], 'steps'), alias) || (index === 0 && !steps.some((step) => has(step, alias))),
  )
  return { ...changes, models }
}
