/** The time that a run may take: when it is over, the run stops as if its user had stopped it. */
import { RowsmithError } from '../../base/errors/errors.ts'
import { durationText } from '../../base/text/flag-values.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { Closing } from '../../base/work/closing.ts'
import type { ResolvedOptions } from './options.ts'

/**
 * The signal of a run that may take so long from now on.
 *
 * @param closing ends the wait when the run is over
 */
export function signalWithin(
  { signal, maxTimeMs }: Pick<ResolvedOptions, 'signal' | 'maxTimeMs'>,
  clock: Clock,
  closing: Closing,
): AbortSignal | undefined {
  if (maxTimeMs === null) return signal
  const [over, ended] = [new AbortController(), new AbortController()]
  const message = `Stopped after ${durationText(maxTimeMs)}, which is as long as a run may take`
  wait(clock, maxTimeMs, ended.signal).then(
    () => over.abort(new RowsmithError('time_reached', message, { facts: { max_time_ms: maxTimeMs } })),
    () => {},
  )
  closing.defer(() => ended.abort())
  return signal === undefined ? over.signal : AbortSignal.any([signal, over.signal])
}

/** A clock may end a long wait early. */
async function wait(clock: Clock, ms: number, ended: AbortSignal): Promise<void> {
  const until = clock.monotonic() + ms
  for (let left = ms; left > 0; left = until - clock.monotonic()) await clock.sleep(left, ended)
}
