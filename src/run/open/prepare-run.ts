/**
 * From a target to a prepared run: the one way of `create`, `preview`, `resume`, `retry`, and of a forecast of each.
 *
 * Owns: the order before a dataset is opened: options, config, seed, which directory is meant, what is to be warned of.
 * Never: takes a lock, writes a byte, sends a request. What it opens is closed with the `closing` that it is given.
 * Rule: a prepared run is a value. Nothing changes it later; whom its cells ask is connected when cells are due, once.
 */

import { basename, dirname, join } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import type { Closing } from '../../base/work/closing.ts'
import { LazyResource } from '../../base/work/lazy-resource.ts'
import { allProviders, type ProviderConfig } from '../../config/files/providers.ts'
import { completeRunConfig } from '../../config/files/run-config.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { SeedDataset } from '../../seed/dataset/dataset.ts'
import type { Persons } from '../../seed/dataset/persons.ts'
import { contentsOf } from '../../store/files/read-file.ts'
import type { DatasetViews } from '../../store/view/dataset-view.ts'
import { buildCompiledConfig, type CompiledConfig } from '../prepare/compiled-config.ts'
import { type Connections, connectRun } from '../prepare/connections.ts'
import { openRunPersons } from '../prepare/persons.ts'
import { prepareConfig } from '../prepare/prepare-config.ts'
import { previewRun, runConfigOfPreview } from '../prepare/preview.ts'
import { mediaFolder } from '../prepare/seed-columns.ts'
import { requireStage, warningsOf } from '../prepare/warnings.ts'
import type { RunEvent } from '../report/events.ts'
import { abortedError } from '../request/aborted.ts'
import { signalWithin } from '../request/deadline.ts'
import { isOpen, type RetryRequest, type RunIntent } from '../request/intent.ts'
import { requireOneBlock } from '../request/one-block.ts'
import {
  type CreateOptions,
  given,
  type ResolvedComponents,
  type ResolvedOptions,
  resolveOptions,
} from '../request/options.ts'
import { overRemembered } from '../request/remembered-settings.ts'
import { type LaunchSettings, lastStart } from './launch-settings.ts'
import { openRunSeed, seedEvents } from './run-seed.ts'
import { withStoredCode } from './stored-code.ts'
import { withStoredSeed } from './stored-seed.ts'

/** What a command is about: a config, or a dataset that is there. */
export type RunTarget =
  | { readonly kind: 'create' | 'preview'; readonly config: () => Config | Promise<Config> }
  | ({ readonly kind: 'resume' } & DatasetTarget)
  | ({ readonly kind: 'retry'; readonly request: RetryRequest } & DatasetTarget)

interface DatasetTarget {
  readonly directory: string
  /** The config that it was made from, when that is code whose file is not where it was. */
  readonly config?: Config | undefined
}

/** Everything that is known before a directory is opened. */
export interface PreparedRun {
  readonly intent: RunIntent
  readonly compiled: CompiledConfig
  readonly options: ResolvedOptions
  readonly components: ResolvedComponents
  readonly providers: readonly ProviderConfig[]
  /** The seed dataset, open; null when the config has none. */
  readonly seed: SeedDataset | null
  /** Whom cells ask. Opened when cells are due, before the first byte is written: that refuses a run that lacks something. */
  readonly connections: LazyResource<Connections>
}

type Emit = (event: RunEvent) => void

/** @throws RowsmithError of class usage or refused; whatever is wrong with a config, its seed and the files it names */
export async function prepareRun(
  target: RunTarget,
  given: CreateOptions,
  components: ResolvedComponents,
  emit: Emit,
  closing: Closing,
): Promise<PreparedRun> {
  const named = await nameRun(target, given, components, emit)
  const signal = signalWithin(named.options, components.clock, closing)
  const options = { ...named.options, signal }
  const providers = allProviders(options.providers)
  const { config, undropped } = await withStoredSeed(named.config, options, components.views)
  const toPrepare = {
    config,
    runConfig: completeRunConfig(options.runConfig),
    changes: { ...options, undropped },
    providers,
  }
  const { compiled, seed, persons } = await prepareConfig<SeedDataset>(toPrepare, {
    check: () => {
      if (options.signal?.aborted) throw abortedError(options.signal)
    },
    persons: async () => deferred(closing, await openRunPersons(config, options, components)),
    seed: async (compile) => deferred(closing, await openRunSeed(config, options, components.views, compile)),
  })
  if (seed !== null) for (const event of seedEvents(seed)) emit(event)
  const { intent, place } = await settle(target, options, compiled, components)
  const settled = { ...options, ...place, launch: foundWith({ ...options, ...place }, config, seed, persons) }
  await requireStage(compiled)
  for (const warning of warningsOf(compiled, settled)) emit(warning)
  const parts = { intent, compiled, options: settled, components, providers, seed }
  const connections = new LazyResource(await connectRun(parts, emit))
  closing.defer(() => connections.close())
  return { ...parts, connections }
}

function deferred<T extends { close(): unknown }>(closing: Closing, opened: T | null): T | null {
  if (opened !== null) closing.defer(() => opened.close())
  return opened
}

