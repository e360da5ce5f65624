/**
 * The way of a row group out of the engine: sealed, then published.
 *
 * Owns:   when a group is sealed, the order of sealed groups, what becomes of them when one cannot be published.
 * Never:  writes a file, or opens a group.
 * Rules:
 *   N3. A group is sealed when every row is settled and nothing is in flight for it; sealed groups are published one at a time.
 *       After one that could not be published, none is: the others stay open for the next process.
 *   N11. A group that a retry opened, and in which a row came to a row failure that has to stay, is made once more: of what is
 *        stored, so that nothing is requested (`retry-numbers.ts`, rule Q3).
 */
import { asRowsmithError } from '../../base/errors/errors.ts'
import type { EffectsHost } from '../effects/effects-host.ts'
import { type ReplayState, unusedAnswers } from '../effects/replay-state.ts'
import type { ActiveRowGroup } from './group/active-row-group.ts'
import type { RunWriter } from './parts/run-writer.ts'

/** Who has the groups open. */
interface Groups {
  /** The group's files are in place; or it is made again, of `again`. */
  left(open: ActiveRowGroup, again: ReplayState | undefined): void
  /** Its turn is over, published or not. */
  ended(open: ActiveRowGroup): void
}

export class Publishing {
  /** Stored answers that no cell of a sealed group requested. */
  answersUnused = 0
  readonly #writer: RunWriter
  readonly #host: Pick<EffectsHost, 'emit' | 'stop'>
  readonly #groups: Groups
  #last: Promise<void> = Promise.resolve()
  #waiting = 0
  #broken = false

  constructor(writer: RunWriter, host: Pick<EffectsHost, 'emit' | 'stop'>, groups: Groups) {
    this.#writer = writer
    this.#host = host
    this.#groups = groups
  }

  /** Whether sealed groups wait for their turn, or one has it. */
  get busy(): boolean {
    return this.#waiting > 0
  }

  /** Whether a group could not be published. */
  get broken(): boolean {
    return this.#broken
  }

  /** Seals the group and lines it up, if it is time (rule N3). */
  sealIfReady(open: ActiveRowGroup): void {
    if (open.sealed || open.rows.rowsOpen > 0 || open.cellsInFlight > 0) return
    open.sealed = true
    this.answersUnused += unusedAnswers(open.stored, (row) => open.rows.isDropped(row - open.rows.firstRow))
    this.#waiting++
    this.#last = this.#last.then(() => this.#write(open))
  }

  /** Never rejects. */
  async #write(open: ActiveRowGroup): Promise<void> {
    const { group, rowCount, rowsDropped } = open.rows
    try {
      if (this.#broken) return
      const again = await this.#writer.commit(open.rows, open.stored)
      this.#groups.left(open, again)
      if (again !== undefined) return
      await this.#writer.release(group)
      this.#host.emit({ type: 'group-published', group, rows: rowCount - rowsDropped, dropped: rowsDropped })
    } catch (error) {
      this.#broken = true
      this.#host.stop(asRowsmithError(error))
    } finally {
      this.#waiting--
      this.#groups.ended(open)
    }
  }
}
