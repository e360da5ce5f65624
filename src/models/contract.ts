/**
 * What it means to ask a model. The engine sees requests, attempts and replies; HTTP stays below this line.
 */
import type { ErrorCode } from '../base/error-codes.ts'
import type { ValueObject } from '../base/value.ts'

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** What a column asks: the alias adds model, provider and defaults. */
export interface ChatPrompt {
  readonly messages: readonly ChatMessage[]
  /** JSON Schema the answer must follow, for endpoints that can enforce one. */
  readonly responseSchema?: ValueObject
}

/** A whole request, as it is hashed (rule E2): nothing in it depends on keys, endpoints, time-outs or limits. */
export interface ChatRequest extends ChatPrompt {
  readonly provider: string
  readonly model: string
  readonly temperature?: number
  readonly topP?: number
  readonly maxTokens?: number
  readonly extraBody?: ValueObject
}

export interface Usage {
  readonly inputTokens: number
  /** Of the input tokens: those the provider had cached. */
  readonly cachedInputTokens: number
  readonly outputTokens: number
  /** Of the output tokens: those spent on reasoning. */
  readonly reasoningTokens: number
}

/** A reply, decoded from the raw body that the journal keeps. */
export interface ModelReply {
  readonly content: string
  readonly reasoning: string | null
  /** `stop`, `length`, `content_filter` or whatever the provider said; null when it said nothing. */
  readonly finishReason: string | null
  readonly usage: Usage
}

/** How one HTTP request ended. Expected endings are returned, never thrown. */
export type Attempt =
  | { readonly kind: 'reply' /** The response body: JSON text of one object. */; readonly body: string }
  | { readonly kind: 'failed'; readonly failure: ModelFailure }

export interface ModelFailure {
  readonly code: ErrorCode
  /**
   * `wait`: rate limited, asked again for ever and never costs a row. `retry`: transient, asked again a few times.
   * `drop`: this row cannot be had. `stop`: no row can be had until somebody mends it.
   */
  readonly verdict: 'wait' | 'retry' | 'drop' | 'stop'
  /** One sentence: no key, no prompt, at most 200 characters of the provider's own words. */
  readonly message: string
  /** HTTP status, when there was a response. */
  readonly status: number | null
  /** From Retry-After, when the server gave one. */
  readonly retryAfterMs: number | null
  /** The provider may have made an answer that never came here whole, and count it. */
  readonly perhapsPaid: boolean
}

/** One model of one provider, reachable. */
export interface Endpoint {
  readonly provider: string
  readonly model: string
  /** Requests in flight at once, over all aliases that name this model. */
  readonly limit: number
  /**
   * One HTTP request, no retry.
   *
   * @param options `effectKey` goes along in the header `x-rowsmith-effect`; `signal` gives up the attempt
   * @throws the signal's reason when it fires
   */
  send(request: ChatRequest, options: { effectKey: string; signal: AbortSignal }): Promise<Attempt>
}

/** The aliases of a config, connected. */
export interface Models {
  /** The request an alias makes of a prompt. `draw` gives a float in [0, 1) for distribution parameters, in a fixed order. */
  request(alias: string, prompt: ChatPrompt, draw: () => number): ChatRequest
  endpoint(alias: string): Endpoint
  close(): Promise<void>
}
