/**
 * The run as its user holds it: events while it goes on, results when it is done.
 */

import { basename, dirname } from 'node:path'
import { asRowsmithError, RowsmithError } from '../base/errors/errors.ts'
import { closingAfter } from '../base/work/closing.ts'
import type { Column } from '../columns/column/column.ts'
import { allProviders, type ProviderConfig } from '../config/files/providers.ts'
import { completeRunConfig } from '../config/files/run-config.ts'
import { withoutEffect } from '../config/files/without-effect.ts'
import { unmatchedPatterns } from '../config/schema/processors.ts'
import type { Config } from '../config/schema/schema.ts'
import type { Disk } from '../disk/disk.ts'
import { connectModels } from '../models/connect/connect.ts'
import type { Models } from '../models/contract/contract.ts'
import { assumedMaxTokens, maxOutputTokens } from '../models/contract/request-size.ts'
import { readTlsFiles } from '../models/http/tls.ts'
import { rowCount } from '../plan/row-groups.ts'
import { checkPostProcessors } from '../post/check-post-processors.ts'
import { requireFunctions } from '../post/post-processing.ts'
import type { SeedDataset } from '../seed/dataset/dataset.ts'
import { describeSeed } from '../seed/dataset/describe.ts'
import { readLaunchFile } from '../store/control/launch-file.ts'
import { readMetadata } from '../store/control/metadata.ts'
import { type RunFile, readRunFile } from '../store/control/run-file.ts'
import { DatasetDirectory } from '../store/files/dataset-directory.ts'
import { contentsOf } from '../store/files/read-file.ts'
import { readCommitLogs } from '../store/logs/commits.ts'
import type { ToolConnections } from '../tools/toolbox/connect.ts'
import { executeRun, type RunOutcome } from './execute/execute-run.ts'
import { type LaunchSettings, lastStart } from './open/launch-settings.ts'
import { type ForeignComplete, openDataset } from './open/open-dataset.ts'
import { openRunSeed, readEarlier } from './open/run-seed.ts'
import { withStoredCode } from './open/stored-code.ts'
import { withStoredSeed } from './open/stored-seed.ts'
import {
  buildCompiledConfig,
  type CompiledConfig,
  postProcessingFields,
  requireBuilt,
  usedModels,
} from './prepare/compiled-config.ts'
import { toolsOf } from './prepare/dataset-tools.ts'
import { isDeprecation, warnOfResizing } from './prepare/deprecation.ts'
import { openRunPersons } from './prepare/persons.ts'
import { previewOptions, runConfigOfPreview } from './prepare/preview.ts'
import { mediaFolder } from './prepare/seed-columns.ts'
import { EventStream, type RunEvent } from './report/events.ts'
import { abortedError } from './request/aborted.ts'
import {
  type CreateOptions,
  given,
  type ResolvedComponents,
  type ResolvedOptions,
  type RunComponents,
  resolveComponents,
  resolveOptions,
} from './request/options.ts'
import { overRemembered } from './request/remembered-settings.ts'
import type { ChosenCells, RetryRequest } from './request/retry-request.ts'
import type { GivenSettings } from './request/settings.ts'
import { isOpen } from './retry/retry.ts'
import { priceMissing } from './usage/budget.ts'
import { noPrices } from './usage/prices.ts'
import { usageReportOf } from './usage/usage-report.ts'

/** A run under way. */
export interface RunHandle {
  /** Everything that happens from now on; ends with the run. */
  events(): AsyncIterableIterator<RunEvent>
  /**
   * Resolves when the run is done; rejects with a RowsmithError, whose `summary` tells how far it came. Under
   * `--throw-deprecation` a run that uses `allow_resize` rejects with the DeprecationWarning itself.
   */
  readonly outcome: Promise<RunOutcome>
}

/** Starts a run of a config. Nothing happens before the next turn of the event loop, so no event is missed. */
export function startRun(
  loadConfig: () => Config | Promise<Config>,
  options: CreateOptions,
  components: RunComponents,
): RunHandle {
  return handle(async (events) => {
    const resolved = resolveOptions(options)
    return runConfigured(await loadConfig(), resolved, resolveComponents(components), events)
  })
}

/** Starts a run that makes a preview of a config; see `preview.ts`. */
export function startPreviewRun(
  loadConfig: () => Config | Promise<Config>,
  options: CreateOptions,
  components: RunComponents,
): RunHandle {
  return handle(async (events) => {
    const resolved = resolveOptions({ ...options, resume: 'if_possible' })
    const changed = { ...resolved, runConfig: runConfigOfPreview(resolved.runConfig) }
    const { disk, ...rest } = resolveComponents(components)
    return runConfigured(await loadConfig(), changed, { disk, ...rest }, events, (compiled) =>
      previewOptions(disk, changed, compiled),
    )
  })
}

