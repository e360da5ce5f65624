/**
 * A dataset declared in TypeScript, step by step, with a row type that the compiler knows.
 *
 * Rules:
 *   1. A column reads the columns before it: a cycle cannot be written.
 *   2. A step changes nothing: it returns another builder. `d.column('a', ...)` and `d.column('b', ...)` are two datasets.
 *   3. `toConfig()` is the config of docs/compatibility.md: with the same columns in YAML, its `config_hash` is the same.
 *   4. A row is what is read from the dataset: numbers, null, ISO text for times, JSON for all else.
 *   5. An intersection holds the row, not a mapped type of a mapped type: those nest, and give TS2589 after 48 columns.
 */
import { RowsmithError } from '../base/errors/errors.ts'
import { withoutUndefined } from '../base/values/without-undefined.ts'
import type { ConfigInput } from '../code/from-code.ts'
import { type Refs, references } from './columns/references.ts'
import type { At, Column, ColumnFields, ColumnFor } from './columns/scope.ts'
import { type Model, modelConfig, type Tools, toolConfig } from './models.ts'
import type { Processor } from './processors.ts'
import { type Seed, type SeedRow, seedConfig } from './seeds.ts'
import type { Simplify, Without } from './values/cells.ts'

/** A dataset that is declared, and not made yet: what `create`, `preview`, `validate` and `estimate` take. */
export interface TypedDataset<Row, Cells = unknown> {
  /** What a row is, for the compiler alone: `type Row = typeof reviews.Row`. */
  readonly Row: Row
  /** What every column holds, those that are not in the rows too; for the compiler alone. */
  readonly Cells: Cells
  /** The config, as `defineConfig` gives it. */
  toConfig(): ConfigInput
}

type Sides<N extends string, Also> = {
  [K in keyof Also as K extends '__trace' | '__reasoning_content' ? `${N}${K}` : K]: Also[K]
}
type Add<Row, N extends string, Cell, Also> = Row & { [P in N]: Cell } & (unknown extends Also
    ? unknown
    : Sides<N, Also>)
type SideNames<N extends string, Also> = unknown extends Also ? never : keyof Sides<N, Also> & string
type MayBeNull<N extends string, Skips> = [Skips] extends [true] ? N : never
type NewName<N extends string, Keys> = string extends Keys
  ? N
  : N extends Keys
    ? `There is a column '${N}' already.`
    : N

// biome-ignore lint/suspicious/noExplicitAny: what does not matter, of columns of every kind.
type Any = any
type CellIn<C> = C extends Column<Any, infer Cell, Any, Any, Any> ? Cell : never
type AlsoIn<C> = C extends Column<Any, Any, infer Also, Any, Any> ? Also : never
type DroppedIn<C> = {
  [N in keyof C & string]: C[N] extends Column<Any, Any, Any, infer D, Any>
    ? [D] extends [true]
      ? N
      : never
    : never
}[keyof C & string]
type SkippedIn<C> = {
  [N in keyof C & string]: C[N] extends Column<Any, Any, Any, Any, infer K> ? MayBeNull<N, K> : never
}[keyof C & string]
type SidesIn<C> = {
  [N in keyof C & string]: unknown extends AlsoIn<C[N]> ? never : Sides<N, AlsoIn<C[N]>>
}[keyof C & string]
type Together<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void
  ? I
  : unknown
type SideNamesIn<C> = [SidesIn<C>] extends [never] ? never : keyof Together<SidesIn<C>> & string
type AddAll<Row, C> = Row & { -readonly [N in keyof C]: CellIn<C[N]> } & ([SidesIn<C>] extends [never]
    ? unknown
    : Together<SidesIn<C>>)

type RowOf<Row, Dropped, After> = [After] extends [never] ? Simplify<Without<Row, Dropped>> : After

/**
 * A dataset under construction. Hover `Row` to see what a row is.
 *
 * @template Row what columns may read: dropped ones too
 * @template Dropped names, and patterns of names, that are not in the rows
 * @template After what processors made of the rows; `never` where they are as they were generated
 */
export interface DatasetBuilder<
  Row extends object,
  Model extends string = never,
  Tool extends string = never,
  Dropped extends string = never,
  Skips extends string = never,
  Keys extends string = never,
  After = never,
> extends TypedDataset<RowOf<Row, Dropped, After>, Row> {
  /** Adds a column. It may read those before it. A function gets references to them: `({ topic }) => llmText({ prompt: `About ${topic}` })`. */
  column<const N extends string, Cell, Also = unknown, D extends boolean = false, K extends boolean = false>(
    name: NewName<N, Keys>,
    column:
      | Column<At<Row, Model, Tool, Dropped, Skips, Keys>, Cell, Also, D, K>
      | ((columns: Refs<Row>) => Column<At<Row, Model, Tool, Dropped, Skips, Keys>, Cell, Also, D, K>),
  ): DatasetBuilder<
    Add<Row, N, Cell, Also>,
    Model,
    Tool,
    D extends true ? Dropped | N : Dropped,
    Skips | MayBeNull<N, null extends Cell ? true : K>,
    Keys | N | SideNames<N, Also>,
    After
  >
  /** Adds columns that do not read each other, in one step. */
  columns<const C extends { readonly [name: string]: ColumnFor<At<Row, Model, Tool, Dropped, Skips, Keys>> }>(
    group: C & {
      readonly [N in keyof C]: NewName<N & string, Keys> extends N ? unknown : NewName<N & string, Keys>
    },
  ): DatasetBuilder<
    AddAll<Row, C>,
    Model,
    Tool,
    Dropped | DroppedIn<C>,
    Skips | SkippedIn<C>,
    Keys | (keyof C & string) | SideNamesIn<C>,
    After
  >
  /** Leaves columns out of the rows. They are made all the same, and may be read. */
  drop<const N extends keyof Row & string>(
    ...names: N[]
  ): DatasetBuilder<Row, Model, Tool, Dropped | N, Skips, Keys, After>
  /** A condition that sampled columns have to meet. @example .constrain('price', '<', 200) */
  constrain(
    column: keyof Row & string,
    operator: '<' | '<=' | '>' | '>=',
    than: number | (keyof Row & string),
  ): DatasetBuilder<Row, Model, Tool, Dropped, Skips, Keys, After>
  /** Something that is done with the rows once they are made. @example .processor('chat', schemaTransform({ text: '{{ review }}' })) */
  processor<const G = never, R = never>(
    name: string,
    processor: Processor<At<Row, Model, Tool, Dropped, Skips, Keys>, G, R>,
  ): DatasetBuilder<Row, Model, Tool, Dropped | (G & string), Skips, Keys, [R] extends [never] ? After : R>
  /** A model that sums up the judges' scores in the profile of the dataset. */
  profile(
    model: Model,
    options?: { readonly sampleSize?: number | null | undefined },
  ): DatasetBuilder<Row, Model, Tool, Dropped, Skips, Keys, After>
}

