/**
 * The functions that a config written as code brings along: what they are given, and what they declare.
 *
 * A plain function is pure by contract: it is called again whenever its row is made again. What an async function returns,
 * one that calls models, or one marked `effect`, is stored like an answer, and not computed twice once it is durable.
 */

import { RowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'
import type { ColumnType } from '../base/values/column-type.ts'
import { sharedDeclarations } from '../base/values/declarations.ts'
import { type DeclaredType, declaredColumnType, declaredTypesInWords } from '../base/values/declared-type.ts'
import { formatJson } from '../base/values/json.ts'
import type { Value } from '../base/values/value.ts'
import type { ChatPrompt, EmbeddingReply, ImageReply, ModelReply } from '../models/contract/contract.ts'

/** A row as a function sees it: integers are bigints, floats numbers. */
export type FunctionRow = Readonly<Record<string, Value>>

/** A model of the config, at hand. Each answer is durable before it is given out, and requested once. */
export interface FunctionModel {
  /** @param prompt a user prompt, or a whole conversation */
  generate(prompt: string | ChatPrompt): Promise<ModelReply>
  /**
   * The same with settings of this call. With `parse`, an answer that cannot be read is requested again.
   *
   * @throws what `parse` threw last; RowsmithError `function_failed` for settings that cannot be
   */
  generate<T = string>(prompt: string | ChatPrompt, options: GenerateOptions<T>): Promise<Generated<T>>
  embed(inputs: readonly string[]): Promise<EmbeddingReply>
  image(prompt: string): Promise<ImageReply>
}

/** Settings of one call, in place of what the model is set to. */
export interface GenerateOptions<T = string> {
  readonly systemPrompt?: string
  readonly temperature?: number
  readonly topP?: number
  readonly maxTokens?: number
  /** Keys of the request body, next to those of the model and its provider. */
  readonly extraBody?: Readonly<Record<string, unknown>>
  /** The tools that the model may call: a tool alias of the config, which the function declares. */
  readonly toolAlias?: string
  /** Reads the answer; what it throws is sent to the model. @default its text as it is */
  readonly parse?: (content: string) => T
  /** How many corrections follow in the same conversation. @default max_conversation_correction_steps */
  readonly corrections?: number
  /** How often the conversation begins again after those. @default max_conversation_restarts */
  readonly restarts?: number
}

/** An answer, and what `parse` made of it. */
export type Generated<T> = ModelReply & { readonly parsed: T }

/** What a function gets in addition to its row. */
export interface FunctionTools {
  /** The column's `generator_params`. */
  readonly params: Value
  /** By alias: those that the function declares. */
  readonly models: Readonly<Record<string, FunctionModel>>
  /** A float in [0, 1), from a stream keyed by run seed, column and row: the same whenever the cell is made. */
  random(): number
  /** Fires when nothing waits for the result any more: its time is up, or the run stops. */
  readonly signal: AbortSignal
}

/** Makes one cell: its value, or with side columns an object of the values by column. Throwing drops the row. */
export type CellFunction = (row: FunctionRow, tools: FunctionTools) => unknown

/** Makes a whole column of a row group: one entry a row, in their order, each as of a cell function. */
export type GroupFunction = (rows: readonly FunctionRow[], tools: FunctionTools) => unknown

/** Looks at the target columns of a row: whether they are valid, or an object that says so in `is_valid`. */
export type ValidationFunction = (row: FunctionRow) => unknown

/** A type that a function declares. */
export type FunctionType = DeclaredType

/** The type of a column that a function has declared. */
export function functionType(declared: FunctionType): ColumnType {
  return present(declaredColumnType(declared), 'declared types')
}

export interface GeneratorOptions {
  /** What it is called in configs and messages. @default the function's own name */
  readonly name?: string
  /** Columns it reads; no others are there. */
  readonly requiredColumns?: readonly string[]
  /** Columns it makes along with its own, and their types. */
  readonly sideEffectColumns?: Readonly<Record<string, FunctionType>>
  /** Models it calls. */
  readonly modelAliases?: readonly string[]
  /** Tool aliases of the config whose tools its models may call. */
  readonly toolAliases?: readonly string[]
  /** What its column holds. @default 'json' */
  readonly type?: FunctionType
  /** What it returns is stored, and not computed twice. @default true for async functions and those with models */
  readonly effect?: boolean
  /** Calls under way at once, of a function that is async and calls no model. @default 16 */
  readonly maxConcurrency?: number
  /** Seconds that one call may take; then its row is dropped. @default no limit */
  readonly timeout?: number
}

/** A function with what it declares. */
export interface Generator extends Required<Omit<GeneratorOptions, 'sideEffectColumns' | 'timeout'>> {
  readonly sideEffectColumns: ReadonlyMap<string, FunctionType>
  readonly timeoutMs: number | null
  readonly call: UserFunction
}

/** A function of a config, and what it does: 64 hex digits, of its code and its declaration. */
export interface KnownFunction extends Generator {
  readonly does: string
}

/** What of a declaration has a part in what is returned: with the function's code, it is what the function does. */
export function declarationOf(generator: Generator): Value {
  const { name, requiredColumns, sideEffectColumns, modelAliases, toolAliases, type, effect } = generator
  const sides = [...sideEffectColumns].map(([side, kind]) => [side, kind])
  // Those that declare no tools are what they were before there were any.
  const tools = toolAliases.length === 0 ? [] : [[...toolAliases]]
  return [name, [...requiredColumns], sides, [...modelAliases], type, effect, ...tools]
}

/** Any function of a config. */
export type UserFunction = CellFunction | GroupFunction | ValidationFunction

const declared = sharedDeclarations<Generator>('generators.1')

/**
 * Declares what a function needs and makes, for `generator_function` of a custom column. The function itself is returned.
 *
 * @throws RowsmithError usage for a declaration that cannot be
 */
export function customColumn(options: GeneratorOptions, call: CellFunction): CellFunction {
  declare(options, call)
  return call
}

/**
 * The same for a function that makes a whole column of a row group, with `generation_strategy: full_column`.
 *
 * @throws RowsmithError usage for a declaration that cannot be
 */
export function fullColumn(options: GeneratorOptions, call: GroupFunction): GroupFunction {
  declare(options, call)
  return call
}

const sources = sharedDeclarations<object>('sources.1')

/** A function that calls one of the user's with something changed: what it does is read from the text of theirs. */
export function standingFor<F extends object>(source: object, call: F): F {
  sources.set(call, source)
  return call
}

/** The function of the user's that one stands for; else the function itself. */
export function sourceFunction(call: object): object {
  return sources.get(call) ?? call
}

/** A function has one declaration: a second one would change what its first column holds. */
function declare(options: GeneratorOptions, call: UserFunction): void {
  const now = generator(options, call)
  const before = declared.get(call)
  if (before !== undefined && whole(before) !== whole(now)) {
    throw new RowsmithError('usage', `The function "${now.name}" is declared twice, in two ways`, {
      nextStep: 'Give each declaration a function of its own.',
    })
  }
  declared.set(call, now)
}

function whole(generator: Generator): string {
  const { timeoutMs, maxConcurrency } = generator
  return formatJson([declarationOf(generator), timeoutMs, maxConcurrency])
}

/** What is declared of a function; of one without a declaration, that it reads nothing. */
export function generatorOf(call: UserFunction): Generator {
  return declared.get(call) ?? generator({}, call)
}

function generator(options: GeneratorOptions, call: UserFunction): Generator {
  const { modelAliases = [], toolAliases = [], type = 'json', maxConcurrency = 16 } = options
  const sideEffectColumns = new Map(Object.entries(options.sideEffectColumns ?? {}))
  const unknown = [type, ...sideEffectColumns.values()].find(
    (given) => declaredColumnType(given) === undefined,
  )
  if (unknown !== undefined) {
    throw new RowsmithError(
      'usage',
      `A custom column cannot be of type "${unknown}"; types are ${declaredTypesInWords}`,
    )
  }
  if (!Number.isInteger(maxConcurrency) || maxConcurrency < 1) {
    throw new RowsmithError(
      'usage',
      `maxConcurrency must be a whole number of at least 1, not ${maxConcurrency}`,
    )
  }
  const { timeout } = options
  if (timeout !== undefined && !(Number.isFinite(timeout) && timeout > 0)) {
    throw new RowsmithError('usage', `timeout must be a number of seconds above 0, not ${timeout}`)
  }
  return {
    name: options.name ?? call.name,
    requiredColumns: options.requiredColumns ?? [],
    sideEffectColumns,
    modelAliases,
    toolAliases,
    type,
    effect: options.effect ?? (isAsync(sourceFunction(call)) || modelAliases.length > 0),
    maxConcurrency,
    timeoutMs: timeout === undefined ? null : 1000 * timeout,
    call,
  }
}

function isAsync(call: object): boolean {
  return Object.prototype.toString.call(call) === '[object AsyncFunction]'
}