/** What a target names: a config with options, or a dataset with those of its last start. */
interface NamedRun {
  readonly config: Config
  readonly options: ResolvedOptions
}

async function nameRun(
  target: RunTarget,
  given: CreateOptions,
  components: ResolvedComponents,
  emit: Emit,
): Promise<NamedRun> {
  const { views } = components
  switch (target.kind) {
    case 'create': {
      const options = resolveOptions(given)
      return { config: await target.config(), options }
    }
    case 'preview': {
      const options = resolveOptions({ ...given, resume: 'if_possible' })
      const changed = { ...options, runConfig: runConfigOfPreview(options.runConfig) }
      return { config: await target.config(), options: changed }
    }
    case 'resume': {
      const stored = await lastStart(components, target.directory, given)
      for (const event of lastStartEvents(stored, given)) emit(event)
      const options = storedOptions(stored, given, given.numRecords ?? stored.target)
      return { config: await configWithCode(stored, target.config, views), options }
    }
    case 'retry': {
      const stored = await lastStart(components, target.directory, given)
      const view = views.at(stored.directory)
      contentsOf(await view.metadata())
      if ((await view.plannedRun()) === undefined) throw answersNotStored(stored.directory)
      const options = storedOptions(stored, given, stored.planned)
      return { config: await configWithCode(stored, target.config, views), options }
    }
  }
}

/** What the last start left to be warned of. */
function lastStartEvents(stored: LaunchSettings, { numRecords }: CreateOptions): RunEvent[] {
  const events: RunEvent[] = []
  if (numRecords === undefined && stored.target > stored.planned) {
    const message = `The target was raised to ${stored.target} rows by another tool; the plan had ${stored.planned}`
    events.push({ type: 'warning', code: 'target_raised', message })
  }
  if (stored.lost !== null) {
    const message = `${stored.lost} The config is taken from run.json, without max_parallel_requests and timeout of its models`
    events.push({ type: 'warning', code: 'config_restored', message })
  }
  return events
}

/** Settings as the dataset was last started, but for what is given now. */
function storedOptions(
  stored: LaunchSettings,
  { launch, ...options }: CreateOptions,
  numRecords: number,
): ResolvedOptions {
  return resolveOptions({
    ...overRemembered(stored.settings, { ...options, env: options.env ?? process.env }),
    datasetName: basename(stored.directory),
    artifactPath: dirname(stored.directory),
    resume: 'always',
    numRecords,
    launch: { ...stored.launch, ...launch },
  })
}

/**
 * The config of the dataset, with its functions where it has some: those of the config that is given, or of the file that it was last
 * made from, if it is what it was (`stored-code.ts`).
 *
 * @throws RowsmithError function_missing, config_differs
 */
async function configWithCode(
  { config, directory }: LaunchSettings,
  given: Config | undefined,
  views: DatasetViews,
): Promise<Config> {
  const view = views.at(directory)
  const run = await view.plannedRun()
  if (run === undefined) return config
  const launch = contentsOf(await view.launch())
  const identityOf = (other: Config) =>
    buildCompiledConfig(
      other,
      completeRunConfig({}),
      { models: [], maxParallelRequests: null },
      allProviders([]),
    ).rowsIdentity.document
  return withStoredCode(config, { directory: view.directory, run, launch, given, identityOf })
}

/** Of a directory that another tool wrote, nothing can be generated again. */
export function answersNotStored(directory: string): RowsmithError {
  return new RowsmithError(
    'answers_missing',
    `${directory} was made by another tool: its answers are not stored.`,
  )
}

/** What is meant, now that it is known what the rows are: a preview has a directory of its own, a retry its cells. */
async function settle(
  target: RunTarget,
  options: ResolvedOptions,
  compiled: CompiledConfig,
  { disk, views }: ResolvedComponents,
): Promise<{ readonly intent: RunIntent; readonly place: Partial<ResolvedOptions> }> {
  if (target.kind === 'preview') return previewRun(disk, options, compiled)
  if (target.kind !== 'retry') return { intent: { kind: target.kind }, place: {} }
  const { request } = target
  const view = views.at(join(options.artifactPath, options.datasetName))
  const run = await view.plannedRun()
  if (run === undefined) throw answersNotStored(view.directory.path)
  requireOneBlock(run, 'its cells can be requested again')
  const { retries } = await view.logs()
  const cells = isOpen(request, retries) ? null : await request.choose(view, run, compiled.columns)
  return { intent: { kind: 'retry', request, cells }, place: {} }
}

/** Where the settings came from, and where what the rows start from was found. */
function foundWith(
  { launch }: ResolvedOptions,
  config: Config,
  seed: SeedDataset | null,
  persons: Persons | null,
): ResolvedOptions['launch'] {
  const folder = seed?.folder ?? launch.seedFolder ?? mediaFolder(config) ?? null
  return {
    ...launch,
    ...given('seedFolder', folder),
    ...given('managedAssets', persons?.folder),
    personFiles: persons?.files ?? [],
  }
}
