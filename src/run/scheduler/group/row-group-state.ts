/**
 * A row group while its rows are being made: from opened to sealed.
 *
 * Owns:   the values and the state of every cell of the group, and each row's state.
 * Never:  calls a model, touches a file, or chooses which cell runs next.
 * Rules:
 *   G1. A cell is ready when every column it waits for is made in its own row.
 *   G2. A row's row failure is that of its first failing column in making order. Columns before the failing one
 *       are still made, columns after it are not: so the row failure is the same in whatever order answers come.
 *   G3. A row is settled once: written (every cell made) or dropped. The group is sealed when all rows have one.
 */
import { present } from '../../../base/errors/present.ts'
import { type RowBuilder, rowBuilder, type Value } from '../../../base/values/value.ts'
import type { Column, NamedMedium, RowView } from '../../../columns/column/column.ts'
import type { TopologicalOrder } from '../../../columns/column/topological-order.ts'
import { columnAt } from '../../../columns/column/topological-order.ts'
import type { RowFailure } from '../../effects/journal-records.ts'

/** Always within bounds; in a function of its own, V8 inlines it without a check. */
const known = (states: Uint8Array | Uint16Array, index: number): number => states[index]!

const waiting = 0
const ready = 1
const done = 2
/** Made, with the value of its column's skip rule. */
const skipped = 3
const none: readonly number[] = []

export class RowGroupState {
  readonly group: number
  readonly firstRow: number
  readonly rowCount: number
  readonly order: TopologicalOrder
  /** Per column in making order: one value per row. */
  readonly values: Value[][]
  rowsOpen: number
  rowsDropped = 0

  /** Per column: makes what it reads of a row. */
  readonly #views: readonly RowBuilder[]
  readonly #state: Uint8Array
  readonly #unmet: Uint16Array
  /** Per row: position of the first failing column, or the number of columns. */
  readonly #failedAt: Uint16Array
  /** Per row: cells not made yet among those before `failedAt`. */
  readonly #cellsLeft: Uint16Array
  readonly #rowFailures = new Map<number, RowFailure>()
  readonly #media: { readonly row: number; readonly position: number; readonly medium: NamedMedium }[] = []
  readonly #settledRows: Uint8Array
  /** Per grouped column: rows that failed before it. */
  readonly #lost: number[]

