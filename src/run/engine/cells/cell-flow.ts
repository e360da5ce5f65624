/**
 * The way of cells through their group: from ready to made, and to those that are ready by it.
 *
 * Owns:   where a ready cell goes (made at once, into a queue, or waiting for its turn or its rows), and how many are in work.
 * Never:  opens a group, takes a verdict, or says when a group is sealed.
 * Rules:
 *   N7. The sequential engine is this one with two more gates: a group opens when the one before it is published (`engine.ts`),
 *       and the cells of asked and checked columns wait for their column's turn (`column-turns.ts`). What is made, and how, is
 *       the same.
 *   N10. A grouped column is made once for its group, when all rows have come to it (`gathering.ts`).
 */
import { columnRandom, type Random } from '../../../base/numbers/random.ts'
import type {
  AskedColumn,
  CheckedColumn,
  ComputedColumn,
  ResizingColumn,
} from '../../../columns/column/column.ts'
import type { MakingOrder } from '../../../columns/column/making-order.ts'
import type { EffectsHost } from '../../effects/effects-host.ts'
import type { GroupInWork, ReadyCell } from '../group/group-in-work.ts'
import type { EngineParts } from '../parts/engine-parts.ts'
import { AskedCells, type TaskTrace } from './asked-cells.ts'
import { makeChecked } from './checked-cells.ts'
import { makeGrouped } from './grouped-cells.ts'
import type { Making } from './making.ts'
import type { Outcomes } from './outcomes.ts'
import { resize } from './resizing.ts'
import { Skipping } from './skipping.ts'

/** Who has the groups open. */
interface Groups {
  /** Something that was in work for the group has ended, and what follows it has begun. */
  ended(open: GroupInWork): void
  /** A column gave its group so many rows more; fewer when negative. */
  grew(rows: number): void
  /** Looks for work. */
  pump(): void
}

export class CellFlow implements Making {
  readonly order: MakingOrder
  readonly host: EffectsHost
  readonly outcomes: Outcomes
  readonly randomOf: readonly ((row: number) => Random)[]
  readonly #checks: EngineParts['checks']
  readonly #groups: Groups
  readonly #skipping: Skipping
  readonly #asked: AskedCells
  #inWork = 0

  constructor(
    parts: Pick<EngineParts, 'order' | 'runSeed' | 'checks' | 'file' | 'traceTasks' | 'emit'>,
    host: EffectsHost,
    outcomes: Outcomes,
    groups: Groups,
  ) {
    this.order = parts.order
    this.host = host
    this.outcomes = outcomes
    this.randomOf = parts.order.columns.map(({ name }) => columnRandom(parts.runSeed, name))
    this.#checks = parts.checks
    this.#groups = groups
    this.#skipping = new Skipping(parts)
    this.#asked = new AskedCells(this, parts, () => groups.pump())
  }

  /** Whether any cell is being made. */
  get busy(): boolean {
    return this.#inWork > 0
  }

  /** Whether cells wait for somebody whom they could ask. */
  get waiting(): boolean {
    return this.#asked.waiting
  }

  get taskTraces(): readonly TaskTrace[] {
    return this.#asked.taskTraces
  }

  /** Begins asked cells that may be begun. */
  dispatch(): void {
    this.#asked.dispatch()
  }

  /** Computed cells are made at once; others are begun, or wait for their turn. */
  follow(ready: ReadyCell[]): void {
    const { columns, eagerCount } = this.order
    for (let cell = ready.pop(); cell !== undefined; cell = ready.pop()) {
      const { open, row, position } = cell
      const column = columns[position]!
      if (position < eagerCount || !open.rows.wants(row, position)) continue
      if (column.kind === 'computed') this.compute(open, row, position, column, ready)
      else if (column.kind === 'side') this.#skip(open, row, position, ready)
      else if (column.kind === 'sampled' || column.kind === 'seed' || column.kind === 'resizing') continue
      else if (this.#skip(open, row, position, ready)) open.gathering.pass(position)
      else if (open.turns !== undefined) open.turns.wait(row, position)
      else if (column.kind === 'grouped') open.gathering.come(row, position)
      else this.#begin(cell, column)
    }
  }

  /** Makes a computed cell, if its row still wants it. */
  compute(
    open: GroupInWork,
    row: number,
    position: number,
    column: ComputedColumn,
    ready: ReadyCell[],
  ): void {
    if (!open.rows.wants(row, position) || this.#skip(open, row, position, ready)) return
    try {
      const random = this.randomOf[position]!(open.rows.firstRow + row)
      const value = column.compute(open.rows.view(row, position), random)
      this.outcomes.put(open, row, position, value, ready)
    } catch (error) {
      this.outcomes.fail(open, row, position, error)
    }
  }

  /** Begins what is due: columns whose rows have all come, or the group's next column when those before it are done. */
  beginDue(open: GroupInWork): void {
    if (open.turns === undefined) {
      for (const { position, rows } of open.gathering.due(open.rows)) this.#makeAll(open, rows, position)
      return
    }
    const turn = open.turns.next(open.rows)
    if (turn === undefined) return
    const { position, rows } = turn
    const column = this.order.columns[position]!
    if (column.kind === 'resizing') void this.#resize(open, rows, position, column)
    if (column.kind === 'grouped') this.#makeAll(open, rows, position)
    if (column.kind !== 'asked' && column.kind !== 'checked') return
    for (const row of rows) this.#begin({ open, row, position }, column)
  }

  began(open: GroupInWork): void {
    this.#inWork++
    open.cellsInWork++
  }

  ended(open: GroupInWork, rows: readonly number[]): void {
    for (const row of rows) this.outcomes.settle(open, row)
    open.turns?.ended()
    this.#left(open)
  }

  #left(open: GroupInWork): void {
    this.#inWork--
    open.cellsInWork--
    this.beginDue(open)
    this.#groups.ended(open)
  }

  #begin(cell: ReadyCell, column: AskedColumn | CheckedColumn): void {
    if (column.kind === 'asked') this.#asked.add(cell, column)
    else void makeChecked(this, this.#checks, cell, column)
  }

  #makeAll(open: GroupInWork, rows: readonly number[], position: number): void {
    const column = this.order.columns[position]!
    if (column.kind !== 'grouped' || rows.length === 0 || this.host.stopping.aborted) return
    void makeGrouped(this, open, rows, position, column)
  }

  /** Never rejects. */
  async #resize(
    open: GroupInWork,
    rows: readonly number[],
    position: number,
    column: ResizingColumn,
  ): Promise<void> {
    this.began(open)
    await resize(this, open, rows, position, column, (more) => this.#groups.grew(more))
    this.#left(open)
  }

  /** Leaves a ready cell out if its column's rule says so (rule N9 of `skipping.ts`). @returns whether it did */
  #skip(open: GroupInWork, row: number, position: number, ready: ReadyCell[]): boolean {
    if (!this.#skipping.skips(open.rows, row, position)) return false
    this.outcomes.put(open, row, position, this.order.columns[position]!.skip!.value, ready, true)
    return true
  }
}
