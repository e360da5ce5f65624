import { asRowsmithError, RowsmithError } from '../../base/errors/errors.ts'
import { builtInProviders, type ProviderConfig } from '../../config/files/providers.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { Disk } from '../../disk/disk.ts'
import { readProvidersFile } from '../request/providers-file.ts'

/**
 * Where the requests of a stored config would go. Of a provider without a description, only its name matters.
 *
 * @param file the providers file of the last run; null when it had none
 * @throws RowsmithError config_not_found
 */
export async function storedProviders(
  disk: Disk,
  config: Config,
  file: string | null,
  given: readonly ProviderConfig[],
): Promise<readonly ProviderConfig[]> {
  // As for a run: providers that are given stand for the file that the last one was given.
  const stored = file === null || given.length > 0 ? [] : await readProviders(disk, file)
  const known = [...given, ...stored, ...builtInProviders]
  const unknown = new Set(config.model_configs.map(({ provider }) => provider))
  for (const { name } of known) unknown.delete(name)
  const nameless = [...unknown].map(
    (name): ProviderConfig => ({
      name,
      endpoint: 'http://unknown.invalid/v1',
      provider_type: 'openai',
      api_key: null,
      extra_body: null,
      extra_headers: null,
    }),
  )
  const names = new Set<string>()
  return [...known, ...nameless].filter(({ name }) => !names.has(name) && names.add(name))
}

async function readProviders(disk: Disk, file: string): Promise<readonly ProviderConfig[]> {
  try {
    return await readProvidersFile(file, async (path) => new TextDecoder().decode(await disk.readFile(path)))
  } catch (error) {
    const { message } = asRowsmithError(error)
    throw new RowsmithError('config_not_found', `Cannot read the providers of the last run: ${message}`, {
      facts: { path: file },
      nextStep: 'Put the file back, or give another one with --providers FILE.',
      cause: error,
    })
  }
}
