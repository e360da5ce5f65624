/** The person datasets of a run: which folder they are in, and what is known of them from the run before. */

import { join } from 'node:path'
import type { Config } from '../../config/schema/schema.ts'
import {
  managedAssetsFolder,
  needsPersons,
  openPersons,
  type PersonFile,
  type Persons,
} from '../../seed/dataset/persons.ts'
import type { ResolvedComponents, ResolvedOptions } from '../request/options.ts'

/**
 * Opens them where the call says, else the environment, else where the last run found them.
 *
 * @returns null when the config has no person sampler
 * @throws RowsmithError as `openPersons`
 */
export async function openRunPersons(
  config: Config,
  options: ResolvedOptions,
  components: Pick<ResolvedComponents, 'views'>,
): Promise<Persons | null> {
  if (!needsPersons(config)) return null
  const { managedAssets, env, launch } = options
  const folder = managedAssetsFolder({ given: managedAssets, env, found: launch.managedAssets })
  return openPersons(config, folder, await knownFiles(options, components))
}

/** As the last run read them; where the same command is given again, the dataset that is there says it. */
async function knownFiles(
  { launch, artifactPath, datasetName }: ResolvedOptions,
  { views }: Pick<ResolvedComponents, 'views'>,
): Promise<readonly PersonFile[]> {
  if (launch.personFiles !== undefined) return launch.personFiles
  const found = await views.at(join(artifactPath, datasetName)).launch()
  return found.kind === 'read' ? found.contents.person_files : []
}
