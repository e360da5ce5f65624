/** What a watcher of a run may see. Events are facts; how they look is the watcher's matter. */
import { present } from '../../base/errors/present.ts'
import type { Value } from '../../base/values/value.ts'
import type { SeedSummary } from '../../seed/dataset/describe.ts'
import type { BudgetLeft } from '../usage/budget.ts'
import type { DecisionKind, Summary } from './summary.ts'

export type RunEvent =
  | {
      readonly type: 'decided'
      readonly decision: DecisionKind
      readonly path: string
      readonly reason: string | null
    }
  | { readonly type: 'waiting-for-lock'; readonly holder: string; readonly remainingMs: number }
  /** Other datasets are looked into for answers that still match, nearest first. */
  | { readonly type: 'reusing'; readonly paths: readonly string[] }
  /** Cells are requested again. */
  | {
      readonly type: 'retrying'
      readonly number: number
      readonly rows: number
      readonly columns: readonly { readonly column: string; readonly cells: number }[]
      /** How long the answers may be, in tokens, where the retry says so. */
      readonly answerTokens?: number
    }
  | {
      readonly type: 'started'
      readonly rowsPlanned: number
      readonly rowsWritten: number
      readonly groupsTotal: number
      readonly groupsReused: number
      readonly columns: readonly string[]
    }
  | ProgressEvent
  | CellEvent
  | {
      readonly type: 'group-published'
      readonly group: number
      readonly rows: number
      readonly dropped: number
    }
  | {
      readonly type: 'row-dropped'
      readonly row: number
      readonly column: string
      readonly code: string
      readonly message: string
    }
  /** A retried row has no new value, and keeps its former one. */
  | {
      readonly type: 'row-kept'
      readonly row: number
      readonly column: string
      readonly code: string
      readonly message: string
    }
  | {
      readonly type: 'retry'
      readonly row: number
      readonly column: string
      readonly code: string
      /** Attempts made so far. */
      readonly attempt: number
      readonly waitMs: number
    }
  | {
      readonly type: 'rate-limited'
      /** `provider/model` */
      readonly model: string
      readonly waitMs: number
      /** The provider's sentence. */
      readonly message: string
    }
  /** Nothing was refused: a header of the answers says that a limit is used up, so no request is sent until it is full again. */
  | {
      readonly type: 'held-back'
      readonly model: string
      readonly waitMs: number
      /** As `x-ratelimit-remaining-requests`. */
      readonly header: string
    }
  /** A model answers no request: one request is sent now and then, until it does, or the run has waited long enough. */
  | {
      readonly type: 'endpoint-down'
      readonly model: string
      readonly code: string
      readonly downMs: number
      /** Until it is requested again. */
      readonly waitMs: number
      /** How long the run goes on waiting, at most. */
      readonly patienceMs: number
    }
  | { readonly type: 'endpoint-back'; readonly model: string; readonly downMs: number }
  /** The stage reads the raw row groups; then rows that it has written of a table; then it is in place. */
  | {
      readonly type: 'stage'
      readonly state: 'started' | 'writing' | 'finished'
      readonly processors: readonly string[]
      readonly rows: number
    }
  | {
      readonly type: 'stopping'
      readonly code: string
      readonly message: string
      /** Requests to models. */
      readonly inFlight: number
      /** Calls of functions, tools and validators that are under way, by name: `function:COLUMN`, `tool:NAME`. */
      readonly others: Readonly<Record<string, number>>
    }
  /** What the seed files hold, and how each column is read. */
  | { readonly type: 'seed'; readonly seed: SeedSummary }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  /** A batch was handed over, or its results are read. */
  | {
      readonly type: 'batch'
      readonly number: number
      /** `provider/model` */
      readonly model: string
      readonly state: 'submitted' | 'read'
      readonly requests: number
      readonly answers: number
    }
  /** Nothing is left to do but to wait for batches. */
  | {
      readonly type: 'batches'
      readonly batches: number
      readonly requests: number
      readonly nextLookMs: number
    }
  | { readonly type: 'finished'; readonly summary: Summary }

