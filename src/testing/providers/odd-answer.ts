/** A success that is none, or hardly one, as data: what a client gets, and what becomes of it. */
import type { ErrorCode } from '../../base/error-codes.ts'
import { eventStream } from './vendor.ts'

export interface OddAnswer {
  readonly from: string
  /** @default 200 */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** A body, or the events of a stream: the last one may be `[DONE]`. */
  readonly body: object | string | readonly (object | string)[]
  /** What it comes to: a value, an error of its row, or `again`: a failure after which it is asked again. */
  readonly expected:
    | { readonly value: string; readonly reasoning?: string | null; readonly finishReason?: string | null }
    | { readonly row: ErrorCode }
    | { readonly again: ErrorCode }
}

/** What a server sends for it. */
export function sentFor({ status = 200, headers = {}, body }: OddAnswer) {
  const isStream = Array.isArray(body) || headers['content-type'] !== undefined
  const text = Array.isArray(body)
    ? eventStream(body.map((data: object | string) => ({ data })))
    : typeof body === 'string'
      ? body
      : JSON.stringify(body)
  const type = isStream ? 'text/event-stream' : 'application/json'
  return { isStream, status, headers: { 'content-type': type, ...headers }, text }
}
