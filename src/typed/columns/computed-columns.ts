/** Columns that are made of others: expressions, functions, checks. */
import { withoutUndefined } from '../../base/values/without-undefined.ts'
import {
  customColumn,
  type FunctionModel,
  type FunctionRow,
  type FunctionTools,
  type FunctionType,
  fullColumn,
  type GeneratorOptions,
  standingFor,
} from '../../code/functions.ts'
import type { ColumnConfig } from '../../config/schema/schema.ts'
import type { checkedLanguages } from '../../config/schema/validators.ts'
import type { Json, Simplify } from '../values/cells.ts'
import type { JsonSchema } from '../values/json-schema.ts'
import { numbersOf } from '../values/numbers.ts'
import { type AnyColumnOptions, type ColumnOptions, columnOptions } from './column-options.ts'
import {
  type AnyColumn,
  type AnyModel,
  type AnyTool,
  type Checked,
  type Column,
  columnFor,
  columnOf,
  type Has,
  type MaySkip,
  type Scope,
} from './scope.ts'

type Made<
  S extends Scope,
  Cell,
  Reads,
  W extends string,
  V,
  D extends boolean,
  A extends boolean,
  Also = unknown,
> = Column<S, MaySkip<Cell, S, Reads, V, Has<W>, A>, Also, D, Has<W>>

interface Dtypes {
  str: string
  int: number
  float: number
  bool: boolean
}

/** What a Jinja template renders, as text or as another type. @example expr('{{ stars * 2 }}', { as: 'int' }) */
export function expr<
  S extends Scope,
  const T extends string,
  B extends keyof Dtypes = 'str',
  const W extends string = string,
  const V = unknown,
  D extends boolean = false,
  A extends boolean = true,
>(
  template: Checked<T, S>,
  options: ColumnOptions<S, W, V, D, A> & { readonly as?: B | undefined } = {},
): Made<S, Dtypes[B], T, W, V, D, A> {
  return columnOf('expression', { expr: template, dtype: options.as, ...columnOptions(options) })
}

/** What a function gets in addition to its row. */
export interface ComputeTools<M extends string> {
  /** The models that the column names. Each answer is stored before it is given out. */
  readonly models: { readonly [K in M]: FunctionModel }
  /** A float in [0, 1): the same whenever the cell is made. */
  random(): number
  /** Fires when the result is of no use any more: its time is up, or the run stops. */
  readonly signal: AbortSignal
}

type NoSides = Readonly<Record<never, FunctionType>>

export interface ComputeOptions<
  S extends Scope,
  K extends string,
  M extends string,
  C extends Readonly<Record<string, FunctionType>>,
  W extends string,
  V,
  D extends boolean,
  A extends boolean,
> extends ColumnOptions<S, W, V, D, A> {
  /** Columns that it is given, and no others. */
  readonly reads: readonly K[]
  /** Models that it may ask. */
  readonly models?: readonly M[] | undefined
  /** Tools that those models may call. */
  readonly tools?: readonly AnyTool<S>[] | undefined
  /** How its cells are stored. @default 'json' */
  readonly as?: FunctionType | undefined
  /** Columns that it makes along with its own, and their types. The function returns `{ value, ...them }` then. */
  readonly also?: C | undefined
  /** What it returns is stored, and not computed twice. @default true for async functions and those with models */
  readonly effect?: boolean | undefined
  /** Calls under way at once, of an async function without models. @default 16 */
  readonly maxConcurrency?: number | undefined
  /** Seconds that one call may take; then its row is dropped. @default no limit */
  readonly timeout?: number | undefined
  /** What it is called in configs and messages. @default the column's name */
  readonly name?: string | undefined
}

/** What a function is given of a row: integers are numbers. */
export type Given<S extends Scope, K extends string> = Simplify<Readonly<Pick<S['row'], K & keyof S['row']>>>

type OfDeclared<T> = T extends `list<${infer I}>`
  ? OfDeclared<I>[]
  : T extends `map<${infer I}>`
    ? { [name: string]: OfDeclared<I> }
    : T extends keyof Dtypes
      ? Dtypes[T]
      : Json
type SidesOf<C> = { -readonly [N in keyof C]: OfDeclared<C[N]> }
type Returned<C> = [keyof C] extends [never] ? unknown : SidesOf<C> & { readonly value: unknown }
type OneCell<T> = T extends bigint ? number : T
type CellOfFunction<T, C> = [keyof C] extends [never]
  ? OneCell<Awaited<T>>
  : Awaited<T> extends { readonly value: infer O }
    ? OneCell<O>
    : never

