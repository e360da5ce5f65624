/**
 * How a run stops before it is done.
 *
 * Rules:
 *   N4. To stop is: no new request, what is in flight may finish within the grace, sealed groups are published, everything else
 *       stays open for the next process. A disk that failed leaves no grace.
 */
import { errorCodes } from '../../../base/errors/error-codes.ts'
import type { RowsmithError } from '../../../base/errors/errors.ts'
import type { EngineParts } from './engine-parts.ts'

export class RunStop {
  readonly #parts: Pick<EngineParts, 'clock' | 'graceMs'>
  readonly #stopping = new AbortController()
  readonly #giveUp = new AbortController()
  readonly #ended = new AbortController()

  constructor(parts: Pick<EngineParts, 'clock' | 'graceMs'>) {
    this.#parts = parts
  }

  /** Fires when no new request may be sent; its reason is the cause. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** Fires when what is in flight is given up too. */
  get giveUp(): AbortSignal {
    return this.#giveUp.signal
  }

  /** Stops the run (rule N4). The first cause counts. */
  stop(cause: RowsmithError): void {
    if (this.stopping.aborted) return
    this.#stopping.abort(cause)
    const { clock, graceMs } = this.#parts
    const grace = errorCodes[cause.code].class === 'storage' ? 0 : graceMs
    clock.sleep(grace, this.#ended.signal).then(
      () => this.#giveUp.abort(cause),
      () => {},
    )
  }

  /** Nothing is in flight any more: the grace is over. */
  ended(): void {
    this.#ended.abort()
  }
}
