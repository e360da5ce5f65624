/**
 * What a column type is to the engine: how its cells are made, and from what.
 *
 * A column never touches a file, never opens a connection and never waits for anything but its cell's effects and a check.
 * Making a cell is a pure function of its row, its config, its random stream and the answers it requests:
 * a resumed run makes open rows again, and gets the stored answers in the same order.
 */

import type { Random } from '../../base/numbers/random.ts'
import type { ColumnType, FoundType } from '../../base/values/column-type.ts'
import type { Following } from '../../base/values/stored-values.ts'
import type { Value, ValueObject } from '../../base/values/value.ts'
import type {
  ChatPrompt,
  EmbeddingPrompt,
  EmbeddingReply,
  ImagePrompt,
  ImageReply,
  ModelReply,
  StructuredMode,
} from '../../models/contract/contract.ts'
import type { Effect, Gate } from '../../models/contract/effect.ts'
import type { Constraint } from '../../sample/plain/constraint.ts'
import type { Sampler } from '../../sample/sampler/sampler.ts'
import type { InTime } from '../../tools/call/deadline.ts'
import type { Toolbox } from '../../tools/toolbox/toolbox.ts'
import type { Checks } from '../../validate/checking/checker.ts'

/** The columns a cell reads, by name. Holds at least those in `reads`. */
export type RowView = Readonly<Record<string, Value>>

interface ColumnBase {
  readonly name: string
  readonly type: ColumnType
  /**
   * What its files have where the reference stores it otherwise, of datasets that Rowsmith begins; `none` in it: as the values show.
   * In files that another tool began, theirs comes first.
   */
  readonly stored?: FoundType
  /** Members that the reference does not have: left out of files that follow its own. */
  readonly extras?: readonly string[]
  /** Set while files are followed: how values of the column's own type are written in them. */
  readonly following?: Following
  /** Generated and usable, but left out of the dataset. */
  readonly drop: boolean
  /** Names of the columns its cells are made from, and of those that decide whether one is made. */
  readonly reads: readonly string[]
  /** When a cell is left out; a column without it makes all its cells. */
  readonly skip?: SkipRule | undefined
}

/** Which cells of a column are left out: they have a value, and cost nothing. */
interface SkipRule {
  /** Columns whose skipped cells skip this one of their row too. */
  readonly along: readonly string[]
  /**
   * Whether this row's cell is left out; null when only others decide.
   *
   * @param random a stream of its own, keyed by run seed, column and row
   * @throws RowsmithError of class `row` when the row does not decide it
   */
  readonly when: ((row: RowView, random: Random) => boolean) | null
  /** What stands in its place. */
  readonly value: Value
}

/** Drawn from its random stream and from what other sampled columns drew, a whole row group at once, before anything else. */
export interface SampledColumn extends ColumnBase, Sampler {
  readonly kind: 'sampled'
  /** Of other sampled columns alone, those of its constraints among them. */
  readonly reads: readonly string[]
  /** What a drawn value has to meet. */
  readonly constraints: readonly Constraint[]
}

/** Taken from the seed dataset, a whole row group at once, before anything else. */
interface SeedColumn extends ColumnBase {
  readonly kind: 'seed'
}

/** Made from other cells of its row, at once and for free. */
export interface ComputedColumn extends ColumnBase {
  readonly kind: 'computed'
  /**
   * @param random keyed by run seed, column and row
   * @throws RowsmithError of class `row` when this row has no value: the row is dropped.
   */
  compute(row: RowView, random: Random): Value
}

/**
 * Made from other cells of its row, for free, but not at once: parsers have a thread of their own. As pure as a computed
 * column: made again, it has the same value.
 */
export interface CheckedColumn extends ColumnBase {
  readonly kind: 'checked'
  /** @throws RowsmithError `internal` when nothing can be checked */
  check(row: RowView, checks: Checks): Promise<Value>
}

/** Made with effects, most of them answers of models: each is stored before it is used. */
export interface ModelColumn extends ColumnBase {
  readonly kind: 'model'
  /** Every alias whose model it may ask. */
  readonly aliases: readonly string[]
  /** Where its cells wait to be started. */
  readonly queue: Queue
  /** What a cell requests first may wait for a batch. @default false */
  readonly batched?: boolean
  /** @throws RowsmithError of class `row` when this row has no value. */
  run(cell: ModelCell): Promise<CellResult>
  /** Of vectors: gets the length of those of published row groups, before the first cell is made. */
  recallDimension?(dimension: number): void
}

