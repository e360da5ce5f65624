/** A success that is none, or hardly one, as data: what a client gets, and what becomes of it. */
import type { ErrorCode } from '../../base/errors/error-codes.ts'

export interface OddAnswer {
  readonly from: string
  /** @default 200 */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** A body, or the events of a stream: the last one may be `[DONE]`. */
  readonly body: object | string | readonly (object | string)[]
  /** What it comes to: a value, an error of its row, or `again`: a failure after which it is requested again. */
  readonly expected:
    | { readonly value: string; readonly reasoning?: string | null; readonly finishReason?: string | null }
    | { readonly row: ErrorCode }
    | { readonly again: ErrorCode }
}
