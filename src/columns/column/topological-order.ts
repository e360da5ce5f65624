import { present } from '../../base/errors/present.ts'
import { columnGraph } from '../../plan/graph.ts'
import type { Column } from './column.ts'

/** What a row group's columns have in common, worked out once per run. */
export interface TopologicalOrder {
  /** Columns in an order in which everything read stands before its reader. */
  readonly columns: readonly Column[]
  /** Per column: positions of the columns it reads. */
  readonly sources: readonly (readonly number[])[]
  /** Per column: positions of the columns that have to be made before it: those it reads; of a grouped column, all before it. */
  readonly waits: readonly (readonly number[])[]
  /** Positions of grouped columns. */
  readonly grouped: readonly number[]
  /** Per column: positions of the columns that wait for it. */
  readonly readers: readonly (readonly number[])[]
  /** Per column: positions of the columns whose skipped cells skip its own. */
  readonly along: readonly (readonly number[])[]
  /** How many columns, from the front, are made column-wise at opening: those of the seed, sampled ones and what is computed from them. */
  readonly eagerCount: number
}

/** The column at a position. @throws RowsmithError internal for a position of another order */
export function columnAt({ columns }: TopologicalOrder, position: number): Column {
  return present(columns[position], 'columns of a row group')
}

/** Columns that are there before anything else of their group: what a group with effects keeps in its first frame. */
export function isFirst(column: Column): boolean {
  return column.kind === 'sampled' || column.kind === 'seed'
}

/** Whether making the column may ask for something that is stored. */
export function mayHaveEffects({ kind }: Column): boolean {
  return kind === 'model' || kind === 'grouped'
}

/**
 * The order in which cells of a row can be made, and who waits for whom. Columns that need no answer come first,
 * so that they can be made column by column when a group opens.
 * What is made along with a column stands right behind it: nothing comes between the two.
 *
 * @throws RowsmithError config_invalid when columns read each other in a circle
 */
export function topologicalOrder(columns: readonly Column[]): TopologicalOrder {
  const byName = new Map(columns.map((column) => [column.name, column]))
  const sorted = inOrder(columns)
  const eager = new Set<string>()
  for (const column of sorted) {
    const free = column.reads.every((name) => !byName.has(name) || eager.has(name))
    if (isFirst(column) || (column.kind === 'computed' && free)) eager.add(column.name)
  }
  const ordered = [
    ...sorted.filter((column) => eager.has(column.name)),
    ...sorted.filter((column) => !eager.has(column.name)),
  ]
  const positions = new Map(ordered.map((column, position) => [column.name, position]))
  const sources = ordered.map((column) =>
    [...new Set(column.reads)].flatMap((name) => {
      const position = name === column.name ? undefined : positions.get(name)
      return position === undefined ? [] : [position]
    }),
  )
  const along = ordered.map(({ skip }) => skip?.along.flatMap((name) => positions.get(name) ?? []) ?? [])
  const waits = ordered.map(({ kind }, position) =>
    kind === 'grouped' ? [...Array(position).keys()] : (sources[position] ?? []),
  )
  const readers = ordered.map((_, position) =>
    waits.flatMap((before, reader) => (before.includes(position) ? [reader] : [])),
  )
  const grouped = ordered.flatMap(({ kind }, position) => (kind === 'grouped' ? [position] : []))
  return { columns: ordered, sources, waits, readers, grouped, along, eagerCount: eager.size }
}

/** Each after all it reads; where there is a choice, in config order. */
function inOrder(columns: readonly Column[]): Column[] {
  const makers = new Map(columns.flatMap((each) => (each.kind === 'side' ? [[each.name, each.of]] : [])))
  const generated = columns.filter(({ kind }) => kind !== 'side')
  const { order } = columnGraph(
    generated.map(({ name, reads }) => ({ name, reads: reads.map((read) => makers.get(read) ?? read) })),
  )
  return order.flatMap((name) =>
    columns.filter((each) => each.name === name || makers.get(each.name) === name),
  )
}
