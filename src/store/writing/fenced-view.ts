/**
 * A dataset as its former writers left it, once none of them can add to it.
 *
 * Rule R0: a writer whose dataset was taken over, and that wakes later, has nothing to place: its drafts that no commit names are removed before
 * commits are acted upon. Where it added to its log meanwhile, all is read again.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { commitBytes, commitEpochs } from '../logs/commits.ts'
import { collectUncommitted } from '../publishing/collect-garbage.ts'
import type { DatasetView } from '../view/dataset-view.ts'

/** @param epoch of the lock that is held @throws RowsmithError lock_lost, of class storage */
export async function fencedView(seen: DatasetView, epoch: number): Promise<DatasetView> {
  const { directory } = seen
  for (let view = seen; ; view = view.refresh()) {
    const logs = await view.logs()
    // What a successor wrote is of a dataset that may be another by now, such as one with post-processing.
    if ((await commitEpochs(directory)).some((each) => each > epoch)) {
      throw new RowsmithError(
        'lock_lost',
        `${directory.path} has commits of a later writer: it was taken over.`,
      )
    }
    const named = new Set(logs.commits.flatMap(({ files }) => files.map(({ draft }) => draft)))
    await collectUncommitted(directory, epoch, named)
    if ((await commitBytes(directory)) === logs.bytes) return view
  }
}
