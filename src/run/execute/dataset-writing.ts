/**
 * The row groups of a dataset, as the scheduler writes them: sealed, published, and counted.
 *
 * Owns: what becomes of a sealed row group. Never: says how it is stored (`store/writing/dataset-store.ts`), or which one is due.
 */
import type { Retries } from '../../store/logs/retries.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import type { Publication } from '../../store/publishing/publish.ts'
import type { RowGroupWriter } from '../../store/writing/dataset-store.ts'
import type { ReplayState } from '../effects/replay-state.ts'
import type { OpenDataset } from '../open/open-dataset.ts'
import { requestAgain, withoutLostRows } from '../retry/retry.ts'
import type { CellsToRequestAgain } from '../scheduler/group/request-again.ts'
import type { RowGroupState } from '../scheduler/group/row-group-state.ts'
import type { Claims } from '../scheduler/parts/claims.ts'
import type { RunWriter } from '../scheduler/parts/run-writer.ts'
import { type SealSettings, sealGroup, sealMedia } from '../seal/seal-group.ts'
import { commitOf } from '../seal/seal-settings.ts'

export interface DatasetWritingParts {
  readonly dataset: Pick<OpenDataset, 'writer' | 'block'>
  readonly groups: RowGroupWriter
  readonly claims: Claims
  readonly retries: Retries
  readonly encoder: Encodes
  readonly seal: SealSettings
  /** Called for each row group that is published. */
  readonly published: (commit: Omit<Publication, 'files'>, stored: ReplayState) => Promise<void>
}

export class DatasetWriting implements RunWriter {
  readonly claims: Claims
  readonly media: RowGroupWriter['media']
  readonly lost: AbortSignal
  readonly #parts: DatasetWritingParts

  constructor(parts: DatasetWritingParts) {
    this.claims = parts.claims
    this.media = parts.groups.media
    this.lost = parts.groups.lost
    this.#parts = parts
  }

  confirm(): Promise<void> | undefined {
    return this.#parts.groups.confirm()
  }

  append(group: number, record: string): Promise<void> {
    return this.#parts.groups.append(group, record)
  }

  note(group: number, record: string): Promise<void> {
    return this.#parts.groups.note(group, record)
  }

  async commit(rows: RowGroupState, stored: ReplayState): Promise<ReplayState | undefined> {
    const { groups, encoder, seal, published } = this.#parts
    const again = withoutLostRows(rows, stored)
    if (again !== undefined) return again
    const commit = commitOf(rows, stored)
    const files = await sealGroup(encoder, seal, rows, stored)
    await groups.commit({ ...commit, files, media: sealMedia(seal, rows) })
    await published(commit, stored)
    return undefined
  }

  release(group: number): Promise<void> {
    return this.#parts.groups.release(group)
  }

  requestAgain(lists: readonly CellsToRequestAgain[]): Promise<void> {
    return requestAgain(lists, this.#parts.retries, this.#parts.dataset)
  }
}
