/**
 * A config made ready to run: compiled columns, their order, and who it is. Pure: no file is read, no endpoint is known.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { toValue, type Value } from '../../base/values/value.ts'
import type { Column } from '../../columns/column/column.ts'
import { lintConfig } from '../../columns/column/lint.ts'
import type { TopologicalOrder } from '../../columns/column/topological-order.ts'
import { topologicalOrder } from '../../columns/column/topological-order.ts'
import { compileColumns, type NotBuilt } from '../../columns/compile.ts'
import { checkConfig } from '../../config/check/check.ts'
import type { Inference } from '../../config/files/inference.ts'
import type { ProviderConfig } from '../../config/files/providers.ts'
import type { RunConfig } from '../../config/files/run-config.ts'
import { compileConfig } from '../../config/form/compile.ts'
import { limitParallelRequests, overrideModels } from '../../config/form/override.ts'
import { dumpConfig } from '../../config/form/save.ts'
import { type ConfigHash, configHash } from '../../config/identity/fingerprint.ts'
import {
  codeHash,
  codeVersion,
  personContents,
  personVersion,
  postProcessingIdentity,
  rowsIdentity,
  seedContents,
} from '../../config/identity/identity.ts'
import { issuesError } from '../../config/reading/issues.ts'
import { type SourceCode, sourceOf } from '../../config/reading/source.ts'
import { didYouMean } from '../../config/reading/suggest.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { Identity, Request } from '../../plan/facts.ts'
import { type PostProcessing, postProcessingOf } from '../../post/post-processing.ts'
import { compileTransforms, type SchemaTransform } from '../../post/schema-transform.ts'
import type { RowsFunction, SchemaField } from '../../post/table.ts'
import type { SeedFacts } from '../../seed/dataset/dataset.ts'
import type { Persons } from '../../seed/dataset/persons.ts'
import type { ModelOverride } from '../request/setting-kinds.ts'
import { type Prices, pricesOf } from '../usage/prices.ts'

export interface CompiledConfig {
  /** Compiled, with overrides applied: what `builder_config.json` holds. */
  readonly config: Config
  readonly runConfig: RunConfig
  /** The one requested, or the sequential one because of `resizing`. */
  readonly engine: RunConfig['engine']
  /** Names of the columns with `allow_resize`. */
  readonly resizing: readonly string[]
  /** In the order in which datasets have them. */
  readonly columns: readonly Column[]
  readonly order: TopologicalOrder
  /** Schema transforms in config order. */
  readonly transforms: readonly SchemaTransform[]
  /** What is done once all rows are there; undefined when the config has no processor of that kind. */
  readonly postProcessing: PostProcessing | undefined
  /** Columns and processors whose work this version cannot do. */
  readonly notBuilt: readonly NotBuilt[]
  /** What is surely not meant: one sentence each. */
  readonly warnings: readonly string[]
  /** How its models are called, by alias, where that was said. */
  readonly inference: ReadonlyMap<string, Inference>
  /** What its models cost, as far as that was said. */
  readonly prices: Prices
  readonly hash: ConfigHash
  readonly rowsIdentity: Identity
  readonly postProcessingIdentity: string
}

/** What a command says in addition to the config. */
export interface CompiledConfigChanges {
  readonly models: readonly ModelOverride[]
  readonly maxParallelRequests: number | null
  /** Seed columns that stay unmarked although a processor drops them. @default none */
  readonly undropped?: ReadonlySet<string>
  /** The functions of processors, by name. @default none */
  readonly processors?: Readonly<Record<string, RowsFunction>>
}

/**
 * @param seed what the config's seed dataset holds; null when it has none, or it was not read
 * @param persons the config's person datasets; null when it has none, or they were not read
 * @throws RowsmithError usage, config_invalid, template_invalid, unknown_model_alias: everything that can be known without I/O
 */
