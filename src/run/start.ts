/**
 * The run as its user holds it: events while it goes on, results when it is done.
 */
import { basename, dirname } from 'node:path'
import { parseEnv } from 'node:util'
import { closingAfter } from '../base/closing.ts'
import { asRowsmithError, RowsmithError } from '../base/errors.ts'
import { isValueObject } from '../base/value.ts'
import { configFromSaved } from '../config/load.ts'
import { unmatchedPatterns } from '../config/processors.ts'
import { builtInProviders, type ProviderConfig, parseProviders } from '../config/providers.ts'
import { completeRunConfig, type RunConfig } from '../config/run-config.ts'
import type { Config } from '../config/schema.ts'
import type { Disk } from '../disk/disk.ts'
import { connectModels } from '../models/connect.ts'
import type { Models } from '../models/contract.ts'
import { assumedMaxTokens, longestAnswer } from '../models/request-size.ts'
import { rowCount } from '../plan/row-groups.ts'
import { openSeed, type SeedDataset } from '../seed/dataset.ts'
import { readFacts } from '../store/facts.ts'
import { type LaunchFile, readLaunchFile } from '../store/launch-file.ts'
import { datasetLayout } from '../store/layout.ts'
import { readRunFile } from '../store/run-file.ts'
import { billOf } from './bill.ts'
import { type Blueprint, makeBlueprint, requireBuilt, usedModels } from './blueprint.ts'
import { priceMissing } from './budget.ts'
import { abortedError, carryOut, type RunOutcome } from './carry-out.ts'
import { isDeprecation, warnOfResizing } from './deprecation.ts'
import { EventStream, type RunEvent } from './events.ts'
import { type ForeignComplete, openDataset } from './open-dataset.ts'
import {
  type CreateOptions,
  defaultNumRecords,
  type LaunchSources,
  type ResolvedComponents,
  type ResolvedOptions,
  type RunComponents,
  resolveComponents,
  resolveOptions,
} from './options.ts'
import { previewOptions, runConfigOfPreview } from './preview.ts'
import { noPrices } from './prices.ts'
import { seedFolders } from './seed-columns.ts'

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
    return runConfigured(await loadConfig(), changed, { disk, ...rest }, events, (blueprint) =>
      previewOptions(disk, changed, blueprint),
    )
  })
}

/** What `resume` may be told; everything else is taken from the dataset. */
export type ResumeOptions = Omit<CreateOptions, 'datasetName' | 'artifactPath' | 'resume'>

/** Goes on with a dataset directory as it was last started. */
export function resumeRun(directory: string, options: ResumeOptions, components: RunComponents): RunHandle {
  return handle(async (events) => {
    const resolvedComponents = resolveComponents(components)
    const stored = await readStored(resolvedComponents, directory, options)
    if (options.numRecords === undefined && stored.target > stored.planned) {
      const message = `The target was raised to ${stored.target} rows by another tool; the plan had ${stored.planned}`
      events.emit({ type: 'warning', code: 'target_raised', message })
    }
    const resolved = resolveOptions({
      ...options,
      datasetName: basename(stored.directory),
      artifactPath: dirname(stored.directory),
      resume: 'always',
      numRecords: options.numRecords ?? stored.target,
      runConfig: { ...stored.runConfig, ...options.runConfig },
      ...given('providers', options.providers ?? stored.providers),
      env: { ...stored.env, ...options.env },
      launch: { ...stored.launch, ...options.launch },
      ...given('maxParallelRequests', options.maxParallelRequests ?? stored.maxParallelRequests),
      ...stored.budget,
      ...givenBudget(options),
    })
    return runConfigured(stored.config, { ...resolved, orSibling: false }, resolvedComponents, events)
  })
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
  config: Config,
  options: ResolvedOptions,
  components: ResolvedComponents,
  events: EventStream,
  placed: (blueprint: Blueprint) => Promise<ResolvedOptions> = async () => options,
): Promise<RunOutcome> {
  const runConfig = completeRunConfig(options.runConfig)
  const providers = allProviders(options.providers)
  // What is wrong with the config is told before the seed is read.
  const unseeded = makeBlueprint(config, runConfig, options, providers)
  if (options.signal?.aborted) throw abortedError(options.signal)
  return closingAfter(async (closing) => {
    const seed = await openSeed(config, seedFolders(config, options.launch))
    if (seed === null)
      return runBlueprint(unseeded, null, providers, await placed(unseeded), components, events)
    closing.defer(() => seed.close())
    const blueprint = makeBlueprint(config, runConfig, options, providers, seed)
    const settled = await placed(blueprint)
    const launch = { ...settled.launch, ...given('seedFolder', seed.folder) }
    return runBlueprint(blueprint, seed, providers, { ...settled, launch }, components, events)
  })
}

