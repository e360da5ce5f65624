import { RowsmithError } from '../../base/errors/errors.ts'
import type { RunFile } from '../../store/control/run-file.ts'

/** Some commands need the dataset as one process leaves it. @param what it is needed for, as a sentence goes on @throws RowsmithError shards_differ */
export function requireOneBlock({ blocks }: Pick<RunFile, 'blocks'>, what: string): void {
  if (blocks === undefined) return
  const message = `The dataset is being made in ${blocks.count} shards: ${what} when it is complete.`
  throw new RowsmithError('shards_differ', message, {
    nextStep: 'Finish it first: `rowsmith resume DATASET_DIR`.',
  })
}
