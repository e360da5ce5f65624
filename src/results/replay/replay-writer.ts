/** The writer of a run that keeps nothing but its one row group, as it was sealed. */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { RowGroup } from '../../plan/row-groups.ts'
import type { ReplayState } from '../../run/effects/replay-state.ts'
import type { RowGroupState } from '../../run/scheduler/group/row-group-state.ts'
import { Claims } from '../../run/scheduler/parts/claims.ts'
import type { RunWriter } from '../../run/scheduler/parts/run-writer.ts'
import type { ReadsMedia } from '../../store/publishing/media.ts'

export class ReplayWriter implements RunWriter {
  readonly claims: Claims
  readonly media: RunWriter['media']
  readonly lost = new AbortController().signal
  #sealed: { readonly rows: RowGroupState; readonly stored: ReplayState } | undefined

  /** @param stored what is known of the group */
  constructor(group: RowGroup, stored: ReplayState, media: ReadsMedia) {
    this.claims = new Claims({
      groups: [group],
      stored: { read: async () => stored, drop: () => {}, giveBack: () => {} },
    })
    this.media = {
      read: (hash) => media.read(hash),
      // What its files would be is known without them: whether they are there is another question.
      has: async () => true,
      store: async () => {
        throw new RowsmithError('internal', 'Nothing is received while a dataset is checked.')
      },
    }
  }

  /** The group, once the run is over. */
  get sealed(): { readonly rows: RowGroupState; readonly stored: ReplayState } {
    if (this.#sealed === undefined)
      throw new RowsmithError('internal', 'The engine ended without its row group.')
    return this.#sealed
  }

  confirm(): undefined {}

  async append(): Promise<void> {}

  async note(): Promise<void> {}

  async commit(rows: RowGroupState, stored: ReplayState): Promise<undefined> {
    this.#sealed = { rows, stored }
  }

  async release(): Promise<void> {}

  async requestAgain(): Promise<void> {}
}
