/** What an engine is given: everything that a run has before its first cell. */

import type { Value } from '../../../base/values/value.ts'
import type { Clock } from '../../../base/work/clock.ts'
import type { ModelCell } from '../../../columns/column/column.ts'
import type { TopologicalOrder } from '../../../columns/column/topological-order.ts'
import type { AdmissionSettings } from '../../../models/admission/admissions.ts'
import type { Models } from '../../../models/contract/contract.ts'
import type { Checks } from '../../../validate/checking/checker.ts'
import type { Counted } from '../../effects/counted.ts'
import type { EffectsHost } from '../../effects/effects-host.ts'
import type { CellWatchers, RunEvent } from '../../report/events.ts'
import type { Budget } from '../../usage/budget.ts'
import type { ShutdownSettings } from './early-shutdown.ts'
import type { RunWriter } from './run-writer.ts'

export interface SchedulerParts {
  readonly order: TopologicalOrder
  readonly runSeed: bigint
  /** The date that "today" means, `2026-08-07`. */
  readonly today: string
  /** The seed columns of consecutive rows, by name. */
  readonly seedColumns: (firstRow: number, rows: number) => Promise<ReadonlyMap<string, readonly Value[]>>
  /** Gives row groups, and keeps what is made of them. */
  readonly writer: RunWriter
  readonly models: Models
  /** The tools of a tool alias. @default none has any */
  readonly toolbox?: EffectsHost['toolbox']
  /** Runs effects that are no request to a model. @default they run themselves */
  readonly perform?: EffectsHost['perform']
  /** Requests answers of models. @default no watcher */
  readonly answer?: EffectsHost['answer']
  /** @default every request is sent alone */
  readonly batches?: EffectsHost['batches']
  /** @default true */
  readonly countsReplays?: boolean
  /** What this invocation counts. @default counts of its own */
  readonly counted?: Counted
  /** Files that rows name, in addition to those they were made with. @throws RowsmithError media_unusable */
  readonly file: ModelCell['file']
  /** Checks code; closed by its maker. */
  readonly checks: Checks
  /** What may be spent on the dataset. */
  readonly budget: Budget
  readonly clock: Clock
  readonly emit: (event: RunEvent) => void
  /** Watchers that want each cell. @default none */
  readonly cells?: CellWatchers
  readonly watched: () => boolean
  /** Settled rows and rows dropped when this process began, for progress. */
  readonly rowsBefore: { readonly done: number; readonly dropped: number; readonly planned: number }
  readonly openRowsMax: number
  /** Batch after batch, column after column (rule N7). */
  readonly sequential: boolean
  readonly graceMs: number
  readonly admission: AdmissionSettings
  readonly attemptsMax: number
  readonly endpointWaitMs: number
  readonly shutdown: ShutdownSettings
  /** After an early shutdown: rows that is open are dropped as `not_attempted`, and their groups published. */
  readonly salvage: boolean
  readonly traceTasks: boolean
}
