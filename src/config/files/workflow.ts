/**
 * A workflow as it is declared: stages, each with a config of its own, each starting from the rows of the one before.
 *
 * Rules:
 *   1. Everything that is wrong with a workflow is reported before its first stage begins.
 *   2. `model_configs` and `tool_configs` next to `stages` hold for all of them; a stage gets those that it uses, and one of its own
 *      by that name comes first.
 *   3. A stage after the first has no seed of its own: its seed is the output of the stage before.
 *   4. A file may say `steps` for `stages`, and messages then say so too.
 *   5. No I/O: configs that stand in files of their own are read by the caller.
 */

import { z } from 'zod'
import { present } from '../../base/errors/present.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import { usedAliases } from '../check/aliases.ts'
import { configOfSource } from '../form/load.ts'
import { type Issue, issuesError, readBy } from '../reading/issues.ts'
import { filledText, flag, int, strict } from '../reading/lax.ts'
import { namedSource, type Path, rememberSource, type Source, sourceOf, within } from '../reading/source.ts'
import { didYouMean, quote } from '../reading/suggest.ts'
import { parseYaml } from '../reading/yaml.ts'
import { modelConfig, toolConfig } from '../schema/models.ts'
import type { Config } from '../schema/schema.ts'
import { selectionStrategy } from '../schema/seeds.ts'

/** What a stage gives to the next one. */
export interface StepOutput {
  /** The dataset itself, or what a schema_transform processor of this name made of it. */
  readonly processor: string | null
  /** Only rows for which this SQL condition holds; null for all. */
  readonly where: string | null
}

export interface WorkflowStep {
  readonly name: string
  readonly config: Config
  /** Null: as many as rows are taken from the stage before; 10 for the first. */
  readonly numRecords: number | null
  /** How rows of the stage before are taken. */
  readonly sampling: NonNullable<Config['seed_config']>['sampling_strategy']
  readonly selection: NonNullable<Config['seed_config']>['selection_strategy']
  readonly output: StepOutput
  /** Whether the workflow may end here when no row is left for the next stage. */
  readonly allowEmpty: boolean
}

export interface Workflow {
  /** The name of its folder. */
  readonly name: string
  readonly stages: readonly WorkflowStep[]
  /** What messages call it. */
  readonly source: string
}

const plainName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, 'must be letters, digits, - and _, since it names a folder')

const stepSchema = strict({
  name: plainName,
  config: z.unknown().refine((value) => typeof value === 'string' || isValueObject(value as Value), {
    error: 'must be a config, or the name of a file with one',
  }),
  num_records: int(z.int().min(1)).nullable().default(null),
  sampling_strategy: z.enum(['ordered', 'shuffle']).default('ordered'),
  selection_strategy: selectionStrategy,
  output: z
    .string()
    .regex(
      /^(final|processor:.+)$/,
      'must be final, or processor: and the name of a schema_transform processor',
    )
    .default('final'),
  where: filledText.nullable().default(null),
  allow_empty: flag.default(false),
})

export const workflowSchema = strict({
  workflow: plainName.nullable().default(null),
  model_configs: z.array(modelConfig).default([]),
  tool_configs: z.array(toolConfig).default([]),
  stages: z.array(stepSchema).min(1),
})

/** Whether a value means to be a workflow rather than a config. */
export function looksLikeWorkflow(value: Value): boolean {
  return isValueObject(value) && ('stages' in value || 'steps' in value) && !('columns' in value)
}

/** Reads a config that stands in a file of its own, as a stage names it. */
type ReadConfig = (path: string) => Promise<Config>

/**
 * Reads a workflow file's text.
 *
 * @param name the file's name, for messages and, without its ending, for a workflow that has none
 * @throws RowsmithError config_unreadable, config_invalid, or what `readConfig` throws
 */
export async function parseWorkflow(text: string, name: string, readConfig: ReadConfig): Promise<Workflow> {
  const { value, source } = parseYaml(text, name)
  return readWorkflow(value, source, readConfig)
}

/**
 * Reads a workflow written as code. Configs stand in it as values.
 *
 * @param name what messages call it
 * @throws RowsmithError config_invalid
 */
export function workflowFromValue(value: Value, name: string): Promise<Workflow> {
  const source = namedSource(name)
  return readWorkflow(value, source, async (path) => {
    throw issuesError(
      [{ path: ['stages'], what: `${quote(path)} names a file; write the config itself` }],
      source,
    )
  })
}

/**
 * Reads a workflow whose stages name configs that are there already.
 *
 * @param configs by the name that stands for them in the value
 * @throws RowsmithError config_invalid
 */
export function workflowOfConfigs(
  value: Value,
  name: string,
  configs: ReadonlyMap<string, Config>,
): Promise<Workflow> {
  return readWorkflow(value, namedSource(name), async (key) => present(configs.get(key), 'configs'))
}

