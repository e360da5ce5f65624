/** A config that is given to a command over a dataset: for its functions, which a dataset does not hold. */
import type { Command } from 'commander'
import { type Config, loadConfig } from '../../index.ts'

export interface ConfigValues {
  config?: string
}

export function addConfigOption(command: Command): Command {
  return command.option(
    '--config <file>',
    'the config module of the dataset, if it has moved: its functions are run again',
  )
}

/** For commands that show rows of row groups which are not finished. */
export function addUnfinishedConfigOption(command: Command): Command {
  return command.option(
    '--config <file>',
    'the config module of the dataset: its functions are run for rows of unfinished row groups',
  )
}

/** @throws RowsmithError as `loadConfig` */
export async function configGiven({ config }: ConfigValues): Promise<{ config?: Config }> {
  return config === undefined ? {} : { config: await loadConfig(config) }
}
