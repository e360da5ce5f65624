/** The config that is requested, spelled as the dataset that may be continued has it (`config/form/stored-form.ts`). */

import { join } from 'node:path'
import { type StoredForm, storedForm } from '../../config/form/stored-form.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { DatasetViews } from '../../store/view/dataset-view.ts'
import type { ResolvedOptions } from '../request/options.ts'
import { documentOf } from './stored-config.ts'

/** @throws RowsmithError io_error */
export async function withStoredSeed(
  config: Config,
  { artifactPath, datasetName, resume }: Pick<ResolvedOptions, 'artifactPath' | 'datasetName' | 'resume'>,
  views: DatasetViews,
): Promise<StoredForm> {
  if (resume === 'never') return storedForm(config, undefined)
  const view = views.at(join(artifactPath, datasetName))
  const run = await view.run()
  // builder_config.json is written again by every tool that goes on.
  if (run.kind === 'read') return storedForm(config, documentOf(run.contents))
  const found = await view.builderConfig()
  return storedForm(config, found.kind === 'read' ? found.contents : undefined)
}
