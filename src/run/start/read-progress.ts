/**
 * How far a dataset in blocks is, as it is read while others write: what `recover` says of a dataset that is held, without changing a byte.
 */
import type { ProcessIdentity } from '../../disk/process-identity.ts'
import type { Commit } from '../../store/logs/commits.ts'
import { noRetries } from '../../store/logs/retries.ts'
import { unrecordedMax } from '../../store/logs/writers.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { missingIn } from '../../store/view/lacks.ts'
import { StoredEffects } from '../effects/stored-effects.ts'
import type { Recovered } from '../open/recover.ts'

/** @throws RowsmithError journal_damaged, io_error */
export async function readProgress(view: DatasetView, self: ProcessIdentity): Promise<Recovered> {
  const stored = new StoredEffects(view.directory.disk, () => [])
  const all = { wanted: () => true, counted: () => true }
  // The journal first: a row group that is published meanwhile is counted by its commit alone.
  for await (const segment of view.journal()) stored.note(segment, all)
  const fresh = view.refresh()
  const published = new Map<number, Commit>((await fresh.published()).map((commit) => [commit.group, commit]))
  for (const group of published.keys()) stored.drop(group)
  const { unrecordedOfBlocks } = await fresh.logs()
  const isLiving = async (block: DatasetView) => (await block.lock(self)).kind === 'held'
  return {
    ...{ published, stored, retrying: new Map(), imported: [], segments: [] },
    ...{ retries: noRetries, batches: [], lost: null, torn: new Set() },
    missing: missingIn(await fresh.scan()),
    postProcessing: await fresh.stage(),
    unrecordedMax: unrecordedOfBlocks + (await unrecordedOf(fresh, self, isLiving)),
  }
}

/**
 * Requests that power losses may have taken from the accounting of these blocks, at most.
 *
 * @param isLiving whether the last writer of a block may live: it has lost nothing yet
 */
export async function unrecordedOf(
  view: DatasetView,
  { boot }: Pick<ProcessIdentity, 'boot'>,
  isLiving: (block: DatasetView) => Promise<boolean>,
): Promise<number> {
  let unrecorded = 0
  for (const block of await view.blocks()) {
    const { writers, torn } = await block.logs()
    const next = (await isLiving(block)) ? (writers.at(-1)?.boot ?? null) : boot
    unrecorded += unrecordedMax(writers, next, torn)
  }
  return unrecorded
}
