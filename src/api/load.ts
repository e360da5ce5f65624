/** Configs, run configs, providers and scenarios, read from the files that a user names. */
import { join } from 'node:path'
import { RowsmithError } from '../base/errors/errors.ts'
import { type ConfigInput, configFromCode } from '../code/from-code.ts'
import { isCodePath, loadCodeConfig, noArgs, requireNoPython } from '../code/load-code.ts'
import { sourceHash } from '../code/source-hash.ts'
import type { ConfigFormat } from '../config/convert/write-config.ts'
import { builtInModels } from '../config/files/built-in-models.ts'
import { parseDefaultModels } from '../config/files/default-models.ts'
import { type McpProviderConfig, parseMcpProviders } from '../config/files/mcp-providers.ts'
import type { ProviderConfig } from '../config/files/providers.ts'
import { parseRunConfig, type RunConfig } from '../config/files/run-config.ts'
import { parseScenario, type Scenario } from '../config/files/scenario.ts'
import { looksLikeWorkflow, type Workflow } from '../config/files/workflow.ts'
import { parseConfig } from '../config/form/load.ts'
import { isLoaded } from '../config/reading/source.ts'
import { parseYaml } from '../config/reading/yaml.ts'
import type { Config, ModelConfig } from '../config/schema/schema.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import type { Components } from '../run/request/options.ts'
import { readProvidersFile } from '../run/request/providers-file.ts'
import { type Setting, settings } from '../run/request/settings.ts'
import type { TypedDataset } from '../typed/dataset.ts'
import { readWorkflowFile } from '../workflow/load.ts'
import { readConfigText, reading, readText, requireNoWebAddress, shownPath } from './reading.ts'

/**
 * Loads a config: YAML or JSON, or a module (`.ts`, `.js` and their kin) whose default export is one. A module is run: it is the user's own program.
 *
 * @param path a file; YAML and JSON also at a web address, https or http on loopback
 * @param args what the function is called with that a module exports
 * @throws RowsmithError config_not_found, config_unreadable, config_invalid
 */
export async function loadConfig(path: string, args: readonly string[] = []): Promise<Config> {
  return loadConfigOnce(path, args, false)
}

/** As `loadConfig`; a module runs again, whatever ran before. */
export async function loadConfigAgain(path: string, args: readonly string[]): Promise<Config> {
  return loadConfigOnce(path, args, true)
}

async function loadConfigOnce(path: string, args: readonly string[], isFresh: boolean): Promise<Config> {
  requireNoPython(path)
  if (!isCodePath(path)) {
    if (args.length > 0) throw noArgs(path)
    return parseConfig(await readConfigText(path), shownPath(path))
  }
  requireNoWebAddress(path, 'code, which')
  return loadCodeConfig(path, await reading(path, () => sourceHash(nodeDisk, path)), args, isFresh)
}

/** A config as it may be given: loaded, written in the program, as a dataset of `dataset()`, or as a file. */
export type AnyConfig = Config | ConfigInput | TypedDataset<unknown> | string

export async function configOf(config: AnyConfig): Promise<Config> {
  if (typeof config === 'string') return loadConfig(config)
  // Callers without types may give anything: what is no object is refused by the run.
  if (typeof config !== 'object' || config === null || isLoaded(config)) return config as Config
  return configFromCode(config, 'config')
}

/**
 * Reads a workflow file, and the configs that its steps name.
 *
 * @throws RowsmithError config_not_found, config_unreadable, config_invalid
 */
export function loadWorkflow(path: string): Promise<Workflow> {
  return readWorkflowFile(path, readText, loadConfig)
}

/** Whether a file holds a workflow rather than a config. @throws RowsmithError config_not_found, config_unreadable */
export async function isWorkflowFile(path: string): Promise<boolean> {
  requireNoPython(path)
  return !isCodePath(path) && looksLikeWorkflow(parseYaml(await readText(path), path).value)
}

