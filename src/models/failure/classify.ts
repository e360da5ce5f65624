/**
 * What the end of a request means. Failures are classed here, once, by `failure-table.ts`; all other code reads its action.
 *
 * 1. Providers disagree on statuses, so the words of the error count too (`failure-words.ts`): an exhausted quota wins over the
 *    status, words about the context window over a plain 400.
 * 2. What an error quotes of the request are no words of the provider (`quoted-request.ts`).
 * 3. A success counts only when the body is what was requested: some gateways answer 200 with an error inside.
 * 4. An answer that broke off is requested again, and was perhaps paid for, whatever came of it (`finish-reasons.ts`).
 * 5. The provider's own sentence is always shown: at most 200 characters, no control character, no key.
 */

import { isObject, type JsonObject, readLoosely } from '../body/body.ts'
import { hideWhatMayBeKeys } from '../contract/api-key.ts'
import type { Attempt, ModelFailure, ModelRequest } from '../contract/contract.ts'
import type { TransportFailure, TransportResponse } from '../http/transport.ts'
import { hasTextVectors } from '../wire/openai/embedding-reply.ts'
import { interruptionIn, isReplyTo } from '../wire/reply.ts'
import { resetAfter, retryAfter, untilMidnight, waitSaid } from './come-back.ts'
import { type FailureRule, judge } from './failure-table.ts'
import { type ErrorWords, words } from './failure-words.ts'
import { refusedUntilMs, reportedLimits } from './limit-headers.ts'
import { holdsError, type ProviderError, readError } from './provider-error.ts'
import { withoutQuotations } from './quoted-request.ts'

const MAX_QUOTED = 200

const nouns: { readonly [Kind in ModelRequest['kind']]: string } = {
  chat: 'a chat completion',
  embedding: 'embeddings',
  image: 'images',
}

/**
 * @param now wall clock, for a Retry-After that is a date
 * @param hide takes secrets out of a text before any of it is quoted
 */
export function classify(
  request: ModelRequest,
  result: TransportResponse | TransportFailure,
  now: number,
  hide: (text: string) => string,
): Attempt {
  if ('broken' in result) return classifyBroken(result)
  const attempt = classifyResponse(request, result, now, hide)
  const limits = reportedLimits(result.headers, now)
  return limits.length === 0 ? attempt : { ...attempt, limits }
}

function classifyResponse(
  request: ModelRequest,
  result: TransportResponse,
  now: number,
  hide: (text: string) => string,
): Attempt {
  const { status, body } = result
  const reading = { request, response: result, now, hide }
  if (status < 200 || status > 299) return failed(reading, status, readError(body))
  const read = readLoosely(body)
  if (read !== undefined && isObject(read.value) && isAnswer(request, read.value)) {
    return interrupted(reading, read.value) ?? { kind: 'reply', body: read.text }
  }
  const error = readError(body)
  if (holdsError(body)) return failed(reading, statusWithin(error), error)
  const what = `something other than ${nouns[request.kind]}`
  const sentence = shown(withoutQuotations(error.sentence, request), hide)
  const message =
    sentence === ''
      ? `The provider answered ${status} with ${what}: an empty body.`
      : `The provider answered ${status} with ${what}: ${sentence}`
  // A page is of a server before the provider: a request now gets it too.
  return failure({ ...noAnswer, down: error.isPage || undefined }, message, {
    noAnswer: true,
    status,
    retryAfterMs: retryAfter(result.headers, now),
    maybeCharged: true,
  })
}

/** Vectors as text are an answer to a request for them. */
function isAnswer(request: ModelRequest, answer: JsonObject): boolean {
  const wantsText = request.kind === 'embedding' && request.encodingFormat === 'base64'
  if (request.kind === 'embedding' && !wantsText && hasTextVectors(answer)) return false
  return isReplyTo(request.kind, answer)
}

/** Rule 4. */
function interrupted(reading: Reading, answer: JsonObject): Attempt | undefined {
  const why = interruptionIn(reading.request.kind, answer)
  if (why === undefined) return undefined
  const { status, headers } = reading.response
  if ('reason' in why) {
    const message = `The answer broke off: the provider says ${JSON.stringify(why.reason)}.`
    const retryAfterMs = retryAfter(headers, reading.now)
    return failure(noAnswer, message, { status, retryAfterMs, maybeCharged: true })
  }
  const error = readError(JSON.stringify({ error: why.error }))
  const ended = failed(reading, statusWithin(error), error)
  return ended.kind === 'reply' ? ended : { ...ended, failure: { ...ended.failure, maybeCharged: true } }
}

const brokenWords: { readonly [Broken in TransportFailure['broken']]: (detail: string) => string } = {
  timeout: (detail) => `The request took too long: ${detail}.`,
  unreachable: (detail) => `The provider cannot be reached (${detail}).`,
  untrusted: (detail) =>
    /CERT|UNABLE_TO/.test(detail)
      ? `The certificate of the server is not trusted (${detail}): tls.ca_file of the provider may name its authority.`
      : `The server refuses our TLS (${detail}): it may want a client certificate, or another version.`,
  wrong_scheme: (detail) => `${detail}.`,
  closed: (detail) => `The connection broke off (${detail}).`,
  too_large: (detail) => `The answer cannot be read: ${detail}.`,
  unreadable: (detail) => `The answer cannot be read: ${detail}.`,
}

const unsent: ReadonlySet<TransportFailure['broken']> = new Set(['unreachable', 'untrusted', 'wrong_scheme'])

