/**
 * What `resume DIR` goes by: the directory as it was last started.
 *
 * Owns: where each part of that comes from. The config: builder_config.json, else run.json. Run settings, budget, and the
 * files that were named: launch.json. The target: the plan, or metadata.json where another tool raised it. Keys are never stored.
 */

import { asRowsmithError, RowsmithError } from '../../base/errors/errors.ts'
import { configFromSaved } from '../../config/form/load.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { Disk } from '../../disk/disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { rowCount } from '../../plan/row-groups.ts'
import type { DatasetView, DatasetViews } from '../../store/view/dataset-view.ts'
import { holdsDataset } from '../../store/view/facts.ts'
import { type CreateOptions, given } from '../request/options.ts'
import { rememberedFiles, rememberedSettings } from '../request/remembered-settings.ts'
import {
  flagName,
  type GivenSettings,
  type LaunchSources,
  type SourceFiles,
  settingRows,
} from '../request/settings.ts'
import { configInRun } from './stored-config.ts'

/** How a dataset directory was last started, and what it is to become. */
export interface LaunchSettings {
  readonly directory: string
  readonly config: Config
  /** What is wrong with builder_config.json, when the config was taken from run.json; else null. */
  readonly lost: string | null
  /** Rows to make: the larger one of the plan's and what another tool may have raised metadata.json to. */
  readonly target: number
  /** Rows of the plan. */
  readonly planned: number
  /** What launch.json remembers, and what is in the files that it names. */
  readonly settings: GivenSettings
  readonly launch: LaunchSources
}

/** @throws RowsmithError dataset_not_found, metadata_corrupt, config_not_found for a file of the last start that is missing */
export async function lastStart(
  { disk, views }: { readonly disk: Disk; readonly views: DatasetViews },
  directory: string,
  options: CreateOptions,
): Promise<LaunchSettings> {
  const trimmed = directory.length > 1 ? directory.replace(/\/+$/, '') : directory
  const view = views.at(trimmed)
  const folder = await wrapDiskError('read', trimmed, () => disk.stat(trimmed))
  if (folder?.kind !== 'directory' || !(await holdsDataset(view))) {
    throw new RowsmithError('dataset_not_found', `There is no dataset in ${trimmed}`, {
      facts: { path: trimmed },
    })
  }
  const [run, metadata] = [await view.run(), await view.metadata()]
  const { config, lost } = await configFound(view)
  const found = await view.launch()
  const launch = found.kind === 'read' ? found.contents : null
  const summarized = metadata.kind === 'read' ? metadata.contents.target_num_records : 1
  const planned = run.kind === 'read' ? rowCount(run.contents.segments) : summarized
  // builder_config.json holds the config with the models that were given instead.
  const { models: _, ...remembered } = rememberedSettings(launch?.settings ?? {})
  const files = rememberedFiles(launch?.settings ?? {})
  return {
    directory: trimmed,
    config,
    lost,
    target: Math.max(planned, summarized),
    planned,
    settings: { ...remembered, ...(await readAgain(disk, files, options)) },
    launch: {
      ...files,
      ...given('seedFolder', launch?.seed_folder),
      ...given('managedAssets', launch?.managed_assets),
      personFiles: launch?.person_files ?? [],
    },
  }
}

/**
 * The config of a dataset: builder_config.json, or where that fails run.json, which holds what decides the rows and
 * not how fast a model is requested. The run writes builder_config.json again.
 *
 * @throws RowsmithError metadata_corrupt when neither has it
 */
async function configFound(view: DatasetView): Promise<Pick<LaunchSettings, 'config' | 'lost'>> {
  const { path, files } = view.directory
  const [run, builderConfig] = [await view.run(), await view.builderConfig()]
  let lost: string
  if (builderConfig.kind === 'read') {
    try {
      return {
        config: configFromSaved(builderConfig.contents, files.place('builder_config.json')),
        lost: null,
      }
    } catch (error) {
      lost = `builder_config.json holds no config: ${asRowsmithError(error).message.split('\n')[0]}`
    }
  } else {
    lost = builderConfig.kind === 'defect' ? builderConfig.defect.message : 'builder_config.json is missing.'
  }
  const config = run.kind === 'read' ? configInRun(run.contents) : null
  if (config !== null) return { config, lost }
  throw new RowsmithError('metadata_corrupt', `Cannot resume ${path}: ${lost}`, {
    facts: { path },
    nextStep: 'Run the `rowsmith create` command that started it again. It continues the dataset.',
  })
}

/** What is in the files that the last start was given, unless it is given again: keys are never stored. */
async function readAgain(disk: Disk, files: SourceFiles, options: CreateOptions): Promise<GivenSettings> {
  const paths: Readonly<Record<string, string | undefined>> = { ...files }
  const given: Readonly<Record<string, unknown>> = { ...options.launch }
  const settings: Record<string, unknown> = {}
  for (const [name, { kind, flag, file }] of settingRows) {
    if (file?.source === undefined || flag === undefined) continue
    const path = paths[file.source]
    if (path === undefined) continue
    // A value of members stands over the file's, wherever it comes from.
    const isGiven = kind.over === undefined ? options[name] !== undefined : given[file.source] !== undefined
    if (!isGiven) settings[name] = await file.read(path, (each) => readSource(disk, each, flagName(flag)))
  }
  return settings as GivenSettings
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
