/**
 * A block of a dataset, opened for writing.
 *
 * Owns: what is decided of a block under its own lock. The dataset was decided on before, under the lock of the whole (`open-dataset.ts`); a
 * block is judged by the same table, by the facts of its part alone.
 */
import { decide, refusalError } from '../../plan/decide.ts'
import { rowCount } from '../../plan/row-groups.ts'
import { blockView } from '../../store/view/dataset-view.ts'
import { factsOf } from '../../store/view/facts.ts'
import type { OpenOptions } from '../../store/writing/dataset-store.ts'
import { DirectoryStore } from '../../store/writing/directory-store.ts'
import type { Outlook } from '../open/choose.ts'
import { type OpenDataset, warnOfDamage } from '../open/open-dataset.ts'
import type { RunEvent } from '../report/events.ts'

/**
 * @returns undefined when there is nothing to do: all of its row groups are there, or the dataset has no blocks any more
 * @throws RowsmithError dataset_in_use; of class refused or storage
 */
export async function openBlock(
  { run: { options, components }, request, lacking, self }: Outlook,
  { path, block }: { readonly path: string; readonly block: number },
  locking: Pick<OpenOptions, 'waitMs' | 'silent'>,
  emit: (event: RunEvent) => void,
): Promise<OpenDataset | undefined> {
  const store = new DirectoryStore(components.disk, components.clock)
  const writer = await store.openBlock(path, block, {
    self,
    ...locking,
    signal: options.signal,
  })
  try {
    await writer.collectTemporaries()
    await writer.syncFormer()
    const whole = components.views.again(path)
    const planned = await whole.plannedRun()
    const view = planned === undefined ? undefined : blockView(whole.directory, planned, block)
    const part = await view?.plannedRun()
    if (view !== undefined && part?.blocks !== undefined) {
      const facts = await factsOf(view, { self, nonce: writer.nonce, sidecars: true, lacking })
      const decision = decide(facts, { ...request, mode: 'always', numRecords: rowCount(part.segments) })
      if (decision.kind === 'refuse') throw refusalError(decision.refusals)
      if (!(await view.isWhole())) {
        warnOfDamage(facts, emit)
        const { count } = part.blocks
        return {
          directory: view.directory,
          view,
          decision: 'resume',
          run: part,
          writer,
          block: { number: block, count },
        }
      }
    }
    await writer.release()
    return undefined
  } catch (error) {
    const failure = await writer.failure(error)
    await writer.release().catch(() => {})
    throw failure
  }
}