/**
 * A cell has its value, or has failed; also cells of row groups that are generated again from stored answers. Only for those who ask:
 * `run.events({ cells: true })`, since there are more of them than of all other events.
 */
export interface CellEvent {
  readonly type: 'cell'
  readonly row: number
  readonly column: string
  readonly state: 'made' | 'skipped' | 'failed'
  /** Null where it failed. */
  readonly value: Value
  /** Requests that this run sent for it; 0 for what was sampled, computed, or stored before. */
  readonly requests: number
  /** Of one that failed. */
  readonly code: string | null
  readonly message: string | null
}

/** Those who ask for cells. */
export interface CellWatchers {
  readonly watchesCells: boolean
  emitCell(event: CellEvent): void
}

/** What a watcher of events wants in addition. */
export interface EventOptions {
  /** Also a `cell` event for each cell. @default false */
  readonly cells?: boolean
}

export interface ProgressEvent {
  readonly type: 'progress'
  /** Settled rows, those of earlier processes included. */
  readonly rowsDone: number
  readonly rowsPlanned: number
  readonly rowsDropped: number
  /** Of this process. */
  readonly requestsSent: number
  readonly repliesReplayed: number
  /** Taken over from other datasets. */
  readonly repliesReused: number
  readonly inFlight: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** What the dataset cost so far, earlier processes included; null without prices. */
  readonly cost: number | null
  readonly budgetLeft: BudgetLeft
  /** Models that are down, `provider/model`. */
  readonly waitingFor: readonly string[]
}

/** Events held for a watcher that does not keep up; the oldest go first. */
const pendingMax = 10_000

/** Events on their way from the run to one or more watchers. Without a watcher it costs nothing. */
export class EventStream<Event = RunEvent> {
  readonly #watchers = new Set<{ pending: Event[]; wake: () => void; cells: boolean }>()
  readonly #taps = new Set<(event: Event) => void>()
  #ended = false

  get watched(): boolean {
    return this.#watchers.size + this.#taps.size > 0
  }

  /** Whether a watcher wants cells. */
  get watchesCells(): boolean {
    for (const { cells } of this.#watchers) if (cells) return true
    return false
  }

  /** Calls `tap` with everything but cells from now on, at once; it must not throw. @returns what ends it */
  tap(tap: (event: Event) => void): () => void {
    this.#taps.add(tap)
    return () => this.#taps.delete(tap)
  }

  emit(event: Event): void {
    for (const tap of this.#taps) tap(event)
    this.#hand(event, () => true)
  }

  /** For those who ask for cells. */
  emitCell(event: Event): void {
    this.#hand(event, ({ cells }) => cells)
  }

  #hand(event: Event, isFor: (watcher: { readonly cells: boolean }) => boolean): void {
    for (const watcher of this.#watchers) {
      if (!isFor(watcher)) continue
      if (watcher.pending.length >= pendingMax) watcher.pending.shift()
      watcher.pending.push(event)
      watcher.wake()
    }
  }

  end(): void {
    this.#ended = true
    for (const watcher of this.#watchers) watcher.wake()
  }

  /** Everything from now on. Ends with the run. */
  watch({ cells = false }: EventOptions = {}): AsyncIterableIterator<Event> {
    let wake = (): void => {}
    const watcher = { pending: [] as Event[], wake: () => wake(), cells }
    this.#watchers.add(watcher)
    const stop = (): IteratorResult<Event> => {
      this.#watchers.delete(watcher)
      return { done: true, value: undefined }
    }
    return {
      [Symbol.asyncIterator]() {
        return this
      },
      next: async () => {
        while (watcher.pending.length === 0) {
          if (this.#ended) return stop()
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        return { done: false, value: present(watcher.pending.shift(), 'pending') }
      },
      return: async () => stop(),
    }
  }
}