async function runBlueprint(
  blueprint: Blueprint,
  seed: SeedDataset | null,
  providers: readonly ProviderConfig[],
  options: ResolvedOptions,
  components: ResolvedComponents,
  events: EventStream,
): Promise<RunOutcome> {
  warnOfPatterns(blueprint.config, events)
  let models: Models | undefined
  const connect = (): Models => {
    models ??= connectModels({
      models: usedModels(blueprint),
      providers,
      env: options.env,
      transport: components.transport,
      clock: components.clock,
    })
    return models
  }
  let warned = false
  const opened = await openDataset(
    blueprint,
    options,
    components,
    (event) => events.emit(event),
    () => {
      requireBuilt(blueprint)
      requirePrices(blueprint, options)
      connect()
      if (!warned) warnOfUnbounded(blueprint, options, events)
      if (!warned) warnOfResizing(blueprint, options.numRecords ?? defaultNumRecords)
      warned = true
    },
  ).catch((error: unknown) => {
    const { signal } = options
    // A wait for the lock ends with the bare reason of the signal.
    throw signal?.aborted && error === signal.reason ? abortedError(signal) : error
  })
  if (opened.kind === 'foreign-complete') return foreignOutcome(opened.dataset)
  return carryOut({ blueprint, dataset: opened.dataset, seed, options, components, events, connect })
}

/** @throws RowsmithError price_missing when money is limited, and a model that will be asked has no price */
function requirePrices(blueprint: Blueprint, { maxCost }: ResolvedOptions): void {
  if (maxCost === null) return
  const models = usedModels(blueprint).map(({ provider, model }) => `${provider}/${model}`)
  const missing = models.find((model) => !blueprint.prices.has(model))
  if (missing !== undefined) throw priceMissing(missing)
}

/** Without `max_tokens` nobody knows how long an answer can be: a budget holds but for what is in flight. */
function warnOfUnbounded(blueprint: Blueprint, options: ResolvedOptions, events: EventStream): void {
  if (options.maxCost === null && options.maxTokens === null) return
  const unbounded = usedModels(blueprint).filter(({ inference_parameters: parameters }) => {
    const own = parameters.generation_type === 'chat-completion' ? parameters.max_tokens : null
    return longestAnswer(own ?? undefined, parameters.extra_body) === undefined
  })
  if (unbounded.length === 0) return
  const names = unbounded.map(({ alias }) => `"${alias}"`).join(', ')
  const message = `The model ${names} has no max_tokens: the budget counts ${assumedMaxTokens} for an answer in flight, and a longer one may pass it`
  events.emit({ type: 'warning', code: 'budget_unbounded', message })
}

/** A pattern that drops nothing is no error, as in the reference; it may be misspelt. */
function warnOfPatterns({ processors, columns }: Config, events: EventStream): void {
  const names = columns.map(({ name }) => name)
  for (const { processor, pattern } of unmatchedPatterns(processors, names)) {
    const message = `Processor "${processor}": no column matches ${JSON.stringify(pattern)}`
    events.emit({ type: 'warning', code: 'pattern_matches_nothing', message })
  }
}

/** Providers of the user come before built-in ones of the same name. */
function allProviders(own: readonly ProviderConfig[]): ProviderConfig[] {
  const names = new Set(own.map(({ name }) => name))
  return [...own, ...builtInProviders.filter(({ name }) => !names.has(name))]
}

interface Stored {
  readonly directory: string
  readonly config: Config
  /** Rows to make: the larger one of the plan's and what another tool may have raised metadata.json to. */
  readonly target: number
  /** Rows of the plan. */
  readonly planned: number
  readonly runConfig: Partial<RunConfig>
  readonly maxParallelRequests: number | null
  readonly budget: Pick<CreateOptions, 'maxCost' | 'maxTokens' | 'maxRequests'>
  readonly providers: readonly ProviderConfig[] | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly launch: LaunchSources
}