/** What a function returns. @example compute({ reads: ['review'], as: 'int' }, ({ review }) => review.length) */
export function compute<
  S extends Scope,
  const K extends AnyColumn<S>,
  T extends Returned<C> | Promise<Returned<C>>,
  const M extends AnyModel<S> & string = never,
  const C extends Readonly<Record<string, FunctionType>> = NoSides,
  const W extends string = string,
  const V = unknown,
  D extends boolean = false,
  A extends boolean = true,
>(
  options: ComputeOptions<S, K, M, C, W, V, D, A>,
  run: (row: Given<S, K>, tools: ComputeTools<M>) => T,
): Made<S, CellOfFunction<T, C>, `{{ ${K} }}`, W, V, D, A, SidesOf<C>> {
  const call = run as (row: never, tools: never) => unknown
  return custom(options, (column) =>
    customColumn(
      generatorOptions(options),
      standingFor(run, (row: FunctionRow, tools: FunctionTools) =>
        named(column, options.also, call(numbersOf(row) as never, tools as never)),
      ),
    ),
  )
}

/** What a function returns for all rows of a row group at once: one entry a row. */
export function computeAll<
  S extends Scope,
  const K extends AnyColumn<S>,
  T extends Returned<C>,
  const M extends AnyModel<S> & string = never,
  const C extends Readonly<Record<string, FunctionType>> = NoSides,
  const W extends string = string,
  const V = unknown,
  D extends boolean = false,
  A extends boolean = true,
>(
  options: ComputeOptions<S, K, M, C, W, V, D, A>,
  run: (rows: readonly Given<S, K>[], tools: ComputeTools<M>) => readonly T[] | Promise<readonly T[]>,
): Made<S, CellOfFunction<T, C>, `{{ ${K} }}`, W, V, D, A, SidesOf<C>> {
  const call = run as (rows: never, tools: never) => unknown
  const all = (column: string, returned: unknown): unknown =>
    Array.isArray(returned) ? returned.map((each) => named(column, options.also, each)) : returned
  return custom(
    options,
    (column) =>
      fullColumn(
        generatorOptions(options),
        standingFor(run, (rows: readonly FunctionRow[], tools: FunctionTools) =>
          then(call(rows.map((row) => numbersOf(row)) as never, tools as never), (returned) =>
            all(column, returned),
          ),
        ),
      ),
    { generation_strategy: 'full_column' },
  )
}

/** A side column's function knows its own cell as `value`; the column is known by its name. */
function named(column: string, also: object | undefined, returned: unknown): unknown {
  if (also === undefined) return returned
  return then(returned, (each) => {
    if (typeof each !== 'object' || each === null || !('value' in each)) return each
    const { value, ...sides } = each
    return { [column]: value, ...sides }
  })
}

function then(given: unknown, change: (value: unknown) => unknown): unknown {
  return given instanceof Promise ? given.then(change) : change(given)
}

type AnyCompute = Omit<
  ComputeOptions<Scope, string, string, NoSides, string, unknown, boolean, boolean>,
  'skip'
>

function generatorOptions(
  options: Omit<AnyCompute, 'also'> & { readonly also?: object | undefined },
): GeneratorOptions {
  const { name = '', reads, models = [], tools = [], as, also, effect, maxConcurrency, timeout } = options
  return withoutUndefined<GeneratorOptions>({
    name,
    requiredColumns: reads,
    modelAliases: models,
    toolAliases: tools,
    sideEffectColumns: also as Record<string, FunctionType> | undefined,
    type: as,
    effect,
    maxConcurrency,
    timeout,
  })
}

function custom(
  options: AnyColumnOptions,
  functionOf: (column: string) => unknown,
  more: object = {},
): never {
  return columnFor((name) => ({
    column_type: 'custom',
    generator_function: functionOf(name),
    ...more,
    ...columnOptions(options),
  }))
}

/** What checked code is said to be. */
export interface CheckResult {
  /** Null where there is nothing to check. */
  is_valid: boolean | null
}
interface SyntaxResult extends CheckResult {
  error_messages: string | null
}
interface PythonResult extends CheckResult {
  python_linter_score: number | null
  python_linter_severity: string | null
  python_linter_messages:
    | { type: string; symbol: string; line: number; column: number; message: string }[]
    | null
}
type ResultOf<L> = Simplify<L extends 'python' ? PythonResult : SyntaxResult>
/** One target: its result. Several: one under the name of each. */
type ResultsOf<K extends string, L> = IsUnion<K> extends true ? { [N in K]: ResultOf<L> } : ResultOf<L>
type IsUnion<K, Each = K> = K extends unknown ? ([Each] extends [K] ? false : true) : never

