/** Columns that models make: one function per column type, with the fields of docs/model-columns.md in camel case. */
import type { StandardTypedV1 } from '@standard-schema/spec'
import type { codeLanguages } from '../../config/schema/validators.ts'
import type { Stored } from '../values/cells.ts'
import type { FromJsonSchema, JsonSchema } from '../values/json-schema.ts'
import { jsonSchemaOf } from '../values/standard-schema.ts'
import { type AnyColumnOptions, type ColumnOptions, columnOptions } from './column-options.ts'
import {
  type AnyColumn,
  type AnyModel,
  type AnyTool,
  type Checked,
  type Column,
  columnOf,
  type Has,
  type MaySkip,
  type Scope,
} from './scope.ts'

/** A picture, sound or video that goes along with a prompt, from another column. */
export type Context<K extends string = string> = {
  readonly column: K
  /** How the column holds it. @default seen from the value */
  readonly as?: 'url' | 'base64' | undefined
} & (
  | {
      readonly kind?: 'image' | undefined
      readonly format?: 'png' | 'jpg' | 'jpeg' | 'gif' | 'webp' | undefined
    }
  | { readonly kind: 'audio'; readonly format?: 'mp3' | 'wav' | undefined }
  | { readonly kind: 'video'; readonly format?: 'mp4' | 'mov' | 'webm' | undefined }
)

type Trace = 'none' | 'last_message' | 'all_messages'

/** What every column has that a chat model makes. */
export interface ModelOptions<
  S extends Scope,
  P extends string,
  Y extends string,
  W extends string,
  V,
  D extends boolean,
  A extends boolean,
  T extends Trace,
  R extends boolean,
> extends ColumnOptions<S, W, V, D, A> {
  /** An alias of the dataset's models. */
  readonly model: AnyModel<S>
  /** A Jinja template over the columns before it. */
  readonly prompt: Checked<P, S>
  /** The system prompt, a template too. */
  readonly system?: Checked<Y, S> | undefined
  /** Keeps what was said in a column of its own, `NAME__trace`. @default 'none' */
  readonly trace?: T | undefined
  /** Keeps what the model thought in a column of its own, `NAME__reasoning_content`. @default false */
  readonly reasoning?: R | undefined
  /** An alias of the dataset's tools, which the model may call. */
  readonly tools?: AnyTool<S> | undefined
  readonly context?: readonly Context<AnyColumn<S>>[] | undefined
}

/** One message of a trace. */
export interface TraceMessage {
  role: string
  content: { type: string; text: string | null; source: TraceSource | null }[]
  reasoning_content: string | null
  tool_calls: { id: string; type: string; function: { name: string; arguments: string } }[] | null
  tool_call_id: string | null
}
interface TraceSource {
  type: string
  media_type: string | null
  url: string | null
}

type Sides<T extends Trace, R extends boolean> = (T extends 'none' ? unknown : { __trace: TraceMessage[] }) &
  (R extends true ? { __reasoning_content: string | null } : unknown)

type ModelColumn<
  S extends Scope,
  Cell,
  P,
  W extends string,
  V,
  D extends boolean,
  A extends boolean,
  T extends Trace,
  R extends boolean,
> = Column<S, MaySkip<Cell, S, P, V, Has<W>, A>, Sides<T, R>, D, Has<W>>

interface Fields extends AnyColumnOptions {
  readonly model: string
  readonly prompt: string
  readonly system?: string | undefined
  readonly trace?: Trace | undefined
  readonly reasoning?: boolean | undefined
  readonly tools?: string | undefined
  readonly context?: readonly Context[] | undefined
}

type ChatType = 'llm-text' | 'llm-code' | 'llm-structured' | 'llm-judge'

function chatColumn(type: ChatType, options: Fields, more: object = {}): never {
  const { model, prompt, system, trace, reasoning, tools, context } = options
  return columnOf(type, {
    model_alias: model,
    prompt,
    system_prompt: system,
    ...columnOptions(options),
    with_trace: trace,
    extract_reasoning_content: reasoning,
    tool_alias: tools,
    multi_modal_context: context?.map(mediaContext),
    ...more,
  })
}

function mediaContext({ column, kind = 'image', as, format }: Context): object {
  return { modality: kind, column_name: column, data_type: as, [`${kind}_format`]: format }
}

/** A text. @example llmText({ model: 'writer', prompt: 'Review the {{ product }}.' }) */
export function llmText<
  S extends Scope,
  const P extends string = string,
  const Y extends string = string,
  const W extends string = string,
  const V = unknown,
  D extends boolean = false,
  A extends boolean = true,
  T extends Trace = 'none',
  R extends boolean = false,
>(options: ModelOptions<S, P, Y, W, V, D, A, T, R>): ModelColumn<S, string, P, W, V, D, A, T, R> {
  return chatColumn('llm-text', options as Fields)
}

