/**
 * What a wire format is: a request becomes a route and a body, and a stream of events becomes the body that would have
 * come without streaming. Replies are read elsewhere (`reply.ts`), from stored bodies, by their shape.
 */
import { parseJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { JsonObject } from '../body/body.ts'
import type { ModelRequest } from '../contract/contract.ts'
import type { Dialect } from './dialects.ts'

/** A request as it is sent. Members of `extraBody` win over what stands in the body already. */
export interface WireRequest {
  /** Below the base URL; a `?` begins a query. */
  readonly route: string
  readonly body: ValueObject
  /** How the answer is made to follow a schema; left out where only the prompt requests it. */
  readonly enforced?: Exclude<Enforcement, 'none'>
}

/** How far a schema may be enforced: strictly where it is accepted so, as a wish, or not at all. */
export type Enforcement = 'strict' | 'schema' | 'none'

export interface EncodeOptions {
  /** Whether the answer is to come in pieces; a wire may ask for it whole nevertheless. */
  readonly streamed: boolean
  readonly enforcement: Enforcement
  /** How long a provider should store the common start of prompts, where a request says so. @default '5m' */
  readonly cacheTime?: '5m' | '1h'
}

export interface Wire {
  /** @throws RowsmithError `rejected_request` for what the format has no words for */
  encode(request: ModelRequest, dialect: Dialect, options: EncodeOptions): WireRequest
  /**
   * Puts the events of a streamed answer together. Undefined when it ended in the middle.
   *
   * @param isDone whether `[DONE]` came after them
   */
  assemble(events: readonly JsonObject[], isDone: boolean): JsonObject | undefined
  /** Where a route is; the base URL may end in a slash. */
  urlOf(baseUrl: string, route: string): string
}

/** A base URL with a route after its path; its own query stays. */
export function joinUrl(baseUrl: string, route: string): string {
  const url = new URL(baseUrl)
  const [path, query] = route.split('?')
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`
  if (query !== undefined) url.search = url.search === '' ? `?${query}` : `${url.search}&${query}`
  return url.href
}

/** A body that is being filled. */
export type Draft = Record<string, Value>

/** Arguments that are no JSON object were answered with an error already; they are repeated as none. */
export function argumentsOf(text: string): ValueObject {
  try {
    const parsed = parseJson(text)
    return isValueObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}
