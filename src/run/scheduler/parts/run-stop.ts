/**
 * How a run stops before it is done.
 *
 * Rules:
 *   N4. To stop is: no new request, what is in flight may finish within the grace, sealed groups are published, everything else
 *       stays open for the next process. A disk that failed leaves no grace.
 *   N15. The first cause counts, unless the disk fails meanwhile: that is what has to be fixed first, so the run ends with it.
 */
import { errorCodes } from '../../../base/errors/error-codes.ts'
import { RowsmithError } from '../../../base/errors/errors.ts'
import type { SchedulerParts } from './scheduler-parts.ts'

export class RunStop {
  readonly #parts: Pick<SchedulerParts, 'clock' | 'graceMs'>
  readonly #stopping = new AbortController()
  readonly #giveUp = new AbortController()
  readonly #ended = new AbortController()
  #failure: RowsmithError | undefined

  constructor(parts: Pick<SchedulerParts, 'clock' | 'graceMs'>) {
    this.#parts = parts
  }

  /** Fires when no new request may be sent; its reason is the cause. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** Fires when what is in flight is given up too. */
  get abortInFlight(): AbortSignal {
    return this.#giveUp.signal
  }

  /** What the run ends with (rule N15). */
  get cause(): unknown {
    return this.#failure ?? this.stopping.reason
  }

  /** Stops the run (rule N4). */
  stop(cause: RowsmithError): void {
    const isDisk = errorCodes[cause.code].class === 'storage'
    if (this.stopping.aborted) {
      if (isDisk) this.fail(cause)
      return
    }
    this.#stopping.abort(cause)
    const { clock, graceMs } = this.#parts
    clock.sleep(isDisk ? 0 : graceMs, this.#ended.signal).then(
      () => this.#giveUp.abort(cause),
      () => {},
    )
  }

  /** What the run stopped for counts less than this (rule N15). */
  fail(cause: RowsmithError): void {
    const { reason } = this.stopping
    if (RowsmithError.isInstance(reason) && errorCodes[reason.code].class === 'storage') return
    this.#failure ??= cause
    this.#giveUp.abort(cause)
  }

  /** Nothing is in flight any more: the grace is over. */
  ended(): void {
    this.#ended.abort()
  }
}
