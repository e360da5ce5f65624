/** What a request about batches is, and how it is answered, whatever vendor's client sends it. */

export interface BatchRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

export interface BatchResponse {
  readonly status: number
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

/** `reset`: what was requested was done, and the reply is lost. */
export type BatchEnd = BatchResponse | 'reset'

export function json(value: object, status = 200): BatchResponse {
  return { status, body: JSON.stringify(value), headers: { 'content-type': 'application/json' } }
}

/** An error in the vendor's own shape. */
export function sorry(status: number, message: string): BatchResponse {
  return { status, body: message, headers: { 'content-type': 'application/json' } }
}