/** A success without an answer. */
const noAnswer = { code: 'server_error', action: 'retry' } as const

function classifyBroken({ broken, detail }: TransportFailure): Attempt {
  return failure(judge(broken), brokenWords[broken](detail), {
    status: null,
    retryAfterMs: null,
    maybeCharged: !unsent.has(broken),
    ...(broken === 'unreadable' ? { noAnswer: true } : {}),
  })
}

/** What an error inside of a success, or of a stream, would have had for a status. */
function statusWithin(error: ErrorWords): number {
  for (const name of error.names.split(' ')) {
    const given = Number(name)
    if (Number.isInteger(given) && given >= 400 && given <= 599) return given
  }
  const byName = statusOfNames.find(([known]) => known.test(error.names))
  if (byName !== undefined) return byName[1]
  return statusOfWords.find(([kind]) => words[kind](error))?.[1] ?? 502
}

/** Kinds of errors as Anthropic, OpenAI and Google name them. */
const statusOfNames: readonly (readonly [RegExp, number])[] = [
  [/overloaded/i, 529],
  [/rate_limit|RESOURCE_EXHAUSTED/i, 429],
  [/authentication_error|invalid_api_key|UNAUTHENTICATED/, 401],
  [/billing_error|insufficient_quota/, 402],
  [/permission_error|PERMISSION_DENIED/, 403],
  [/not_found_error|model_not_found|NOT_FOUND/, 404],
  [/request_too_large/, 413],
  [/invalid_request_error|INVALID_ARGUMENT/, 400],
]

/** Those who name nothing say it in a sentence. */
const statusOfWords: readonly (readonly [keyof typeof words, number])[] = [
  ['an exhausted quota', 429],
  ['a quota of days', 429],
  ['throttled', 429],
  ['a wrong key', 401],
  ['an unknown model', 404],
  ['no such route', 404],
  ['a content policy', 400],
  ['the context window', 400],
]

/** What there is to judge a response by. */
interface Reading {
  readonly request: ModelRequest
  readonly response: TransportResponse
  readonly now: number
  readonly hide: (text: string) => string
}

function failed({ request, response, now, hide }: Reading, status: number, error: ProviderError): Attempt {
  const named = comeBack(response, error, now)
  const waitMs = named ?? (status === 429 ? limitFull(response, error, now) : null)
  const raw = judge(status, { ...error, retryAfterMs: waitMs })
  // A limit is met often, and its error quotes no request.
  const quotes = raw.action === 'wait' ? status !== 429 : status < 500 || raw.action !== 'retry'
  const sentence = quotes ? withoutQuotations(error.sentence, request) : error.sentence
  const rule = quotes ? judge(status, { ...error, sentence, retryAfterMs: waitMs }) : raw
  const said = shown(sentence, hide)
  const parts = [
    `The provider answered ${status}${said === '' ? '.' : `: ${said}`}`,
    ...pointsTo(response, hide),
    ...(rule.code === 'quota_exhausted' && waitMs !== null ? [untilWhen(waitMs, now)] : []),
  ]
  return failure(rule, asSentences(parts), {
    status: response.status,
    // Until a limit is full, every request waits that was not promised more (`admission/reported-limits.ts`); it may fill before.
    retryAfterMs: rule.action === 'wait' ? named : waitMs,
    maybeCharged: false,
  })
}

/** Headers first; Google's quotas of a day say a few seconds, and mean midnight. */
function comeBack({ headers }: TransportResponse, error: ProviderError, now: number): number | null {
  if (/PerDay/.test(error.names)) return untilMidnight(now, 'America/Los_Angeles')
  return (
    retryAfter(headers, now) ??
    error.retryAfterMs ??
    resetAfter(headers, now) ??
    resetAfter(error.headers, now) ??
    waitSaid(error.sentence, now)
  )
}

/** When the limit is full that was met; a gateway hands on what another server reported. */
function limitFull({ headers }: TransportResponse, error: ProviderError, now: number): number | null {
  return refusedUntilMs([...reportedLimits(headers, now), ...reportedLimits(error.headers, now)], now)
}

function untilWhen(waitMs: number, now: number): string {
  return `Requests are possible again at ${new Date(now + waitMs).toISOString().slice(0, 16)}Z.`
}

/** Parts one behind the other, each ended. */
function asSentences(parts: readonly string[]): string {
  return parts
    .map((part, at) => (at === parts.length - 1 || /[.!?…]$/.test(part) ? part : `${part}.`))
    .join(' ')
}

/** Where a redirect leads, without what its query may hold. */
function pointsTo({ status, headers }: TransportResponse, hide: (text: string) => string): string[] {
  const { location } = headers
  if (status < 300 || status > 399 || location === undefined) return []
  return [`It points to ${shown(location.replace(/[?#].*$/s, ''), hide)}: the endpoint may have moved there.`]
}

function shown(sentence: string, hide: (text: string) => string): string {
  const line = hideWhatMayBeKeys(hide(sentence))
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  return line.length <= MAX_QUOTED ? line : `${line.slice(0, MAX_QUOTED - 3).toWellFormed()}...`
}

function failure(
  { code, action, down, load }: Pick<FailureRule, 'code' | 'action' | 'down' | 'load'>,
  message: string,
  more: Pick<ModelFailure, 'status' | 'retryAfterMs' | 'maybeCharged' | 'noAnswer'>,
): Attempt {
  const signs = { ...(down === true ? { down } : {}), ...(load === true ? { load } : {}) }
  return { kind: 'failed', failure: { code, action, message, ...more, ...signs } }
}