export function buildCompiledConfig(
  given: Config,
  runConfig: RunConfig,
  changes: CompiledConfigChanges,
  providers: readonly ProviderConfig[],
  seed: SeedFacts | null = null,
  persons: Persons | null = null,
): CompiledConfig {
  requireRead(given)
  const overridden = overrideModels(given, [...changes.models])
  // Before compiling, which moves columns: messages name places of the file.
  const seedColumns = seed?.columns.map(({ name }) => name)
  checkConfig(overridden, seedColumns)
  const { maxParallelRequests: limit } = changes
  const limited = limit === null ? overridden : limitParallelRequests(overridden, limit)
  const config = compileConfig(limited, seedColumns, changes.undropped)
  const { columns, notBuilt } = placed(given, () =>
    compileColumns(config, runConfig, seed?.columns, persons?.recordsOf),
  )
  const lint = lintConfig(given, columns)
  if (lint.issues.length > 0) throw issuesError(lint.issues, sourceOf(given))
  const { code } = sourceOf(given)
  const resizing = config.columns.filter((column) => column.allow_resize).map(({ name }) => name)
  return {
    config,
    runConfig,
    engine: resizing.length > 0 ? 'sequential' : runConfig.engine,
    resizing,
    columns,
    order: placed(given, () => topologicalOrder(columns)),
    transforms: compileTransforms(config, columns),
    postProcessing: postProcessingOf(config, { ...code?.processors, ...changes.processors }),
    notBuilt,
    warnings: lint.warnings,
    inference: inferenceOf(config, runConfig, providers),
    prices: pricesOf(config, runConfig.prices, providers),
    hash: configHash(config),
    rowsIdentity: rowsIdentity(config, {
      settings: outputSettings(runConfig),
      simulated: simulatedAliases(config, columns, providers),
      ...(seed === null ? {} : { [seedContents]: seed.contents }),
      ...(persons === null ? {} : { [personContents]: persons.contents, [personVersion]: 2n }),
      ...(code === undefined || !decidesRows(code) ? {} : { [codeHash]: code.hash, [codeVersion]: 2n }),
    }),
    postProcessingIdentity: postProcessingIdentity(config, {
      ...hashOf(code),
      ...sourcesOf(changes.processors),
    }),
  }
}

/** The run config counts before the providers. @throws RowsmithError config_invalid for an alias that is not there */
function inferenceOf(
  { model_configs: models }: Config,
  { inference }: RunConfig,
  providers: readonly ProviderConfig[],
): Map<string, Inference> {
  const aliases = models.map(({ alias }) => alias)
  for (const alias of Object.keys(inference)) {
    if (aliases.includes(alias)) continue
    const message = `run config: inference.${alias}: no model has this alias; there are ${aliases.join(', ')}${didYouMean(alias, aliases)}`
    throw new RowsmithError('config_invalid', message, { facts: { alias, known: aliases } })
  }
  return new Map(
    models.flatMap(({ alias, provider }) => {
      const said = inference[alias] ?? providers.find(({ name }) => name === provider)?.inference
      return said === undefined ? [] : [[alias, said] as const]
    }),
  )
}

/** Whether any of its functions has a part in the rows. */
function decidesRows({ functions, tools, answerChecks }: SourceCode): boolean {
  return functions.size + tools.size + (answerChecks?.size ?? 0) > 0
}

/** Processors of a config that is code do what its files say. */
function hashOf(code: SourceCode | undefined): Record<string, string> {
  if (code === undefined) return {}
  return Object.fromEntries(Object.keys(code.processors ?? {}).map((name) => [name, code.hash]))
}

/** A function that is written otherwise may do something else. */
function sourcesOf(functions: CompiledConfigChanges['processors'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(functions).map(([name, run]) => [name, String(run)]))
}

/** Callers without types may give an object that nothing has read, and that lacks every default. */
function requireRead(config: Partial<Config> | null | undefined): void {
  const { columns, model_configs: models } = config ?? {}
  const read =
    Array.isArray(columns) &&
    Array.isArray(models) &&
    columns.every((column) => typeof column?.drop === 'boolean')
  if (read) return
  throw new RowsmithError('usage', 'The config is neither a path nor a config that has been read', {
    nextStep: 'Read it with loadConfig(path) or configFromValue(object, name).',
  })
}

