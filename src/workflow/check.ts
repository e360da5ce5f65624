/**
 * A workflow looked through before its first stage begins: every stage is compiled with the columns that the stage before will
 * give it, so that a name that is misspelt in the last stage costs nothing in the first.
 */
import type { ProviderConfig } from '../config/providers.ts'
import type { RunConfig } from '../config/run-config.ts'
import type { Config } from '../config/schema.ts'
import { rememberSource, sourceOf } from '../config/source.ts'
import type { Stage, Workflow } from '../config/workflow.ts'
import { schemaOf } from '../process/schema-transform.ts'
import { type Blueprint, makeBlueprint } from '../run/blueprint.ts'
import type { ModelOverride } from '../run/options.ts'
import type { SeedColumn, SeedFacts } from '../seed/dataset.ts'

export interface StageChanges {
  readonly models: readonly ModelOverride[]
  readonly maxParallelRequests: number | null
}

/**
 * Compiles every stage.
 *
 * @param opaque whether what a stage gives to the next one is known only when it is there
 * @throws RowsmithError as `makeBlueprint`
 */
export function checkStages(
  { stages }: Workflow,
  runConfig: RunConfig,
  changes: StageChanges,
  providers: readonly ProviderConfig[],
  opaque: (stage: Stage) => boolean,
): readonly Blueprint[] {
  const blueprints: Blueprint[] = []
  let given: readonly SeedColumn[] | null = null
  for (const [index, stage] of stages.entries()) {
    const config = index === 0 ? stage.config : seededConfig(stage, '../*.parquet')
    const seed: SeedFacts | null = given === null ? null : { columns: given, contents: '' }
    const blueprint = makeBlueprint(config, runConfig, modelsOf(changes, stages, index), providers, seed)
    blueprints.push(blueprint)
    const hidden: boolean = (config.seed_config !== null && seed === null) || opaque(stage)
    given = hidden ? null : outputColumns(blueprint, stage)
  }
  return blueprints
}

function outputColumns(blueprint: Blueprint, { output }: Stage): readonly SeedColumn[] | null {
  if (output.processor === null) return blueprint.columns.filter(({ drop }) => !drop)
  const transform = blueprint.transforms.find(({ name }) => name === output.processor)
  return transform === undefined ? null : schemaOf(transform)
}

/** A stage's config with the output of the stage before as its seed. */
export function seededConfig({ config, sampling, selection }: Stage, path: string): Config {
  const seed_config: NonNullable<Config['seed_config']> = {
    source: { seed_type: 'local', path },
    sampling_strategy: sampling,
    selection_strategy: selection,
  }
  return rememberSource({ ...config, seed_config }, sourceOf(config))
}

/** The changes that concern a stage: an alias need not be one of every stage, but of one. */
export function modelsOf(changes: StageChanges, stages: readonly Stage[], index: number): StageChanges {
  const has = (stage: Stage, alias: string): boolean =>
    stage.config.model_configs.some((model) => model.alias === alias)
  const models = changes.models.filter(
    ({ alias }) => has(stages[index]!, alias) || (index === 0 && !stages.some((stage) => has(stage, alias))),
  )
  return { ...changes, models }
}
