/** The config that is asked for, spelled as the dataset that may be gone on with has it (`config/stored-form.ts`). */
import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import { type StoredForm, storedForm } from '../../config/stored-form.ts'
import type { Disk } from '../../disk/disk.ts'
import { readBuilderConfig } from '../../store/facts.ts'
import { datasetLayout } from '../../store/layout.ts'
import type { ResolvedOptions } from '../options.ts'

/** @throws RowsmithError io_error */
export async function asBegun(
  config: Config,
  { artifactPath, datasetName, resume }: Pick<ResolvedOptions, 'artifactPath' | 'datasetName' | 'resume'>,
  disk: Disk,
): Promise<StoredForm> {
  if (resume === 'never') return storedForm(config, undefined)
  const found = await readBuilderConfig(disk, datasetLayout(join(artifactPath, datasetName)))
  return storedForm(config, found.kind === 'read' ? found.contents : undefined)
}
