/** Models and tools of a typed dataset, by alias. */
import { withoutUndefined } from '../base/values/without-undefined.ts'
import type { ToolFunction } from '../tools/toolbox/function-tool.ts'

/** A number, or what it is drawn from for each request. */
type Drawn =
  | number
  | { readonly low: number; readonly high: number }
  | { readonly values: readonly number[]; readonly weights?: readonly number[] | undefined }

interface Shared {
  /** @example 'openai' */
  readonly provider: string
  /** @example 'gpt-4.1-mini' */
  readonly model: string
  /** @default 4 */
  readonly maxParallelRequests?: number | undefined
  /** Seconds. */
  readonly timeout?: number | undefined
  /** Keys of the request body, in addition to those that Rowsmith sets. */
  readonly extraBody?: Readonly<Record<string, unknown>> | undefined
  readonly skipHealthCheck?: boolean | undefined
}

interface ChatModel extends Shared {
  readonly kind?: 'chat' | undefined
  readonly temperature?: Drawn | undefined
  readonly topP?: Drawn | undefined
  readonly maxTokens?: number | undefined
  /** Whether thoughts in tags before an answer are a part of it. @default 'apart' */
  readonly thoughtTags?: 'apart' | 'keep' | undefined
}

interface EmbeddingModel extends Shared {
  readonly kind: 'embedding'
  readonly encodingFormat?: 'float' | 'base64' | undefined
  readonly dimensions?: number | undefined
}

interface ImageModel extends Shared {
  readonly kind: 'image'
}

/** A model: `'provider/model'`, or more of it. */
export type Model = `${string}/${string}` | ChatModel | EmbeddingModel | ImageModel

/** Tools that models may call. */
export interface Tools {
  /** Providers of tools by name, or functions of `defineTool`. */
  readonly providers: readonly (string | ToolFunction)[]
  /** @default all that the providers have */
  readonly allow?: readonly string[] | undefined
  /** @default 5 */
  readonly maxTurns?: number | undefined
  /** Seconds that a call may take. */
  readonly timeout?: number | undefined
  readonly maxResultBytes?: number | undefined
}

/** A model in a config. `'openai/org/model'` is the model `org/model` of `openai`. */
export function modelConfig(alias: string, model: Model): object {
  if (typeof model === 'string') {
    const slash = model.indexOf('/')
    return { alias, provider: model.slice(0, slash), model: model.slice(slash + 1) }
  }
  const { provider, model: name, skipHealthCheck } = model
  const inference = withoutUndefined({ ...parameters(model), ...shared(model) })
  return withoutUndefined({
    alias,
    provider,
    model: name,
    inference_parameters: Object.keys(inference).length === 0 ? undefined : inference,
    skip_health_check: skipHealthCheck,
    thought_tags: 'thoughtTags' in model ? model.thoughtTags : undefined,
  })
}

function shared({ maxParallelRequests, timeout, extraBody }: Shared): object {
  return { max_parallel_requests: maxParallelRequests, timeout, extra_body: extraBody }
}

function parameters(model: Exclude<Model, string>): object {
  if (model.kind === 'image') return { generation_type: 'image' }
  if (model.kind === 'embedding') {
    const { encodingFormat, dimensions } = model
    return { generation_type: 'embedding', encoding_format: encodingFormat, dimensions }
  }
  const { kind, temperature, topP, maxTokens } = model
  const type = kind === undefined ? undefined : 'chat-completion'
  return {
    generation_type: type,
    temperature: drawn(temperature),
    top_p: drawn(topP),
    max_tokens: maxTokens,
  }
}

function drawn(value: Drawn | undefined): unknown {
  if (typeof value !== 'object') return value
  return 'values' in value
    ? { distribution_type: 'manual', params: withoutUndefined(value) }
    : { distribution_type: 'uniform', params: value }
}

/** A tool alias in a config. */
export function toolConfig(
  alias: string,
  { providers, allow, maxTurns, timeout, maxResultBytes }: Tools,
): object {
  return withoutUndefined({
    tool_alias: alias,
    providers,
    allow_tools: allow,
    max_tool_call_turns: maxTurns,
    timeout_sec: timeout,
    max_result_bytes: maxResultBytes,
  })
}
