/** What Data Designer keeps in its home folder, for those commands that begin something. */
import type { Command } from 'commander'
import { type Home, loadHome, withDefaultModels } from '../../entries/config.ts'
import { type Config, loadConfig } from '../../index.ts'
import { dataDesignerHome } from './environment.ts'

export interface HomeValues {
  /** False with --no-home. */
  home: boolean
  providers?: string
}

export function addHomeOption(command: Command): Command {
  return command.option(
    '--no-home',
    "ignore Data Designer's own model_configs.yaml and model_providers.yaml, in DATA_DESIGNER_HOME or ~/.data-designer",
  )
}

/** What is there; nothing with --no-home. */
export async function homeOf({ home }: HomeValues): Promise<Home> {
  return home ? loadHome(dataDesignerHome()) : { modelConfigs: [], providersFile: null }
}

/** The providers file: the one given, else the one at home. */
export function providersGiven(values: HomeValues, home: Home): { providers?: string } {
  const file = values.providers ?? home.providersFile
  return file === null ? {} : { providers: file }
}

/** The config, or its path when the home has nothing to add to it. */
export async function configAt(
  path: string,
  home: Home,
  args: readonly string[] = [],
): Promise<Config | string> {
  if (home.modelConfigs.length === 0 && args.length === 0) return path
  return withDefaultModels(await loadConfig(path, args), home.modelConfigs)
}