/** For a slot of a model, that of an alias, or of something that has a limit of its own. */
type Queue =
  | { readonly kind: 'model'; readonly alias: string }
  | { readonly kind: 'gate'; readonly gate: Gate }

/** A cell, and what came along with it. */
export interface CellResult {
  readonly value: Value
  /** Values of its side columns, by name; one that is not there is null. */
  readonly sides?: ValueObject
  /** Files that its value names: published with its row, at these paths below the dataset. */
  readonly media?: readonly NamedMedium[]
  /** What the user should know of it; the column says it once. */
  readonly warning?: string
}

export interface NamedMedium {
  readonly path: string
  readonly sha256: string
}

/**
 * Made for all rows of a row group at once, when everything before it is made: a row that failed before is not among them.
 */
export interface GroupedColumn extends ColumnBase {
  readonly kind: 'grouped'
  /** Every alias whose model it may ask. */
  readonly aliases: readonly string[]
  /**
   * @param cells all of them: their effects are those of the group's first row, and so is the random stream
   * @returns one entry a row, in their order
   * @throws RowsmithError of class `row` when none of these rows has a value: they are dropped
   */
  runAll(cells: ModelCellBatch): Promise<readonly CellResult[]>
}

/** Made along with another column. Skipped where that one is skipped. */
export interface SideColumn extends ColumnBase {
  readonly kind: 'side'
  /** The column that makes it, which is all that it reads. */
  readonly of: string
}

/**
 * Makes rows of rows: a column with `allow_resize` whose cells may be several, or that returns a whole new group. Makes a
 * run sequential, since whatever comes after it needs to know which rows there are.
 */
export interface ResizingColumn extends ColumnBase {
  readonly kind: 'resizing'
  /** Whether it is called once for each row, or once for all rows of a row group. */
  readonly per: 'row' | 'group'
  /**
   * @param rows whole: every column that is made so far, read or not
   * @param random keyed by run seed, column and the first of the rows
   * @returns the rows in their place, any number, whole too: this column, and every column that was given
   * @throws RowsmithError of class `row` when none of these rows has a value: they are dropped
   */
  resize(rows: readonly RowView[], random: Random, call: CallsUser): Promise<readonly ValueObject[]>
}

/**
 * Waits for a function of the user's, which may never end: no longer than `timeoutMs` (null: no limit), and than the run. A stop names
 * what is waited for.
 *
 * @throws what `work` throws; the reason of the stop
 */
export type CallsUser = <T>(
  timeoutMs: number | null,
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<InTime<T>>

export type Column =
  | SampledColumn
  | SeedColumn
  | ComputedColumn
  | CheckedColumn
  | ModelColumn
  | GroupedColumn
  | SideColumn
  | ResizingColumn

/**
 * What a model cell gets to work with. Answers are those of this run or a former one; the caller cannot know which.
 * Everything throws when the row or the run cannot go on. An alias may be left out by a column whose queue is that of one.
 */
export interface ModelCell extends Requests {
  readonly row: RowView
  /** Of its row, over the dataset as planned. */
  readonly index: number
  /**
   * A file that the row names: one that it was made with, or one below the dataset or the folder of its config.
   *
   * @throws RowsmithError media_unusable
   */
  file(path: string): Promise<Uint8Array>
}

/** The same for a column that is made for many rows at once. */
export interface ModelCellBatch extends Requests {
  readonly rows: readonly RowView[]
}

export interface Requests {
  /** Keyed by run seed, column and row: the same stream at every attempt to make this cell. */
  readonly random: Random
  request(prompt: ChatPrompt, alias?: string): Promise<ModelReply>
  embed(prompt: EmbeddingPrompt, alias?: string): Promise<EmbeddingReply>
  image(prompt: ImagePrompt, alias?: string): Promise<ImageReply>
  /** How the model of an alias is made to answer in JSON. */
  structuredMode(alias?: string): StructuredMode
  /** What an effect gave that is no request to a model. */
  perform(effect: Effect): Promise<Value>
  readonly call: CallsUser
  /** The tools of a tool alias. */
  tools(alias: string): Toolbox
}
