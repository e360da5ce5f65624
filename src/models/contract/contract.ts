/**
 * What it means to ask a model. The engine sees requests, attempts and replies; HTTP stays below this line.
 */
import type { ErrorCode } from '../../base/errors/error-codes.ts'
import type { ValueObject } from '../../base/values/value.ts'

/** Where an image, a sound or a video is: its bytes as base64 without white space, or an address the provider can reach. */
export type MediaSource =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string }

export interface MediaPart {
  readonly type: 'image' | 'audio' | 'video'
  readonly source: MediaSource
}

export type ContentPart = { readonly type: 'text'; readonly text: string } | MediaPart

/** A plain text and a list with one text part are two different requests. */
export type Content = string | readonly ContentPart[]

/** A tool that the model wants to be called. */
export interface ToolCall {
  /** The provider's, to be repeated with the result. */
  readonly id: string
  readonly name: string
  /** JSON text, as the model wrote it: perhaps not valid. */
  readonly arguments: string
}

export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: Content }
  | {
      readonly role: 'assistant'
      readonly content: Content
      readonly toolCalls?: readonly ToolCall[]
      /** What the provider wants back with this turn, as it gave it: signed thinking. Only the provider reads it. */
      readonly carried?: ValueObject
    }
  | { readonly role: 'tool'; readonly content: Content; readonly toolCallId: string }

/** A tool as the model sees it. */
export interface ToolDescription {
  readonly name: string
  readonly description: string
  /** JSON Schema of its arguments: an object. */
  readonly parameters: ValueObject
}

/** What a column requests: the alias adds model, provider and defaults. */
export interface ChatPrompt {
  readonly messages: readonly ChatMessage[]
  /** What an earlier Rowsmith sent in their place: an answer that is stored to these is taken. Never sent. */
  readonly formerMessages?: readonly ChatMessage[]
  /** JSON Schema the answer must follow, for endpoints that can enforce one. */
  readonly responseSchema?: ValueObject
  /** Tools the model may call. */
  readonly tools?: readonly ToolDescription[]
  /** How long the answer may be, in tokens, in place of what the model is set to. */
  readonly maxTokens?: number
  /** In place of what the model is set to. */
  readonly temperature?: number
  /** In place of what the model is set to. */
  readonly topP?: number
  /** Next to what the model and its provider add to the body; of a key that both have, this one counts. */
  readonly extraBody?: ValueObject
  /** What all prompts of the column begin with. Never hashed: it decides what an answer costs, not what it is. */
  readonly common?: CommonStart
}

/** The start that prompts have in common, in addition to their tools. Providers that cache it count it for less. */
export interface CommonStart {
  /** Whether they have one system prompt. Without it nothing after it is in common. */
  readonly system: boolean
  /** So many characters of the first user message. */
  readonly characters: number
}

export interface EmbeddingPrompt {
  /** Texts to be embedded, at least one: as many vectors come back, in this order. */
  readonly inputs: readonly string[]
}

export interface ImagePrompt {
  readonly prompt: string
  /** As `formerMessages` of a chat. */
  readonly formerPrompt?: string
  /** What goes along with the prompt: images to start from. */
  readonly context?: readonly MediaPart[]
}

/** A prompt of any kind. */
export type Prompt =
  | ({ readonly kind: 'chat' } & ChatPrompt)
  | ({ readonly kind: 'embedding' } & EmbeddingPrompt)
  | ({ readonly kind: 'image' } & ImagePrompt)

/**
 * What makes a model answer in JSON: the prompt alone, the provider's JSON mode in addition, or its enforcement of a schema.
 * A setting of the provider, since many refuse what they do not know.
 */
export type StructuredMode = 'prompt' | 'json_object' | 'json_schema'

/** What becomes of thoughts in tags before an answer: taken apart from it, or left as a part of it. */
export type ThoughtTags = 'apart' | 'keep'

/** How an answer is read: as its model's config says, or as Rowsmith read it before it knew thoughts and all ways in which answers end. */
export type Reading = ThoughtTags | 'earlier'

interface RequestBase {
  readonly provider: string
  readonly model: string
  readonly extraBody?: ValueObject
}

/** Whole requests, as they are hashed (rule E2): nothing in them depends on keys, endpoints, time-outs or limits. */
export interface ChatRequest extends RequestBase, Omit<ChatPrompt, 'formerMessages'> {
  readonly kind: 'chat'
  /** Left out where the prompt alone requests JSON. */
  readonly responseFormat?: Exclude<StructuredMode, 'prompt'>
  readonly temperature?: number
  readonly topP?: number
}

export interface EmbeddingRequest extends RequestBase, EmbeddingPrompt {
  readonly kind: 'embedding'
  readonly encodingFormat?: 'float' | 'base64'
  readonly dimensions?: number
}

export interface ImageRequest extends RequestBase, Omit<ImagePrompt, 'formerPrompt'> {
  readonly kind: 'image'
}

export type ModelRequest = ChatRequest | EmbeddingRequest | ImageRequest

export interface Usage {
  readonly inputTokens: number
  /** Of the input tokens: those the provider had cached. */
  readonly cachedInputTokens: number
  /** Of the input tokens: those that it wrote into its cache, at a price of their own. Left out where there are none. */
  readonly cacheWriteTokens?: number
  readonly outputTokens: number
  /** Of the output tokens: those spent on reasoning. */
  readonly reasoningTokens: number
  /** The provider did not report it, or reported nonsense: all counts are 0, and mean nothing. */
  readonly usageUnknown?: true
}

