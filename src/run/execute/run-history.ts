/** What one process adds to the story of its dataset (`store/control/history.ts`): that it began, what it should do, how it ended. */

import type { RowsmithError } from '../../base/errors/errors.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { HistoryEvent } from '../../store/control/history.ts'
import type { OpenDataset } from '../open/open-dataset.ts'
import type { RunEvent } from '../report/events.ts'
import type { Summary } from '../report/summary.ts'
import type { Shard } from '../request/shard.ts'
import type { Totals } from './totals.ts'

/** What caches did for the columns; left out where they did nothing. */
function cachedColumns(columns: Summary['this_run']['columns']): object {
  const cached = columns.flatMap(({ column, usage, cache }) =>
    cache === undefined
      ? []
      : [
          {
            column,
            input_tokens: usage.input_tokens,
            cached_input_tokens: usage.cached_input_tokens,
            saving: cache.saving,
          },
        ],
  )
  return cached.length === 0 ? {} : { cached }
}

export class RunHistory {
  readonly #clock: Clock
  readonly #dataset: OpenDataset
  readonly #shard: { readonly epoch?: number; readonly shard?: string }

  /** @param shard of a process that makes blocks: what it did stands in their logs, not in that of its epoch */
  constructor(clock: Clock, dataset: OpenDataset, shard?: Shard & { readonly epoch: number }) {
    this.#clock = clock
    this.#dataset = dataset
    this.#shard = shard === undefined ? {} : { epoch: shard.epoch, shard: `${shard.index}/${shard.count}` }
  }

  /** A run that found everything done is no part of the story. @throws RowsmithError of class storage */
  async started(
    totals: Totals,
    retrying: Extract<RunEvent, { type: 'retrying' }> | undefined,
  ): Promise<void> {
    const { decision, writer } = this.#dataset
    const { planned, done, dropped } = totals.rows()
    const start = this.#event('start', {
      decision,
      pid: writer.pid,
      rows_planned: planned,
      rows_written: done - dropped,
      rows_dropped: dropped,
    })
    const { type: _, ...filter } = retrying ?? { type: 'retrying' }
    await this.#record(retrying === undefined ? [start] : [start, this.#event('retry', filter)])
  }

  /** @throws RowsmithError of class storage */
  async ended(summary: Summary, error: RowsmithError | null): Promise<void> {
    const { this_run: now } = summary
    const end = this.#event('end', {
      outcome: error?.code ?? 'done',
      rows_planned: summary.rows_planned,
      rows_written: summary.rows_written,
      rows_dropped: summary.rows_dropped,
      rows_open: summary.rows_open,
      requests: now.requests_sent,
      replies_reused: now.replies_reused,
      input_tokens: now.usage.input_tokens,
      output_tokens: now.usage.output_tokens,
      cost: now.cost,
      seconds: now.seconds,
      ...cachedColumns(now.columns),
    })
    const { stage } = summary
    const postProcessed = stage?.made
      ? [this.#event('stage', { rows: stage.rows, tables: stage.outputs.length })]
      : []
    await this.#record([...postProcessed, end])
  }

  #event(event: string, details: object): HistoryEvent {
    return {
      at: Math.round(this.#clock.now()),
      epoch: this.#dataset.writer.epoch,
      event,
      ...this.#shard,
      ...details,
    }
  }

  async #record(events: readonly HistoryEvent[]): Promise<void> {
    if (this.#dataset.decision === 'already_complete') return
    const { writer, view } = this.#dataset
    await writer.writeHistory(events, view)
  }
}