  constructor(group: number, firstRow: number, rowCount: number, order: TopologicalOrder) {
    const width = order.columns.length
    this.group = group
    this.firstRow = firstRow
    this.rowCount = rowCount
    this.order = order
    this.rowsOpen = rowCount
    this.#views = order.sources.map((sources) =>
      rowBuilder(sources.map((source) => columnAt(order, source).name)),
    )
    this.values = order.columns.map(() => new Array<Value>(rowCount).fill(null))
    this.#state = new Uint8Array(width * rowCount)
    this.#unmet = new Uint16Array(width * rowCount)
    this.#failedAt = new Uint16Array(rowCount).fill(width)
    this.#cellsLeft = new Uint16Array(rowCount).fill(width)
    this.#settledRows = new Uint8Array(rowCount)
    this.#lost = order.grouped.map(() => 0)
    const unmet = order.waits.map((waits) => waits.length)
    for (let row = 0; row < rowCount; row++) this.#unmet.set(unmet, row * width)
  }

  /** The values of a column, by row. */
  valuesOf(position: number): Value[] {
    return present(this.values[position], 'values of columns')
  }

  #valueOf(row: number, position: number): Value {
    return present(this.valuesOf(position)[row], 'values of rows')
  }

  /** What a column reads, for one row (an index within the group). */
  view(row: number, position: number): RowView {
    const sources = present(this.order.sources[position], 'sources of columns')
    return present(
      this.#views[position],
      'views of columns',
    )((index) => this.#valueOf(row, present(sources[index], 'sources of columns')))
  }

  /** Every column before a position, for one row. */
  rowBefore(row: number, position: number): RowView {
    const names = this.order.columns.slice(0, position).map(({ name }) => name)
    return rowBuilder(names)((before) => this.#valueOf(row, before))
  }

  /** True when the row still wants this cell (rule G2). */
  wants(row: number, position: number): boolean {
    return this.#settledRows[row] === 0 && position < known(this.#failedAt, row)
  }

  /**
   * Stores a cell's value.
   *
   * @param isSkipped whether the value stands in for one that was not made
   * @returns positions of the cells of this row that became ready by it
   */
  put(row: number, position: number, value: Value, isSkipped = false): readonly number[] {
    const width = this.order.columns.length
    const cell = row * width + position
    if (known(this.#state, cell) >= done) return none
    this.#state[cell] = isSkipped ? skipped : done
    this.valuesOf(position)[row] = value
    if (position < known(this.#failedAt, row)) this.#cellsLeft[row] = known(this.#cellsLeft, row) - 1
    let nowReady: number[] | undefined
    for (const reader of present(this.order.readers[position], 'readers of columns')) {
      const readerCell = row * width + reader
      const unmet = known(this.#unmet, readerCell) - 1
      this.#unmet[readerCell] = unmet
      if (unmet === 0 && this.#state[readerCell] === waiting) {
        this.#state[readerCell] = ready
        nowReady ??= []
        nowReady.push(reader)
      }
    }
    return nowReady ?? none
  }

  /** Whether a cell is skipped because one that it is made from was. */
  skippedAlong(row: number, position: number): boolean {
    const first = row * this.order.columns.length
    return present(this.order.along[position], 'columns that skip').some(
      (source) => this.#state[first + source] === skipped,
    )
  }

  /** How many cells of the surviving rows were skipped, by column; columns without any are left out. */
  skippedCells(): (readonly [column: string, cells: number])[] {
    const { columns } = this.order
    return columns.flatMap(({ name, skip }, position) => {
      if (skip === undefined) return []
      let cells = 0
      for (let row = 0; row < this.rowCount; row++) {
        if (this.#state[row * columns.length + position] === skipped && !this.isDropped(row)) cells++
      }
      return cells === 0 ? [] : [[name, cells] as const]
    })
  }

  /** Notes that a cell has no value. The row's row failure is final once `settle` says so. */
  fail(row: number, position: number, failure: RowFailure): void {
    if (!this.wants(row, position)) return
    const width = this.order.columns.length
    this.#failAt(row, position)
    this.#rowFailures.set(row, failure)
    let left = 0
    for (let before = 0; before < position; before++) {
      if (known(this.#state, row * width + before) < done) left++
    }
    this.#cellsLeft[row] = left
  }

  #failAt(row: number, position: number): void {
    for (const [index, grouped] of this.order.grouped.entries()) {
      if (position < grouped && grouped <= known(this.#failedAt, row))
        this.#lost[index] = (this.#lost[index] ?? 0) + 1
    }
    this.#failedAt[row] = position
  }

  /** Rows that failed before a grouped column, and have no cell of it. */
  lostBefore(position: number): number {
    return this.#lost[this.order.grouped.indexOf(position)] ?? 0
  }

  /** Gives up an open row, for its first column that is not made. */
  abandon(row: number, code: string): void {
    if (this.#settledRows[row] !== 0) return
    const width = this.order.columns.length
    const first = this.order.columns.findIndex(
      (_, position) => known(this.#state, row * width + position) < done,
    )
    const column = this.order.columns[first]?.name ?? ''
    this.drop(this.#rowFailures.get(row) ?? { row: this.firstRow + row, column, code })
  }

  /**
   * Takes a row failure of a former process (rule E4): final at once, but for a row that a grouped column saw before it failed.
   * That one is made up to where it failed, of what is stored, so that the column sees it again.
   */
  restoreFailure(failure: RowFailure): void {
    const failed = this.order.columns.findIndex(({ name }) => name === failure.column)
    const row = failure.row - this.firstRow
    if (this.order.grouped.some((position) => position < failed)) this.fail(row, failed, failure)
    else this.drop(failure)
  }

  /** Takes a row failure as final: nothing more is made for the row. */
  drop(failure: RowFailure): void {
    const row = failure.row - this.firstRow
    this.#failAt(row, 0)
    this.#cellsLeft[row] = 0
    this.#rowFailures.set(row, failure)
  }

  /** Settles the row if it is due. Returns the row failure of a row that is dropped by this call. */
  settle(row: number): 'open' | 'written' | RowFailure {
    if (this.#settledRows[row] !== 0 || this.#cellsLeft[row] !== 0) return 'open'
    this.#settledRows[row] = 1
    this.rowsOpen--
    const failure = this.#rowFailures.get(row)
    if (failure === undefined) return 'written'
    this.rowsDropped++
    return failure
  }

  isDropped(row: number): boolean {
    return this.#settledRows[row] === 1 && this.#rowFailures.has(row)
  }

  /** Row failures of dropped rows, by row. */
  rowFailures(): RowFailure[] {
    return [...this.#rowFailures.values()].sort((a, b) => a.row - b.row)
  }

  /** A file that a cell's value names. */
  addMedium(row: number, position: number, medium: NamedMedium): void {
    this.#media.push({ row, position, medium })
  }

  /** The checksum of a file that a cell of the group named so far. */
  mediumAt(path: string): string | undefined {
    return this.#media.find(({ medium }) => medium.path === path)?.medium.sha256
  }

  /** The files that values of surviving rows name, of columns that are wanted, in order of their rows and columns. */
  media(wanted: (column: Column) => boolean): NamedMedium[] {
    return this.#media
      .filter(({ row, position }) => !this.isDropped(row) && wanted(columnAt(this.order, position)))
      .sort((a, b) => a.row - b.row || a.position - b.position)
      .map(({ medium }) => medium)
  }

  /** Takes over what the rows hold that these were made of. */
  copyMedia(before: RowGroupState): void {
    // No row of this group is theirs, so none that is dropped takes them along.
    for (const each of before.#media) if (!before.isDropped(each.row)) this.#media.push({ ...each, row: -1 })
  }

  /** Per column in making order: the values of the rows that survived, in row order. */
  survivors(position: number): Value[] {
    const values = this.valuesOf(position)
    if (this.rowsDropped === 0) return values
    return values.filter((_, row) => !this.isDropped(row))
  }
}
