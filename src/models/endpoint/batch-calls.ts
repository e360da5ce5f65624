/** Calls about batches: one request each, its failure classed as of any other request. */
import { present } from '../../base/errors/present.ts'
import type { Clock } from '../../base/work/clock.ts'
import { isObject, type JsonObject } from '../body/body.ts'
import type { BatchEnd, BatchKind, BatchResult } from '../contract/batch.ts'
import type { Attempt, ModelRequest } from '../contract/contract.ts'
import { classify } from '../failure/classify.ts'
import type { TakesParts, Transport } from '../http/transport.ts'

/** An upload of some hundred megabytes over a slow line. */
const TIMEOUT_MS = 10 * 60_000

export interface BatchCallsOptions {
  readonly provider: string
  readonly model: string
  readonly transport: Transport
  readonly clock: Clock
  readonly headers: Readonly<Record<string, string>>
  urlOf(route: string): string
  hide(text: string): string
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  readonly body?: string | Uint8Array
  readonly contentType?: string
}

export class BatchCalls {
  readonly #options: BatchCallsOptions

  constructor(options: BatchCallsOptions) {
    this.#options = options
  }

  urlOf(route: string): string {
    return this.#options.urlOf(route)
  }

  /** @returns the JSON object that came */
  async object(call: Call, signal: AbortSignal): Promise<BatchEnd<JsonObject>> {
    const ended = await this.#send(call, signal)
    if (ended.kind === 'failed') return ended
    const value = parsed(ended.value)
    if (isObject(value)) return { kind: 'done', value }
    // Together lists without an object around.
    if (Array.isArray(value)) return { kind: 'done', value: { data: value } }
    return this.#failed(200, `{"error":{"message":"Something other than an object of batches came."}}`)
  }

  /** The same, of something that must have a name there. Without one it is unknown what was done. */
  async named(call: Call, signal: AbortSignal, named = 'id'): Promise<BatchEnd<JsonObject>> {
    const ended = await this.object(call, signal)
    if (ended.kind === 'failed') return ended
    const { value } = ended
    const inner = isObject(value.job) ? value.job : value
    return textOf(inner[named]) === ''
      ? this.#failed(502, '{"error":{"message":"What came has no id."}}')
      : { kind: 'done', value: inner }
  }

  /** @param take gets the lines of the answer, as they come; the next ones wait for what it returns */
  async lines(
    call: Call,
    take: (line: string) => Promise<void> | undefined,
    signal: AbortSignal,
  ): Promise<BatchEnd<null>> {
    const splitter = new LineSplitter(take)
    const ended = await this.#send(call, signal, (part) => splitter.add(part))
    if (ended.kind === 'failed') return ended
    splitter.add(Buffer.from(ended.value))
    splitter.end()
    return { kind: 'done', value: null }
  }

  /** One result, judged as if it had come alone. */
  judge(customId: string, kind: BatchKind, status: number, body: unknown): BatchResult {
    const { provider, model, clock, hide } = this.#options
    const base = { provider, model }
    const request: ModelRequest =
      kind === 'chat'
        ? { kind, ...base, messages: [] }
        : {
            kind: 'embedding',
            ...base,
            inputs: [],
            ...(kind === 'embedding as text' ? { encodingFormat: 'base64' } : {}),
          }
    const response = { status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) }
    return { customId, attempt: classify(request, response, clock.now(), hide) }
  }

  async #send(call: Call, signal: AbortSignal, onPart?: TakesParts): Promise<BatchEnd<string>> {
    const { transport, clock, hide, headers } = this.#options
    const { method, url, body = null, contentType = 'application/json' } = call
    const { 'content-type': _, ...rest } = headers
    const sent = {
      ...rest,
      'accept-encoding': 'identity',
      ...(body === null ? {} : { 'content-type': contentType }),
    }
    const result = await present(transport.exchange, 'ways to send batches').call(
      transport,
      { method, url, headers: sent, body, onPart },
      signal,
      TIMEOUT_MS,
    )
    if (!('broken' in result) && result.status >= 200 && result.status <= 299)
      return { kind: 'done', value: result.body }
    const attempt = classify(noRequest(this.#options), result, clock.now(), hide)
    return attempt.kind === 'failed' ? attempt : this.#failed(500, '')
  }

  #failed(status: number, body: string): BatchEnd<never> {
    const { clock, hide } = this.#options
    const attempt = classify(noRequest(this.#options), { status, headers: {}, body }, clock.now(), hide)
    return attempt as Extract<Attempt, { kind: 'failed' }>
  }
}

function noRequest({ provider, model }: BatchCallsOptions): ModelRequest {
  return { kind: 'chat', provider, model, messages: [] }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Bytes as they come, handed on line by line. */
class LineSplitter {
  readonly #take: (line: string) => Promise<void> | undefined
  #rest: Buffer[] = []

  constructor(take: (line: string) => Promise<void> | undefined) {
    this.#take = take
  }

  /** @returns what the next part waits for */
  add(part: Buffer): Promise<void> | undefined {
    let from = 0
    let taken: Promise<void> | undefined
    for (let at = part.indexOf(10); at !== -1; at = part.indexOf(10, from)) {
      this.#rest.push(part.subarray(from, at))
      taken = this.#hand() ?? taken
      from = at + 1
    }
    if (from < part.length) this.#rest.push(Buffer.from(part.subarray(from)))
    return taken
  }

  end(): void {
    this.#hand()
  }

  #hand(): Promise<void> | undefined {
    const line = Buffer.concat(this.#rest).toString('utf8').trim()
    this.#rest = []
    return line === '' ? undefined : this.#take(line)
  }
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

/** A line of results; one that cannot be read belongs to no request. */
export function objectIn(line: string): JsonObject {
  const value = parsed(line)
  return isObject(value) ? value : {}
}
