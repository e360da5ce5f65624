/**
 * What the end of a request means. Failures are classed here, once, by `failure-table.ts`; everybody else reads the verdict.
 *
 * 1. Providers disagree on statuses, so the words of the error body count too: an exhausted quota wins over the
 *    status, words about the context window over a plain 400.
 * 2. A success counts only when the body is what was asked for: some gateways answer 200 with an error inside.
 * 3. What a provider says about a key is not repeated; of all else at most 200 characters.
 */
import { isObject, type JsonObject, readBody } from './body.ts'
import type { Attempt, ModelFailure, ModelRequest } from './contract.ts'
import { type FailureRule, judge } from './failure-table.ts'
import type { TransportFailure, TransportResponse } from './http/transport.ts'
import { isReplyTo } from './reply.ts'

const MAX_QUOTED = 200
/** How much of an error body is searched for words. */
const MAX_SEARCHED = 8192

const nouns: { readonly [Kind in ModelRequest['kind']]: string } = {
  chat: 'a chat completion',
  embedding: 'embeddings',
  image: 'images',
}

/**
 * @param kind what was asked for
 * @param now wall clock, for a Retry-After that is a date
 * @param hide takes secrets out of a text before any of it is quoted
 */
export function classify(
  kind: ModelRequest['kind'],
  result: TransportResponse | TransportFailure,
  now: number,
  hide: (text: string) => string,
): Attempt {
  if ('broken' in result) return classifyBroken(result)
  const { status } = result
  if (status < 200 || status > 299) return failed(result, status, readError(result.body, hide), now)
  const answer = readBody(result.body)
  if (answer !== undefined && isReplyTo(kind, answer)) return { kind: 'reply', body: result.body }
  if (isObject(answer?.error)) {
    return failed(result, statusWithin(answer.error), readError(result.body, hide), now)
  }
  return failure(noAnswer, `The provider answered with something other than ${nouns[kind]}.`, {
    status,
    retryAfterMs: retryAfter(result.headers, now),
    perhapsPaid: true,
  })
}

const brokenWords = {
  timeout: (detail: string) => `The request took too long: ${detail}.`,
  unreachable: (detail: string) => `The provider cannot be reached (${detail}).`,
  untrusted: (detail: string) =>
    `The certificate of the server is not trusted (${detail}): tls.ca_file of the provider may name its authority.`,
  closed: (detail: string) => `The connection broke off (${detail}).`,
  too_large: (detail: string) => `The answer cannot be read: ${detail}.`,
} as const

/** A success without an answer. */
const noAnswer = { code: 'server_error', verdict: 'retry' } as const

function classifyBroken({ broken, detail }: TransportFailure): Attempt {
  return failure(judge(broken), brokenWords[broken](detail), {
    status: null,
    retryAfterMs: null,
    perhapsPaid: broken !== 'unreachable' && broken !== 'untrusted',
  })
}

/** What an error inside of a success, or of a stream, would have had for a status. */
function statusWithin({ code, type, status }: JsonObject): number {
  const given = Number(code)
  if (Number.isInteger(given) && given >= 400 && given <= 599) return given
  const words = [code, type, status].filter((word) => typeof word === 'string').join(' ')
  return statusOfWords.find(([known]) => known.test(words))?.[1] ?? 502
}

/** Kinds of errors as Anthropic, OpenAI and Google name them. */
const statusOfWords: readonly (readonly [RegExp, number])[] = [
  [/overloaded/i, 529],
  [/rate_limit|RESOURCE_EXHAUSTED/i, 429],
  [/authentication_error|invalid_api_key|UNAUTHENTICATED/, 401],
  [/billing_error|insufficient_quota/, 402],
  [/permission_error|PERMISSION_DENIED/, 403],
  [/not_found_error|model_not_found|NOT_FOUND/, 404],
  [/request_too_large/, 413],
  [/invalid_request_error|INVALID_ARGUMENT/, 400],
]

function failed(response: TransportResponse, status: number, error: ProviderError, now: number): Attempt {
  const rule = judge(status, error)
  const named = `The provider answered ${status}`
  const silent = rule.code === 'authentication_failed' || rule.code === 'permission_denied'
  const message = silent || error.message === '' ? `${named}.` : `${named}: ${error.message}`
  return failure(rule, message, {
    status: response.status,
    retryAfterMs: retryAfter(response.headers, now) ?? error.retryAfterMs,
    perhapsPaid: false,
  })
}

interface ProviderError {
  /** The provider's sentence, cut; empty when it gave none. */
  readonly message: string
  /** All its words, for matching only. */
  readonly searched: string
  /** The beginning of its sentence, and the names it gives the error: no prompt is repeated there. For matching only. */
  readonly headline: string
  /** Google says here, and in no header, when to come back. */
  readonly retryAfterMs: number | null
}

/** `{error: {message, type, code}}`, `{error: "..."}`, `{message}`, `{detail}`, or plain text. */
function readError(body: string, hide: (text: string) => string): ProviderError {
  const searched = body.slice(0, MAX_SEARCHED)
  const parsed = readBody(body)
  if (parsed === undefined) {
    const message = looksLikeText(body) ? quoted(hide(body)) : ''
    return { message, searched, headline: message, retryAfterMs: null }
  }
  const error = isObject(parsed.error) ? parsed.error : parsed
  const sentences = [error.message, parsed.error, parsed.detail, parsed.message]
  const sentence = sentences.find((text) => typeof text === 'string' && text.trim() !== '')
  const message = typeof sentence === 'string' ? quoted(hide(sentence)) : ''
  const details = Array.isArray(error.details) ? error.details.filter(isObject) : []
  const names = [error.code, error.type, error.status, ...details.map(({ reason }) => reason)]
  const delay = details.map(({ retryDelay }) => retryDelay).find((text) => typeof text === 'string')
  const seconds = /^(\d+(\.\d+)?)s$/.exec(typeof delay === 'string' ? delay : '')?.[1]
  return {
    message,
    searched,
    headline: [message, ...names.filter((name) => typeof name === 'string')].join(' '),
    retryAfterMs: seconds === undefined ? null : 1000 * Number(seconds),
  }
}

/** Error pages of proxies tell nothing in their first 200 characters. */
function looksLikeText(body: string): boolean {
  return !/^\s*[<[{"]/.test(body)
}

function quoted(text: string): string {
  const line = text
    .slice(0, MAX_SEARCHED)
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  return line.length <= MAX_QUOTED ? line : `${line.slice(0, MAX_QUOTED - 3).toWellFormed()}...`
}

function failure(
  { code, verdict, down, load }: Pick<FailureRule, 'code' | 'verdict' | 'down' | 'load'>,
  message: string,
  more: Pick<ModelFailure, 'status' | 'retryAfterMs' | 'perhapsPaid'>,
): Attempt {
  const signs = { ...(down === true ? { down } : {}), ...(load === true ? { load } : {}) }
  return { kind: 'failed', failure: { code, verdict, message, ...more, ...signs } }
}

/** `retry-after-ms`, else Retry-After as seconds (fractions too) or as an HTTP date (RFC 9110, 10.2.3). Past dates are 0. */
function retryAfter(headers: Readonly<Record<string, string>>, now: number): number | null {
  const milliseconds = nonNegative(headers['retry-after-ms'])
  if (milliseconds !== null) return milliseconds
  const header = headers['retry-after']
  const seconds = nonNegative(header)
  if (seconds !== null) return seconds * 1000
  const date = header === undefined ? Number.NaN : Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

function nonNegative(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null
}
