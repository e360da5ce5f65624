import type { LazyResource } from '../../base/work/lazy-resource.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import type { Batches } from '../effects/batches/batches.ts'
import type { Counted } from '../effects/counted.ts'
import type { OpenDataset } from '../open/open-dataset.ts'
import type { PreparedRun } from '../open/prepare-run.ts'
import type { EventStream } from '../report/events.ts'

/** A prepared run, its dataset open. */
export interface OpenedRun extends PreparedRun {
  readonly dataset: OpenDataset
  readonly events: EventStream
  /** What earlier parts of the invocation counted; left out by the first. */
  readonly counted?: Counted
}

/** A run that is being carried out, with what its parts share. */
export interface SharedRun extends OpenedRun {
  readonly encoder: LazyResource<Encodes>
}

/** Fires when the user stops the run, or when its lock is lost. */
export function stopSignalOf({ options, dataset }: OpenedRun): AbortSignal {
  return AbortSignal.any([options.signal, dataset.writer.lost].filter((signal) => signal !== undefined))
}

/** The same while its rows are made. */
export interface RunContext extends SharedRun {
  readonly passes: Passes
}

/** What the passes of one invocation share. */
export interface Passes {
  readonly counted: Counted
  readonly batches: Batches | undefined
  isFirst: boolean
}
