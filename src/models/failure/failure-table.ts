/**
 * What each failure of a request means: one table, read from the top; the first line that fits decides. docs/admission.md shows
 * it, and a test compares the two.
 */
import type { ErrorCode } from '../../base/errors/error-codes.ts'
import type { ModelFailure } from '../contract/contract.ts'
import type { TransportFailure } from '../http/transport.ts'
import { type ErrorWords, words } from './failure-words.ts'

export interface FailureRule {
  /** Statuses: one, or from-to; or how the connection ended. */
  readonly when: number | readonly [from: number, to: number] | TransportFailure['broken']
  /** Words that must stand in the answer. */
  readonly words?: keyof typeof words
  readonly code: ErrorCode
  readonly action: ModelFailure['action']
  /** Whether it may mean that no request can be answered: such failures in a row make the model count as down. */
  readonly down?: true | undefined
  /** Whether it is a sign of load: less at once, or later, may well be answered. Admission learns from it. */
  readonly load?: true | undefined
}

const wait = { code: 'rate_limited', action: 'wait', load: true } as const
const retry = { code: 'server_error', action: 'retry' } as const
const quota = { code: 'quota_exhausted', action: 'stop' } as const
const tooLarge = { code: 'context_window', action: 'drop' } as const
const filtered = { code: 'content_filtered', action: 'drop' } as const
const noEndpoint = { code: 'endpoint_unreachable', action: 'stop' } as const
const noModel = { code: 'model_not_found', action: 'stop' } as const
const wrongKey = { code: 'authentication_failed', action: 'stop' } as const

export const failureTable: readonly FailureRule[] = [
  { when: 429, words: 'a request that never fits', ...tooLarge },
  { when: [100, 499], words: 'an exhausted quota', ...quota },
  { when: [100, 399], ...noEndpoint },
  { when: 400, words: 'plain HTTP at a TLS port', ...noEndpoint },
  { when: 400, words: 'a wrong key', ...wrongKey },
  { when: 400, words: 'a content policy', ...filtered },
  { when: 400, words: 'an unknown model', ...noModel },
  { when: 400, words: 'the context window', ...tooLarge },
  { when: 400, words: 'throttled', ...wait },
  { when: 400, words: 'a passing fault', ...retry },
  { when: 400, code: 'bad_request', action: 'drop' },
  { when: 401, ...wrongKey },
  { when: 402, ...quota },
  { when: 403, words: 'a wrong key', ...wrongKey },
  { when: 403, words: 'a content policy', ...filtered },
  { when: 403, words: 'throttled', ...wait },
  { when: 403, words: 'a passing fault', ...retry },
  { when: 403, words: 'a page of a gate', ...retry, down: true },
  { when: 403, code: 'permission_denied', action: 'stop' },
  { when: 404, words: 'no such route', ...noEndpoint },
  { when: 404, ...noModel },
  { when: 405, ...noEndpoint },
  { when: 407, ...noEndpoint },
  { when: 408, code: 'request_timeout', action: 'retry', load: true },
  { when: 409, ...retry },
  { when: 410, ...noModel },
  { when: 413, ...tooLarge },
  { when: 420, ...wait },
  { when: 421, ...retry },
  { when: 422, words: 'a content policy', ...filtered },
  { when: 422, words: 'an unknown model', ...noModel },
  { when: 422, words: 'the context window', ...tooLarge },
  { when: [423, 425], ...retry },
  { when: 426, ...noEndpoint },
  { when: 429, words: 'a quota of days', ...quota },
  { when: 429, words: 'a wait of over 15 minutes', ...quota },
  { when: 429, ...wait },
  { when: 449, ...retry },
  { when: 460, ...retry },
  { when: 497, ...noEndpoint },
  { when: [498, 499], ...retry },
  { when: [400, 499], code: 'rejected_request', action: 'drop' },
  { when: 500, words: 'the context window', ...tooLarge },
  { when: [500, 501], ...retry, load: true },
  { when: 503, words: 'a wait of over 15 minutes', ...noEndpoint },
  { when: [502, 599], ...retry, down: true, load: true },
  { when: 'unreachable', code: 'connection_failed', action: 'retry', down: true },
  { when: 'untrusted', ...noEndpoint },
  { when: 'wrong_scheme', ...noEndpoint },
  { when: 'closed', code: 'connection_failed', action: 'retry', down: true, load: true },
  { when: 'timeout', code: 'request_timeout', action: 'retry', load: true },
  { when: 'too_large', ...retry },
  { when: 'unreadable', ...retry },
]

/** What a status without a line means. */
const unknownStatus: FailureRule = { when: [600, 999], ...retry }

const noWords: ErrorWords = { names: '', sentence: '' }

export function judge(ended: number | TransportFailure['broken'], said: ErrorWords = noWords): FailureRule {
  return (
    failureTable.find(
      (rule) => fits(rule.when, ended) && (rule.words === undefined || words[rule.words](said)),
    ) ?? unknownStatus
  )
}

function fits(when: FailureRule['when'], ended: number | string): boolean {
  if (typeof when === 'object') return typeof ended === 'number' && ended >= when[0] && ended <= when[1]
  return when === ended
}