async function readStored(
  { disk }: ResolvedComponents,
  directory: string,
  options: ResumeOptions,
): Promise<Stored> {
  const trimmed = directory.length > 1 ? directory.replace(/\/+$/, '') : directory
  const layout = datasetLayout(trimmed)
  const facts = await readFacts(disk, trimmed)
  if (facts.kind !== 'dataset') {
    throw new RowsmithError('dataset_not_found', `There is no dataset in ${trimmed}`, {
      facts: { path: trimmed },
    })
  }
  if (facts.builderConfig.kind !== 'read') {
    const what =
      facts.builderConfig.kind === 'defect'
        ? facts.builderConfig.defect.message
        : 'builder_config.json is missing'
    throw new RowsmithError('metadata_corrupt', `Cannot resume ${trimmed}: ${what}`, {
      facts: { path: trimmed },
      nextStep: 'Give the `rowsmith create` command it was begun with again: it goes on from what is there.',
    })
  }
  const run = await readRunFile(disk, layout)
  const launch = await readLaunchFile(disk, layout)
  const summarized = facts.metadata.kind === 'read' ? facts.metadata.contents.target_num_records : 1
  const planned = run.kind === 'read' ? rowCount(run.contents.segments) : summarized
  const settings =
    launch.kind === 'read' && isValueObject(launch.contents.run_config) ? launch.contents.run_config : {}
  return {
    directory: trimmed,
    config: configFromSaved(facts.builderConfig.contents, layout.builderConfig),
    target: Math.max(planned, summarized),
    planned,
    runConfig: completeGiven(settings),
    maxParallelRequests: launch.kind === 'read' ? launch.contents.max_parallel_requests : null,
    budget:
      launch.kind === 'read'
        ? {
            maxCost: launch.contents.max_cost,
            maxTokens: launch.contents.max_tokens,
            maxRequests: launch.contents.max_requests,
          }
        : {},
    ...(await readSources(disk, launch.kind === 'read' ? launch.contents : null, options)),
  }
}

/** The files that the last start was told of, read again: keys are never stored. */
async function readSources(
  disk: Disk,
  launch: LaunchFile | null,
  options: ResumeOptions,
): Promise<Pick<Stored, 'providers' | 'env' | 'launch'>> {
  const seedFolder = launch?.seed_folder ?? null
  const providersFile = launch?.providers_file ?? null
  const envFile = launch?.env_file ?? null
  const wanted = providersFile !== null && options.providers === undefined
  return {
    providers: wanted
      ? parseProviders(await readSource(disk, providersFile, '--providers'), providersFile)
      : null,
    env: envFile === null ? {} : parseEnv(await readSource(disk, envFile, '--env-file')),
    launch: {
      ...given('providersFile', providersFile),
      ...given('envFile', envFile),
      ...given('seedFolder', seedFolder),
    },
  }
}

async function readSource(disk: Disk, path: string, flag: string): Promise<string> {
  try {
    return new TextDecoder().decode(await disk.readFile(path))
  } catch (error) {
    const message = `Cannot read ${path}, which the dataset was last started with`
    const nextStep = `Put the file back, or give another one with ${flag} FILE.`
    throw new RowsmithError('config_not_found', message, { facts: { path }, nextStep, cause: error })
  }
}

/** The limits that are given, null among them. */
function givenBudget({ maxCost, maxTokens, maxRequests }: ResumeOptions): Partial<ResumeOptions> {
  return {
    ...(maxCost === undefined ? {} : { maxCost }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(maxRequests === undefined ? {} : { maxRequests }),
  }
}

/** The settings that were stored, typed again. */
function completeGiven(settings: object): Partial<RunConfig> {
  const complete = completeRunConfig(settings as Partial<RunConfig>)
  return Object.fromEntries(Object.keys(settings).map((key) => [key, complete[key as keyof RunConfig]]))
}

function given<K extends string, T>(key: K, value: T | null): { [P in K]?: T } {
  return value === null ? {} : ({ [key]: value } as { [P in K]?: T })
}

function foreignOutcome(dataset: ForeignComplete): RunOutcome {
  const planned = rowCount(dataset.segments)
  const nothing = billOf(new Map(), noPrices)
  return {
    error: null,
    earlyShutdown: false,
    taskTraces: [],
    firstNonRetryableError: null,
    summary: {
      dataset_path: dataset.layout.directory,
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
      total: nothing,
      replies_unused: 0,
      reuse_sources: [],
      cells_skipped: [],
      failures: [],
      resume_command: null,
    },
  }
}
