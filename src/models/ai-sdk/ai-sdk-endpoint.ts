/**
 * One model behind an object of the AI SDK: for providers that Rowsmith does not speak with by itself.
 *
 * 1. The object does the sending: connections, proxies and keys are its own affair. Its calls retry nothing.
 * 2. The deadline is Rowsmith's own. What comes after it is ignored, also where the object does not heed the signal.
 * 3. Failures that carry a response are classed like all others. The key is unknown here, so whatever looks like one is
 *    taken out of what a provider says.
 * 4. Headers of successes count as well, where the object hands them on: they say what is left of a limit.
 */
import { onAbort } from '../../base/work/abort.ts'
import type { Clock } from '../../base/work/clock.ts'
import { isObject } from '../body/body.ts'
import type { Attempt, Endpoint, ModelRequest } from '../contract/contract.ts'
import { EFFECT_HEADER } from '../endpoint/http-endpoint.ts'
import { classify } from '../failure/classify.ts'
import type { TransportFailure, TransportResponse } from '../http/transport.ts'
import { callOf, embeddingCallOf } from './ai-sdk-call.ts'
import type { AiSdkModel } from './ai-sdk-model.ts'
import { bodyOfEmbeddings, bodyOfGeneration } from './ai-sdk-result.ts'

export interface AiSdkEndpointOptions {
  readonly provider: string
  readonly model: string
  /** Requests in flight at once. */
  readonly limit: number
  readonly timeoutMs: number
  readonly languageModel: AiSdkModel
  readonly clock: Clock
}

export function aiSdkEndpoint(options: AiSdkEndpointOptions): Endpoint {
  const { provider, model, limit, timeoutMs, languageModel, clock } = options
  return {
    provider,
    model,
    limit,
    async send(request, { effectKey, signal }): Promise<Attempt> {
      signal.throwIfAborted()
      const ended = await withDeadline(signal, timeoutMs, (abortSignal) =>
        call(languageModel, request, { abortSignal, headers: { [EFFECT_HEADER]: effectKey } }),
      )
      return classify(request, ended, clock.now(), hideLongWords)
    },
  }
}

type Ended = TransportResponse | TransportFailure

async function call(model: AiSdkModel, request: ModelRequest, more: object): Promise<Ended> {
  const [name = model.provider] = model.provider.split('.')
  if (request.kind === 'chat' && 'doGenerate' in model) {
    const result: unknown = await model.doGenerate({ ...callOf(request, name), ...more } as never)
    return answered(result, bodyOfGeneration(result))
  }
  if (request.kind === 'embedding' && 'doEmbed' in model) {
    const result: unknown = await model.doEmbed({ ...embeddingCallOf(request, name), ...more } as never)
    return answered(result, bodyOfEmbeddings(result))
  }
  return refusal(`the model object takes no ${request.kind} requests`)
}

/** Rule 4. */
function answered(result: unknown, body: string | undefined): Ended {
  const response = isObject(result) && isObject(result.response) ? result.response : {}
  return { status: 200, headers: headersOf(response.headers), body: body ?? '' }
}

function refusal(message: string): Ended {
  return { status: 400, headers: {}, body: JSON.stringify({ error: { message } }) }
}

/** @throws the signal's reason when it fires */
function withDeadline(
  signal: AbortSignal,
  timeoutMs: number,
  act: (signal: AbortSignal) => Promise<Ended>,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const abortInFlight = new AbortController()
    const timer = setTimeout(() => {
      settle()
      resolve({ broken: 'timeout', detail: `no complete answer within ${timeoutMs / 1000} s` })
      abortInFlight.abort(new Error('deadline'))
    }, timeoutMs)
    const forget = onAbort(signal, () => {
      settle()
      reject(signal.reason)
      abortInFlight.abort(signal.reason)
    })
    const settle = (): void => {
      clearTimeout(timer)
      forget()
    }
    act(abortInFlight.signal)
      .catch(endingOf)
      .then((ended) => {
        settle()
        resolve(ended)
      })
  })
}

/** An `APICallError` has the status and the body; one without a status never got an answer. */
function endingOf(error: unknown): Ended {
  if (!isObject(error)) return { broken: 'closed', detail: 'unknown' }
  const { statusCode, responseBody, responseHeaders } = error
  if (typeof statusCode === 'number' && (statusCode < 200 || statusCode > 299)) {
    return { status: statusCode, headers: headersOf(responseHeaders), body: String(responseBody ?? '') }
  }
  const code = codeOf(error)
  // A success that the SDK could not read, though it came whole.
  if (typeof statusCode === 'number' && !platformCode.test(code))
    return { status: 200, headers: {}, body: '' }
  if (code === 'AI_UnsupportedFunctionalityError') return refusal('the provider has no such functionality')
  return { broken: code === 'ECONNREFUSED' || code === 'ENOTFOUND' ? 'unreachable' : 'closed', detail: code }
}

function headersOf(given: unknown): Record<string, string> {
  const entries = Object.entries(isObject(given) ? given : {})
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name.toLowerCase(), value]] : [])),
  )
}

const platformCode = /^E[A-Z]+$|^UND_ERR/

/** The platform's word where there is one, however deep, else the name of the error. */
function codeOf(error: unknown, depth = 0): string {
  if (!isObject(error) || depth > 5) return 'unknown'
  if (typeof error.code === 'string' && platformCode.test(error.code)) return error.code
  const inner = error.cause === undefined ? 'unknown' : codeOf(error.cause, depth + 1)
  if (inner !== 'unknown') return inner
  return typeof error.name === 'string' ? error.name.slice(0, 50) : 'unknown'
}

/** The key is unknown here. */
function hideLongWords(text: string): string {
  return text.replace(/[\w-]{16,}/g, '***')
}