/** Whether code parses, and for Python what Ruff says of it. @example codeCheck('query', 'sql:postgres') */
export function codeCheck<
  S extends Scope,
  const K extends AnyColumn<S>,
  const L extends (typeof checkedLanguages)[number],
  const W extends string = string,
  const V = unknown,
  D extends boolean = false,
  A extends boolean = true,
>(
  targets: K | readonly K[],
  language: L,
  options: ColumnOptions<S, W, V, D, A> & BatchSize = {},
): Made<S, ResultsOf<K, L>, `{{ ${K} }}`, W, V, D, A> {
  return validation(targets, 'code', { code_lang: language }, options)
}

interface BatchSize {
  /** How many rows Data Designer hands to its validator at once; Rowsmith checks row by row. */
  readonly batchSize?: number | undefined
}

/** What a function of yours says of columns: whether they are valid, or an object that says so in `is_valid`. @example check(['answer'], ({ answer }) => answer.length < 200) */
export function check<
  S extends Scope,
  const K extends AnyColumn<S>,
  T extends boolean | null | CheckResult | Promise<boolean | null | CheckResult>,
  const W extends string = string,
  const V = unknown,
  D extends boolean = false,
  A extends boolean = true,
>(
  targets: readonly K[],
  run: (row: Given<S, K>) => T,
  options: ColumnOptions<S, W, V, D, A> & BatchSize & { readonly schema?: JsonSchema | undefined } = {},
): Made<S, Awaited<T> extends boolean | null ? CheckResult : Awaited<T>, `{{ ${K} }}`, W, V, D, A> {
  const call = run as (row: never) => unknown
  const checks = standingFor(run, (row: FunctionRow) => call(numbersOf(row) as never))
  const declared = customColumn({ name: '', requiredColumns: [...targets] }, checks)
  return validation(
    targets,
    'local_callable',
    { validation_function: declared, output_schema: options.schema },
    options,
  )
}

export interface RemoteCheckOptions extends BatchSize {
  readonly url: string
  /** What the server answers, as the JSON Schema of all results: `{ data: [...] }`. */
  readonly schema?: JsonSchema | undefined
  /** Seconds. @default 30 */
  readonly timeout?: number | undefined
  /** @default 3 */
  readonly maxRetries?: number | undefined
  /** @default 2 */
  readonly retryBackoff?: number | undefined
  /** @default 4 */
  readonly maxParallelRequests?: number | undefined
}

/** What a server of yours says of columns; docs/validators.md has the protocol. */
export function remoteCheck<
  S extends Scope,
  const K extends AnyColumn<S>,
  Said extends CheckResult = CheckResult,
  const W extends string = string,
  const V = unknown,
  D extends boolean = false,
  A extends boolean = true,
>(
  targets: readonly K[],
  options: RemoteCheckOptions & ColumnOptions<S, W, V, D, A>,
): Made<S, Said, `{{ ${K} }}`, W, V, D, A> {
  const { url, schema, timeout, maxRetries, retryBackoff, maxParallelRequests } = options
  const params = {
    endpoint_url: url,
    output_schema: schema,
    timeout,
    max_retries: maxRetries,
    retry_backoff: retryBackoff,
    max_parallel_requests: maxParallelRequests,
  }
  return validation(targets, 'remote', params, options)
}

function validation(
  targets: string | readonly string[],
  type: string,
  params: object,
  options: AnyColumnOptions & BatchSize,
): never {
  return columnOf('validation', {
    target_columns: [targets].flat(),
    validator_type: type,
    validator_params: params,
    batch_size: options.batchSize,
    ...columnOptions(options),
  })
}

/** A column of the seed dataset, where there is something to say of it. @example seedColumn({ drop: true }) */
export function seedColumn<S extends Scope, D extends boolean = false>(
  options: { readonly drop?: D | undefined } = {},
): Column<S, Json, unknown, D> {
  return columnOf('seed-dataset', { drop: options.drop })
}

/** Any column as a config file has it, for what no other function says. The type of its cells is yours to say. */
export function configColumn<Cell = Json>(
  fields: Readonly<Record<string, unknown>> & { readonly column_type: ColumnConfig['column_type'] },
): Column<Scope, Cell> {
  return { config: fields }
}
