/** A providers file as a run takes it: the scenario files that it names are read with it. */
import { dirname, resolve } from 'node:path'
import { type ProviderConfig, parseProviders } from '../../config/files/providers.ts'
import { parseScenario } from '../../config/files/scenario.ts'

/**
 * @param file a scenario's path is seen from its folder
 * @param read gives the text of a file, or throws why it cannot
 * @throws RowsmithError config_unreadable, config_invalid
 */
export async function readProvidersFile(
  file: string,
  read: (path: string) => Promise<string>,
): Promise<ProviderConfig[]> {
  return Promise.all(
    parseProviders(await read(file), file).map(async (provider) => {
      if (typeof provider.scenario !== 'string') return provider
      const path = resolve(dirname(file), provider.scenario)
      return { ...provider, scenario: parseScenario(await read(path), path) }
    }),
  )
}
