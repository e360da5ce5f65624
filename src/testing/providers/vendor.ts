/** A vendor's server as a script: what it answers in its own words, and how it reads requests. */

import type { oddAnswers } from './odd-answers.ts'

/** What a model says, in no vendor's words. */
export interface VendorReply {
  readonly content: string
  readonly reasoning?: string
  readonly finish: 'stop' | 'length' | 'tool_calls' | 'content_filter'
  readonly toolCalls?: readonly { readonly id: string; readonly name: string; readonly arguments: object }[]
  readonly usage: { readonly input: number; readonly cached: number; readonly output: number }
}

export interface VendorFailure {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A request as it came over the wire. */
export interface VendorRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A request as the vendor understood it. */
export interface UnderstoodRequest {
  readonly key: string | null
  readonly model: string
  readonly system: string
  /** Texts of the turns in their order; results of tools among them, and calls as `name(arguments)`. */
  readonly turns: readonly string[]
  readonly temperature: number | null
  readonly maxTokens: number | null
  /** Names of the tools that may be called. */
  readonly tools: readonly string[]
}

export interface Vendor {
  /** The sections of odd answers that are in its format. @default none */
  readonly odd?: readonly (keyof typeof oddAnswers)[]
  /** The body of a whole answer. */
  answer(reply: VendorReply): string
  /** The same as server-sent events, in several pieces; a vendor without streaming leaves it out. */
  stream?(reply: VendorReply): string
  /** The body of embeddings; left out where there are none. */
  embeddings?(vectors: readonly (readonly number[])[]): string
  understand(request: VendorRequest): UnderstoodRequest
  /** How it refuses. `exhausted`: an account without credit. */
  readonly refusals: {
    readonly wrongKey: VendorFailure
    readonly unknownModel: VendorFailure
    readonly exhausted: VendorFailure
    readonly tooFast: VendorFailure
    readonly tooLong: VendorFailure
    readonly overloaded: VendorFailure
  }
}

/** The header as one text. */
export function header(request: VendorRequest, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' ? value : null
}

/** A stream of events, each with its name where the format has names. */
export function eventStream(
  events: readonly { readonly event?: string; readonly data: object | string }[],
): string {
  return events
    .map(({ event, data }) => {
      const text = typeof data === 'string' ? data : JSON.stringify(data)
      return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`
    })
    .join('')
}

/** A text cut in two, so that something has to be put together. */
export function halves(text: string): [string, string] {
  const middle = Math.ceil(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)]
}
