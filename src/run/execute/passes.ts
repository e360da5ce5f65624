/**
 * The passes of a run: cells are made as far as they can be, then batches are waited for, then what came is made use of.
 *
 * Owns: what the passes of one invocation share, and whether there is another one. A run without batches has one.
 */
import { sha256 } from '../../base/numbers/hash.ts'
import { canonicalJson } from '../../base/values/json.ts'
import { closingAfter } from '../../base/work/closing.ts'
import { Batches } from '../effects/batches/batches.ts'
import { Counted } from '../effects/counted.ts'
import type { Recovered } from '../open/recover.ts'
import { abortedError } from '../request/aborted.ts'
import { generate } from './generate.ts'
import { type Passes, type RunContext, type SharedRun, stopSignalOf } from './run-context.ts'
import type { Totals } from './totals.ts'

/**
 * Makes what is missing, in as many passes as it takes.
 *
 * @param reread reads what is there now
 * @returns the work, as its later parts go on with it, and whether it is over: with `detach`, batches may be out
 * @throws RowsmithError what stopped the run
 */
export async function makeAll(
  work: SharedRun,
  found: Recovered,
  totals: Totals,
  reread: () => Promise<Recovered>,
): Promise<{ readonly now: RunContext; readonly isOver: boolean }> {
  return closingAfter(async (closing) => {
    let recovered = found
    const shared = { counted: work.counted ?? new Counted(), isFirst: true }
    const batches = await openBatches(work, recovered, shared)
    closing.defer(() => batches?.close())
    const passes: Passes = { ...shared, batches }
    const context = { ...work, passes }
    const again = async (): Promise<void> => {
      recovered = await reread()
      totals.again(recovered)
    }
    const { signal } = work.options
    try {
      if (batches !== undefined && (await batches.begin((group) => recovered.stored.read(group))))
        await again()
      if (work.options.callBack) return { now: context, isOver: false }
      for (;;) {
        await generate(context, recovered, totals)
        passes.isFirst = false
        if (batches === undefined || !(await batches.afterPass(work.options.detach))) break
        await again()
      }
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) throw abortedError(signal)
      throw error
    } finally {
      if (batches !== undefined) totals.follows(batches.records)
    }
    return {
      now: context,
      isOver: batches === undefined || batches.records.every(({ done }) => done !== null),
    }
  })
}

/** @returns undefined where no model is requested by batches, and none are out */
async function openBatches(
  work: SharedRun,
  recovered: Recovered,
  shared: Pick<Passes, 'counted'>,
): Promise<Batches | undefined> {
  const { dataset, options, components, events } = work
  const settings = work.compiled.inference
  const isOut = recovered.batches.some(({ done }) => done === null)
  if (!isOut && ![...settings.values()].some(({ mode }) => mode === 'batch')) return undefined
  const { models } = await work.connections.open()
  const { run, writer } = dataset
  const { clock } = components
  return new Batches(
    {
      ...{ writer, clock, settings, counted: shared.counted },
      dataset: sha256(canonicalJson([run.rows_identity.document, run.run_seed])).slice(0, 12),
      api: (alias) => models.batches(alias),
      without: !options.batches || options.callBack,
      resubmitUncertain: options.resubmitUncertain,
      isOpen: (group) => !recovered.published.has(group) || recovered.retrying.has(group),
      emit: (event) => events.emit(event),
      signal: stopSignalOf(work),
    },
    recovered.batches,
  )
}