/** What `resume` may be told; everything else is taken from the dataset. */
export interface ResumeOptions extends Omit<CreateOptions, 'datasetName' | 'artifactPath' | 'resume'> {
  /** The config that the dataset was made from, when that is code whose file is not where it was. */
  readonly config?: Config
}

/** Goes on with a dataset directory as it was last started. */
export function resumeRun(directory: string, options: ResumeOptions, components: RunComponents): RunHandle {
  return handle(async (events) => {
    const resolvedComponents = resolveComponents(components)
    const stored = await lastStart(resolvedComponents.disk, directory, options)
    if (options.numRecords === undefined && stored.target > stored.planned) {
      const message = `The target was raised to ${stored.target} rows by another tool; the plan had ${stored.planned}`
      events.emit({ type: 'warning', code: 'target_raised', message })
    }
    if (stored.lost !== null) {
      const message = `${stored.lost} The config is taken from run.json, without max_parallel_requests and timeout of its models`
      events.emit({ type: 'warning', code: 'config_restored', message })
    }
    const resolved = storedOptions(stored, options, options.numRecords ?? stored.target)
    const config = await configWithCode(stored, options.config, resolvedComponents.disk)
    return runConfigured(config, resolved, resolvedComponents, events)
  })
}

/** What `retry` may be told besides which cells; everything else is taken from the dataset. */
export type RetryRunOptions = Omit<ResumeOptions, 'numRecords'>

/** Finds the cells of a retry. */
export type ChooseCells = (
  directory: DatasetDirectory,
  run: RunFile,
  columns: readonly Column[],
) => Promise<ChosenCells>

/** What a retry asks for. */
export type RetryTarget = Pick<RetryRequest, 'filter' | 'answerTokens'> & { readonly choose: ChooseCells }

/**
 * Asks for cells of a dataset again, and replaces the row groups they are in.
 *
 * @param retry what is asked for: the same goes on with a retry that was stopped
 */
export function retryRun(
  directory: string,
  retry: RetryTarget,
  options: RetryRunOptions,
  components: RunComponents,
): RunHandle {
  return handle(async (events) => {
    const resolvedComponents = resolveComponents(components)
    const { disk } = resolvedComponents
    const stored = await lastStart(disk, directory, options)
    const dataset = new DatasetDirectory(disk, stored.directory)
    const run = contentsOf(await readRunFile(dataset))
    contentsOf(await readMetadata(dataset))
    if (run === undefined) throw answersNotStored(stored.directory)
    const resolved = storedOptions(stored, options, stored.planned)
    const config = await configWithCode(stored, options.config, disk)
    return runConfigured(config, resolved, resolvedComponents, events, async ({ columns }) => {
      const request = { ...retry, choose: () => retry.choose(dataset, run, columns) }
      const { retries } = await readCommitLogs(dataset)
      if (!isOpen(request, retries)) await request.choose()
      return { ...resolved, retry: request }
    })
  })
}

/**
 * The config of the dataset, with its functions where it has some: those of the config that is given, or of the file that it was last
 * made from, if it is what it was (`stored-code.ts`).
 *
 * @throws RowsmithError function_missing, config_differs
 */
export async function configWithCode(
  { config, directory }: Pick<LaunchSettings, 'config' | 'directory'>,
  given: Config | undefined,
  disk: Disk,
): Promise<Config> {
  const dataset = new DatasetDirectory(disk, directory)
  const run = contentsOf(await readRunFile(dataset))
  if (run === undefined) return config
  const launch = contentsOf(await readLaunchFile(dataset))
  const identityOf = (other: Config) =>
    buildCompiledConfig(
      other,
      completeRunConfig({}),
      { models: [], maxParallelRequests: null },
      allProviders([]),
    ).rowsIdentity.document
  return withStoredCode(config, { directory: dataset, run, launch, given, identityOf })
}

/** Of a directory that another tool made nothing can be asked again. */
export function answersNotStored(directory: string): RowsmithError {
  return new RowsmithError(
    'answers_missing',
    `${directory} was made by another tool: its answers are not kept.`,
  )
}

