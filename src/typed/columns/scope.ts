/** What a column knows of those before it, and what it adds: the types through which a chain of columns is checked. */
import type { ColumnConfig } from '../../config/schema/schema.ts'
import type { Check, ReadsOf } from '../template/check.ts'

/** What stands before a column. */
export interface Scope {
  /** Columns that templates and functions may read, with their types. */
  row: object
  /** Aliases of models. */
  model: string
  /** Aliases of tools. */
  tool: string
  /** Columns that are not in the rows. */
  dropped: string
  /** Columns whose cells may be null since they may be skipped. */
  skips: string
  /** Names of columns; `string` where a seed did not say its own. */
  keys: string
}

/** A reference, not a literal: the same arguments are the same type, so a template is checked once for it. */
export interface At<
  Row extends object,
  Model extends string,
  Tool extends string,
  Dropped extends string,
  Skips extends string,
  Keys extends string,
> {
  row: Row
  model: Model
  tool: Tool
  dropped: Dropped
  skips: Skips
  keys: Keys
}

declare const scope: unique symbol

/**
 * A column, made for what stands before it.
 *
 * @template Cell what its cells are
 * @template Also columns that are made along with it, by what follows its name: `{ __trace: Message[] }`
 * @template Dropped whether it is left out of the rows
 * @template Skips whether its cells may be skipped
 */
export interface Column<
  S extends Scope,
  Cell,
  Also = unknown,
  Dropped extends boolean = false,
  Skips extends boolean = false,
> {
  readonly [scope]?: (scope: S) => { cell: Cell; also: Also; dropped: Dropped; skips: Skips }
  /** What a config says of it, but for its name; a function where that depends on its name. */
  readonly config: ColumnFields | ((name: string) => ColumnFields)
}

/** Any column for what stands before it: of a group, where nothing but that decides what its options may be. */
export interface ColumnFor<S extends Scope> {
  readonly [scope]?: (scope: S) => object
  readonly config: Column<S, unknown>['config']
}

/** The fields of a column in a config, functions among them. */
export type ColumnFields = Readonly<Record<string, unknown>> & { readonly column_type: string }

/** The template itself when nothing is wrong with it, else what is wrong. */
export type Checked<T extends string, S extends Scope> = [Check<T, S['row'], S>] extends [never]
  ? T
  : Check<T, S['row'], S>

export type AnyModel<S extends Scope> = string extends S['model'] ? string : S['model']
export type AnyTool<S extends Scope> = string extends S['tool'] ? string : S['tool']
export type AnyColumn<S extends Scope> = keyof S['row'] & string

/** Cells of a column that may be skipped, or reads one that may: null, or the value that stands in their place. */
export type MaySkip<Cell, S extends Scope, Prompt, Value, Own extends boolean, Along extends boolean> =
  | Cell
  | (Own extends true ? (unknown extends Value ? null : Value) : never)
  | (Along extends true ? AlongNull<S['skips'], Prompt> : never)
type AlongNull<Skips extends string, Prompt> = [Skips] extends [never]
  ? never
  : [Prompt extends string ? ReadsOf<Prompt, Skips> : Skips] extends [never]
    ? never
    : null

/** Whether a template was given. */
export type Has<W extends string> = string extends W ? false : true

/** A column of these fields: those that are undefined are left out. */
export function columnOf(type: ColumnConfig['column_type'], fields: object): never {
  return columnFor(() => ({ column_type: type, ...fields }))
}

/** The same where a field depends on the column's name. */
export function columnFor(fieldsOf: (name: string) => ColumnFields): never {
  return { config: fieldsOf } as never
}
