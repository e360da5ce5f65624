/**
 * What it takes to reach a server: one request, and how it ended. The real one is `undici-transport.ts`; the simulator
 * answers inside the process.
 */

export interface TransportResponse {
  readonly status: number
  /** Names in lower case; of a repeated header the first value. */
  readonly headers: Readonly<Record<string, string>>
  /** Decoded as UTF-8. */
  readonly body: string
  /** When each of its parts came, from the request on; of an answer that may be streamed. */
  readonly partsMs?: readonly number[]
}

/** No response, or only a part of one. */
export interface TransportFailure {
  /**
   * `untrusted`: the server's certificate was refused, and will be every time. `wrong_scheme`: one side speaks TLS and the
   * other does not. `unreadable`: it came whole, in a coding that cannot be read.
   */
  readonly broken:
    | 'timeout'
    | 'unreachable'
    | 'untrusted'
    | 'wrong_scheme'
    | 'closed'
    | 'too_large'
    | 'unreadable'
  /** The platform's word for it (`ECONNREFUSED`), or a few words of Rowsmith; of `wrong_scheme` a sentence. */
  readonly detail: string
}

/** Takes bytes of an answer. @returns what the next bytes wait for, which never rejects; undefined where they need not wait */
export type TakesParts = (part: Buffer) => Promise<void> | undefined

/** Any request, for calls that are no request to a model. */
export interface AnyRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
  /** Gets a success piece by piece, in place of its body. */
  readonly onPart?: TakesParts | undefined
}

export interface Transport {
  /**
   * @param timeoutMs deadline for the whole request
   * @param stallMs once the answer has started, the longest silence before it is given up; null: only the deadline counts
   * @throws the signal's reason when it fires
   */
  post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
    timeoutMs: number,
    stallMs?: number | null,
  ): Promise<TransportResponse | TransportFailure>
  /**
   * Fetches what lies at an address that a server gave: http or https, no header of Rowsmith, redirects followed. An address that
   * leads into this machine or a private network is refused, unless it is on `ownHost`.
   *
   * @returns the bytes as base64; `refused` says in a few words why an address is not fetched
   * @throws the signal's reason when it fires
   */
  download?(
    url: string,
    ownHost: string,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<
    { readonly status: number; readonly base64: string } | { readonly refused: string } | TransportFailure
  >
  /** One request on the wire, whatever it is. @throws the signal's reason when it fires */
  exchange?(
    request: AnyRequest,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<TransportResponse | TransportFailure>
  close(): Promise<void>
}
