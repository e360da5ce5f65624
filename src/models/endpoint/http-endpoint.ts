/**
 * One model behind HTTP: a request is put in the words of its wire format, sent once, and its ending classed.
 *
 * 1. The key is in one header, and nowhere else.
 * 2. With a stall time-out the answer is streamed, so that silence in the middle of it is noticed. What is handed on is
 *    the body that would have come without streaming: later code sees no difference.
 * 3. A stream that breaks off was perhaps paid for.
 * 4. Images are never streamed; those that came as addresses are fetched before the answer is handed on.
 * 5. Until it has answered once, a failure says what may be wrong with the endpoint's URL.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { formatJson } from '../../base/values/json.ts'
import type { Clock } from '../../base/work/clock.ts'
import { redact } from '../contract/api-key.ts'
import type { Attempt, Endpoint, ModelFailure, ModelRequest } from '../contract/contract.ts'
import { classify } from '../failure/classify.ts'
import { acceptedCodings } from '../http/content-coding.ts'
import type { Transport, TransportFailure, TransportResponse } from '../http/transport.ts'
import type { Dialect } from '../wire/dialects.ts'
import { isEventStream, readEvents } from '../wire/event-stream.ts'
import type { EncodeOptions, Wire, WireRequest } from '../wire/wire.ts'
import { wires } from '../wire/wires.ts'
import { withHint } from './endpoint-hints.ts'
import { withImagesFetched } from './fetched-images.ts'
import { bypassCache, pastCaches } from './past-caches.ts'
import { RefusedSchemas } from './refused-schemas.ts'

/** The header that carries the effect key, so that a server can know what was requested twice. */
export const EFFECT_HEADER = 'x-rowsmith-effect'

export interface HttpEndpointOptions {
  readonly provider: string
  readonly model: string
  readonly dialect: Dialect
  /** Requests in flight at once. */
  readonly limit: number
  /** Base URL, with or without a slash at the end; the route is added. */
  readonly baseUrl: string
  readonly apiKey: string | null
  readonly extraHeaders: Readonly<Record<string, string>>
  /** Deadline of one request. */
  readonly timeoutMs: number
  /** The longest silence in the middle of an answer, which is streamed then; null for none. */
  readonly stallMs: number | null
  readonly transport: Transport
  readonly clock: Clock
}

export function httpEndpoint(options: HttpEndpointOptions): Endpoint {
  const { provider, model, dialect, limit, timeoutMs, stallMs, transport, clock } = options
  const wire = wires[dialect.wire]
  const headers = headersOf(options)
  const ownHost = new URL(options.baseUrl).hostname
  const hide = secretsOf(options)
  const schemas = new RefusedSchemas()
  /** How often effects were answered with nothing of use: a gateway's cache must not give that again. */
  const useless = new Map<string, number>()
  let hasAnswered = false
  return {
    provider,
    model,
    limit,
    async send(request, { effectKey, signal }): Promise<Attempt> {
      const enforcement = schemas.enforcementOf(request)
      const tries = useless.get(effectKey) ?? 0
      const variant = tries === 0 ? request : bypassCache(request, tries)
      const encoded = encode(wire, variant, dialect, { streamed: stallMs !== null, enforcement })
      if ('kind' in encoded) return encoded
      const outcome = await requestAnswer(request, encoded, effectKey, signal)
      const attempt = schemas.judge(request, encoded, outcome)
      if (attempt.kind === 'failed' && isAnswered(attempt.failure)) useless.set(effectKey, tries + 1)
      else if (attempt.kind === 'reply') useless.delete(effectKey)
      if (attempt.kind === 'reply') hasAnswered = true
      return hasAnswered || attempt.kind === 'reply'
        ? attempt
        : withHint(attempt, options.baseUrl, dialect.wire)
    },
  }

  async function requestAnswer(
    request: ModelRequest,
    encoded: WireRequest,
    effectKey: string,
    signal: AbortSignal,
  ): Promise<Attempt> {
    const url = wire.urlOf(options.baseUrl, encoded.route)
    const sent = { ...headers, [EFFECT_HEADER]: effectKey, ...(useless.has(effectKey) ? pastCaches : {}) }
    const result = await transport.post(url, sent, formatJson(encoded.body), signal, timeoutMs, stallMs)
    const { download } = transport
    if (request.kind === 'image' && download !== undefined) {
      const attempt = classify(request, result, clock.now(), hide)
      if (attempt.kind === 'failed') return attempt
      return withImagesFetched(attempt.body, { download, ownHost, signal, timeoutMs, clock })
    }
    if ('broken' in result || !isEventStream(result.headers['content-type'], result.body)) {
      return classify(request, result, clock.now(), hide)
    }
    const whole = assembled(wire, result)
    const attempt = classify(request, whole, clock.now(), hide)
    return isSuccess(result) ? streamed(attempt, result) : attempt
  }
}

/** Takes keys out of texts. */
export function secretsOf({ apiKey, extraHeaders }: HttpEndpointOptions): (text: string) => string {
  const secrets = [apiKey ?? '', ...Object.values(extraHeaders)]
  return (text) => redact(text, secrets)
}

export function headersOf({ dialect, apiKey, extraHeaders }: HttpEndpointOptions): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json',
    'accept-encoding': acceptedCodings,
  }
  if (dialect.wire === 'anthropic') headers['anthropic-version'] = '2023-06-01'
  if (apiKey !== null) {
    const { keyHeader } = dialect
    headers[keyHeader] = keyHeader === 'authorization' ? `Bearer ${apiKey}` : apiKey
  }
  for (const [name, value] of Object.entries(extraHeaders)) headers[name.toLowerCase()] = value
  return headers
}

/** A request that the format has no words for costs its row, and nothing else. */
function encode(
  wire: Wire,
  request: ModelRequest,
  dialect: Dialect,
  options: EncodeOptions,
): WireRequest | Attempt {
  try {
    return wire.encode(request, dialect, options)
  } catch (error) {
    if (!RowsmithError.isInstance(error)) throw error
    const { code, message } = error
    const none = { status: null, retryAfterMs: null, maybeCharged: false }
    return { kind: 'failed', failure: { code, action: 'drop', message, ...none } }
  }
}

function assembled(wire: Wire, response: TransportResponse): TransportResponse | TransportFailure {
  const read = readEvents(response.body)
  const whole = read === undefined ? undefined : wire.assemble(read.events, read.isDone)
  if (whole !== undefined) return { ...response, body: JSON.stringify(whole) }
  // A refusal needs no stream to be one.
  if (!isSuccess(response)) return response
  return { broken: 'closed', detail: 'the stream ended in the middle of the answer' }
}

/** Whether an answer came, though of no use. One that was lost on its way may lie in a cache as it should be. */
function isAnswered({ maybeCharged, status }: ModelFailure): boolean {
  return maybeCharged && status !== null
}

function isSuccess({ status }: TransportResponse): boolean {
  return status >= 200 && status <= 299
}

/** What a stream came to: rule 3, and when it began. */
function streamed(attempt: Attempt, { status, partsMs }: TransportResponse): Attempt {
  if (attempt.kind === 'reply') return partsMs === undefined ? attempt : { ...attempt, partsMs }
  const { failure } = attempt
  return { kind: 'failed', failure: { ...failure, status: failure.status ?? status, maybeCharged: true } }
}