/** Code, out of its fence. @example llmCode({ model: 'coder', language: 'python', prompt: '{{ task }}' }) */
export function llmCode<
  S extends Scope,
  const P extends string = string,
  const Y extends string = string,
  const W extends string = string,
  const V = unknown,
  D extends boolean = false,
  A extends boolean = true,
  T extends Trace = 'none',
  R extends boolean = false,
>(
  options: ModelOptions<S, P, Y, W, V, D, A, T, R> & { readonly language: (typeof codeLanguages)[number] },
): ModelColumn<S, string, P, W, V, D, A, T, R> {
  return chatColumn('llm-code', options as Fields, { code_lang: options.language })
}

/** A Standard Schema that says its JSON Schema (zod, valibot, arktype, Effect), or a JSON Schema. */
export type AnySchema = StandardTypedV1 | JsonSchema
/** What a schema lets in, as a cell holds it. */
export type CellOf<X> = X extends StandardTypedV1 ? Stored<StandardTypedV1.InferInput<X>> : FromJsonSchema<X>

/** An object that follows a schema. @example llmStructured({ model: 'writer', prompt: '{{ text }}', schema: z.object({ topic: z.string() }) }) */
export function llmStructured<
  S extends Scope,
  const X extends AnySchema,
  const P extends string = string,
  const Y extends string = string,
  const W extends string = string,
  const V = unknown,
  D extends boolean = false,
  A extends boolean = true,
  T extends Trace = 'none',
  R extends boolean = false,
>(
  options: ModelOptions<S, P, Y, W, V, D, A, T, R> & {
    /** Its transforms do not run; its refinements do, and a model is shown what they say. */
    readonly schema: X
    /** Objects whose names are free are maps in files. @default false */
    readonly maps?: boolean | undefined
  },
): ModelColumn<S, CellOf<X>, P, W, V, D, A, T, R> {
  const { schema, maps } = options
  return chatColumn('llm-structured', options as Fields, { output_format: jsonSchemaOf(schema), maps })
}

export interface Score {
  readonly description: string
  /** What each score means. */
  readonly options: { readonly [option: string | number]: string }
}
type Option<K> = K extends `${infer N extends number}` ? N : K
/** Numbers where every option is spelled as an integer, else texts. */
type ScaleOf<O> = [Exclude<keyof O & (string | number), number | `${bigint}`>] extends [never]
  ? Option<keyof O>
  : `${keyof O & (string | number)}`
type Scores<X> = {
  -readonly [K in keyof X]: X[K] extends { readonly options: infer O }
    ? { score: ScaleOf<O>; reasoning: string }
    : never
}

/** Scores, each with its reasoning. @example llmJudge({ model: 'judge', prompt: '{{ text }}', scores: { fit: { description: 'Does it fit?', options: { 1: 'no', 2: 'yes' } } } }) */
export function llmJudge<
  S extends Scope,
  const X extends { readonly [score: string]: Score },
  const P extends string = string,
  const Y extends string = string,
  const W extends string = string,
  const V = unknown,
  D extends boolean = false,
  A extends boolean = true,
  T extends Trace = 'none',
  R extends boolean = false,
>(
  options: ModelOptions<S, P, Y, W, V, D, A, T, R> & { readonly scores: X },
): ModelColumn<S, Scores<X>, P, W, V, D, A, T, R> {
  const scores = Object.entries(options.scores).map(([name, score]) => ({ name, ...score }))
  return chatColumn('llm-judge', options as Fields, { scores })
}

export interface Embedding {
  embeddings: number[][]
  num_embeddings: number
  dimension: number
}

/** The text of another column as vectors. @example embedding({ model: 'vectors', target: 'review' }) */
export function embedding<
  S extends Scope,
  const K extends AnyColumn<S>,
  const W extends string = string,
  const V = unknown,
  D extends boolean = false,
  A extends boolean = true,
>(
  options: ColumnOptions<S, W, V, D, A> & { readonly model: AnyModel<S>; readonly target: K },
): Column<S, MaySkip<Embedding, S, `{{ ${K} }}`, V, Has<W>, A>, unknown, D, Has<W>> {
  const { model, target } = options
  return columnOf('embedding', { model_alias: model, target_column: target, ...columnOptions(options) })
}

/** Images: paths below the dataset. @example image({ model: 'painter', prompt: 'A {{ product }}' }) */
export function image<
  S extends Scope,
  const P extends string = string,
  const W extends string = string,
  const V = unknown,
  D extends boolean = false,
  A extends boolean = true,
>(
  options: ColumnOptions<S, W, V, D, A> & {
    readonly model: AnyModel<S>
    readonly prompt: Checked<P, S>
    readonly context?: readonly Context<AnyColumn<S>>[] | undefined
  },
): Column<S, MaySkip<string[], S, P, V, Has<W>, A>, unknown, D, Has<W>> {
  const { model, prompt, context } = options
  return columnOf('image', {
    model_alias: model,
    prompt,
    multi_modal_context: context?.map(mediaContext),
    ...columnOptions(options),
  })
}