/** Settings as the dataset was last started, but for what is given now. */
export function storedOptions(
  stored: LaunchSettings,
  { config: _, launch, ...options }: ResumeOptions,
  numRecords: number,
): ResolvedOptions {
  const given: GivenSettings = { ...options, env: options.env ?? process.env }
  const resolved = resolveOptions({
    ...overRemembered(stored.settings, given),
    datasetName: basename(stored.directory),
    artifactPath: dirname(stored.directory),
    resume: 'always',
    numRecords,
    launch: { ...stored.launch, ...launch },
  })
  return { ...resolved, orSibling: false }
}

function handle(work: (events: EventStream) => Promise<RunOutcome>): RunHandle {
  const events = new EventStream()
  const outcome = (async () => {
    try {
      await new Promise(setImmediate)
      const done = await work(events)
      events.emit({ type: 'finished', summary: done.summary })
      if (done.error !== null) throw Object.assign(done.error, { summary: done.summary })
      return done
    } catch (error) {
      throw isDeprecation(error) ? error : asRowsmithError(error)
    } finally {
      events.end()
    }
  })()
  outcome.catch(() => {})
  return { events: () => events.watch(), outcome }
}

async function runConfigured(
  requested: Config,
  options: ResolvedOptions,
  components: ResolvedComponents,
  events: EventStream,
  placed: (compiled: CompiledConfig) => Promise<ResolvedOptions> = async () => options,
): Promise<RunOutcome> {
  const runConfig = completeRunConfig(options.runConfig)
  const providers = allProviders(options.providers)
  const { config, undropped } = await withStoredSeed(requested, options, components.disk)
  const changes = { ...options, undropped }
  // What is wrong with the config is told before the seed is read.
  const unseeded = buildCompiledConfig(config, runConfig, changes, providers)
  if (options.signal?.aborted) throw abortedError(options.signal)
  return closingAfter(async (closing) => {
    const persons = await openRunPersons(config, options, components)
    if (persons !== null) closing.defer(() => persons.close())
    const compile = (of: SeedDataset | null) =>
      buildCompiledConfig(config, runConfig, changes, providers, of, persons)
    const seed = await openRunSeed(config, options, components.disk, compile)
    if (seed !== null) closing.defer(() => seed.close())
    const at = (settled: ResolvedOptions, found: string | null | undefined): ResolvedOptions => {
      const folder = found ?? settled.launch.seedFolder ?? mediaFolder(config) ?? null
      const sources = {
        ...given('seedFolder', folder),
        ...given('managedAssets', persons?.folder ?? null),
        personFiles: persons?.files ?? [],
      }
      return { ...settled, launch: { ...settled.launch, ...sources } }
    }
    if (seed === null && persons === null)
      return runCompiled(unseeded, null, providers, at(await placed(unseeded), null), components, events)
    if (seed !== null) reportSeed(seed, events)
    const compiled = compile(seed)
    const settled = at(await placed(compiled), seed?.folder)
    return runCompiled(compiled, seed, providers, settled, components, events)
  })
}

/** What passed over is a warning; what is known of table files stands beside their columns. */
function reportSeed(seed: SeedDataset, events: EventStream): void {
  if (seed.earlier) events.emit({ type: 'warning', code: 'seed_read_earlier', message: readEarlier })
  if (seed.files.length > 0) events.emit({ type: 'seed', seed: describeSeed(seed) })
  else
    for (const message of seed.warnings) events.emit({ type: 'warning', code: 'seed_passed_over', message })
}

async function runCompiled(
  compiled: CompiledConfig,
  seed: SeedDataset | null,
  providers: readonly ProviderConfig[],
  options: ResolvedOptions,
  components: ResolvedComponents,
  events: EventStream,
): Promise<RunOutcome> {
  warnOfPatterns(compiled, events)
  await checkPostProcessing(compiled)
  for (const message of withoutEffect(compiled.config, options.runConfig)) {
    events.emit({ type: 'warning', code: 'without_effect', message })
  }
  for (const message of compiled.warnings) events.emit({ type: 'warning', code: 'config_doubtful', message })
  const tls = await readTlsFiles(components.disk, providersInUse(compiled, providers))
  let models: Models | undefined
  let tools: ToolConnections | undefined
  const connect = (): Models => {
    models ??= connectModels({
      models: usedModels(compiled),
      providers,
      env: options.env,
      tls,
      transport: components.transport,
      languageModels: components.languageModels,
      clock: components.clock,
    })
    return models
  }
  const connectTools = (): ToolConnections => {
    tools ??= toolsOf(compiled.config, {
      providers: options.mcpProviders,
      env: options.env,
      clock: components.clock,
      onChanged: (message) => events.emit({ type: 'warning', code: 'tools_changed', message }),
      onNote: (message) => events.emit({ type: 'warning', code: 'tools_odd', message }),
    })
    return tools
  }
  let warned = false
  const opened = await openDataset(
    compiled,
    options,
    components,
    (event) => events.emit(event),
    () => {
      requireBuilt(compiled)
      requirePrices(compiled, options)
      connect()
      connectTools()
      if (!warned) warnOfUnbounded(compiled, options, events)
      if (!warned) warnOfResizing(compiled, options.numRecords)
      warned = true
    },
  ).catch((error: unknown) => {
    const { signal } = options
    // A wait for the lock ends with the bare reason of the signal.
    throw signal?.aborted && error === signal.reason ? abortedError(signal) : error
  })
  if (opened.kind === 'foreign-complete') return foreignOutcome(opened.dataset)
  return executeRun({
    compiled,
    dataset: opened.dataset,
    seed,
    options,
    components,
    events,
    providers,
    connect,
    connectTools,
  })
}

