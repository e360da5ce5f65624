import { type ErrorCode, stopCodes } from '../../base/errors/error-codes.ts'
import { asRowsmithError } from '../../base/errors/errors.ts'
import { onAbort } from '../../base/work/abort.ts'
import { groupCount } from '../../plan/row-groups.ts'
import { collectTables } from '../../store/publishing/table-swap.ts'
import { abortedError } from '../request/aborted.ts'
import type { RunContext } from './run-context.ts'
import type { Totals } from './totals.ts'
import { withChecksums, writeTable } from './write-tables.ts'

/** Runs the stage, if all rows are there and it has something to do. @throws RowsmithError post_processing_failed, or of class storage */
export async function processRows(work: RunContext, totals: Totals): Promise<void> {
  const { compiled, dataset, components, events, options } = work
  const { directory, run, writer } = dataset
  // Row groups were published since the dataset was opened.
  const view = dataset.view.refresh()
  const commits = await view.published()
  const { state } = await view.stage()
  if (state === 'complete') {
    // Row groups may have been made again with the bytes they had; metadata.json is written when the run ends.
    totals.postProcessingHolds()
    return
  }
  if (state !== 'pending' || commits.length < groupCount(run.segments)) return
  const processors = compiled.postProcessing?.processors.map(({ name }) => name) ?? []
  const report = (now: 'started' | 'writing' | 'finished', rows: number): void =>
    events.emit({ type: 'stage', state: now, processors, rows })
  const checkStopped = (): void => {
    if (options.signal?.aborted) throw abortedError(options.signal)
    writer.lost.throwIfAborted()
  }
  checkStopped()
  report('started', 0)
  const endpointWaitMs = giveUpAfterGrace(work)
  try {
    const tables = await writeTable({
      ...{ dataset, components },
      postProcessing: compiled.postProcessing,
      commits: await withChecksums(dataset, commits),
      encoder: await work.encoder.open(),
      checkStopped,
      abortInFlight: endpointWaitMs.signal,
      onProgress: (rows) => report('writing', rows),
    })
    totals.isPostProcessed(tables)
    await totals.writeMetadata()
    report('finished', tables.rows)
  } catch (error) {
    // What is not committed is of no use.
    if (neverCommitted.has(asRowsmithError(error).code)) await collectTables(directory).catch(() => {})
    throw error
  } finally {
    endpointWaitMs.end()
  }
  await collectTables(directory)
}

/** Fires when the run should stop, and its grace is over. */
function giveUpAfterGrace({ options: { signal, graceMs }, components: { clock } }: RunContext) {
  const [over, ended] = [new AbortController(), new AbortController()]
  const forget =
    signal === undefined
      ? () => {}
      : onAbort(signal, () => {
          clock.sleep(graceMs, ended.signal).then(
            () => over.abort(abortedError(signal)),
            () => {},
          )
        })
  const end = (): void => {
    forget()
    ended.abort()
  }
  return { signal: over.signal, end }
}

/** What ends a stage before its commit. */
const neverCommitted: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'post_processing_failed',
  'function_missing',
  ...stopCodes,
])
