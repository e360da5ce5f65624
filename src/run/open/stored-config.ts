/** The config that a dataset's rows were made from, read back: from builder_config.json, or from run.json when that fails. */

import { asRowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import { completeRunConfig, type RunConfig } from '../../config/files/run-config.ts'
import { configFromSaved } from '../../config/form/load.ts'
import { storedForm } from '../../config/form/stored-form.ts'
import { configHash } from '../../config/identity/fingerprint.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { LaunchFile } from '../../store/control/launch-file.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { rememberedSettings } from '../request/remembered-settings.ts'

export interface StoredConfig {
  /** Null when neither file holds it. */
  readonly config: Config | null
  /** What is wrong with builder_config.json, in a few words; null when nothing is. */
  readonly defect: string | null
}

/** @throws RowsmithError io_error */
export async function storedConfig(view: DatasetView, run: RunFile): Promise<StoredConfig> {
  const found = await view.builderConfig()
  if (found.kind !== 'read') {
    return { config: configInRun(run), defect: found.kind === 'absent' ? 'missing' : found.defect.message }
  }
  try {
    const saved = configFromSaved(found.contents, view.directory.files.place('builder_config.json'))
    // A Data Designer that went on here saved weights as its Python divides them.
    const { config } = storedForm(saved, documentOf(run))
    if (configHash(config).config_hash === run.config_hash) return { config, defect: null }
    return { config: configInRun(run), defect: 'is not the config of run.json' }
  } catch (error) {
    return {
      config: configInRun(run),
      defect: present(asRowsmithError(error).message.split('\n')[0], 'parts'),
    }
  }
}

/** The config as run.json holds it; null when that is not all of it: what decides no row is left out there. */
export function configInRun(run: RunFile): Config | null {
  const document = documentOf(run)
  if (document === undefined) return null
  try {
    const config = configFromSaved(document, 'run.json')
    return configHash(config).config_hash === run.config_hash ? config : null
  } catch {
    return null
  }
}

/** The config in run.json. */
export function documentOf({ rows_identity: { document } }: RunFile): Value | undefined {
  return isValueObject(document) ? document.config : undefined
}

/** The settings of the last run; those that decide what rows come out as run.json has them. */
export function storedSettings(run: RunFile, launch: LaunchFile | undefined): RunConfig {
  const { document } = run.rows_identity
  const settings =
    isValueObject(document) && isValueObject(document.settings ?? null) ? document.settings : {}
  return completeRunConfig({
    ...rememberedSettings(launch?.settings ?? {}).runConfig,
    ...(settings as object),
  } as Partial<RunConfig>)
}
