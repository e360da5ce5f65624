import { setImmediate as nextTurn } from 'node:timers/promises'
import { present } from '../../base/errors/present.ts'
import type { Value } from '../../base/values/value.ts'
import type { Slice } from '../../base/work/slice.ts'
import type { TopologicalOrder } from '../../columns/column/topological-order.ts'
import { type RowAhead, rowReader, rowSampler, type SampledRow } from '../../columns/sampled/sampled-rows.ts'
import type { RowGroup } from '../../plan/row-groups.ts'

/** Rows that are read for at once: so many records are in the heap. */
const READ_ROWS = 512

/** Per row of a group (an index within it) that has no value: the first column that has none, and why. */
export type RowsUnsampled = ReadonlyMap<number, { readonly position: number; readonly error: unknown }>

/** The sampled columns of a run, a row group at a time. */
export class SampledColumns {
  readonly #columns: readonly { readonly name: string; readonly position: number }[]
  readonly #load: () => Promise<unknown>
  readonly #rowOf: (row: number, ahead?: RowAhead) => SampledRow
  readonly #read: ReturnType<typeof rowReader>

  /** @param today the date that "today" means, `2026-08-07` */
  constructor({ columns }: TopologicalOrder, runSeed: bigint, today: string) {
    const sampled = columns.flatMap((column, position) =>
      column.kind === 'sampled' ? [{ column, position }] : [],
    )
    this.#columns = sampled.map(({ column, position }) => ({ name: column.name, position }))
    this.#load = () => Promise.all(sampled.map(({ column }) => column.load?.()))
    const alone = sampled.map(({ column }) => column)
    this.#rowOf = rowSampler(alone, runSeed, today)
    this.#read = rowReader(alone, runSeed)
  }

  /**
   * Draws the columns that were not stored, row by row, and adds them to those that were. A row that was stored without a value may
   * have lost its row failure: what it lacks is reported again.
   */
  async addTo(first: Map<string, readonly Value[]>, group: RowGroup, slice: Slice): Promise<RowsUnsampled> {
    const stored = this.#columns.map(({ name }) => first.get(name))
    const due = (row: number): boolean => stored.some((values) => (values?.[row] ?? null) === null)
    const failures = new Map<number, { readonly position: number; readonly error: unknown }>()
    const drawn = this.#columns.map(() => new Array<Value>(group.rows).fill(null))
    let loaded = false
    let ahead: ReadonlyMap<number, RowAhead> = new Map()
    for (let row = 0; row < group.rows; row++) {
      if (slice.over()) await nextTurn()
      if (!due(row)) continue
      if (!loaded) await this.#load()
      loaded = true
      if (this.#read !== undefined && !ahead.has(row)) ahead = await this.#readFrom(row, group, due)
      const { values, failed } = this.#rowOf(group.firstRow + row, ahead.get(row))
      for (const [index, column] of drawn.entries()) column[row] = values[index] ?? null
      if (failed !== undefined) {
        const { position } = present(this.#columns[failed.at], 'sampled columns')
        failures.set(row, { position, error: failed.error })
      }
    }
    for (const [index, values] of drawn.entries()) {
      const column = this.#columns[index]
      if (column !== undefined && stored[index] === undefined) first.set(column.name, values)
    }
    return failures
  }

  /** What the next rows that are due need, from this one on. */
  async #readFrom(
    row: number,
    group: RowGroup,
    due: (row: number) => boolean,
  ): Promise<ReadonlyMap<number, RowAhead>> {
    const rows: number[] = []
    for (let next = row; next < group.rows && rows.length < READ_ROWS; next++) if (due(next)) rows.push(next)
    const read = (await this.#read?.(rows.map((each) => group.firstRow + each))) ?? []
    return new Map(read.flatMap((ahead, index) => (rows[index] === undefined ? [] : [[rows[index], ahead]])))
  }
}
