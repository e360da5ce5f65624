/**
 * What `resume DIR` goes by: the directory as it was last started.
 *
 * Owns: where each part of that comes from. The config: builder_config.json, else run.json. Run settings, budget, and the
 * files that were named: launch.json. The target: the plan, or metadata.json where another tool raised it. Keys are never stored.
 */
import { parseEnv } from 'node:util'
import { asRowsmithError, RowsmithError } from '../../base/errors/errors.ts'
import { isValueObject } from '../../base/values/value.ts'
import { type McpProviderConfig, parseMcpProviders } from '../../config/files/mcp-providers.ts'
import type { ProviderConfig } from '../../config/files/providers.ts'
import { completeRunConfig, type RunConfig } from '../../config/files/run-config.ts'
import { configFromSaved } from '../../config/form/load.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { Disk } from '../../disk/disk.ts'
import { onDisk } from '../../disk/storage-error.ts'
import { rowCount } from '../../plan/row-groups.ts'
import { type LaunchFile, readLaunchFile } from '../../store/control/launch-file.ts'
import { type DatasetLayout, datasetLayout } from '../../store/files/layout.ts'
import { readTold, type Told } from '../../store/reading/facts.ts'
import { type CreateOptions, given, type LaunchSources } from '../request/options.ts'
import { readProvidersFile } from './providers-file.ts'
import { configInRun } from './stored-config.ts'

/** How a dataset directory was last started, and what it is to become. */
export interface LastStart {
  readonly directory: string
  readonly config: Config
  /** What is wrong with builder_config.json, when the config was taken from run.json; else null. */
  readonly lost: string | null
  /** Rows to make: the larger one of the plan's and what another tool may have raised metadata.json to. */
  readonly target: number
  /** Rows of the plan. */
  readonly planned: number
  readonly runConfig: Partial<RunConfig>
  readonly maxParallelRequests: number | null
  readonly budget: Pick<CreateOptions, 'maxCost' | 'maxTokens' | 'maxRequests'>
  readonly providers: readonly ProviderConfig[] | null
  readonly mcpProviders: readonly McpProviderConfig[] | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly launch: LaunchSources
}

/** @throws RowsmithError dataset_not_found, metadata_corrupt, config_not_found for a file of the last start that is gone */
export async function lastStart(
  disk: Disk,
  directory: string,
  options: Pick<CreateOptions, 'providers' | 'mcpProviders' | 'launch'>,
): Promise<LastStart> {
  const trimmed = directory.length > 1 ? directory.replace(/\/+$/, '') : directory
  const layout = datasetLayout(trimmed)
  const folder = await onDisk('read', trimmed, () => disk.stat(trimmed))
  const told = folder?.kind === 'directory' ? await readTold(disk, layout) : undefined
  if (told === undefined) {
    throw new RowsmithError('dataset_not_found', `There is no dataset in ${trimmed}`, {
      facts: { path: trimmed },
    })
  }
  const { run, metadata } = told
  const { config, lost } = configFound(told, layout)
  const found = await readLaunchFile(disk, layout)
  const launch = found.kind === 'read' ? found.contents : null
  const summarized = metadata.kind === 'read' ? metadata.contents.target_num_records : 1
  const planned = run.kind === 'read' ? rowCount(run.contents.segments) : summarized
  const settings = launch !== null && isValueObject(launch.run_config) ? launch.run_config : {}
  return {
    directory: trimmed,
    config,
    lost,
    target: Math.max(planned, summarized),
    planned,
    runConfig: completeGiven(settings),
    maxParallelRequests: launch?.max_parallel_requests ?? null,
    budget:
      launch === null
        ? {}
        : { maxCost: launch.max_cost, maxTokens: launch.max_tokens, maxRequests: launch.max_requests },
    ...(await readSources(disk, launch, options)),
  }
}

/**
 * The config of a dataset: builder_config.json, or where that fails run.json, which holds what decides the rows and
 * not how fast a model is asked. The run writes builder_config.json anew.
 *
 * @throws RowsmithError metadata_corrupt when neither has it
 */
function configFound(
  { builderConfig, run }: Told,
  layout: DatasetLayout,
): Pick<LastStart, 'config' | 'lost'> {
  let lost: string
  if (builderConfig.kind === 'read') {
    try {
      return { config: configFromSaved(builderConfig.contents, layout.builderConfig), lost: null }
    } catch (error) {
      lost = `builder_config.json holds no config: ${asRowsmithError(error).message.split('\n')[0]}`
    }
  } else {
    lost = builderConfig.kind === 'defect' ? builderConfig.defect.message : 'builder_config.json is missing.'
  }
  const config = run.kind === 'read' ? configInRun(run.contents) : null
  if (config !== null) return { config, lost }
  throw new RowsmithError('metadata_corrupt', `Cannot resume ${layout.directory}: ${lost}`, {
    facts: { path: layout.directory },
    nextStep: 'Give the `rowsmith create` command it was begun with again: it goes on from what is there.',
  })
}

/** The files that the last start was told of, read again, unless others are given: keys are never stored. */
async function readSources(
  disk: Disk,
  launch: LaunchFile | null,
  options: Pick<CreateOptions, 'providers' | 'mcpProviders' | 'launch'>,
): Promise<Pick<LastStart, 'providers' | 'mcpProviders' | 'env' | 'launch'>> {
  const seedFolder = launch?.seed_folder ?? null
  const managedAssets = launch?.managed_assets ?? null
  const providersFile = launch?.providers_file ?? null
  const envFile = launch?.env_file ?? null
  const mcpFile = launch?.mcp_providers_file ?? null
  const readMcp = mcpFile !== null && options.mcpProviders === undefined
  const readProviders = providersFile !== null && options.providers === undefined
  const readEnv = envFile !== null && options.launch?.envFile === undefined
  return {
    providers: readProviders
      ? await readProvidersFile(providersFile, (path) => readSource(disk, path, '--providers'))
      : null,
    mcpProviders: readMcp
      ? parseMcpProviders(await readSource(disk, mcpFile, '--mcp-providers'), mcpFile)
      : null,
    env: readEnv ? parseEnv(await readSource(disk, envFile, '--env-file')) : {},
    launch: {
      ...given('providersFile', providersFile),
      ...given('envFile', envFile),
      ...given('mcpProvidersFile', mcpFile),
      ...given('seedFolder', seedFolder),
      ...given('managedAssets', managedAssets),
      personFiles: launch?.person_files ?? [],
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

/** The settings that were stored, typed again. */
function completeGiven(settings: object): Partial<RunConfig> {
  const complete = completeRunConfig(settings as Partial<RunConfig>)
  return Object.fromEntries(Object.keys(settings).map((key) => [key, complete[key as keyof RunConfig]]))
}
