import type { ErrorCode } from '../../base/errors/error-codes.ts'
import { asRowsmithError } from '../../base/errors/errors.ts'
import { onAbort } from '../../base/work/abort.ts'
import { groupCount } from '../../plan/row-groups.ts'
import { sweepTables } from '../../store/publishing/stage-swap.ts'
import { lookAtStage } from '../open/recover.ts'
import { abortedError } from '../request/aborted.ts'
import type { Carrying } from './carrying.ts'
import { makeTable, withChecksums } from './stage.ts'
import type { Totals } from './totals.ts'

/** Runs the stage, if all rows are there and it has something to do. @throws RowsmithError stage_failed, or of class storage */
export async function processRows(work: Carrying, totals: Totals): Promise<void> {
  const { blueprint, dataset, components, events, options } = work
  const { directory, run, lockLost } = dataset
  const { commits, state } = await lookAtStage(directory, run)
  if (state === 'complete') {
    // Row groups may have been made again with the bytes they had; metadata.json is written when the run ends.
    totals.stageHolds()
    return
  }
  if (state !== 'pending' || commits.length < groupCount(run.segments)) return
  const processors = blueprint.stage?.processors.map(({ name }) => name) ?? []
  const tell = (now: 'started' | 'writing' | 'finished', rows: number): void =>
    events.emit({ type: 'stage', state: now, processors, rows })
  const checkStopped = (): void => {
    if (options.signal?.aborted) throw abortedError(options.signal)
    lockLost.throwIfAborted()
  }
  checkStopped()
  tell('started', 0)
  const publisher = await work.publisher.open()
  const patience = giveUpAfterGrace(work)
  const common = { dataset, components, publisher }
  try {
    const made = await makeTable({
      ...common,
      stage: blueprint.stage,
      commits: await withChecksums(common, commits),
      encoder: await work.encoder.open(),
      checkStopped,
      giveUp: patience.signal,
      onProgress: (rows) => tell('writing', rows),
    })
    totals.staged(made)
    await totals.writeMetadata()
    tell('finished', made.rows)
  } catch (error) {
    // What is not committed is of no use to anybody.
    if (neverCommitted.has(asRowsmithError(error).code)) await sweepTables(directory).catch(() => {})
    throw error
  } finally {
    patience.end()
  }
  await sweepTables(directory)
}

/** Fires when the run was told to stop, and its grace is over. */
function giveUpAfterGrace({ options: { signal, graceMs }, components: { clock } }: Carrying) {
  const [over, ended] = [new AbortController(), new AbortController()]
  const forget =
    signal === null
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
  'stage_failed',
  'function_missing',
  'aborted',
])
