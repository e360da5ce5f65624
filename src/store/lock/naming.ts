/**
 * One process at a time chooses the name of a new dataset next to another one.
 *
 * Owns: the folder `.rowsmith-naming` of an artifact folder, for as long as a process chooses.
 * Rule: a choice is made, looked at again, and made durable (run.json) while the lock is held. So of several equal commands that
 * start at once, one makes a dataset, and the others find it.
 */
import { join } from 'node:path'
import { type Holding, whileHolding } from './locked-folder.ts'

/** How long a name may take others: they sample nothing and send nothing meanwhile. */
const waitMs = 60_000

export interface NamingOptions extends Pick<Holding, 'disk' | 'clock' | 'self' | 'nonce'> {
  readonly signal?: AbortSignal | undefined
  readonly artifactPath: string
  readonly datasetName: string
}

/**
 * Runs `choose` while no other process chooses a name next to the same dataset.
 *
 * @throws RowsmithError dataset_in_use when another takes over a minute; storage errors; whatever `choose` throws
 */
export async function whileNaming<T>(options: NamingOptions, choose: () => Promise<T>): Promise<T> {
  const { artifactPath, datasetName, disk, clock, self, nonce, signal } = options
  const all = join(artifactPath, '.rowsmith-naming')
  const folder = join(all, datasetName)
  const lockOptions = { disk, clock, self, nonce, folder, tidies: [folder, all], waitMs }
  return whileHolding(signal === undefined ? lockOptions : { ...lockOptions, signal }, choose)
}