/** `steps` is another name of `stages`, which is Data Designer's. Messages name what the file has. */
function withStages(value: Value, source: Source): { readonly value: Value; readonly source: Source } {
  if (!isValueObject(value) || !('steps' in value) || 'stages' in value) return { value, source }
  const { steps = null, ...rest } = value
  const spelled = (path: Path): Path => (path[0] === 'stages' ? ['steps', ...path.slice(1)] : path)
  return {
    value: { ...rest, stages: steps },
    source: { ...source, spelled, line: (path) => source.line(spelled(path)) },
  }
}

async function readWorkflow(written: Value, file: Source, readConfig: ReadConfig): Promise<Workflow> {
  const { value, source } = withStages(written, file)
  if (isValueObject(value) && !('stages' in value)) {
    const key = ['columns', 'data_designer'].find((each) => each in value)
    const what = 'this is a config of one dataset: give it to `rowsmith create`'
    if (key !== undefined) throw issuesError([{ path: [key], what }], source)
  }
  const declared = readBy(workflowSchema, value, source)
  const steps: WorkflowStep[] = []
  for (const [index, step] of declared.stages.entries()) {
    const given = step.config as string | ValueObject
    const config =
      typeof given === 'string'
        ? await readConfig(given)
        : configOfSource(given, within(source, ['stages', index, 'config']))
    steps.push({
      name: step.name,
      config: withShared(config, declared),
      numRecords: step.num_records,
      sampling: step.sampling_strategy,
      selection: step.selection_strategy,
      output: {
        processor: step.output === 'final' ? null : step.output.slice('processor:'.length),
        where: step.where,
      },
      allowEmpty: step.allow_empty,
    })
  }
  const issues = steps.flatMap((step, index) => stepIssues(steps, step, index))
  if (issues.length > 0) throw issuesError(issues, source)
  return { name: declared.workflow ?? nameOfFile(source.name), stages: steps, source: source.name }
}

/** The config with what it uses of what all stages share: an edit of the rest is no edit of this stage. */
function withShared(config: Config, shared: Pick<Config, 'model_configs' | 'tool_configs'>): Config {
  const models = new Set(usedAliases(config).map(({ name }) => name))
  for (const { alias } of config.model_configs) models.delete(alias)
  const tools = new Set(
    config.columns.flatMap((column) => ('tool_alias' in column ? [column.tool_alias] : [])),
  )
  for (const { tool_alias: alias } of config.tool_configs) tools.delete(alias)
  const changed = {
    ...config,
    model_configs: [
      ...config.model_configs,
      ...shared.model_configs.filter(({ alias }) => models.has(alias)),
    ],
    tool_configs: [
      ...config.tool_configs,
      ...shared.tool_configs.filter((tool) => tools.has(tool.tool_alias)),
    ],
  }
  return rememberSource(changed, sourceOf(config))
}

function stepIssues(steps: readonly WorkflowStep[], step: WorkflowStep, index: number): Issue[] {
  const issues: Issue[] = []
  const at = ['stages', index]
  const earlier = steps.findIndex(({ name }) => name.toLowerCase() === step.name.toLowerCase())
  if (earlier < index) {
    issues.push({ path: [...at, 'name'], what: `${quote(step.name)} is the name of stages[${earlier}] too` })
  }
  if (index > 0 && step.config.seed_config !== null) {
    const what = 'has a seed_config, but its rows start from those of the stage before'
    issues.push({ path: [...at, 'config'], what })
  }
  if (index === 0 && (step.selection !== null || step.sampling !== 'ordered')) {
    const key = step.selection === null ? 'sampling_strategy' : 'selection_strategy'
    const what = 'says how rows of the stage before are taken, and this is the first; write it in seed_config'
    issues.push({ path: [...at, key], what })
  }
  const { processor } = step.output
  const transforms = step.config.processors.flatMap((each) =>
    each.processor_type === 'schema_transform' ? [each.name] : [],
  )
  if (processor !== null && !transforms.includes(processor)) {
    const what = `${quote(processor)} is no schema_transform processor of the stage${didYouMean(processor, transforms)}`
    issues.push({ path: [...at, 'output'], what })
  }
  if (processor !== null && step.output.where !== null) {
    issues.push({
      path: [...at, 'where'],
      what: 'chooses among rows of the dataset, so output must be final',
    })
  }
  return issues
}

function nameOfFile(name: string): string {
  const base = present(name.split(/[/\\]/).at(-1), 'parts').replace(/(\.workflow)?\.[a-z]+$/i, '')
  const plain = base.replaceAll(/[^A-Za-z0-9_-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return plain === '' ? 'workflow' : plain.slice(0, 100)
}