/**
 * Loads what a file holds, a config or a workflow; it is read once, so that it may be a pipe.
 *
 * @throws RowsmithError as `loadConfig`
 */
export async function loadConfigOrWorkflow(
  path: string,
  args: readonly string[] = [],
): Promise<{ readonly config: Config } | { readonly workflow: Workflow }> {
  if (isCodePath(path) || args.length > 0) return { config: await loadConfig(path, args) }
  const text = await readConfigText(path)
  const readOnce = async (name: string) => (name === path ? text : readText(name))
  const name = shownPath(path)
  if (!looksLikeWorkflow(parseYaml(text, name).value)) return { config: parseConfig(text, name) }
  requireNoWebAddress(path, 'a workflow, which')
  return { workflow: await readWorkflowFile(path, readOnce, loadConfig) }
}

/**
 * A config in another form, with the same `config_hash`; also what Data Designer's builder wrote.
 *
 * @param path as for `loadConfig`
 * @returns the text of a file
 * @throws RowsmithError as `loadConfig`; usage when that form cannot hold it, as functions
 */
export async function convertConfig(
  path: string,
  to: ConfigFormat,
  args: readonly string[] = [],
): Promise<string> {
  const { convertCode, convertText } = await import('../typed/convert/convert.ts')
  if (isCodePath(path) || args.length > 0) return convertCode(await loadConfig(path, args), to)
  requireNoPython(path)
  return convertText(await readConfigText(path), shownPath(path), to)
}

/** The keys a run config file gives. @throws RowsmithError config_not_found, config_unreadable, config_invalid */
export async function loadRunConfig(path: string): Promise<Partial<RunConfig>> {
  return parseRunConfig(await readText(path), path)
}

/** Providers, in the shape of Data Designer's `model_providers.yaml`. @throws RowsmithError as `loadConfig` */
export function loadProviders(path: string): Promise<ProviderConfig[]> {
  return readProvidersFile(path, readText)
}

/** Where tools come from, in the shape of Data Designer's `mcp_providers.yaml`. @throws RowsmithError as `loadConfig` */
export async function loadMcpProviders(path: string): Promise<McpProviderConfig[]> {
  return parseMcpProviders(await readText(path), path)
}

/** How a simulated provider behaves; docs/simulator.md has every key. @throws RowsmithError as `loadConfig` */
export async function loadScenario(path: string): Promise<Scenario> {
  return parseScenario(await readText(path), path)
}

/**
 * The value of a setting that a file holds; see `settings`.
 *
 * @throws RowsmithError config_not_found, config_unreadable, config_invalid; usage for a setting that no file holds
 */
export async function loadSetting(name: string, path: string): Promise<unknown> {
  const { file } = Object.entries<Setting>(settings).find(([each]) => each === name)?.[1] ?? {}
  if (file === undefined) throw new RowsmithError('usage', `No file holds the setting ${name}`)
  return file.read(path, readText)
}

/** What Data Designer keeps in its home folder. */
export interface Home {
  /** For configs that name no models; see `withDefaultModels`. */
  readonly modelConfigs: readonly ModelConfig[]
  /** The path of its providers, when they are there. */
  readonly providersFile: string | null
}

/**
 * Reads `model_configs.yaml` of Data Designer's home folder, and looks for its `model_providers.yaml`. Where the first is missing, it is
 * what Data Designer would put there: `nvidia-text` and eleven more.
 *
 * @throws RowsmithError config_unreadable, config_invalid
 */
export async function loadHome(folder: string, components: Components = {}): Promise<Home> {
  const { disk = nodeDisk } = components
  const isThere = async (path: string) => (await disk.stat(path))?.kind === 'file'
  const models = join(folder, 'model_configs.yaml')
  const providers = join(folder, 'model_providers.yaml')
  return {
    modelConfigs: (await isThere(models))
      ? parseDefaultModels(await readText(models), models)
      : builtInModels,
    providersFile: (await isThere(providers)) ? providers : null,
  }
}
