import { RowsmithError } from '../../base/errors.ts'

export interface ShutdownSettings {
  readonly disabled: boolean
  /** Share of failing cells, 0 to 1. */
  readonly errorRate: number
  /** How many of the latest cells are looked at. */
  readonly window: number
}

/**
 * Stops a run whose answers keep failing, before they cost more: when among the latest `window` cells that
 * asked a model at least `errorRate` lost their row. Data Designer's rule, except that open rows stay open.
 */
export class EarlyShutdown {
  readonly #settings: ShutdownSettings
  readonly #latest: boolean[] = []
  #failed = 0

  constructor(settings: ShutdownSettings) {
    this.#settings = settings
  }

  /** Takes a cell's outcome. Returns the error that ends the run, when it is due. */
  judge(succeeded: boolean): RowsmithError | undefined {
    const { disabled, errorRate, window } = this.#settings
    if (disabled) return undefined
    this.#latest.push(succeeded)
    if (!succeeded) this.#failed++
    if (this.#latest.length > window && this.#latest.shift() === false) this.#failed--
    if (succeeded || this.#latest.length < window || this.#failed < errorRate * window) return undefined
    const message = `Early shutdown: ${this.#failed} of the last ${window} cells lost their row`
    return new RowsmithError('early_shutdown', message, {
      facts: { failed: this.#failed, window, error_rate: errorRate },
    })
  }
}
