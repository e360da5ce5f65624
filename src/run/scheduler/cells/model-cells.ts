/**
 * Model cells: from the queue of what they wait for to their last effect.
 *
 * Owns:   which model cells are ready, and how many of them are started.
 * Never:  takes a slot (a cell does, with its request: `request-attempts.ts`), or decides what a failure means.
 * Rules:
 *   N2. When several cells want the same model, the smallest row goes first: files appear early.
 *   N13. No more cells are started than there are slots for: one that is started and has sent no request yet counts as if it had taken its slot.
 */
import { Heap } from '../../../base/numbers/heap.ts'
import { Slice } from '../../../base/work/slice.ts'
import type { ModelColumn } from '../../../columns/column/column.ts'
import type { AdmissionQueue } from '../../../models/admission/admission-queue.ts'
import { ParkedCell } from '../../effects/batches/batches-host.ts'
import { CellEffects, requestsOf } from '../../effects/effects.ts'
import type { ActiveRowGroup, ReadyCell } from '../group/active-row-group.ts'
import type { SchedulerParts } from '../parts/scheduler-parts.ts'
import type { CellRunner } from './cell-runner.ts'

/** One cell as it was made by this process; held only when requested. */
export interface TaskTrace {
  readonly row: number
  readonly column: string
  readonly requests: number
  readonly startedMs: number
  readonly endedMs: number
  readonly outcome: 'made' | 'failed' | 'left open'
}

export class ModelCells {
  readonly taskTraces: TaskTrace[] = []
  readonly #runner: CellRunner
  readonly #parts: Pick<SchedulerParts, 'file' | 'traceTasks'>
  readonly #scheduleNext: () => void
  /** Cells that wait to be started, by what they wait for a slot of. */
  readonly #ready = new Map<AdmissionQueue, Heap<ReadyCell>>()
  /** Cells that are started, and have not come as far as to take a slot: they read files first. */
  readonly #unasked = new Map<AdmissionQueue, number>()

  /** @param scheduleNext looks for work; called when a cell has sent its request, and between slices of `dispatch` */
  constructor(
    runner: CellRunner,
    parts: Pick<SchedulerParts, 'file' | 'traceTasks'>,
    scheduleNext: () => void,
  ) {
    this.#runner = runner
    this.#parts = parts
    this.#scheduleNext = scheduleNext
  }

  add(cell: ReadyCell, column: ModelColumn): void {
    const admission = this.#queueOf(column)
    let queue = this.#ready.get(admission)
    if (queue === undefined) {
      queue = new Heap()
      this.#ready.set(admission, queue)
    }
    const row = cell.open.rows.firstRow + cell.row
    cell.open.cellsWaiting++
    queue.push(row * this.#runner.order.columns.length + cell.position, cell)
  }

  /** Whether cells wait to be started. */
  get waiting(): boolean {
    return [...this.#ready.values()].some((queue) => queue.size > 0)
  }

  /** Begins cells while what they wait for has slots to spare (rules N2, N13). */
  dispatch(): void {
    const slice = new Slice(this.#runner.host.clock)
    for (const [admission, queue] of this.#ready) {
      while (admission.free > (this.#unasked.get(admission) ?? 0)) {
        const cell = queue.pop()
        if (cell === undefined) break
        cell.open.cellsWaiting--
        if (cell.open.rows.wants(cell.row, cell.position)) void this.#run(cell)
        if (slice.over()) {
          setImmediate(this.#scheduleNext)
          return
        }
      }
    }
  }

  /** What a column's cells wait for a slot of. */
  #queueOf({ queue }: ModelColumn): AdmissionQueue {
    const { host } = this.#runner
    return queue.kind === 'model' ? host.queue(host.models.endpoint(queue.alias)) : host.gate(queue.gate)
  }

  /** Never rejects: every ending is noted where it belongs. */
  async #run({ open, row, position }: ReadyCell): Promise<void> {
    const { order, host, results } = this.#runner
    const column = order.columns[position] as ModelColumn
    const planned = open.rows.firstRow + row
    const admission = this.#queueOf(column)
    let isUnasked = true
    const onRequest = (): void => {
      if (!isUnasked) return
      isUnasked = false
      this.#unasked.set(admission, (this.#unasked.get(admission) ?? 1) - 1)
      this.#scheduleNext()
    }
    this.#unasked.set(admission, (this.#unasked.get(admission) ?? 0) + 1)
    const at = { group: open.rows.group, row: planned, column: column.name, batched: column.batched ?? false }
    const effects = new CellEffects(host, open.stored, at, onRequest)
    const random = this.#runner.randomOf(position, planned)
    const startedMs = this.#parts.traceTasks ? host.clock.now() : 0
    let result: TaskTrace['outcome'] = 'made'
    this.#runner.started(open)
    try {
      const view = open.rows.view(row, position)
      const alias = column.queue.kind === 'model' ? column.queue.alias : undefined
      const result = await column.run({
        ...requestsOf(effects, alias, random),
        row: view,
        index: planned,
        file: (path) => this.#file(open, path),
      })
      const ready: ReadyCell[] = []
      const isFitting = results.putResult(open, row, position, result, ready, effects.requestsSent)
      for (const medium of result.media ?? []) open.rows.addMedium(row, position, medium)
      this.#runner.follow(ready)
      if (result.warning !== undefined)
        host.emit({ type: 'warning', code: 'odd_answer', message: result.warning })
      if (isFitting) results.modelCellDone(position, effects)
    } catch (error) {
      if (error instanceof ParkedCell) open.cellsParked++
      const isParked = error instanceof ParkedCell
      result = !isParked && results.fail(open, row, position, error, effects) ? 'failed' : 'left open'
    }
    onRequest()
    if (this.#parts.traceTasks) {
      this.taskTraces.push({
        row: planned,
        column: column.name,
        requests: effects.requestsSent,
        startedMs,
        endedMs: host.clock.now(),
        outcome: result,
      })
    }
    this.#runner.ended(open, [row])
  }

  /** A file that a row names: one that is to be published with its group, else one that is there. */
  async #file(open: ActiveRowGroup, path: string): Promise<Uint8Array> {
    const hash = open.rows.mediumAt(path)
    const own = hash === undefined ? undefined : await this.#runner.host.writer.media.read(hash)
    return own ?? this.#parts.file(path)
  }
}