/** What a stage lacks is told before the first byte. @throws RowsmithError config_invalid, function_missing, duckdb_missing */
export async function checkPostProcessing(compiled: CompiledConfig): Promise<void> {
  if (compiled.postProcessing === undefined) return
  requireFunctions(compiled.postProcessing)
  await checkPostProcessors(compiled.config, postProcessingFields(compiled))
}

/** @throws RowsmithError price_missing when money is limited, and a model that will be asked has no price */
export function requirePrices(compiled: CompiledConfig, { maxCost }: ResolvedOptions): void {
  if (maxCost === null) return
  const models = usedModels(compiled).map(({ provider, model }) => `${provider}/${model}`)
  const missing = models.find((model) => !compiled.prices.has(model))
  if (missing !== undefined) throw priceMissing(missing)
}

/** Without `max_tokens` nobody knows how long an answer can be: a budget holds but for what is in flight. */
function warnOfUnbounded(compiled: CompiledConfig, options: ResolvedOptions, events: EventStream): void {
  if (options.maxCost === null && options.maxTokens === null) return
  const unbounded = usedModels(compiled).filter(({ inference_parameters: parameters }) => {
    const own = parameters.generation_type === 'chat-completion' ? parameters.max_tokens : null
    return maxOutputTokens(own ?? undefined, parameters.extra_body) === undefined
  })
  if (unbounded.length === 0) return
  const names = unbounded.map(({ alias }) => `"${alias}"`).join(', ')
  const message = `The model ${names} has no max_tokens: the budget counts ${assumedMaxTokens} for an answer in flight, and a longer one may pass it`
  events.emit({ type: 'warning', code: 'budget_unbounded', message })
}

/** A pattern that drops nothing is no error, as in the reference; it may be misspelt. */
function warnOfPatterns({ config, columns }: CompiledConfig, events: EventStream): void {
  // Traces and reasoning are columns too, which the config does not name.
  const names = [...config.columns, ...columns].map(({ name }) => name)
  for (const { processor, pattern } of unmatchedPatterns(config.processors, names)) {
    const message = `Processor "${processor}": no column matches ${JSON.stringify(pattern)}`
    events.emit({ type: 'warning', code: 'pattern_matches_nothing', message })
  }
}

function providersInUse(compiled: CompiledConfig, providers: readonly ProviderConfig[]): ProviderConfig[] {
  const used = new Set(usedModels(compiled).map(({ provider }) => provider))
  return providers.filter(({ name }) => used.has(name))
}

function foreignOutcome(dataset: ForeignComplete): RunOutcome {
  const planned = rowCount(dataset.ranges)
  const nothing = usageReportOf(new Map(), noPrices)
  return {
    error: null,
    earlyShutdown: false,
    taskTraces: [],
    firstNonRetryableError: null,
    summary: {
      dataset_path: dataset.directory.path,
      decision: 'already_complete',
      rows_planned: planned,
      rows_written: dataset.rows,
      // What another tool lost is not recorded anywhere: it is what is missing.
      rows_dropped: Math.max(0, planned - dataset.rows),
      rows_open: 0,
      row_groups: { total: dataset.groups, reused: dataset.groups, generated: 0 },
      this_run: {
        requests_sent: 0,
        replies_replayed: 0,
        replies_reused: 0,
        usage: nothing.usage,
        cost: null,
        cost_complete: true,
        models: [],
        seconds: 0,
        columns: [],
      },
      total: { ...nothing, unrecorded_at_most: 0 },
      replies_unused: 0,
      reuse_sources: [],
      cells_skipped: [],
      failures: [],
      stage: null,
      resume_command: null,
    },
  }
}