/** What is wrong with columns is reported with the place of the first of them in the file. */
function placed<T>(given: Config, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    if (!RowsmithError.isInstance(error) || error.code !== 'config_invalid') throw error
    const { column, cycle } = error.facts
    const name = Array.isArray(cycle) ? cycle[0] : column
    const index = given.columns.findIndex((each) => each.name === name)
    if (index === -1) throw error
    const what = error.message.replace(`Column "${name}": `, '').replace(/^Columns read/, 'columns read')
    throw issuesError([{ path: ['columns', index], what }], sourceOf(given))
  }
}

/** Run settings that change which rows come out. */
function outputSettings(runConfig: RunConfig): Value {
  return toValue({
    max_conversation_restarts: runConfig.max_conversation_restarts,
    max_conversation_correction_steps: runConfig.max_conversation_correction_steps,
    jinja_rendering_engine: runConfig.jinja_rendering_engine,
  })
}

/** Aliases in use that the simulator answers: simulated and real rows never mix. */
function simulatedAliases(
  config: Config,
  columns: readonly Column[],
  providers: readonly ProviderConfig[],
): Value {
  const simulators = new Set(
    providers.flatMap(({ name, provider_type }) => (provider_type === 'simulator' ? [name] : [])),
  )
  const used = aliasesOf(columns)
  return config.model_configs
    .filter(({ alias, provider }) => used.has(alias) && simulators.has(provider))
    .map(({ alias }) => alias)
    .sort()
}

/** Every alias that a column may ask. */
function aliasesOf(columns: readonly Column[]): ReadonlySet<string> {
  return new Set(columns.flatMap((column) => ('aliases' in column ? column.aliases : [])))
}

/** The columns that a stage reads; undefined where this version does not know the type of each. */
export function postProcessingFields({
  columns,
  notBuilt,
  config,
}: CompiledConfig): readonly SchemaField[] | undefined {
  const unread =
    (config.seed_config !== null && !columns.some(({ kind }) => kind === 'seed')) ||
    columns.some((column) => column.kind === 'sampled' && column.unread)
  if (notBuilt.length > 0 || unread) return undefined
  return columns.filter(({ drop }) => !drop).map(({ name, type }) => ({ name, type }))
}

/** The models that make cells. */
export function usedModels(compiled: CompiledConfig): Config['model_configs'] {
  const used = aliasesOf(compiled.columns)
  return compiled.config.model_configs.filter(({ alias }) => used.has(alias))
}

/** @throws RowsmithError not_built_yet, naming what cannot be made: called when cells are due, before any request */
export function requireBuilt(compiled: CompiledConfig): void {
  const [first] = compiled.notBuilt
  if (first === undefined) return
  const listed = compiled.notBuilt.map(({ column, type }) => `"${column}" (${type})`).join(', ')
  throw new RowsmithError('not_built_yet', `This version of Rowsmith cannot make ${listed} yet`, {
    facts: {
      columns: compiled.notBuilt.map(({ column }) => column),
      types: compiled.notBuilt.map(({ type }) => type),
    },
  })
}

/** What the resume decision is requested. */
export function requestOf(
  compiled: CompiledConfig,
  requested: Pick<Request, 'mode' | 'numRecords' | 'bufferSize' | 'seed' | 'acceptLoss'>,
): Request {
  const { config, hash, runConfig } = compiled
  return {
    ...requested,
    identity: {
      config_hash: hash.config_hash,
      config_hash_version: hash.config_hash_version,
      config: dumpConfig(config),
      rows_identity: compiled.rowsIdentity,
      stage_identity: compiled.postProcessingIdentity,
    },
    preserveDroppedColumns: runConfig.preserve_dropped_columns,
    allowResize: compiled.resizing.length > 0,
    engine: compiled.engine,
    isPostProcessed: compiled.postProcessing !== undefined,
  }
}
