/** What can be said of every column but those that are drawn: whether it is in the rows, and where its cells are left out. */
import type { Checked, Scope } from './scope.ts'

/** When a cell is left out, and what stands in its place. */
interface Skip<W extends string, V> {
  /** A Jinja template: the cell is left out where it renders as true. */
  readonly when: W
  /** @default null */
  readonly value?: V | undefined
}

export interface ColumnOptions<S extends Scope, W extends string, V, D extends boolean, A extends boolean> {
  /** The column is made and can be read by others, but is not in the rows. */
  readonly drop?: D | undefined
  readonly skip?: Skip<Checked<W, S>, V> | undefined
  /** Whether a cell is left out where a column that it reads was. @default true */
  readonly propagateSkip?: A | undefined
}

/** The same where types do not matter. */
export interface AnyColumnOptions {
  readonly drop?: boolean | undefined
  readonly skip?: unknown
  readonly propagateSkip?: boolean | undefined
}

/** As a config names them. */
export function columnOptions({ drop, skip, propagateSkip }: AnyColumnOptions): object {
  return { drop, skip, propagate_skip: propagateSkip }
}
