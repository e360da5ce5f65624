/** What batches and the run that they are part of have of each other. */
import type { Clock } from '../../../base/work/clock.ts'
import type { Inference } from '../../../config/files/inference.ts'
import type { BatchApi } from '../../../models/contract/batch.ts'
import type { ModelRequest } from '../../../models/contract/contract.ts'
import type { TokenReservation } from '../../../models/contract/request-size.ts'
import type { DatasetWriter } from '../../../store/writing/dataset-store.ts'
import type { RunEvent } from '../../report/events.ts'
import type { Counted } from '../counted.ts'
import type { EffectKey } from '../journal-records.ts'

/** What batches need from the run they are part of. */
export interface BatchesHost {
  /** Keeps the batches, and their answers. */
  readonly writer: DatasetWriter
  readonly clock: Clock
  /** Names the dataset at providers: 12 hex digits. */
  readonly dataset: string
  /** How the models of aliases are called; those that are left out one by one. */
  readonly settings: ReadonlyMap<string, Inference>
  /** Undefined where an alias has no batches. */
  readonly api: (alias: string) => BatchApi | undefined
  /** Nothing is handed over any more, and what is out is called back. */
  readonly without: boolean
  /** Creates of which it is unknown what became are sent again. */
  readonly resubmitUncertain: boolean
  readonly counted: Counted
  /** Whether files of a row group are still to be made. */
  isOpen(group: number): boolean
  emit(event: RunEvent): void
  /** Fires when the run stops. */
  readonly signal: AbortSignal
}

/** The longest time between two looks at a batch. */
export const maxPollMs = 5 * 60_000

/** Until the first look: the shortest that a setting requests, at most half a minute. */
export function firstPollMs({ settings }: Pick<BatchesHost, 'settings'>): number {
  return 1000 * Math.min(...[...settings.values()].map(({ poll }) => poll), 30)
}

/** A request that may wait for a batch. */
export interface ParkableRequest {
  readonly alias: string
  readonly request: ModelRequest
  readonly group: number
  readonly key: EffectKey
  readonly most: TokenReservation
  /** The first that its cell sends. */
  readonly isFirst: boolean
  /** Takes leave of the budget, if it has room. */
  readonly fits: (model: string) => boolean
}

/** As much of batches as a cell sees. */
export interface TakesBatches {
  /**
   * Takes a request into a batch, or lets it be sent at once.
   *
   * @throws ParkedCell when its answer comes with a batch
   */
  park(request: ParkableRequest): void
  /** Whether requests to an alias wait for batches now. */
  gathers(alias: string): boolean
}

/** Not a failure: the answer that a cell requested comes with a batch. Its row group is made again when that has been read. */
export class ParkedCell extends Error {
  constructor() {
    super('The answer comes with a batch.')
  }
}
