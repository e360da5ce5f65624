/**
 * Asked cells: from the queue of what they wait for to their last effect.
 *
 * Owns:   which asked cells are ready, and how many of them are begun.
 * Never:  takes a slot (a cell does, when it asks: `sending.ts`), or decides what a failure means.
 * Rules:
 *   N2. When several cells want the same model, the smallest row goes first: files appear early.
 *   N13. No more cells are begun than there are slots for: one that is begun and has not asked yet counts as if it had taken its slot.
 */
import { Heap } from '../../../base/numbers/heap.ts'
import { Slice } from '../../../base/work/slice.ts'
import type { AskedColumn } from '../../../columns/column/column.ts'
import type { Slots } from '../../../models/admission/slots.ts'
import { asking, CellEffects } from '../../effects/effects.ts'
import type { GroupInWork, ReadyCell } from '../group/group-in-work.ts'
import type { EngineParts } from '../parts/engine-parts.ts'
import type { Making } from './making.ts'

/** One cell as it was made by this process; kept only when asked for. */
export interface TaskTrace {
  readonly row: number
  readonly column: string
  readonly requests: number
  readonly startedMs: number
  readonly endedMs: number
  readonly outcome: 'made' | 'failed' | 'left open'
}

export class AskedCells {
  readonly taskTraces: TaskTrace[] = []
  readonly #making: Making
  readonly #parts: Pick<EngineParts, 'file' | 'traceTasks'>
  readonly #pump: () => void
  /** Cells that wait to be begun, by what they wait for a slot of. */
  readonly #ready = new Map<Slots, Heap<ReadyCell>>()
  /** Cells that are begun, and have not come as far as to take a slot: they read files first. */
  readonly #unasked = new Map<Slots, number>()

  /** @param pump looks for work; called when a cell has asked, and between slices of `dispatch` */
  constructor(making: Making, parts: Pick<EngineParts, 'file' | 'traceTasks'>, pump: () => void) {
    this.#making = making
    this.#parts = parts
    this.#pump = pump
  }

  add(cell: ReadyCell, column: AskedColumn): void {
    const slots = this.#slotsOf(column)
    let queue = this.#ready.get(slots)
    if (queue === undefined) {
      queue = new Heap()
      this.#ready.set(slots, queue)
    }
    const row = cell.open.rows.firstRow + cell.row
    queue.push(row * this.#making.order.columns.length + cell.position, cell)
  }

  /** Whether cells wait to be begun. */
  get waiting(): boolean {
    return [...this.#ready.values()].some((queue) => queue.size > 0)
  }

  /** Begins cells while what they wait for has slots to spare (rules N2, N13). */
  dispatch(): void {
    const slice = new Slice(this.#making.host.clock)
    for (const [slots, queue] of this.#ready) {
      while (queue.size > 0 && slots.free > (this.#unasked.get(slots) ?? 0)) {
        const cell = queue.pop()!
        if (cell.open.rows.wants(cell.row, cell.position)) void this.#make(cell)
        if (slice.over()) {
          setImmediate(this.#pump)
          return
        }
      }
    }
  }

  /** What a column's cells wait for a slot of. */
  #slotsOf({ queue }: AskedColumn): Slots {
    const { host } = this.#making
    return queue.kind === 'model' ? host.slots(host.models.endpoint(queue.alias)) : host.gate(queue.gate)
  }

  /** Never rejects: every ending is noted where it belongs. */
  async #make({ open, row, position }: ReadyCell): Promise<void> {
    const { order, host, outcomes, randomOf } = this.#making
    const column = order.columns[position] as AskedColumn
    const planned = open.rows.firstRow + row
    const slots = this.#slotsOf(column)
    let isUnasked = true
    const asked = (): void => {
      if (!isUnasked) return
      isUnasked = false
      this.#unasked.set(slots, this.#unasked.get(slots)! - 1)
      this.#pump()
    }
    this.#unasked.set(slots, (this.#unasked.get(slots) ?? 0) + 1)
    const at = { group: open.rows.group, row: planned, column: column.name }
    const effects = new CellEffects(host, open.kept, at, asked)
    const random = randomOf[position]!(planned)
    const startedMs = this.#parts.traceTasks ? host.clock.now() : 0
    let outcome: TaskTrace['outcome'] = 'made'
    this.#making.began(open)
    try {
      const view = open.rows.view(row, position)
      const alias = column.queue.kind === 'model' ? column.queue.alias : undefined
      const made = await column.make({
        ...asking(effects, alias, random),
        row: view,
        index: planned,
        file: (path) => this.#file(open, path),
      })
      const ready: ReadyCell[] = []
      const isFitting = outcomes.putMade(open, row, position, made, ready)
      for (const medium of made.media ?? []) open.rows.addMedium(row, position, medium)
      this.#making.follow(ready)
      if (made.warning !== undefined)
        host.emit({ type: 'warning', code: 'odd_answer', message: made.warning })
      if (isFitting) outcomes.madeAsked(position, effects)
    } catch (error) {
      outcome = outcomes.fail(open, row, position, error, effects) ? 'failed' : 'left open'
    }
    asked()
    if (this.#parts.traceTasks) {
      this.taskTraces.push({
        row: planned,
        column: column.name,
        requests: effects.requestsSent,
        startedMs,
        endedMs: host.clock.now(),
        outcome,
      })
    }
    this.#making.ended(open, [row])
  }

  /** A file that a row names: one that is to be published with its group, else one that is there. */
  async #file(open: GroupInWork, path: string): Promise<Uint8Array> {
    const hash = open.rows.mediumAt(path)
    const own = hash === undefined ? undefined : await this.#making.host.media.read(hash)
    return own ?? this.#parts.file(path)
  }
}
