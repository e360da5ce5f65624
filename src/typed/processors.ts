/** What is done with rows once they are made: the processors of docs/processors.md. */
import { withoutUndefined } from '../base/values/without-undefined.ts'
import { type FunctionType, standingFor } from '../code/functions.ts'
import type { RowsFunction } from '../post/table.ts'
import type { AnyColumn, Checked, Scope } from './columns/scope.ts'
import type { Json, Simplify, Without } from './values/cells.ts'
import { numbersOf } from './values/numbers.ts'

declare const processor: unique symbol

/**
 * A processor, made for what stands before it.
 *
 * @template Dropped columns that leave the rows
 * @template After what the rows are afterwards; `never` where they stay what they are
 */
export interface Processor<S extends Scope, Dropped = never, After = never> {
  readonly [processor]?: (scope: S) => { dropped: Dropped; after: After }
  /** What a config says of it, but for its name. */
  readonly config: Readonly<Record<string, unknown>>
}

function processorOf(type: string, fields: object): never {
  return { config: { processor_type: type, ...withoutUndefined<object>(fields) } } as never
}

/** `internal_*` as a type: any text that begins so. */
type Pattern<P> = P extends `${infer A}*${infer B}` ? `${A}${string}${Pattern<B>}` : P

/** Leaves columns out; `*` in a name stands for any text. @example dropColumns(['draft', 'internal_*']) */
export function dropColumns<S extends Scope, const P extends AnyColumn<S> | `${string}*${string}`>(
  columns: readonly P[],
): Processor<S, Pattern<P>> {
  return processorOf('drop_columns', { column_names: columns })
}

/** What is wrong with a template within a tree. */
interface Wrong<Text> {
  readonly wrong: Text
}
/** Every text of a tree is a template over the columns. */
type CheckedTree<T, S extends Scope> = T extends string
  ? Checked<T, S> extends T
    ? T
    : Wrong<Checked<T, S>>
  : T extends readonly unknown[] | { readonly [key: string]: unknown }
    ? { readonly [K in keyof T]: CheckedTree<T[K], S> }
    : T

/** Rows in another shape, in a table of their own. @example schemaTransform({ prompt: '{{ question }}', completion: '{{ answer }}' }) */
export function schemaTransform<S extends Scope, const T extends { readonly [key: string]: unknown }>(
  template: T & CheckedTree<T, S>,
): Processor<S> {
  return processorOf('schema_transform', { template })
}

/** A query over the table `dataset`, whose result becomes the dataset; null leaves it as it is. What its rows are is yours to say. */
export function sql<After = { [column: string]: Json }>(
  query: string | null,
  options: { readonly outputs?: Readonly<Record<string, string>> | undefined } = {},
): Processor<Scope, never, After> {
  return processorOf('sql', { sql: query, outputs: options.outputs })
}

type RowsOf<S extends Scope> = Simplify<Without<S['row'], S['dropped']>>

/** A function of yours over all rows, in order. @example mapRows(async function* (rows) { for await (const row of rows) if (row.keep) yield row }) */
export function mapRows<S extends Scope, After extends object>(
  run: (rows: AsyncIterable<RowsOf<S>>) => AsyncIterable<After>,
  options: { readonly newColumns?: Readonly<Record<string, FunctionType>> | undefined } = {},
): Processor<S, never, After> {
  const call = run as (rows: AsyncIterable<never>) => AsyncIterable<never>
  const all: RowsFunction = standingFor(run, (rows) => call(withNumbers(rows) as AsyncIterable<never>))
  return processorOf('function', { function: all, new_columns: options.newColumns })
}

async function* withNumbers(rows: Parameters<RowsFunction>[0]): ReturnType<RowsFunction> {
  for await (const row of rows) yield numbersOf(row)
}