/** A reply, decoded from the raw body that the journal keeps. */
export interface ModelReply {
  /** Without thoughts that stood before it in tags; see `thoughts.ts`. */
  readonly content: string
  /** What the provider gave as content, where thoughts stood in it: what goes back to it in a conversation with tools. */
  readonly rawContent?: string
  readonly reasoning: string | null
  /** `stop`, `length`, `content_filter`, `tool_calls` or the provider's own word (`finish-reasons.ts`); null when it said nothing. */
  readonly finishReason: string | null
  /** Left out when the model calls none. */
  readonly toolCalls?: readonly ToolCall[]
  /** To be given back with this turn; see `ChatMessage`. */
  readonly carried?: ValueObject
  readonly usage: Usage
}

export interface EmbeddingReply {
  /** One per input, in their order. */
  readonly vectors: readonly (readonly number[])[]
  readonly usage: Usage
}

export interface ImageReply {
  readonly images: readonly ReceivedImage[]
  /** As in `ModelReply`. */
  readonly finishReason: string | null
  readonly usage: Usage
}

/** A file that stands for an image of a reply. */
export interface StoredMedium {
  /** Of its bytes, as 64 hex digits. */
  readonly sha256: string
  /** Of an image that is whole: `png`, `jpg` and so on. `cut` for one that is not, `bin` for bytes that are no image. */
  readonly extension: string
}

/** An image of a reply: in the body itself, in a file that stands for it (`detached-media.ts`), or somewhere else. */
export type ReceivedImage =
  | { readonly kind: 'base64'; readonly mediaType: string | null; readonly data: string }
  | { readonly kind: 'stored'; readonly medium: StoredMedium }
  | {
      readonly kind: 'url'
      readonly url: string
      /** Nothing but the address itself says that an image lies there: what is none is passed over. */
      readonly uncertain?: true
    }

/** A limit, as a server reported it with one answer (`limit-headers.ts`). */
export interface ReportedLimit {
  /** What is counted: `requests`, `tokens`, `input-tokens`, or the server's own word. */
  readonly name: string
  /** The header that says how much remains. */
  readonly header: string
  /** Null when it is not reported. */
  readonly limit: number | null
  readonly remaining: number
  /** When it is full again: a moment of the wall clock, or a time from the answer on. */
  readonly reset: { readonly at: number } | { readonly afterMs: number }
}

/** How one HTTP request ended. Expected endings are returned, never thrown. */
export type Attempt =
  | {
      readonly kind: 'reply'
      /** The response body: JSON text of one object. */
      readonly body: string
      readonly limits?: readonly ReportedLimit[]
      /** When each part of a streamed answer came, from the request on. */
      readonly partsMs?: readonly number[]
    }
  | {
      readonly kind: 'failed'
      readonly failure: ModelFailure
      /** What the server said of its limits, if anything. */
      readonly limits?: readonly ReportedLimit[]
    }

export interface ModelFailure {
  readonly code: ErrorCode
  /**
   * `wait`: rate limited, requested again for ever and never costs a row. `retry`: transient, requested again a few times.
   * `drop`: this row cannot be had. `stop`: no row can succeed until it is fixed.
   */
  readonly action: 'wait' | 'retry' | 'drop' | 'stop'
  /** One sentence: no key, no prompt, at most 200 characters of the provider's own words. */
  readonly message: string
  /** HTTP status, when there was a response. */
  readonly status: number | null
  /** From Retry-After, when the server gave one. */
  readonly retryAfterMs: number | null
  /** The provider may have made an answer that never came here whole, and count it. */
  readonly maybeCharged: boolean
  /**
   * The next request of this answer is another one, sent at once and counted as no try: what changed in it, for a warning; empty
   * where that was reported before.
   */
  readonly amended?: string
  /** No other request may have been answered either: such failures in a row make the model count as down. @default false */
  readonly down?: boolean
  /** A success that holds no answer, or that cannot be read: where no request was ever answered, the endpoint is no model's. @default false */
  readonly noAnswer?: boolean
  /** A sign of load: less at once, or later, may well be answered. @default false */
  readonly load?: boolean
}

/** Null: no limit. */
export interface Rates {
  readonly requestsPerMinute: number | null
  readonly tokensPerMinute: number | null
}

export interface EndpointRates {
  /** Of all models of the provider together. */
  readonly provider: Rates
  /** Of this model alone. */
  readonly model: Rates
  /** Its share where models wait for one another. */
  readonly weight: number
}

/** One model of one provider, reachable. */
export interface Endpoint {
  readonly provider: string
  readonly model: string
  /** Requests in flight at once, over all aliases that name this model. */
  readonly limit: number
  /** What the user says may be requested of it per minute. */
  readonly rates?: EndpointRates | undefined
  /**
   * One HTTP request, no retry.
   *
   * @param options `effectKey` goes along in the header `x-rowsmith-effect`; `signal` gives up the attempt
   * @throws the signal's reason when it fires
   */
  send(request: ModelRequest, options: { effectKey: string; signal: AbortSignal }): Promise<Attempt>
}

/** The aliases of a config, connected. */
export interface Models {
  /** The request an alias makes of a prompt. `draw` gives a float in [0, 1) for distribution parameters, in a fixed order. */
  request(alias: string, prompt: Prompt, draw: () => number): ModelRequest
  endpoint(alias: string): Endpoint
  structuredMode(alias: string): StructuredMode
  thoughtTags(alias: string): Reading
  close(): Promise<void>
}
