/**
 * From a dataset in blocks to a dataset as one process leaves it.
 *
 * Owns: when blocks end. What they hold is recorded in the log of the dataset itself; then run.json names no blocks any more; then their
 * folders go. Rules:
 *   1. It happens when all row groups are there, under the lock of the dataset and those of all blocks: no process makes any of them.
 *   2. Until run.json is written, the blocks count, and what was recorded is not looked at; from then on the records count. So a process that
 *      dies in between costs nothing, and the next one does it again.
 *   3. Retries, and what the accounting may lack, are carried over with the commits.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { ProcessIdentity } from '../../disk/process-identity.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { CommitLogs } from '../../store/logs/commits.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import type { DatasetWriter } from '../../store/writing/dataset-store.ts'
import { DirectoryStore } from '../../store/writing/directory-store.ts'
import type { ResolvedComponents } from '../request/options.ts'
import { unrecordedOf } from './read-progress.ts'

/**
 * @param view read under the lock of the dataset
 * @returns run.json as it is now; undefined when rows are missing, or another process works on a block
 * @throws RowsmithError lock_lost, of class storage
 */
export async function mergeBlocks(
  view: DatasetView,
  writer: DatasetWriter,
  { disk, clock }: Pick<ResolvedComponents, 'disk' | 'clock'>,
  self: ProcessIdentity,
): Promise<RunFile | undefined> {
  const run = await view.plannedRun()
  if (run?.blocks === undefined || !(await view.isWhole())) return undefined
  const store = new DirectoryStore(disk, clock)
  const held: DatasetWriter[] = []
  try {
    for (const { directory } of await view.blocks()) {
      const { path, block = 0 } = directory
      held.push(await store.openBlock(path, block, { self, waitMs: 0 }))
    }
    // Looked at again: now no process makes any of them.
    const settled = view.refresh()
    if (!(await settled.isWhole())) return undefined
    for (const block of held) await block.syncFormer()
    await recordAll(await settled.logs(), writer)
    // Their locks are this process's: the last writer of each has ended, one way or another.
    const unrecorded = await unrecordedOf(settled, self, async () => false)
    if (unrecorded > 0) await writer.unrecorded(run.blocks.first_group, unrecorded)
    const { blocks: _, ...whole } = run
    await writer.writeRun(whole)
    await writer.removeBlocks()
    return whole
  } catch (error) {
    if (RowsmithError.isInstance(error) && error.code === 'dataset_in_use') return undefined
    throw error
  } finally {
    for (const block of held) await block.release().catch(() => {})
  }
}

async function recordAll({ commits, retries }: CommitLogs, writer: DatasetWriter): Promise<void> {
  // The last commit of a row group counts.
  const lasts = new Map(commits.map((commit) => [commit.group, commit]))
  const inOrder = [...lasts.values()].sort((a, b) => a.group - b.group)
  await Promise.all(
    inOrder.map(({ epoch: _, ...commit }) => {
      const files = commit.files.map((file) => ({ ...file, draft: '' }))
      return writer.record({ ...commit, files })
    }),
  )
  for (const retry of retries.all) await writer.retry(retry)
  for (const number of retries.done) await writer.retryDone(number)
}
