/**
 * Stops a run whose cells keep failing, before they cost more. Data Designer's rule, except that open rows stay open, and that a
 * column which fails everywhere is noticed whatever the others do.
 *
 * Owns:   the counts, and which failures are so recent that they may be the ones that stop the run.
 * Rules:
 *   H1. Among the latest `window` model cells at least `errorRate` failed: stop.
 *   H2. A column whose first `window` cells all failed, or `errorRate` of its first 3 x `window` and more: stop. Here cells count that
 *       send no request, too: a template, an expression or a validator that fails everywhere stops the run before all of its requests are sent.
 *   H3. A failure is recent until `window` cells of its column have ended after it.
 */

import { RowsmithError } from '../../../base/errors/errors.ts'
import { present } from '../../../base/errors/present.ts'

export interface ShutdownSettings {
  readonly disabled: boolean
  /** Share of failing cells, 0 to 1. */
  readonly errorRate: number
  /** How many of the latest cells are looked at. */
  readonly window: number
}

/** What is known of one column. */
interface ColumnRecord<Cell> {
  ended: number
  failed: number
  /** Recent failures, oldest first, each with how many cells of its column had ended by then. */
  readonly recent: { readonly cell: Cell; readonly at: number }[]
}

export class EarlyShutdown<Cell> {
  readonly #settings: ShutdownSettings
  readonly #latest: boolean[] = []
  #failed = 0
  readonly #columns = new Map<string, ColumnRecord<Cell>>()
  readonly #stopping: { readonly aborted: boolean }
  readonly #passed: (cell: Cell) => void

  /**
   * @param stopping once it fires, recent failures stay recent
   * @param passed called of a failure that is recent no more (rule H3)
   */
  constructor(
    settings: ShutdownSettings,
    stopping: { readonly aborted: boolean },
    passed: (cell: Cell) => void,
  ) {
    this.#settings = settings
    this.#stopping = stopping
    this.#passed = passed
  }

  /** Whether failures are remembered at all. */
  get enabled(): boolean {
    return !this.#settings.disabled
  }

  /** The cells of recent failures. */
  *recent(): Generator<Cell> {
    for (const { recent } of this.#columns.values()) for (const { cell } of recent) yield cell
  }

  /** A cell was made. @param isModelCell whether it sent a request */
  succeeded(column: string, isModelCell: boolean): void {
    if (!this.enabled) return
    if (isModelCell) this.#count(false)
    this.#end(this.#recordOf(column))
  }

  /**
   * A cell failed.
   *
   * @param isModelCell whether it sent requests, in the order of rows: what batches leave over fails all at once (rule H2 alone)
   * @param why its failure, in a sentence
   * @returns the error that ends the run, when it is due
   */
  failed(column: string, cell: Cell, isModelCell: boolean, why: string): RowsmithError | undefined {
    if (!this.enabled) return undefined
    const { window, errorRate } = this.#settings
    const record = this.#recordOf(column)
    record.failed++
    record.recent.push({ cell, at: record.ended + 1 })
    this.#end(record)
    if (isModelCell) this.#count(true)
    const facts = { window, error_rate: errorRate }
    if (isModelCell && this.#latest.length === window && this.#failed >= errorRate * window) {
      return shutdown(`${this.#failed} of the last ${window} cells failed`, why, {
        failed: this.#failed,
        ...facts,
      })
    }
    const { ended, failed } = record
    const everywhere = ended >= window && failed === ended
    if (!everywhere && (ended < 3 * window || failed < errorRate * ended)) return undefined
    const share = everywhere ? `each of its first ${ended} rows` : `${failed} of its first ${ended} rows`
    return shutdown(`column "${column}" failed for ${share}`, why, { failed, column, ...facts })
  }

  /** Forgets which failures are recent. */
  forget(): void {
    for (const { recent } of this.#columns.values()) recent.length = 0
  }

  #recordOf(column: string): ColumnRecord<Cell> {
    let record = this.#columns.get(column)
    if (record === undefined) {
      record = { ended: 0, failed: 0, recent: [] }
      this.#columns.set(column, record)
    }
    return record
  }

  #end(record: ColumnRecord<Cell>): void {
    record.ended++
    if (this.#stopping.aborted) return
    const { recent } = record
    while (recent[0] !== undefined && recent[0].at + this.#settings.window <= record.ended) {
      this.#passed(present(recent.shift(), 'recent cells').cell)
    }
  }

  #count(failed: boolean): void {
    this.#latest.push(failed)
    if (failed) this.#failed++
    if (this.#latest.length > this.#settings.window && this.#latest.shift() === true) this.#failed--
  }
}

function shutdown(what: string, why: string, facts: RowsmithError['facts']): RowsmithError {
  return new RowsmithError('early_shutdown', `Early shutdown: ${what}, the last because: ${why}`, { facts })
}