export interface DatasetOptions<M, T, X> {
  /** By alias. */
  readonly models?: M | undefined
  /** By alias. */
  readonly tools?: T | undefined
  /** Rows to start from; a path is that of a file. */
  readonly seed?: X | undefined
}

/** Begins a dataset. @example dataset({ models: { writer: 'openai/gpt-4.1-mini' } }).column('topic', category(['tea', 'rope'])) */
export function dataset<
  const M extends { readonly [alias: string]: Model } = Readonly<Record<never, Model>>,
  const T extends { readonly [alias: string]: Tools } = Readonly<Record<never, Tools>>,
  const X extends Seed | string | undefined = undefined,
>(
  options: DatasetOptions<M, T, X> = {},
): DatasetBuilder<
  SeedRow<X extends string ? { path: X } : X> & object,
  keyof M & string,
  keyof T & string,
  never,
  never,
  keyof SeedRow<X extends string ? { path: X } : X> & string
> {
  const models = Object.entries<Model>(options.models ?? {})
  const tools = Object.entries<Tools>(options.tools ?? {})
  const seed: Seed | string | undefined = options.seed
  const given = typeof seed === 'string' ? { path: seed } : seed
  return new Builder({
    model_configs: models.map(([alias, model]) => modelConfig(alias, model)),
    tool_configs: tools.map(([alias, tool]) => toolConfig(alias, tool)),
    seed_config: given === undefined ? undefined : seedConfig(given),
    columns: [],
    constraints: [],
    processors: [],
    profilers: [],
  }) as never
}

interface Parts {
  readonly model_configs: readonly object[]
  readonly tool_configs: readonly object[]
  readonly seed_config: object | undefined
  readonly columns: readonly (ColumnFields & { readonly name: string })[]
  readonly constraints: readonly object[]
  readonly processors: readonly object[]
  readonly profilers: readonly object[]
}

const operators = { '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' } as const

interface Given {
  readonly config: ColumnFields | ((name: string) => ColumnFields)
}

/** Rule 2. The types are those of `DatasetBuilder`. */
class Builder {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get Row(): undefined {
    return undefined
  }

  get Cells(): undefined {
    return undefined
  }

  toConfig(): ConfigInput {
    const { columns, ...others } = this.#parts
    const used = Object.entries(others).filter(
      ([, part]) => part !== undefined && !(Array.isArray(part) && part.length === 0),
    )
    return { ...Object.fromEntries(used), columns }
  }

  column(name: string, given: Given | ((columns: never) => Given)): Builder {
    const { config } = typeof given === 'function' ? given(references()) : given
    const fields = typeof config === 'function' ? config(name) : config
    return this.#with({ columns: [...this.#parts.columns, { name, ...withoutUndefined(fields) }] })
  }

  columns(group: Readonly<Record<string, Given>>): Builder {
    return Object.entries(group).reduce<Builder>((built, [name, given]) => built.column(name, given), this)
  }

  /** Columns of the seed are not among those of the config until there is something to say of them. */
  drop(...names: string[]): Builder {
    const { columns, seed_config: seed } = this.#parts
    const others = names.filter((name) => !columns.some((column) => column.name === name))
    if (others.length > 0 && seed === undefined) {
      throw new RowsmithError('usage', `There is no column "${others[0]}" to drop`, {
        facts: { column: others[0] ?? null },
      })
    }
    return this.#with({
      columns: [
        ...columns.map((column) => (names.includes(column.name) ? { ...column, drop: true } : column)),
        ...others.map((name) => ({ name, column_type: 'seed-dataset', drop: true })),
      ],
    })
  }

  constrain(column: string, operator: keyof typeof operators, than: number | string): Builder {
    const constraint = {
      target_column: column,
      rhs: than,
      operator: operators[operator],
      constraint_type: typeof than === 'number' ? 'scalar_inequality' : 'column_inequality',
    }
    return this.#with({ constraints: [...this.#parts.constraints, constraint] })
  }

  processor(name: string, { config }: { readonly config: object }): Builder {
    return this.#with({ processors: [...this.#parts.processors, { name, ...config }] })
  }

  profile(model: string, { sampleSize }: { readonly sampleSize?: number | null } = {}): Builder {
    const profiler = withoutUndefined({ model_alias: model, summary_score_sample_size: sampleSize })
    return this.#with({ profilers: [...this.#parts.profilers, profiler] })
  }

  #with(parts: Partial<Parts>): Builder {
    return new Builder({ ...this.#parts, ...parts })
  }
}
