/**
 * The way of cells through their group: from ready to made, and to those that are ready by it.
 *
 * Owns:   where a ready cell goes (made at once, into a queue, or waiting for its turn or its rows), and how many are in work.
 * Never:  opens a group, takes a row failure, or says when a group is sealed.
 * Rules:
 *   N7. The sequential engine is this one with two more gates: a group opens when the one before it is published (`scheduler.ts`),
 *       and the cells of model and checked columns wait for their column's turn (`column-schedule.ts`). What is made, and how, is
 *       the same.
 *   N10. A grouped column is made once for its group, when all rows have come to it (`row-barrier.ts`).
 */
import { present } from '../../../base/errors/present.ts'
import { columnRandom, type Random } from '../../../base/numbers/random.ts'
import type {
  CheckedColumn,
  ComputedColumn,
  ModelColumn,
  ResizingColumn,
} from '../../../columns/column/column.ts'
import type { TopologicalOrder } from '../../../columns/column/topological-order.ts'
import { columnAt } from '../../../columns/column/topological-order.ts'
import type { EffectsHost } from '../../effects/effects-host.ts'
import type { ActiveRowGroup, ReadyCell } from '../group/active-row-group.ts'
import type { SchedulerParts } from '../parts/scheduler-parts.ts'
import type { CellResults } from './cell-results.ts'
import type { CellRunner } from './cell-runner.ts'
import { ModelCells, type TaskTrace } from './model-cells.ts'
import { resize } from './resizing.ts'
import { runRowGroupCells } from './row-group-cells.ts'
import { Skipping } from './skipping.ts'
import { runValidationCells } from './validation-cells.ts'

/** Who has the groups open. */
interface Groups {
  /** Work for the group has ended, and what follows it has started. */
  ended(open: ActiveRowGroup): void
  /** A column gave its group so many rows more; fewer when negative. */
  grew(rows: number): void
  /** Looks for work. */
  scheduleNext(): void
}

export class CellFlow implements CellRunner {
  readonly order: TopologicalOrder
  readonly host: EffectsHost
  readonly results: CellResults
  readonly #streams: readonly ((row: number) => Random)[]
  readonly #checks: SchedulerParts['checks']
  readonly #groups: Groups
  readonly #skipping: Skipping
  readonly #modelCells: ModelCells
  #inWork = 0

  constructor(
    parts: Pick<SchedulerParts, 'order' | 'runSeed' | 'checks' | 'file' | 'traceTasks' | 'emit'>,
    host: EffectsHost,
    results: CellResults,
    groups: Groups,
  ) {
    this.order = parts.order
    this.host = host
    this.results = results
    this.#streams = parts.order.columns.map(({ name }) => columnRandom(parts.runSeed, name))
    this.#checks = parts.checks
    this.#groups = groups
    this.#skipping = new Skipping(parts)
    this.#modelCells = new ModelCells(this, parts, () => groups.scheduleNext())
  }

  /** Whether any cell is being made. */
  get busy(): boolean {
    return this.#inWork > 0
  }

  /** Whether cells wait for a model or an effect. */
  get waiting(): boolean {
    return this.#modelCells.waiting
  }

  get taskTraces(): readonly TaskTrace[] {
    return this.#modelCells.taskTraces
  }

  /** Begins model cells that may be started. */
  dispatch(): void {
    this.#modelCells.dispatch()
  }

  randomOf(position: number, row: number): Random {
    return present(this.#streams[position], 'random streams')(row)
  }

  /** Computed cells are made at once; others are started, or wait for their turn. */
  follow(ready: ReadyCell[]): void {
    const { eagerCount } = this.order
    for (let cell = ready.pop(); cell !== undefined; cell = ready.pop()) {
      const { open, row, position } = cell
      const column = columnAt(this.order, position)
      if (position < eagerCount || !open.rows.wants(row, position)) continue
      if (column.kind === 'computed') this.compute(open, row, position, column, ready)
      else if (column.kind === 'side') this.#skip(open, row, position, ready)
      else if (column.kind === 'sampled' || column.kind === 'seed' || column.kind === 'resizing') continue
      else if (this.#skip(open, row, position, ready)) open.barrier.pass(position)
      else if (open.schedule !== undefined) open.schedule.wait(row, position)
      else if (column.kind === 'grouped') open.barrier.come(row, position)
      else this.#start(cell, column)
    }
  }

  /** Makes a computed cell, if its row still wants it. */
  compute(
    open: ActiveRowGroup,
    row: number,
    position: number,
    column: ComputedColumn,
    ready: ReadyCell[],
  ): void {
    if (!open.rows.wants(row, position) || this.#skip(open, row, position, ready)) return
    try {
      const random = this.randomOf(position, open.rows.firstRow + row)
      const value = column.compute(open.rows.view(row, position), random)
      this.results.put(open, row, position, value, ready)
    } catch (error) {
      this.results.fail(open, row, position, error)
    }
  }

  /** Begins what is due: columns whose rows have all come, or the group's next column when those before it are done. */
  startReady(open: ActiveRowGroup): void {
    if (open.schedule === undefined) {
      for (const { position, rows } of open.barrier.ready(open.rows)) this.#runAll(open, rows, position)
      return
    }
    const turn = open.schedule.next(open.rows)
    if (turn === undefined) return
    const { position, rows } = turn
    const column = columnAt(this.order, position)
    if (column.kind === 'resizing') void this.#resize(open, rows, position, column)
    if (column.kind === 'grouped') this.#runAll(open, rows, position)
    if (column.kind !== 'model' && column.kind !== 'checked') return
    for (const row of rows) this.#start({ open, row, position }, column)
  }

  started(open: ActiveRowGroup): void {
    this.#inWork++
    open.cellsInFlight++
  }

  ended(open: ActiveRowGroup, rows: readonly number[]): void {
    for (const row of rows) this.results.settle(open, row)
    open.schedule?.ended()
    this.#left(open)
  }

  #left(open: ActiveRowGroup): void {
    this.#inWork--
    open.cellsInFlight--
    this.startReady(open)
    this.#groups.ended(open)
  }

  #start(cell: ReadyCell, column: ModelColumn | CheckedColumn): void {
    if (column.kind === 'model') this.#modelCells.add(cell, column)
    else void runValidationCells(this, this.#checks, cell, column)
  }

  #runAll(open: ActiveRowGroup, rows: readonly number[], position: number): void {
    const column = columnAt(this.order, position)
    if (column.kind !== 'grouped' || rows.length === 0 || this.host.stopping.aborted) return
    void runRowGroupCells(this, open, rows, position, column)
  }

  /** Never rejects. */
  async #resize(
    open: ActiveRowGroup,
    rows: readonly number[],
    position: number,
    column: ResizingColumn,
  ): Promise<void> {
    this.started(open)
    await resize(this, open, rows, position, column, (more) => this.#groups.grew(more))
    this.#left(open)
  }

  /** Leaves a ready cell out if its column's rule says so (rule N9 of `skipping.ts`). @returns whether it did */
  #skip(open: ActiveRowGroup, row: number, position: number, ready: ReadyCell[]): boolean {
    if (!this.#skipping.skips(open.rows, row, position)) return false
    this.results.put(
      open,
      row,
      position,
      present(columnAt(this.order, position).skip, 'rules that skip').value,
      ready,
      { isSkipped: true },
    )
    return true
  }
}
